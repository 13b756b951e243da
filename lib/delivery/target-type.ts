import { type Rule, type Rules, show } from '../core/check.js';
import { type CommonOptions, targetTypes } from '../core/config/target-types.js';
import type { LogTarget } from '../core/target.js';
import { flushRules } from './flush-target.js';

/**
 * Makes a type of target known to configurations: `{ "type": "webhook", "url": "…", "maxSize": 50 }` becomes
 * `make({ url: '…', maxSize: 50 }, { name: '…' })`, with the name that the configuration has for the target.
 *
 * Options of `FlushLogTarget` are checked and may be written as those of our own targets: levels by their names, and
 * `fallbackTarget` by the name of a target. The others are handed over as they are, variables filled in. With `schema`,
 * JSON Schemas by the names of options, these are checked by their `type`, may be variables too where they are no texts,
 * and are the only ones that there are; `configSchema` shows them to editors.
 *
 * A name that is taken is taken over.
 */
export function registerTargetType(
  name: string,
  make: (options: Readonly<Record<string, unknown>>, common: CommonOptions) => LogTarget,
  schema?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
): void {
  if (typeof name !== 'string' || !/^[\w.@-]+$/.test(name)) {
    throw new TypeError(`registerTargetType: name must be letters, digits, '_', '-', '.' and '@', got ${show(name)}`);
  }
  if (typeof make !== 'function') {
    throw new TypeError(`registerTargetType: make must be a function of options, got ${show(make)}`);
  }
  const own: Rules = Object.fromEntries(Object.entries(schema ?? {}).map(([key, one]) => [key, ruleOf(one)]));
  targetTypes.set(name, { make, rules: { ...flushRules, ...own }, isOpen: schema === undefined });
}

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: value => typeof value === 'string',
  number: value => typeof value === 'number',
  integer: value => Number.isInteger(value),
  boolean: value => typeof value === 'boolean',
  array: value => Array.isArray(value),
  object: value => typeof value === 'object' && value !== null && !Array.isArray(value)
};

const words: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  boolean: 'true or false',
  array: 'an array',
  object: 'a map'
};

/** The rule of an option of which only a schema is known: its `type`, if it has one. */
function ruleOf(schema: Readonly<Record<string, unknown>>): Rule<unknown> {
  const type = String(schema['type']);
  const isRight = Object.hasOwn(types, type) ? types[type] : undefined;
  return {
    words: words[type] ?? 'right',
    schema,
    judge: value => (isRight === undefined || isRight(value) ? 'right' : 'wrong type')
  };
}
