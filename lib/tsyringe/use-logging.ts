import type { DependencyContainer, InjectionToken } from 'tsyringe';
import type { LoggerFactory } from '../core/factory.js';
import type { LogLevel } from '../core/level.js';
import type { RouteOptions } from '../core/routes.js';
import type { LogTarget } from '../core/target.js';
import { consumer, watch } from './consumer.js';
import { factoryToken, loggerToken } from './missing.js';

export interface LoggingOptions {
  /**
   * Targets that the container makes, with whatever they ask for, and that are added to the factory: their classes or
   * tokens, alone or with a level or route. Register before what they need. Default: none.
   */
  readonly targets?: readonly (
    | InjectionToken<LogTarget>
    | readonly [InjectionToken<LogTarget>, LogLevel | RouteOptions]
  )[];
}

/** In how many containers a factory is that have not been disposed of. */
const containers = new WeakMap<LoggerFactory, number>();

/**
 * Registers `factory` and its loggers in `container`, and returns the container. What the container makes then, and what
 * its child containers make, can ask for loggers: by `@injectLogger()`, `@logged()` or `loggerFor(Class)`; for the
 * `LoggerFactory`; and by the type `Logger` alone, which is the logger of the class that is being made.
 *
 * A later call replaces the factory: `useLogging(container.createChildContainer(), factory)` for a test.
 *
 * `container.dispose()` disposes of the factory too, when all that the container made has been disposed of; if the factory
 * is in other containers, it is flushed, and the last one disposes of it.
 */
export function useLogging(
  container: DependencyContainer,
  factory: LoggerFactory,
  options: LoggingOptions = {}
): DependencyContainer {
  if (typeof container?.register !== 'function') {
    throw new TypeError('useLogging: container must be a container of tsyringe');
  }
  if (typeof factory?.getLogger !== 'function') throw new TypeError('useLogging: factory must be a LoggerFactory');
  const { targets = [], ...rest } = options;
  for (const key of Object.keys(rest)) throw new TypeError(`useLogging has no option '${key}'; it has targets`);
  watch(container);
  // Providers, as tsyringe's clearInstances() forgets values.
  container.register(factoryToken, { useFactory: () => factory });
  container.register(loggerToken, { useFactory: () => factory.getLogger(consumer() ?? 'Logger') });
  addTargets(container, factory, targets);
  disposeWith(container, factory);
  return container;
}

/** Made in a child container, so that `container.dispose()` does not close them while others may still log. */
function addTargets(
  container: DependencyContainer,
  factory: LoggerFactory,
  targets: NonNullable<LoggingOptions['targets']>
): void {
  if (targets.length === 0) return;
  const maker = container.createChildContainer();
  for (const target of targets) {
    const [token, route] = Array.isArray(target) ? target : [target];
    factory.addTarget(maker.resolve<LogTarget>(token), route);
  }
}

function disposeWith(container: DependencyContainer, factory: LoggerFactory): void {
  const dispose = container.dispose.bind(container);
  let end: Promise<unknown> | undefined;
  containers.set(factory, (containers.get(factory) ?? 0) + 1);
  container.dispose = async () => {
    try {
      await dispose();
    } finally {
      end ??= leave(factory);
      await end;
    }
  };
}

function leave(factory: LoggerFactory): Promise<unknown> {
  const left = (containers.get(factory) ?? 1) - 1;
  containers.set(factory, left);
  return left === 0 ? factory.dispose() : factory.flush();
}
