import log4js from 'log4js';

/** What log4js leaves to its users: an event as a line of JSON. */
function line({ startTime, level, categoryName, data: [message, fields, error] }) {
  const event = { time: startTime, level: level.levelStr, logger: categoryName, message, ...fields };
  if (error !== undefined) event.error = { name: error.name, message: error.message, stack: error.stack };
  return JSON.stringify(event);
}

export function create({ appender }) {
  const loggers = new Map();
  return {
    start({ port }) {
      log4js.addLayout('json', () => line);
      const layout = { type: 'json' };
      log4js.configure({
        appenders: {
          out:
            appender === 'stdout'
              ? { type: 'stdout', layout }
              : { type: 'tcp', host: '127.0.0.1', port, endMsg: '\n', layout }
        },
        categories: { default: { appenders: ['out'], level: 'debug' } }
      });
    },
    log({ level, logger: name, error, text }, fields) {
      let logger = loggers.get(name);
      if (logger === undefined) {
        logger = log4js.getLogger(name);
        loggers.set(name, logger);
      }
      if (level === 'info') logger.info(text(fields), fields);
      else if (level === 'debug') logger.debug(text(fields), fields);
      else if (level === 'warning') logger.warn(text(fields), fields);
      else logger.error(text(fields), fields, error);
    },
    flush: () => (appender === 'stdout' ? new Promise(resolve => process.stdout.write('', resolve)) : undefined),
    close: () => new Promise(resolve => log4js.shutdown(resolve))
  };
}
