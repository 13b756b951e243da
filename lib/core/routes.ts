import { Account } from './account.js';
import { callable, checkOptions, type Rule } from './check.js';
import { atOnce, type FailureListener, isThenable, type LossReason, tell } from './failures.js';
import { isLogLevel, LogLevel, levelOf, levelReference } from './level.js';
import { matches } from './names.js';
import { send, type TargetReceipt, type Ticket } from './receipt.js';
import type { LogRecord } from './record.js';
import { type LogTarget, nameOf, type TargetStats } from './target.js';
import { textOf } from './values.js';

/** Which records a factory sends to a target. */
export interface RouteOptions {
  /** The lowest level that the target gets. Default: `NONE`, which is the factory's minimum. */
  readonly minimumLevel?: LogLevel;
  /** The highest level that the target gets. Default: CRITICAL. */
  readonly maximumLevel?: LogLevel;
  /**
   * The loggers the target listens to: names that also stand for all names below them (`app.db` for `app.db.pool`),
   * with `*` for any run of characters; `[]`: to none, which turns the target off. Default: all.
   */
  readonly loggers?: string | readonly string[];
  /** Whether the target gets this record. A filter that throws lets the record pass, and is reported. */
  readonly filter?: (record: LogRecord) => boolean;
}

/** The rule for an option that names loggers. */
export const namesRule: Rule<string | readonly string[] | undefined> = {
  words: 'a logger name or an array of logger names',
  schema: {
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string', minLength: 1 } }
    ]
  },
  judge: value => ([value].flat().every(name => typeof name === 'string' && name !== '') ? 'right' : 'wrong type')
};

export const routeRules = {
  minimumLevel: level(LogLevel.NONE),
  maximumLevel: level(LogLevel.CRITICAL),
  loggers: namesRule,
  filter: callable<(record: LogRecord) => boolean>('a function of a record')
};

/** A level, or NONE. */
export function level(fallback: LogLevel): Rule<LogLevel> {
  return {
    words: 'a LogLevel (an integer from 0 to 50)',
    schema: {
      anyOf: [{ $ref: levelReference }, { type: 'integer', minimum: LogLevel.NONE, maximum: LogLevel.CRITICAL }],
      default: LogLevel[fallback]
    },
    fallback,
    fromText: name => (/^\d/.test(name) ? undefined : levelOf(name)),
    orText: ', or the name of one',
    judge: value => {
      if (typeof value !== 'number') return 'wrong type';
      return value === LogLevel.NONE || isLogLevel(value) ? 'right' : 'out of range';
    }
  };
}

/** The way from a factory to one target, with an account for targets that keep none. */
export class Route {
  readonly target: LogTarget;
  #options: ReturnType<typeof checkOptions<typeof routeRules>>;
  #names: readonly string[] | undefined;
  #filter: ((record: LogRecord) => boolean) | undefined;
  readonly #listener: FailureListener;
  /** Used if the target keeps no account of its own. */
  readonly #account: Account;
  /** Those of receipts that have not come. */
  readonly #tickets = new Set<Ticket>();
  #closed = false;

  constructor(target: LogTarget, options: RouteOptions, listener: FailureListener) {
    this.target = target;
    this.#options = checkRoute('addTarget', options);
    this.#names = namesOf(this.#options);
    this.#filter = this.#options.filter;
    this.#listener = listener;
    this.#account = new Account(() => nameOf(target), listener);
  }

  /** Takes other options in the place of all former ones. */
  change(options: RouteOptions): void {
    this.#options = checkRoute('setRoute', options);
    this.#names = namesOf(this.#options);
    this.#filter = this.#options.filter;
  }

  /** Whether records of this logger may come this way. */
  hears(loggerName: string): boolean {
    return this.#names === undefined || this.#names.some(pattern => matches(pattern, loggerName));
  }

  /** Whether records of this level come this way, in a factory with that minimum. */
  admits(level: number, factoryMinimum: number): boolean {
    const { minimumLevel, maximumLevel } = this.#options;
    return level >= (minimumLevel === LogLevel.NONE ? factoryMinimum : minimumLevel) && level <= maximumLevel;
  }

