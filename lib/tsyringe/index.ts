export { type Injected, type InjectionDecorator, injectLogger, type LoggedDecorator, logged } from './decorators.js';
export { loggerFor, withLogger } from './logger-for.js';
export { type LoggingOptions, useLogging } from './use-logging.js';
