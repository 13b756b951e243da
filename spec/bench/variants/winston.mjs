import winston from 'winston';
import LogstashTransport from 'winston-logstash/lib/winston-logstash-latest.js';
import { until } from '../measure.mjs';

const { combine, errors, json, timestamp } = winston.format;

export function create({ transport }) {
  let root;
  const loggers = new Map();
  return {
    start({ port }) {
      root = winston.createLogger({
        level: 'debug',
        format: combine(errors({ stack: true }), timestamp(), json()),
        transports: [
          transport === 'console'
            ? new winston.transports.Console()
            : new LogstashTransport({ host: '127.0.0.1', port, max_connect_retries: -1 })
        ]
      });
    },
    log({ level, logger: name, error, text }, fields) {
      let logger = loggers.get(name);
      if (logger === undefined) {
        logger = root.child({ logger: name });
        loggers.set(name, logger);
      }
      if (level === 'info') logger.info(text(fields), fields);
      else if (level === 'debug') logger.debug(text(fields), fields);
      else if (level === 'warning') logger.warn(text(fields), fields);
      else
        logger.error(text(fields), {
          ...fields,
          error: { name: error.name, message: error.message, stack: error.stack }
        });
    },
    async flush() {
      await until(() => root.writableLength + root.readableLength === 0);
      if (transport === 'console') await new Promise(resolve => process.stdout.write('', resolve));
    },
    close: () => root.close()
  };
}