  /** Hands a record over. The promise never rejects; there is none if the target took the record at once. */
  take(record: LogRecord): Promise<void> | undefined {
    if (this.#filter !== undefined && !this.#passes(this.#filter, record)) return undefined;
    this.#account.accept();
    if (this.#closed) {
      this.#account.lose(1, 'disposed', undefined);
      return undefined;
    }
    try {
      const taken = this.target.log(record);
      return taken === undefined ? undefined : this.#account.wait(taken);
    } catch (error) {
      this.#account.lose(1, 'target failed', error);
      return undefined;
    }
  }

  /** As `take`, with a receipt that never rejects; undefined if the record does not come this way. */
  deliver(record: LogRecord): Promise<TargetReceipt> | undefined {
    if (this.#filter !== undefined && !this.#passes(this.#filter, record)) return undefined;
    this.#account.accept();
    const lost = (reason: LossReason, error?: unknown): Promise<TargetReceipt> => {
      this.#account.lose(1, reason, error);
      const text = error === undefined ? {} : { error: textOf(error) };
      return Promise.resolve({ target: nameOf(this.target), outcome: 'lost', reason, attempts: 0, ...text });
    };
    if (this.#closed) return lost('disposed');
    try {
      const { taken, ticket } = send(this.target, record);
      if (taken !== undefined) void this.#account.wait(taken);
      if (ticket === undefined) return undefined;
      this.#tickets.add(ticket);
      void ticket.receipt.then(() => this.#tickets.delete(ticket));
      return ticket.receipt;
    } catch (error) {
      return lost('target failed', error);
    }
  }

  /** Resolves when the target has taken all that it was given so far. Never rejects. */
  settled(): Promise<void> {
    return this.#account.settled();
  }

  /** Counts what comes from now on as lost, unless the target does so itself. */
  close(): void {
    this.#closed = this.#ownStats() === undefined;
  }

  /** Nobody waits for the target any longer: what it has not taken is lost, and who waits for a receipt gets one. */
  end(): void {
    if (this.#ownStats() === undefined) this.#account.giveUp();
    for (const ticket of this.#tickets) ticket.close(nameOf(this.target));
  }

  /** The target's account, or the one that was kept here in its place. Never throws. */
  stats(): TargetStats {
    return this.#ownStats() ?? this.#account.stats;
  }

  #ownStats(): TargetStats | undefined {
    try {
      return this.target.stats();
    } catch (error) {
      this.#report('stats', error);
      return undefined;
    }
  }

  #report(what: string, error: unknown): void {
    tell(this.#listener, { kind: 'error', target: nameOf(this.target), what, error });
  }

  #passes(filter: (record: LogRecord) => boolean, record: LogRecord): boolean {
    try {
      const passes: unknown = atOnce(filter(record));
      if (isThenable(passes)) throw new TypeError('a filter must return true or false, not a promise');
      return Boolean(passes);
    } catch (error) {
      this.#report('filter', error);
      return true;
    }
  }
}

/** The options of a route with their defaults; throws as `checkOptions` does, `what` being what was called. */
export function checkRoute(what: string, options: RouteOptions): ReturnType<typeof checkOptions<typeof routeRules>> {
  const checked = checkOptions(what, routeRules, options);
  const { minimumLevel, maximumLevel } = checked;
  if (minimumLevel > maximumLevel) {
    throw new RangeError(
      `${what}: minimumLevel must not be above maximumLevel, got ${minimumLevel} and ${maximumLevel}`
    );
  }
  return checked;
}

function namesOf({ loggers }: ReturnType<typeof checkRoute>): readonly string[] | undefined {
  return loggers === undefined ? undefined : [loggers].flat();
}

/** No routes: what a disabled level has. One array, so that a log call can compare by identity. */
export const nowhere: readonly Route[] = Object.freeze([]);

/** A logger's routes by level. Computed when targets or levels change, read by every log call. */
export class LevelRoutes {
  trace = nowhere;
  debug = nowhere;
  information = nowhere;
  warning = nowhere;
  error = nowhere;
  critical = nowhere;
  #routes: readonly Route[] = nowhere;
  #minimum: number = LogLevel.NONE;
  #own: number = LogLevel.NONE;

  /**
   * Takes new routes: those that hear the logger, the factory's minimum level, and the logger's own if it has one, which
   * is in place of the factory's and which nothing below it passes.
   */
  update(routes: readonly Route[], minimum: number, own: number | undefined): void {
    this.#routes = routes;
    this.#minimum = own ?? minimum;
    this.#own = own ?? LogLevel.NONE;
    this.trace = this.at(LogLevel.TRACE);
    this.debug = this.at(LogLevel.DEBUG);
    this.information = this.at(LogLevel.INFORMATION);
    this.warning = this.at(LogLevel.WARNING);
    this.error = this.at(LogLevel.ERROR);
    this.critical = this.at(LogLevel.CRITICAL);
  }

  /** The routes of any level, also of one without a name. */
  at(level: number): readonly Route[] {
    if (level < this.#own) return nowhere;
    const open = this.#routes.filter(route => route.admits(level, this.#minimum));
    return open.length === 0 ? nowhere : open;
  }
}
