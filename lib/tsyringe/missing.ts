import { type InjectionToken, inject, injectable } from 'tsyringe';
import { LoggerFactory } from '../core/factory.js';
import { Logger } from '../core/logger.js';

/** What a logger needs in a container that has none: making it says what to do. */
class MissingLogging {
  constructor() {
    throw new Error("this container has no logging: call useLogging(container, factory) of 'logflume/tsyringe' first");
  }
}

/** `type` as a token that a container without `useLogging` cannot make, and says why. */
function guarded<T>(type: new (...args: never) => T): InjectionToken<T> {
  const token = type as new (...args: unknown[]) => T;
  inject(MissingLogging)(token, undefined, 0);
  injectable<T>()(token);
  return token;
}

/** The token of a container's factory. tsyringe would make one without any target where none is registered. */
export const factoryToken: InjectionToken<LoggerFactory> = guarded(LoggerFactory);

/** The token of a logger that is named after whoever asks. */
export const loggerToken: InjectionToken<Logger> = guarded(Logger);
