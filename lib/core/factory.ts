import { callable, checkOptions, checkValue, clockRule } from './check.js';
import { type Clock, systemClock } from './clock.js';
import { checkTimeout, disposeTimeout, within } from './deadline.js';
import { checkExit, type ExitOptions, exitWatch } from './exit.js';
import { type FailureListener, tell } from './failures.js';
import { ExitFile, type LastResort } from './last-resort.js';
import { LogLevel } from './level.js';
import { Logger, type LoggerContext } from './logger.js';
import { hold, letGo, release } from './ownership.js';
import { flushWhenIdle, isPending } from './process-end.js';
import { isError } from './read.js';
import { LevelRoutes, level, Route, type RouteOptions } from './routes.js';
import { type Deadline, defaultListener, type LogTarget, type TargetStats, targetRule } from './target.js';

export interface LoggerFactoryOptions {
  /** The lowest level of targets that were added without one. Default: DEBUG. */
  readonly minimumLevel?: LogLevel;
  /** Is told of every failure of the factory's targets. Default: process warnings, a few at a time. */
  readonly onFailure?: FailureListener;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

const factoryRules = {
  minimumLevel: level(LogLevel.DEBUG),
  onFailure: callable<FailureListener>('a function of a failure'),
  clock: clockRule
};

/**
 * Where the records of a factory are in the end: the sums over its targets and their fallbacks, and each target's own
 * account. A record that fell back counts as lost if the fallback has lost it, and as pending as long as it waits there.
 */
export interface FactoryStats {
  readonly accepted: number;
  readonly delivered: number;
  readonly fellBack: number;
  readonly lost: number;
  readonly pending: number;
  readonly targets: readonly TargetStats[];
}

/** Anything with a name that can be constructed. */
export type AnyClass = abstract new (...args: never[]) => unknown;

/** Milliseconds that targets may be late, for their last steps, before the factory stops waiting for them. */
const grace = 100;

/**
 * Hands out loggers and routes their records to targets.
 *
 * ```ts
 * const factory = new LoggerFactory().addTarget(new ConsoleTarget(), LogLevel.INFORMATION);
 * await factory.getLogger('OrderService').info('order {id} paid', { id: 17 });
 * await factory.dispose();
 * ```
 */
export class LoggerFactory {
  readonly #context: LoggerContext;
  /** Loggers nobody else holds are forgotten, so that names made at run time do not fill the memory. */
  readonly #loggers = new Map<string, WeakRef<Logger>>();
  readonly #levels = new WeakMap<Logger, LevelRoutes>();
  readonly #forgotten = new FinalizationRegistry<string>(name => {
    if (this.#loggers.get(name)?.deref() === undefined) this.#loggers.delete(name);
  });
  readonly #onFailure: FailureListener | undefined;
  #routes: readonly Route[] = [];
  #minimumLevel: LogLevel;
  #disposal: Promise<FactoryStats> | undefined;
  /** Who keeps, after `handleExit`, what cannot be delivered before the process ends. */
  #resort: LastResort | undefined;
  /** Ends what `handleExit` has begun. */
  #ignoreExit: () => void = () => undefined;

  constructor(options: LoggerFactoryOptions = {}) {
    const { minimumLevel, onFailure, clock } = checkOptions('LoggerFactory', factoryRules, options);
    this.#minimumLevel = minimumLevel;
    this.#onFailure = onFailure;
    this.#context = { clock: clock ?? systemClock, listener: onFailure ?? defaultListener };
  }

  /** The lowest level of targets that were added without one. Can be set at any time, also for loggers already made. */
  get minimumLevel(): LogLevel {
    return this.#minimumLevel;
  }

  set minimumLevel(value: LogLevel) {
    this.#minimumLevel = checkValue('minimumLevel', factoryRules.minimumLevel, value);
    this.#reroute();
  }

  /** The targets, in the order in which they were added. */
  get targets(): readonly LogTarget[] {
    return this.#routes.map(route => route.target);
  }

