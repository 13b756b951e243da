import { checkOptions, checkValue, pick } from './check.js';
import { type AnyClass, className } from './class-name.js';
import { systemClock } from './clock.js';
import { configure, type LoggingConfig, readConfig, reconfigure } from './config/configure.js';
import { checkTimeout, disposeTimeout } from './deadline.js';
import type { ExitOptions } from './exit.js';
import { ExitPart } from './exit-part.js';
import {
  type FromConfigOptions,
  factoryRules,
  fromConfigRules,
  type LoggerFactoryOptions,
  setLevelRules
} from './factory-options.js';
import { type FactoryStats, factoryStats, fallbacksOf } from './factory-stats.js';
import { type FailureListener, tell } from './failures.js';
import { finish } from './finish.js';
import type { LogLevel } from './level.js';
import type { Logger, LoggerContext } from './logger.js';
import { LoggerLevels, levelVariable, readLevels } from './logger-levels.js';
import { Loggers } from './loggers.js';
import { hold, letGo } from './ownership.js';
import { type Program, programOf, thisProgram } from './program.js';
import type { LogData } from './record.js';
import { redactRulesOf } from './redact.js';
import { redactRecord, redactThrown } from './redactor.js';
import { type LevelRoutes, Route, type RouteOptions } from './routes.js';
import { Surroundings, snapshot } from './surroundings.js';
import { type Deadline, defaultListener, type LogTarget, targetRule } from './target.js';

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
  readonly #loggers: Loggers;
  readonly #program: Program;
  readonly #onFailure: FailureListener | undefined;
  #routes: readonly Route[] = [];
  #minimumLevel: LogLevel;
  readonly #loggerLevels = new LoggerLevels();
  #disposal: Promise<FactoryStats> | undefined;
  /** Made by `handleExit`. */
  #exitPart: ExitPart | undefined;

  constructor(options: LoggerFactoryOptions = {}) {
    const {
      minimumLevel,
      onFailure,
      clock,
      fields,
      openTelemetry,
      redact,
      env = process.env
    } = checkOptions('LoggerFactory', factoryRules, options);
    this.#minimumLevel = minimumLevel;
    this.#onFailure = onFailure;
    this.#program = programOf(clock ?? systemClock) ?? thisProgram;
    const secrets = redact === false ? undefined : redactRulesOf(redact);
    const listener = onFailure ?? defaultListener;
    const fail = (target: string, what: string, thrown: unknown) => {
      const error = secrets === undefined ? thrown : redactThrown(secrets, thrown);
      tell(listener, { kind: 'error', target, what, error });
    };
    const censorFailed = (error: unknown) => fail('LoggerFactory', 'redact', error);
    this.#context = {
      clock: clock ?? systemClock,
      listener,
      fail,
      surroundings: new Surroundings(fields && snapshot(fields), openTelemetry),
      redact: secrets && (record => redactRecord(secrets, record, censorFailed)),
      getLogger: name => this.getLogger(name)
    };
    this.#loggers = new Loggers(this.#context, (levels, name) => this.#update(levels, name));
    for (const [names, level] of readLevels(env[levelVariable] ?? '', message => this.#complain(message))) {
      this.#loggerLevels.set(names, level);
    }
  }

  /**
   * A factory with the targets, routes and levels of a configuration: an object, or a file of JSON or, with the package
   * `yaml`, of YAML.
   *
   * Throws if anything in it is wrong, with the path of the fault (`logging.json: targets.fluentd.port must be …`), and
   * leaves no target behind then. The factory's `dispose` disposes of all targets, also those that are fallbacks only.
   */
  static fromConfig(config: LoggingConfig | string | URL, options: FromConfigOptions = {}): LoggerFactory {
    const { env = process.env } = checkOptions('fromConfig', fromConfigRules, options);
    const plan = readConfig(config, env);
    const factory = new LoggerFactory({ ...plan.factory, ...pick(fromConfigRules, options) });
    configure(factory, plan, env, options.clock);
    return factory;
  }

  /** The lowest level of targets that were added without one. Can be set at any time, also for loggers already made. */
  get minimumLevel(): LogLevel {
    return this.#minimumLevel;
  }

  set minimumLevel(value: LogLevel) {
    this.#minimumLevel = checkValue('minimumLevel', factoryRules.minimumLevel, value);
    this.#loggers.updateAll();
  }

  /**
   * Sets the lowest level of the records of some loggers, in the place of the factory's minimum; at any time, also for
   * loggers already made. A target that was added with a level of its own keeps that: of the two, the higher one holds.
   *
   * `loggers` is a name that also stands for all names below it (`app.db` for `app.db.pool`), with `*` for any run of
   * characters; of several that name a logger, the longest one counts. `'off'` is above every level. `NONE` forgets
   * what was set for exactly this name.
   */
  setLevel(loggers: string, level: LogLevel | 'off'): this {
    const names = checkValue('setLevel: loggers', setLevelRules.loggers, loggers);
    if (level === 'off') this.#loggerLevels.set(names, level);
    else this.#loggerLevels.set(names, checkValue('setLevel: level', setLevelRules.level, level) || undefined);
    this.#loggers.updateAll();
    return this;
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
    if (this.#exitPart !== undefined) target.keepAtExit(this.#exitPart.resort);
    hold(target);
    this.#routes = [...this.#routes, added];
    this.#loggers.updateAll();
    return this;
  }

  /** Sends no more records to a target. It is neither flushed nor disposed of: that is the caller's now. */
  removeTarget(target: LogTarget): this {
    const kept = this.#routes.filter(route => route.target !== target);
    if (kept.length < this.#routes.length) letGo(target);
    this.#routes = kept;
    this.#loggers.updateAll();
    return this;
  }

  /** Gives a target another route, in the place of all of the former one. Its account goes on. */
  setRoute(target: LogTarget, route: LogLevel | RouteOptions): this {
    const found = this.#routes.find(candidate => candidate.target === target);
    if (found === undefined) throw new TypeError('setRoute: target must have been added before');
    found.change(typeof route === 'number' ? { minimumLevel: route } : route);
    this.#loggers.updateAll();
    return this;
  }

  /**
   * Takes up the levels and routes of a configuration, most often the file that `fromConfig` read, after a change:
   * `minimumLevel`, `levels` and `routes`. Targets stay as they are, whatever it says of them.
   *
   * Never throws. If anything in it is wrong, nothing changes, `onFailure` is told, and the result is false: a mistake in a
   * file must not end a program that runs.
   */
  reloadLevels(config: LoggingConfig | string | URL): boolean {
    try {
      if (this.#disposal !== undefined) throw new Error('the factory has been disposed of');
      reconfigure(this, config);
      return true;
    } catch (error) {
      tell(this.#context.listener, { kind: 'error', target: 'LoggerFactory', what: 'reloadLevels', error });
      return false;
    }
  }

  /**
   * The logger of this name, or of the name of this class (of a class without one: of its nearest ancestor that has one, or
   * `anonymous`); the same object for the same name.
   */
  getLogger<Fields = unknown>(name: string | AnyClass): Logger<Fields> {
    const key = typeof name === 'function' ? className(name) : name;
    if (typeof key !== 'string' || key === '') {
      throw new TypeError(`getLogger: name must be a string that is not empty, or a class, got ${String(name)}`);
    }
    return this.#loggers.get(key) as Logger<Fields>;
  }

  /**
   * Calls `work` and returns what it returns. Whatever this factory's loggers log meanwhile has these fields: also after
   * awaits, in timers and in callbacks that `work` has started. Inside another `runWith` its fields are there too; of
   * those of one name, the inner one comes first.
   */
  runWith<T>(fields: object, work: () => T): T {
    if (typeof work !== 'function') throw new TypeError('runWith: work must be a function');
    if (typeof fields === 'object' && fields !== null) return this.#context.surroundings.run(fields as LogData, work);
    throw new TypeError(`runWith: fields must be an object, got ${String(fields)}`);
  }

  /**
   * Resolves with the account when every record logged before this call has arrived or been given up, at all targets
   * and their fallbacks, or at the deadline: what is then still on its way is counted as pending. Never rejects.
   */
  async flush(deadline: Deadline = {}): Promise<FactoryStats> {
    const timeout = checkTimeout('flush', deadline);
    await Promise.all(this.#routes.map(route => finish(route, 'flush', timeout, this.#context)));
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
    if (this.#exitPart !== undefined) throw new Error('handleExit: it has been called before');
    const partner = {
      getLogger: (name: string) => this.getLogger(name),
      flush: (deadline: Deadline) => this.flush(deadline),
      dispose: (deadline: Deadline) => this.dispose(deadline),
      flushUnknown: (timeout: number) => this.#flushUnknown(timeout)
    };
    this.#exitPart = new ExitPart(this.#program, partner, options);
    for (const target of this.targets) target.keepAtExit(this.#exitPart.resort);
    return this;
  }

  /** Where all records are, now. */
  stats(): FactoryStats {
    const targets = this.#routes.map(route => route.stats());
    return factoryStats(
      targets,
      fallbacksOf(this.targets).map(target => target.stats())
    );
  }

  async #dispose(timeout: number): Promise<FactoryStats> {
    const disposals = this.#routes.map(route => finish(route, 'dispose', timeout, this.#context));
    for (const route of this.#routes) route.close();
    await Promise.all(disposals);
    for (const route of this.#routes) route.end();
    this.#exitPart?.leave();
    return this.stats();
  }

  /** Flushes the targets that do not see to it themselves that an idle process waits for their records. */
  async #flushUnknown(timeout: number): Promise<void> {
    const routes = this.#routes.filter(({ target }) => !this.#program.end.isPending(target));
    await Promise.all(routes.map(route => finish(route, 'flush', timeout, this.#context)));
  }

  #update(levels: LevelRoutes, name: string): void {
    const heard = this.#routes.filter(route => route.hears(name));
    levels.update(heard, this.#minimumLevel, this.#loggerLevels.of(name));
  }

  #complain(message: string): void {
    const error = new TypeError(message);
    tell(this.#context.listener, { kind: 'error', target: 'LoggerFactory', what: levelVariable, error });
  }
}
