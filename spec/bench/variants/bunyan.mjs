import bunyan from 'bunyan';

export function create() {
  let root;
  const loggers = new Map();
  return {
    start() {
      root = bunyan.createLogger({
        name: 'bench',
        level: 'debug',
        stream: process.stdout,
        serializers: bunyan.stdSerializers
      });
    },
    log({ level, logger: name, error, text }, fields) {
      let logger = loggers.get(name);
      if (logger === undefined) {
        logger = root.child({ logger: name }, true);
        loggers.set(name, logger);
      }
      if (level === 'info') logger.info(fields, text(fields));
      else if (level === 'debug') logger.debug(fields, text(fields));
      else if (level === 'warning') logger.warn(fields, text(fields));
      else logger.error({ err: error, ...fields }, text(fields));
    },
    flush: () => new Promise(resolve => process.stdout.write('', resolve)),
    close() {}
  };
}
