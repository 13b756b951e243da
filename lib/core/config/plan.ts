import { type Rule, suggestion, text } from '../check.js';
import { factoryRules } from '../factory-options.js';
import { inCases, isLogLevel, LogLevel, levelReference } from '../level.js';
import { put } from '../read.js';
import type { LogData } from '../record.js';
import type { RedactOptions } from '../redact.js';
import { checkRoute, type RouteOptions, routeRules } from '../routes.js';
import { targetReference } from '../target.js';
import { isPlainObject } from '../values.js';
import { below, type Reader } from './reader.js';
import { type TargetType, targetTypes } from './target-types.js';

/** A target that is to be made. */
export interface PlannedTarget {
  /** How errors call its place: `logging.json: targets.console`. */
  readonly where: string;
  readonly name: string;
  readonly type: TargetType;
  /** Its options; those that are targets are in `targets`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The targets among its options: others by their names, or such as have none. */
  readonly targets: ReadonlyMap<string, Reference | PlannedTarget>;
}

/** What names another target. */
export interface Reference {
  readonly reference: string;
  /** How errors call it: a variable may hold a secret. */
  readonly shown: string;
}

/** A configuration, read and found right, before anything is made of it. */
export interface Plan {
  /** What errors call the configuration. */
  readonly where: string;
  /** Options of the factory itself. */
  readonly factory: {
    readonly minimumLevel: LogLevel;
    readonly redact: boolean | RedactOptions;
    readonly fields: LogData;
  };
  /** The levels of loggers, by names as `setLevel` takes them. */
  readonly levels: ReadonlyMap<string, LogLevel | 'off'>;
  readonly targets: ReadonlyMap<string, PlannedTarget>;
  /** The targets that loggers send to, by name. */
  readonly routes: ReadonlyMap<string, RouteOptions>;
}

export const planKeys = ['$schema', 'minimumLevel', 'levels', 'redact', 'fields', 'targets', 'routes'] as const;

export const minimumLevelRule = factoryRules.minimumLevel;

/** The level of some loggers. */
export const ownLevelRule: Rule<LogLevel | 'off'> = {
  words: "a LogLevel (an integer from 1 to 50), the name of one, or 'off'",
  schema: {
    anyOf: [
      { $ref: levelReference },
      { enum: inCases('off') },
      { type: 'integer', minimum: 1, maximum: LogLevel.CRITICAL }
    ]
  },
  fromText: text => (text.toLowerCase() === 'off' ? 'off' : minimumLevelRule.fromText?.(text)),
  judge: value => {
    if (value === 'off' || isLogLevel(value)) return 'right';
    return typeof value === 'number' ? 'out of range' : 'wrong type';
  }
};

/** Reads a configuration; throws at its first fault, with the path. */
export function readPlan(reader: Reader, tree: unknown): Plan {
  const sections = reader.fields('', planKeys, tree, (_, value) => value);
  /** Reads a section that is there. */
  const section = <T>(key: (typeof planKeys)[number], read: (path: string, value: unknown) => T): T | undefined =>
    sections.has(key) ? read(key, sections.get(key)) : undefined;
  /** Reads the members of a section that is a map. */
  const members = <T>(
    key: (typeof planKeys)[number],
    words: string,
    read: (path: string, value: unknown, name: string) => T
  ) => section(key, (path, value) => new Map(reader.map(path, words, value, read)));

  section('$schema', (path, value) => reader.value(path, text() as Rule<string>, value));
  const levels = members('levels', 'a map of levels by the names of loggers', (path, value, name) => {
    if (name === '') throw new TypeError(`${reader.where(path)} must have the name of loggers`);
    return reader.value(path, ownLevelRule, value);
  });
  const targets =
    members('targets', 'a map of targets by their names', (path, value, name) =>
      readTarget(reader, path, value, name)
    ) ?? new Map<string, PlannedTarget>();
  const routes = members('routes', 'a map of routes by the names of their targets', (path, value) =>
    readRoute(reader, path, value)
  );
  const fields = members('fields', 'a map of fields', (path, value) => reader.any(path, value));
  return {
    where: reader.where(''),
    factory: {
      minimumLevel:
        section('minimumLevel', (path, value) => reader.value(path, minimumLevelRule, value)) ?? LogLevel.DEBUG,
      redact: section('redact', (path, value) => reader.value(path, factoryRules.redact, value)) ?? false,
      fields: Object.fromEntries(fields ?? [])
    },
    levels: levels ?? new Map(),
    targets,
    routes: checkRoutes(reader, targets, routes)
  };
}

