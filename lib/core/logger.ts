import type { Clock } from './clock.js';
import { type FailureListener, tell } from './failures.js';
import { isLogLevel, LogLevel } from './level.js';
import { makeRecord } from './make-record.js';
import { type LevelRoutes, nowhere, type Route } from './routes.js';
import { textOf } from './values.js';

/** The promise of every log call that was taken at once: one for all, so that a call allocates none. */
const accepted: Promise<void> = Promise.resolve();

/** What a factory shares with its loggers. */
export interface LoggerContext {
  readonly clock: Clock;
  readonly listener: FailureListener;
}

/**
 * Hands records to the targets of its factory. Get one from `factory.getLogger(name)`.
 *
 * A log call never throws and its promise never rejects. The promise resolves when every target has taken charge of the
 * record, which is not delivery: `factory.flush()` waits for that. Not awaiting a call is fine.
 *
 * `message` is a text, a template (`'order {id} paid'`), or a function that makes one and is called only if the level is
 * enabled. A plain object in the last place holds the fields; an `Error` among the arguments becomes the record's
 * exception; the other arguments fill `%s` and the like, or are appended.
 */
export class Logger {
  readonly name: string;
  readonly #routes: LevelRoutes;
  readonly #context: LoggerContext;

  /** Called by the factory. */
  constructor(name: string, routes: LevelRoutes, context: LoggerContext) {
    this.name = name;
    this.#routes = routes;
    this.#context = context;
  }

  trace(message: unknown, ...args: unknown[]): Promise<void> {
    const routes = this.#routes.trace;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.TRACE, message, args);
  }

  debug(message: unknown, ...args: unknown[]): Promise<void> {
    const routes = this.#routes.debug;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.DEBUG, message, args);
  }

  info(message: unknown, ...args: unknown[]): Promise<void> {
    const routes = this.#routes.information;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.INFORMATION, message, args);
  }

  warning(message: unknown, ...args: unknown[]): Promise<void> {
    const routes = this.#routes.warning;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.WARNING, message, args);
  }

  /** The same as `warning`. */
  warn(message: unknown, ...args: unknown[]): Promise<void> {
    const routes = this.#routes.warning;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.WARNING, message, args);
  }

  error(message: unknown, ...args: unknown[]): Promise<void> {
    const routes = this.#routes.error;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.ERROR, message, args);
  }

  critical(message: unknown, ...args: unknown[]): Promise<void> {
    const routes = this.#routes.critical;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.CRITICAL, message, args);
  }

  /** The same as `critical`. */
  fatal(message: unknown, ...args: unknown[]): Promise<void> {
    const routes = this.#routes.critical;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.CRITICAL, message, args);
  }

  /** Logs at ERROR with what was thrown; `error` may be anything, as anything can be thrown. */
  exception(message: unknown, error?: unknown, ...args: unknown[]): Promise<void> {
    const routes = this.#routes.error;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.ERROR, message, args, { thrown: error });
  }

  /**
   * Logs at any level from 1 to 50. A level that is none is reported, and the record is logged at the nearest one: a
   * mistake in a log call must not cost the record.
   */
  log(level: LogLevel, message: unknown, ...args: unknown[]): Promise<void> {
    const valid = isLogLevel(level) ? level : this.#nearest(level);
    const routes = this.#routes.at(valid);
    return routes === nowhere ? accepted : this.#write(routes, valid, message, args);
  }

  /** Whether any target gets records of this level from this logger. */
  isEnabled(level: LogLevel): boolean {
    return isLogLevel(level) && this.#routes.at(level) !== nowhere;
  }

  #write(
    routes: readonly Route[],
    level: LogLevel,
    message: unknown,
    args: readonly unknown[],
    exception?: { readonly thrown: unknown }
  ): Promise<void> {
    const record = makeRecord(this.#context, this.name, level, message, args, exception);
    let waits: Promise<void>[] | undefined;
    for (let index = 0; index < routes.length; index++) {
      const taken = routes[index]?.take(record);
      if (taken === undefined) continue;
      if (waits === undefined) waits = [taken];
      else waits.push(taken);
    }
    return waits === undefined ? accepted : Promise.all(waits).then(() => undefined);
  }

  #nearest(level: unknown): LogLevel {
    const error = new RangeError(`level must be an integer from 1 to ${LogLevel.CRITICAL}, got ${textOf(level)}`);
    tell(this.#context.listener, { kind: 'error', target: `logger ${this.name}`, what: 'log', error });
    if (typeof level !== 'number' || Number.isNaN(level)) return LogLevel.INFORMATION;
    return Math.min(LogLevel.CRITICAL, Math.max(1, Math.round(level)));
  }
}
