// What a program in TypeScript writes; that it compiles is the check.
import log4js from 'log4js';
import winston from 'winston';
import { ConsoleLikeTarget, LoggerFactory, WinstonTarget, winstonTransport } from '../../dist/lib/index.js';

const factory = new LoggerFactory();
const transport = winstonTransport(factory, { level: 'debug' });
const logger: winston.Logger = winston.createLogger({ transports: [transport] }).add(winstonTransport(factory));
factory
  .addTarget(new WinstonTarget(logger))
  .addTarget(new WinstonTarget(name => winston.loggers.get(name)))
  .addTarget(new ConsoleLikeTarget(logger))
  .addTarget(new ConsoleLikeTarget(log4js.getLogger('all')))
  .addTarget(new ConsoleLikeTarget(name => log4js.getLogger(name)))
  .addTarget(new ConsoleLikeTarget(console));