/** The routes, once all targets are known to be there and to get records; those that are left out are made. */
function checkRoutes(
  reader: Reader,
  targets: ReadonlyMap<string, PlannedTarget>,
  given: ReadonlyMap<string, RouteOptions> | undefined
): ReadonlyMap<string, RouteOptions> {
  const fallbacks = new Set<string>();
  for (const planned of targets.values()) checkReferences(targets, planned, fallbacks, []);
  if (given === undefined) {
    return new Map(Array.from(targets.keys(), name => [name, {}] as const).filter(([name]) => !fallbacks.has(name)));
  }
  for (const name of given.keys()) {
    if (targets.has(name)) continue;
    throw new TypeError(`${reader.where(below('routes', name))}: ${noTarget(reader.shown(name, name), targets)}`);
  }
  for (const [name, { where }] of targets) {
    if (given.has(name) || fallbacks.has(name)) continue;
    throw new TypeError(`${where} gets no records: it is neither in routes nor named by another target`);
  }
  return given;
}

function readRoute(reader: Reader, path: string, value: unknown): RouteOptions {
  const options = isPlainObject(value)
    ? reader.options(path, routeRules, value)
    : { minimumLevel: reader.value(path, routeRules.minimumLevel, value) };
  checkRoute(reader.where(path), options);
  return options;
}

function readTarget(reader: Reader, path: string, given: unknown, name: string): PlannedTarget {
  const type = readType(reader, path, given);
  const options: Record<string, unknown> = {};
  const targets = new Map<string, Reference | PlannedTarget>();
  reader.map(path, 'a map', given, (at, value, key) => {
    const rule = Object.hasOwn(type.rules, key) ? type.rules[key] : undefined;
    if (key === 'type') return;
    if (rule === undefined) {
      if (type.isOpen !== true) throw reader.unknown(path, key, Object.keys(type.rules));
      put(options, key, reader.any(at, value));
    } else if (rule.schema?.['$ref'] !== targetReference) {
      put(options, key, reader.value(at, rule, value));
    } else if (typeof value === 'string') {
      const reference = reader.value(at, text() as Rule<string>, value);
      targets.set(key, { reference, shown: reader.shown(value, reference) });
    } else if (isPlainObject(value) && typeof value['log'] !== 'function') {
      targets.set(key, readTarget(reader, at, value, key === type.behind ? name : `${name}.${key}`));
    } else {
      put(options, key, reader.value(at, rule, value));
    }
  });
  reader.require(path, type.rules, key => Object.hasOwn(options, key) || targets.has(key));
  return { where: reader.where(path), name, type, options, targets };
}

function readType(reader: Reader, path: string, given: unknown): TargetType {
  const words = 'a map with the type and the options of a target';
  const entries = new Map(reader.map(path, words, given, (_, value) => value));
  const place = below(path, 'type');
  const known = Array.from(targetTypes.keys());
  if (!entries.has('type')) {
    throw new TypeError(`${reader.where(place)} must be a type of target (${known.join(', ')}), got nothing`);
  }
  const name = reader.value(place, text() as Rule<string>, entries.get('type'));
  const type = targetTypes.get(name);
  if (type !== undefined) return type;
  const hint = '; registerTargetType makes one known, of your own, or in a bundle that has left it out';
  const advice = suggestion(name, known);
  const problem = `there is no type ${reader.shown(entries.get('type'), name)}`;
  throw new TypeError(`${reader.where(place)}: ${problem}${advice}${advice.endsWith('?') ? '' : hint}`);
}

/** Finds references to targets that are not there, and circles; notes the names of those that are there. */
function checkReferences(
  targets: ReadonlyMap<string, PlannedTarget>,
  planned: PlannedTarget,
  found: Set<string>,
  above: readonly PlannedTarget[]
): void {
  const path = [...above, planned];
  for (const [key, reference] of planned.targets) {
    const next = 'reference' in reference ? targets.get(reference.reference) : reference;
    if (next === undefined) {
      const shown = 'reference' in reference ? reference.shown : '';
      throw new TypeError(`${planned.where}.${key}: ${noTarget(shown, targets)}`);
    }
    if ('reference' in reference) found.add(reference.reference);
    if (path.includes(next)) {
      const names = [...path.slice(path.indexOf(next)), next].map(({ name }) => name);
      throw new TypeError(
        `${planned.where}.${key}: targets must not name each other in a circle: ${names.join(' → ')}`
      );
    }
    checkReferences(targets, next, found, path);
  }
}

function noTarget(shown: string, targets: ReadonlyMap<string, PlannedTarget>): string {
  return `there is no target ${shown}${suggestion(shown.replaceAll("'", ''), Array.from(targets.keys()))}`;
}
