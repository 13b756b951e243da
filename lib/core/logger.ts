import type { Clock } from './clock.js';
import type { FailureListener } from './failures.js';
import { isLogLevel, LogLevel } from './level.js';
import { makeRecord } from './make-record.js';
import type { Receipt } from './receipt.js';
import type { LogData, LogRecord } from './record.js';
import { type LevelRoutes, nowhere, type Route } from './routes.js';
import { type Surroundings, snapshot } from './surroundings.js';
import type { Checked } from './typed.js';
import { textOf } from './values.js';

/** The promise of every log call that was taken at once: one for all, so that a call allocates none. */
const accepted: Promise<void> = Promise.resolve();

/** What a factory shares with its loggers. */
export interface LoggerContext {
  readonly clock: Clock;
  readonly listener: FailureListener;
  /** Tells the listener what went wrong with a log call, without the secrets that it may show. */
  readonly fail: (target: string, what: string, thrown: unknown) => void;
  readonly surroundings: Surroundings;
  /** Takes the secrets out of a record; undefined if they may stay. */
  readonly redact: ((record: LogRecord) => LogRecord) | undefined;
  /** The factory's own logger of a name. */
  getLogger(name: string): Logger;
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
export class Logger<out Fields = unknown> {
  readonly name: string;
  readonly #routes: LevelRoutes;
  readonly #context: LoggerContext;
  readonly #bound: LogData | undefined;
  /** The factory's own logger, of which this is one with fields. Held, as the factory keeps the routes of what is used. */
  readonly #origin: Logger | undefined;

  /** Called by the factory. */
  constructor(name: string, routes: LevelRoutes, context: LoggerContext, bound?: LogData, origin?: Logger) {
    this.name = name;
    this.#routes = routes;
    this.#context = context;
    this.#bound = bound;
    this.#origin = origin;
  }

  /**
   * A logger of the same name whose records also have these fields, as they are now: in addition to those of this one,
   * which stays as it is. A field of the same name in a log call comes first.
   */
  with<More extends object>(fields: More): Logger<Fields & More> {
    if (typeof fields !== 'object' || fields === null) {
      const error = new TypeError(`fields must be an object, got ${String(fields)}`);
      this.#context.fail(`logger ${this.name}`, 'with', error);
      return this as unknown as Logger<Fields & More>;
    }
    const bound = snapshot({ ...this.#bound, ...snapshot(fields as LogData) });
    return new Logger(this.name, this.#routes, this.#context, bound, this.#origin ?? this);
  }

  /** The logger named `app.db.pool`, for the name `pool` and a logger named `app.db`; with the same bound fields. */
  child(name: string): Logger<Fields> {
    const logger = this.#context.getLogger(name === '' ? name : `${this.name}.${name}`);
    return (this.#bound === undefined ? logger : logger.with(this.#bound)) as Logger<Fields>;
  }

  trace<const Message, const Args extends readonly unknown[]>(
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<void> {
    const routes = this.#routes.trace;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.TRACE, message, args);
  }

  debug<const Message, const Args extends readonly unknown[]>(
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<void> {
    const routes = this.#routes.debug;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.DEBUG, message, args);
  }

  info<const Message, const Args extends readonly unknown[]>(
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<void> {
    const routes = this.#routes.information;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.INFORMATION, message, args);
  }

  warning<const Message, const Args extends readonly unknown[]>(
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<void> {
    const routes = this.#routes.warning;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.WARNING, message, args);
  }

  /** The same as `warning`. */
  warn<const Message, const Args extends readonly unknown[]>(
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<void> {
    const routes = this.#routes.warning;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.WARNING, message, args);
  }

  error<const Message, const Args extends readonly unknown[]>(
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<void> {
    const routes = this.#routes.error;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.ERROR, message, args);
  }

  critical<const Message, const Args extends readonly unknown[]>(
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<void> {
    const routes = this.#routes.critical;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.CRITICAL, message, args);
  }

  /** The same as `critical`. */
  fatal<const Message, const Args extends readonly unknown[]>(
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<void> {
    const routes = this.#routes.critical;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.CRITICAL, message, args);
  }

  /** Logs at ERROR with what was thrown; `error` may be anything, as anything can be thrown. */
  exception<const Message, const Args extends readonly unknown[]>(
    message: Message & Checked<Message, Args, Fields>,
    error?: unknown,
    ...args: Args
  ): Promise<void> {
    const routes = this.#routes.error;
    return routes === nowhere ? accepted : this.#write(routes, LogLevel.ERROR, message, args, { thrown: error });
  }

  /**
   * Logs at any level from 1 to 50. A level that is none is reported, and the record is logged at the nearest one: a
   * mistake in a log call must not cost the record.
   */
  log<const Message, const Args extends readonly unknown[]>(
    level: LogLevel,
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<void> {
    const valid = isLogLevel(level) ? level : this.#nearest(level);
    const routes = this.#routes.at(valid);
    return routes === nowhere ? accepted : this.#write(routes, valid, message, args);
  }

  /**
   * Logs, has the record sent without waiting for a batch to fill, and resolves when every target has delivered it or
   * given it up, with a receipt that says which. Never rejects; not awaiting it is fine. For what must be known to have
   * arrived: audit logs.
   */
  deliver<const Message, const Args extends readonly unknown[]>(
    level: LogLevel,
    message: Message & Checked<Message, Args, Fields>,
    ...args: Args
  ): Promise<Receipt> {
    const valid = isLogLevel(level) ? level : this.#nearest(level);
    const routes = this.#routes.at(valid);
    if (routes === nowhere) return Promise.resolve({ targets: [] });
    const record = this.#make(valid, message, args);
    const receipts = routes.map(route => route.deliver(record)).filter(receipt => receipt !== undefined);
    return Promise.all(receipts).then(targets => ({ targets }));
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
    const record = this.#make(level, message, args, exception);
    let wait: Promise<void> | undefined;
    let others: Promise<void>[] | undefined;
    for (let index = 0; index < routes.length; index++) {
      const taken = routes[index]?.take(record);
      if (taken === undefined || taken === wait) continue;
      if (wait === undefined) wait = taken;
      else if (others === undefined) others = [taken];
      else others.push(taken);
    }
    if (wait === undefined) return accepted;
    return others === undefined ? wait : Promise.all([wait, ...others]).then(() => undefined);
  }

  #make(
    level: LogLevel,
    message: unknown,
    args: readonly unknown[],
    exception?: { readonly thrown: unknown }
  ): LogRecord {
    const made = makeRecord(this.#context, this.name, level, message, args, exception, this.#bound);
    return this.#context.redact === undefined ? made : this.#context.redact(made);
  }

  #nearest(level: unknown): LogLevel {
    const error = new RangeError(`level must be an integer from 1 to ${LogLevel.CRITICAL}, got ${textOf(level)}`);
    this.#context.fail(`logger ${this.name}`, 'log', error);
    if (typeof level !== 'number' || Number.isNaN(level)) return LogLevel.INFORMATION;
    return Math.min(LogLevel.CRITICAL, Math.max(1, Math.round(level)));
  }
}