  /**
   * Adds a target: all loggers, also those already made, send their records to it. The factory disposes of it in the end.
   * Throws if the target was added before or if the factory was disposed of.
   */
  addTarget(target: LogTarget, route: LogLevel | RouteOptions = {}): this {
    const options = typeof route === 'number' ? { minimumLevel: route } : route;
    if (this.#disposal !== undefined) throw new Error('addTarget: the factory has been disposed of');
    checkValue('addTarget: target', targetRule, target);
    if (this.targets.includes(target)) {
      throw new TypeError(`addTarget: ${target.name} has been added before, and would get each record twice`);
    }
    const added = new Route(target, options, this.#context.listener);
    if (this.#onFailure !== undefined) target.reportTo(this.#onFailure);
    if (this.#resort !== undefined) target.keepAtExit(this.#resort);
    hold(target);
    this.#routes = [...this.#routes, added];
    this.#reroute();
    return this;
  }

  /** Sends no more records to a target. It is neither flushed nor disposed of: that is the caller's now. */
  removeTarget(target: LogTarget): this {
    const kept = this.#routes.filter(route => route.target !== target);
    if (kept.length < this.#routes.length) letGo(target);
    this.#routes = kept;
    this.#reroute();
    return this;
  }

  /** The logger of this name, or of the name of this class; the same object for the same name. */
  getLogger(name: string | AnyClass): Logger {
    const key = typeof name === 'function' ? name.name || 'anonymous' : name;
    if (typeof key !== 'string' || key === '') {
      throw new TypeError(`getLogger: name must be a string that is not empty, or a class, got ${String(name)}`);
    }
    const known = this.#loggers.get(key)?.deref();
    if (known !== undefined) return known;
    const levels = new LevelRoutes();
    levels.update(this.#heard(key), this.#minimumLevel);
    const logger = new Logger(key, levels, this.#context);
    this.#levels.set(logger, levels);
    this.#loggers.set(key, new WeakRef(logger));
    this.#forgotten.register(logger, key);
    return logger;
  }

  /**
   * Resolves with the account when every record logged before this call has arrived or been given up, at all targets
   * and their fallbacks, or at the deadline: what is then still on its way is counted as pending. Never rejects.
   */
  async flush(deadline: Deadline = {}): Promise<FactoryStats> {
    const timeout = checkTimeout('flush', deadline);
    await Promise.all(this.#routes.map(route => this.#finish(route, 'flush', timeout)));
    return this.stats();
  }

  /**
   * Flushes all targets and their fallbacks at the same time, closes them, and resolves with the account: soon after
   * the deadline (default: 8000 ms) at the latest, with what could not be delivered by then counted as lost. A second
   * call returns the same promise. Never rejects. What is logged afterwards is counted as lost and reported once.
   */
  dispose(deadline: Deadline = {}): Promise<FactoryStats> {
    this.#disposal ??= this.#dispose(checkTimeout('dispose', deadline) ?? disposeTimeout);
    return this.#disposal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /**
   * Sees to the records when the process ends, in whatever way it does:
   *
   * - By a signal: the factory is disposed of, then the signal ends the process. A second Ctrl-C ends it at once.
   * - By an uncaught exception or an unhandled rejection: it is logged at CRITICAL by the logger `process`, the factory
   *   is disposed of, and the error ends the process with code 1.
   * - As there is nothing left to do: everything is flushed before.
   * - By `process.exit()`: what can be sent without waiting is sent.
   *
   * What cannot be delivered by then is appended to `exitFile`, or written to stderr, as JSON lines: nothing vanishes.
   * Where others listen to the signal or to `uncaughtException` too, all is flushed at once, and they are given three
   * quarters of `timeout` to end the process in their own way. With several factories, each by its own options, the
   * process ends when all are ready. Until the factory has been disposed of; a second call throws.
   */
  handleExit(options: ExitOptions = {}): this {
    if (this.#disposal !== undefined) throw new Error('handleExit: the factory has been disposed of');
    if (this.#resort !== undefined) throw new Error('handleExit: it has been called before');
    const checked = checkExit(options);
    const resort = new ExitFile(checked.exitFile);
    this.#resort = resort;
    for (const target of this.targets) target.keepAtExit(resort);
    const ending = {
      options: checked,
      log: (origin: string, error: unknown) => {
        const logger = this.getLogger('process');
        void (isError(error) ? logger.critical(origin, error) : logger.critical(`${origin}: %s`, error));
      },
      flush: (timeout: number) => this.flush({ timeout }),
      dispose: (timeout: number) => this.dispose({ timeout })
    };
    exitWatch.add(ending);
    const { timeout } = checked;
    const forgetIdle = flushWhenIdle({ exitTimeout: timeout, flush: () => this.#flushIdle(timeout) });
    this.#ignoreExit = () => {
      exitWatch.remove(ending);
      forgetIdle();
    };
    return this;
  }

  /** Where all records are, now. */
  stats(): FactoryStats {
    const targets = this.#routes.map(route => route.stats());
    const fallbacks = this.#fallbacks().map(target => target.stats());
    const sum = (
      list: readonly (TargetStats | undefined)[],
      key: 'accepted' | 'delivered' | 'fellBack' | 'lost' | 'pending'
    ) => list.reduce((total, stats) => total + (stats?.[key] ?? 0), 0);
    const [lostThere, pendingThere] = [sum(fallbacks, 'lost'), sum(fallbacks, 'pending')];
    return {
      accepted: sum(targets, 'accepted'),
      delivered: sum(targets, 'delivered'),
      fellBack: sum(targets, 'fellBack') - lostThere - pendingThere,
      lost: sum(targets, 'lost') + lostThere,
      pending: sum(targets, 'pending') + pendingThere,
      targets
    };
  }

  /** All fallbacks, and theirs, that are not targets themselves; each once. */
  #fallbacks(): LogTarget[] {
    const found = new Set<LogTarget>();
    for (const start of this.targets) {
      for (let next = start.fallback; next !== undefined && !found.has(next); next = next.fallback) found.add(next);
    }
    return [...found].filter(target => !this.targets.includes(target));
  }

  async #dispose(timeout: number): Promise<FactoryStats> {
    const disposals = this.#routes.map(route => this.#finish(route, 'dispose', timeout));
    for (const route of this.#routes) route.close();
    await Promise.all(disposals);
    this.#ignoreExit();
    return this.stats();
  }

  /** Flushes the targets that do not see to it themselves that an idle process waits for their records. */
  async #flushIdle(timeout: number): Promise<void> {
    const routes = this.#routes.filter(({ target }) => !isPending(target));
    await Promise.all(routes.map(route => this.#finish(route, 'flush', timeout)));
  }

  /** One target's flush or dispose: reported if it fails or does not end in time, so that the others are not harmed. */
  async #finish(route: Route, what: 'flush' | 'dispose', timeout: number | undefined): Promise<void> {
    const { target } = route;
    const { listener, clock } = this.#context;
    try {
      const deadline = timeout === undefined ? {} : { timeout };
      const done = what === 'flush' ? target.flush(deadline) : release(target, deadline);
      const all = Promise.all([done, route.settled()]).then(() => true);
      const inTime = await within(clock, timeout === undefined ? undefined : timeout + grace, all);
      if (inTime !== true) throw new Error(`${what} has not ended within ${timeout} ms`);
    } catch (error) {
      tell(listener, { kind: 'error', target: route.stats().name, what, error });
    }
  }

  #reroute(): void {
    for (const [name, reference] of this.#loggers) {
      const logger = reference.deref();
      if (logger !== undefined) this.#levels.get(logger)?.update(this.#heard(name), this.#minimumLevel);
    }
  }

  #heard(name: string): readonly Route[] {
    return this.#routes.filter(route => route.hears(name));
  }
}
