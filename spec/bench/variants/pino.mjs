import pino from 'pino';

export function create({ transport }) {
  let root;
  let stream;
  const loggers = new Map();
  return {
    start({ port }) {
      if (transport === undefined) stream = pino.destination({ dest: 1, sync: true });
      else if (transport === 'pino-socket') {
        stream = pino.transport({ target: transport, options: { address: '127.0.0.1', port, mode: 'tcp' } });
      } else stream = pino.transport({ target: transport, options: { destination: 1 } });
      root = pino({ level: 'debug' }, stream);
    },
    ready: () => (transport === undefined ? undefined : new Promise(resolve => stream.once('ready', resolve))),
    log({ level, logger: name, error, text }, fields) {
      let logger = loggers.get(name);
      if (logger === undefined) {
        logger = root.child({ logger: name });
        loggers.set(name, logger);
      }
      if (level === 'info') logger.info(fields, text(fields));
      else if (level === 'debug') logger.debug(fields, text(fields));
      else if (level === 'warning') logger.warn(fields, text(fields));
      else logger.error({ err: error, ...fields }, text(fields));
    },
    flush: () => (transport === undefined ? stream.flushSync() : new Promise(resolve => root.flush(() => resolve()))),
    close() {
      if (transport !== undefined) stream.end();
    }
  };
}
