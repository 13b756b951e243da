import { callable, checkOptions, type Rule } from './check.js';
import { type FailureListener, type LossReason, tell } from './failures.js';
import { isLogLevel, LogLevel } from './level.js';
import type { LogRecord } from './record.js';
import type { LogTarget, TargetStats } from './target.js';

/** Which records a factory sends to a target. */
export interface RouteOptions {
  /** The lowest level that the target gets. Default: `NONE`, which is the factory's minimum. */
  readonly minimumLevel?: LogLevel;
  /** The highest level that the target gets. Default: CRITICAL. */
  readonly maximumLevel?: LogLevel;
  /**
   * The loggers the target listens to: names that also stand for all names below them (`app.db` for `app.db.pool`),
   * with `*` for any run of characters. Default: all.
   */
  readonly loggers?: string | readonly string[];
  /** Whether the target gets this record. A filter that throws lets the record pass, and is reported. */
  readonly filter?: (record: LogRecord) => boolean;
}

const routeRules = {
  minimumLevel: level(LogLevel.NONE),
  maximumLevel: level(LogLevel.CRITICAL),
  loggers: {
    words: 'a logger name or an array of logger names',
    judge: value => ([value].flat().every(name => typeof name === 'string' && name !== '') ? 'right' : 'wrong type')
  } satisfies Rule<unknown> as Rule<string | readonly string[] | undefined>,
  filter: callable<(record: LogRecord) => boolean>('a function of a record')
};

/** A level, or NONE. */
export function level(fallback: LogLevel): Rule<LogLevel> {
  return {
    words: 'a LogLevel (an integer from 0 to 50)',
    schema: { type: 'integer', minimum: 0, maximum: 50, default: fallback },
    fallback,
    judge: value => {
      if (typeof value !== 'number') return 'wrong type';
      return value === LogLevel.NONE || isLogLevel(value) ? 'right' : 'out of range';
    }
  };
}

/** The way from a factory to one target, with an account for targets that keep none. */
export class Route {
  readonly target: LogTarget;
  readonly #options: ReturnType<typeof checkOptions<typeof routeRules>>;
  readonly #names: RegExp | undefined;
  readonly #filter: ((record: LogRecord) => boolean) | undefined;
  readonly #listener: FailureListener;
  #accepted = 0;
  #pending = 0;
  #lost = 0;
  #lostByReason: Partial<Record<LossReason, number>> = {};
  #closed = false;

  constructor(target: LogTarget, options: RouteOptions, listener: FailureListener) {
    this.target = target;
    this.#options = checkOptions('addTarget', routeRules, options);
    const { minimumLevel, maximumLevel } = this.#options;
    if (minimumLevel > maximumLevel) {
      throw new RangeError(
        `addTarget: minimumLevel must not be above maximumLevel, got ${minimumLevel} and ${maximumLevel}`
      );
    }
    this.#names = namePattern(this.#options.loggers);
    this.#filter = this.#options.filter;
    this.#listener = listener;
  }

  /** Whether records of this logger may come this way. */
  hears(loggerName: string): boolean {
    return this.#names === undefined || this.#names.test(loggerName);
  }

  /** Whether records of this level come this way, in a factory with that minimum. */
  admits(level: number, factoryMinimum: number): boolean {
    const { minimumLevel, maximumLevel } = this.#options;
    return level >= (minimumLevel === LogLevel.NONE ? factoryMinimum : minimumLevel) && level <= maximumLevel;
  }

  /** Hands a record over. The promise never rejects; there is none if the target took the record at once. */
  take(record: LogRecord): Promise<void> | undefined {
    if (this.#filter !== undefined && !this.#passes(this.#filter, record)) return undefined;
    this.#accepted++;
    if (this.#closed) {
      this.#lose('disposed', undefined);
      return undefined;
    }
    try {
      const taken = this.target.log(record);
      return taken === undefined ? undefined : this.#wait(taken);
    } catch (error) {
      this.#lose('target failed', error);
      return undefined;
    }
  }

  /** Counts what comes from now on as lost, unless the target does so itself. */
  close(): void {
    this.#closed = this.target.stats() === undefined;
  }

  /** The target's account, or the one that was kept here in its place. */
  stats(): TargetStats {
    return (
      this.target.stats() ?? {
        name: this.target.name,
        accepted: this.#accepted,
        delivered: this.#accepted - this.#lost - this.#pending,
        fellBack: 0,
        lost: this.#lost,
        pending: this.#pending,
        lostByReason: { ...this.#lostByReason },
        retries: 0,
        pendingBytes: 0,
        oldestPendingAge: 0
      }
    );
  }

  #passes(filter: (record: LogRecord) => boolean, record: LogRecord): boolean {
    try {
      return filter(record);
    } catch (error) {
      tell(this.#listener, { kind: 'error', target: this.target.name, what: 'filter', error });
      return true;
    }
  }

  async #wait(taken: Promise<void>): Promise<void> {
    this.#pending++;
    try {
      await taken;
      this.#pending--;
    } catch (error) {
      this.#pending--;
      this.#lose('target failed', error);
    }
  }

  #lose(reason: LossReason, error: unknown): void {
    const before = this.#lostByReason[reason] ?? 0;
    this.#lost++;
    this.#lostByReason[reason] = before + 1;
    if (reason === 'disposed' && before > 0) return; // reported once
    tell(this.#listener, { kind: 'lost', target: this.target.name, count: 1, reason, error });
  }
}

function namePattern(names: string | readonly string[] | undefined): RegExp | undefined {
  if (names === undefined) return undefined;
  const patterns = [names].flat().map(name => name.replace(/[\\^$.|?+()[\]{}]/g, '\\$&').replaceAll('*', '.*'));
  return new RegExp(`^(?:${patterns.join('|')})(?:\\..*)?$`, 's');
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

  /** Takes new routes: those that hear the logger, and the factory's minimum level. */
  update(routes: readonly Route[], minimum: number): void {
    this.#routes = routes;
    this.#minimum = minimum;
    this.trace = this.at(LogLevel.TRACE);
    this.debug = this.at(LogLevel.DEBUG);
    this.information = this.at(LogLevel.INFORMATION);
    this.warning = this.at(LogLevel.WARNING);
    this.error = this.at(LogLevel.ERROR);
    this.critical = this.at(LogLevel.CRITICAL);
  }

  /** The routes of any level, also of one without a name. */
  at(level: number): readonly Route[] {
    const open = this.#routes.filter(route => route.admits(level, this.#minimum));
    return open.length === 0 ? nowhere : open;
  }
}
