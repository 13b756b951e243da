export function create() {
  let root;
  const loggers = new Map();
  return {
    async start() {
      process.env.ROARR_LOG = 'true';
      const { Roarr } = await import('roarr');
      root = Roarr;
    },
    log({ level, logger: name, error, text }, fields) {
      let logger = loggers.get(name);
      if (logger === undefined) {
        logger = root.child({ logger: name });
        loggers.set(name, logger);
      }
      if (level === 'info') logger.info(fields, text(fields));
      else if (level === 'debug') logger.debug(fields, text(fields));
      else if (level === 'warning') logger.warn(fields, text(fields));
      else {
        const { name, message, stack } = error;
        logger.error({ ...fields, error: { name, message, stack } }, text(fields));
      }
    },
    flush: () => new Promise(resolve => process.stdout.write('', resolve)),
    close() {}
  };
}
