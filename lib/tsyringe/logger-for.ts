import { type DependencyContainer, type FactoryProvider, type InjectionToken, inject, injectable } from 'tsyringe';
import { type AnyClass, className } from '../core/class-name.js';
import type { LoggerFactory } from '../core/factory.js';
import type { Logger } from '../core/logger.js';
import { factoryToken } from './missing.js';

const byClass = new WeakMap<AnyClass, InjectionToken<Logger>>();
const byName = new Map<string, InjectionToken<Logger>>();

/**
 * The token of the logger of a class, or of a name, in every container with `useLogging`: the same token each time.
 *
 * ```ts
 * container.register(Shop, { useFactory: c => new Shop(c.resolve(loggerFor(Shop))) });
 * ```
 */
export function loggerFor(owner: AnyClass | string): InjectionToken<Logger> {
  const known = typeof owner === 'string' ? byName.get(owner) : byClass.get(owner);
  if (known !== undefined) return known;
  const token = tokenOf(owner);
  if (typeof owner === 'string') byName.set(owner, token);
  else byClass.set(owner, token);
  return token;
}

/**
 * The provider of a class that gets its own logger, for `container.register`: without decorators and metadata.
 *
 * ```ts
 * container.register(Shop, withLogger(Shop, (logger, container) => new Shop(logger, container.resolve(Repository))));
 * ```
 */
export function withLogger<T>(
  owner: AnyClass | string,
  make: (logger: Logger, container: DependencyContainer) => T
): FactoryProvider<T> {
  return { useFactory: container => make(container.resolve(loggerFor(owner)), container) };
}

/** What the container makes like a class, and gets a logger: so that it need not be registered. */
function tokenOf(owner: AnyClass | string): InjectionToken<Logger> {
  function OwnLogger(factory: LoggerFactory): Logger {
    return factory.getLogger(owner);
  }
  const token = OwnLogger as unknown as new (factory: LoggerFactory) => Logger;
  Object.defineProperty(token, 'name', { value: `loggerFor(${typeof owner === 'string' ? owner : className(owner)})` });
  inject(factoryToken)(token, undefined, 0);
  injectable()(token);
  return token;
}
