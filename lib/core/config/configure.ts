import type { Clock } from '../clock.js';
import { LogLevel } from '../level.js';
import { levelVariable, readLevels } from '../logger-levels.js';
import type { LogData } from '../record.js';
import type { RedactOptions } from '../redact.js';
import type { RouteOptions } from '../routes.js';
import type { LogTarget } from '../target.js';
import { build } from './build.js';
import type { Environment } from './environment.js';
import { type Plan, readPlan } from './plan.js';
import { at, below, Reader } from './reader.js';
import { load } from './source.js';

/** A configuration as an object. A file holds the same. */
export interface LoggingConfig {
  /** For editors: where the schema is. */
  readonly $schema?: string;
  /** The lowest level of targets whose route has none. Default: DEBUG. */
  readonly minimumLevel?: ConfigLevel;
  /**
   * Levels of loggers, as `setLevel` takes them: by their names, which also stand for all names below them, with `*` for any
   * run of characters. `LOGFLUME_LEVEL` comes before them.
   */
  readonly levels?: Readonly<Record<string, ConfigLevel>>;
  /** Secrets that are taken out of every record. Default: false. */
  readonly redact?: boolean | RedactOptions;
  /** Fields of every record. */
  readonly fields?: LogData;
  /** The targets by names of your choice. */
  readonly targets?: Readonly<Record<string, TargetConfig>>;
  /**
   * Which records targets get, by their names: a lowest level, or the options of a route. Default: every target gets all,
   * but for those that are another's fallback.
   */
  readonly routes?: Readonly<Record<string, ConfigLevel | RouteConfig>>;
}

/** A level: its number, or its name (`'info'`, `'WARNING'`), or a text with a variable. */
export type ConfigLevel = LogLevel | string;

/** The type of a target and its options. */
export interface TargetConfig {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** As `RouteOptions`, with levels by their names. */
export interface RouteConfig extends Omit<RouteOptions, 'minimumLevel' | 'maximumLevel'> {
  readonly minimumLevel?: ConfigLevel;
  readonly maximumLevel?: ConfigLevel;
}

/** What a configuration does with a factory. */
export interface Configurable {
  minimumLevel: LogLevel;
  readonly targets: readonly LogTarget[];
  setLevel(loggers: string, level: LogLevel | 'off'): unknown;
  addTarget(target: LogTarget, route: RouteOptions): unknown;
  setRoute(target: LogTarget, route: RouteOptions): unknown;
}

/** What is kept of a configuration, to take up its levels again later. */
interface Configured {
  readonly environment: Environment;
  readonly targets: ReadonlyMap<string, LogTarget>;
  /** The names whose levels it has set. */
  levels: ReadonlySet<string>;
}

const configured = new WeakMap<Configurable, Configured>();

/** A configuration, read and found right; throws at its first fault. */
export function readConfig(config: LoggingConfig | string | URL, environment: Environment): Plan {
  const source = load(config);
  return readPlan(new Reader(source, environment), source.tree);
}

/** Makes the targets of a plan and adds them to a new factory. If that fails, what was made is disposed of. */
export function configure(factory: Configurable, plan: Plan, environment: Environment, clock: Clock | undefined): void {
  build(plan, clock, targets => {
    const known = { environment, targets, levels: new Set<string>() };
    configured.set(factory, known);
    applyLevels(factory, plan, known);
  });
}

/** Takes up the levels and routes of a configuration; throws, and changes nothing, if there is a fault in it. */
export function reconfigure(factory: Configurable, config: LoggingConfig | string | URL): void {
  const known = configured.get(factory);
  if (known === undefined) throw new TypeError('the factory was not made by fromConfig');
  const plan = readConfig(config, known.environment);
  for (const [name, { where }] of plan.targets) {
    if (!known.targets.has(name)) throw new TypeError(`${where} is new: targets are made by fromConfig only`);
  }
  factory.minimumLevel = plan.factory.minimumLevel;
  applyLevels(factory, plan, known);
}

/** Everything here has been found right before: a plan is taken up as a whole. */
function applyLevels(factory: Configurable, plan: Plan, known: Configured): void {
  // Who starts a program knows better than who wrote its file. What is wrong in the variable, the factory has reported.
  const overruled = new Set(
    readLevels(known.environment[levelVariable] ?? '', () => undefined).map(([names]) => names)
  );
  const levels = new Map(Array.from(plan.levels).filter(([names]) => !overruled.has(names)));
  for (const names of known.levels) if (!levels.has(names)) factory.setLevel(names, LogLevel.NONE);
  for (const [names, level] of levels) factory.setLevel(names, level);
  known.levels = new Set(levels.keys());
  for (const [name, target] of known.targets) {
    const route = plan.routes.get(name);
    const isThere = factory.targets.includes(target);
    if (isThere) factory.setRoute(target, route ?? { loggers: [] });
    else if (route !== undefined) at(`${plan.where}: ${below('routes', name)}`, () => factory.addTarget(target, route));
  }
}
