import { type InjectionToken, inject, injectable, injectWithTransform } from 'tsyringe';
import { type AnyClass, className } from '../core/class-name.js';
import type { LoggerFactory } from '../core/factory.js';
import type { Logger } from '../core/logger.js';
import { heirOf } from './consumer.js';
import { factoryToken, loggerToken } from './missing.js';

/** A decorator of a constructor's parameter, as of `experimentalDecorators`. */
export type InjectionDecorator = (target: object, property: string | symbol | undefined, index: number) => void;

/** What a parameter of these tokens gets. */
export type Injected<Tokens extends readonly InjectionToken[]> = {
  [Index in keyof Tokens]: Tokens[Index] extends abstract new (...args: never) => infer T ? T : never;
};

/**
 * A decorator of a class, as of `experimentalDecorators` or as standard ones are. `Parameters` are those that the
 * constructor may have.
 */
export type LoggedDecorator<Parameters extends readonly unknown[]> = (
  target: abstract new (...args: Parameters) => unknown,
  context?: ClassDecoratorContext
) => void;

/** Turns a container's factory into the logger of an owner: a name, or a class or its heir that is being made. */
class NamedLogger {
  transform(factory: LoggerFactory, owner: AnyClass | string): Logger {
    return factory.getLogger(typeof owner === 'string' ? owner : heirOf(owner));
  }
}

/**
 * Injects the logger of the class's own name (a subclass's, where the constructor is inherited), or of `name`, into a
 * parameter of its constructor:
 *
 * ```ts
 * @injectable()
 * class OrderService {
 *   constructor(@injectLogger() private readonly logger: Logger) {}
 * }
 * ```
 *
 * For `experimentalDecorators`; no metadata is needed. The container needs `useLogging`.
 */
export function injectLogger(name?: string): InjectionDecorator {
  return (target, property, index) => {
    if (property !== undefined || typeof target !== 'function' || typeof index !== 'number') {
      throw new TypeError(
        '@injectLogger() is for a parameter of a constructor, with experimentalDecorators; ' +
          'standard decorators know no parameters: use @logged(Logger, …) on the class'
      );
    }
    if (typesOf(target as AnyClass).length === 0) setTypes(target, []); // for subclasses to inherit what is injected
    injectWithTransform(factoryToken, NamedLogger, name ?? target)(target, undefined, index);
  };
}

/**
 * Gives every parameter of a class's constructor that is a `Logger` the logger of the class's own name.
 *
 * ```ts
 * @logged()
 * @injectable() // or @singleton(), @scoped(…), @autoInjectable(); before or behind
 * class OrderService {
 *   constructor(private readonly logger: Logger, private readonly orders: OrderRepository) {}
 * }
 * ```
 *
 * Which parameters these are it reads from metadata (`emitDecoratorMetadata`). Where there is none, list them: a token
 * for each parameter, `Logger` for the class's own logger. It works as a standard decorator then, and as a function:
 * `logged(Logger, OrderRepository)(OrderService)`. `@autoInjectable()` must be above it in that case.
 *
 * Throws a `TypeError` if no parameter is a `Logger`.
 */
export function logged(): LoggedDecorator<never>;
export function logged<const Tokens extends readonly InjectionToken[]>(
  ...tokens: Tokens
): LoggedDecorator<Injected<Tokens>>;
export function logged(...listed: readonly InjectionToken[]): LoggedDecorator<never> {
  return (target, context) => {
    if (typeof target !== 'function' || (context !== undefined && context.kind !== 'class')) {
      throw new TypeError('@logged() is for a class');
    }
    const tokens = listed.length > 0 ? listed : typesOf(target);
    let loggers = 0;
    for (const [index, token] of tokens.entries()) {
      if (listed.length === 0 && isDecorated(target, index)) {
        loggers++; // by hand, and whatever it is: there is nothing to complain of
      } else if (token === loggerToken || isOwnLogger(token)) {
        loggers++;
        injectLogger()(target, undefined, index);
      } else if (listed.length > 0) {
        inject(token as InjectionToken)(target, undefined, index);
      }
    }
    if (loggers === 0) throw new TypeError(noLogger(className(target), tokens.length));
    // Has tsyringe read the parameters again, if its own decorator was before this one. That registers nothing.
    injectable()(target as new (...args: never) => unknown);
  };
}

function noLogger(name: string, parameters: number): string {
  return parameters > 0
    ? `@logged(): no parameter of ${name}'s constructor is a Logger; import the class Logger, not its type only`
    : `@logged(): nothing is known of the parameters of ${name}'s constructor; compile with emitDecoratorMetadata, ` +
        `or list them: @logged(Logger, …)`;
}

/** What reflect-metadata, or another polyfill of it, adds to `Reflect`. tsyringe does not load without it. */
interface Metadata {
  getMetadata(key: string, target: object): unknown;
  getOwnMetadata(key: string, target: object): unknown;
  defineMetadata(key: string, value: unknown, target: object): void;
}

const metadata = Reflect as typeof Reflect & Metadata;

/**
 * The types of the parameters; none if nothing is known. tsyringe writes what is injected into this list, so a class that
 * inherits its parent's gets one of its own. (The class that `@autoInjectable()` makes has no name, and shares the list.)
 */
function typesOf(target: AnyClass): readonly unknown[] {
  const types = metadata.getMetadata('design:paramtypes', target);
  if (!Array.isArray(types)) return [];
  const isWrapper = className(target) !== target.name;
  if (isWrapper || metadata.getOwnMetadata('design:paramtypes', target) !== undefined) return types;
  const own = [...types];
  setTypes(target, own);
  return own;
}

function setTypes(target: object, types: unknown[]): void {
  metadata.defineMetadata('design:paramtypes', types, target);
}

/** Whether a parameter has a decorator of its own, like `@inject(token)`: tsyringe keeps these under this name. */
function isDecorated(target: object, index: number): boolean {
  const tokens = metadata.getOwnMetadata('injectionTokens', target);
  return typeof tokens === 'object' && tokens !== null && Object.hasOwn(tokens, index);
}

/** Whether a parent's parameter was given its own logger before: tsyringe writes that where the types were. */
function isOwnLogger(token: unknown): boolean {
  if (typeof token !== 'object' || token === null || !('transform' in token) || !('transformArgs' in token))
    return false;
  return (
    token.transform === NamedLogger && Array.isArray(token.transformArgs) && typeof token.transformArgs[0] !== 'string'
  );
}
