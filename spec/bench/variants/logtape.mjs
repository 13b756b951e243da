import { configure, dispose, getConsoleSink, getJsonLinesFormatter, getLogger } from '@logtape/logtape';

export function create() {
  const loggers = new Map();
  return {
    async start() {
      await configure({
        sinks: {
          console: getConsoleSink({
            formatter: getJsonLinesFormatter(),
            // All to stdout: what is compared is the work, not where it goes.
            levelMap: { trace: 'info', debug: 'info', info: 'info', warning: 'info', error: 'info', fatal: 'info' }
          })
        },
        loggers: [
          { category: [], lowestLevel: 'debug', sinks: ['console'] },
          { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: [] }
        ]
      });
    },
    log({ level, logger: name, template, error }, fields) {
      let logger = loggers.get(name);
      if (logger === undefined) {
        logger = getLogger(name.split('.'));
        loggers.set(name, logger);
      }
      if (level === 'info') logger.info(template, fields);
      else if (level === 'debug') logger.debug(template, fields);
      else if (level === 'warning') logger.warn(template, fields);
      else logger.error(template, { ...fields, error });
    },
    flush: () => new Promise(resolve => process.stdout.write('', resolve)),
    close: () => dispose()
  };
}
