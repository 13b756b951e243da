import { inspect } from 'node:util';
import { type Clock, longestDelay } from './clock.js';

/**
 * What an option may be: the rule in words, as a JSON Schema, and as a check. One source for the constructor's errors
 * and for the schema that editors use.
 */
export interface Rule<T> {
  /** The rule as the end of a sentence: "an integer of 1 or more". */
  readonly words: string;
  /** The rule as a JSON Schema; absent for what no file can hold (functions, targets). */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** What the option is when it is left out. */
  readonly fallback?: T;
  /** For texts that stand for a value that JSON has no form for, as the names of levels do; undefined for other texts. */
  readonly fromText?: (text: string) => T | undefined;
  /** What `words` do not say of such texts: ", or the name of one". */
  readonly orText?: string;
  /** Whether the option must be given. */
  readonly isRequired?: boolean;
  /** Whether errors must not show the value. */
  readonly isSecret?: boolean;
  /** The rules of the options of a map that may be the value. Read in configurations; who takes the value checks them too. */
  readonly members?: Rules;
  /** The same for maps of several kinds, by their `type`. */
  readonly kinds?: Readonly<Record<string, Rules>>;
  /** The rule of the items of an array that may be the value. */
  readonly items?: Rule<unknown>;
  /** Whether `value` has the right type (else a `TypeError`) and is in range (else a `RangeError`). */
  readonly judge: (value: unknown) => 'right' | 'wrong type' | 'out of range';
}

export type Rules = Readonly<Record<string, Rule<unknown>>>;

/** The options after the check: defaults filled in. */
export type Checked<R extends Rules> = { readonly [K in keyof R]: R[K] extends Rule<infer T> ? T : never };

/**
 * `options` with the defaults of `rules`, once every one of them has been found right.
 *
 * Throws a `TypeError` for a key that no rule names and for a value of a wrong type, and a `RangeError` for a value out
 * of range; the message names the owner, the option, the rule and the value. Nothing is corrected.
 */
export function checkOptions<R extends Rules>(owner: string, rules: R, options: object = {}): Checked<R> {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${owner}: options must be an object, got ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(rules, key)) {
      throw new TypeError(`${owner} has no option '${key}'${suggestion(key, Object.keys(rules))}`);
    }
  }
  const checked: Record<string, unknown> = {};
  for (const [key, rule] of Object.entries(rules)) {
    const value = (options as Record<string, unknown>)[key];
    if (value === undefined && rule.isRequired) throw missing(`${owner}: ${key}`, rule.words);
    checked[key] = value === undefined ? rule.fallback : checkValue(`${owner}: ${key}`, rule, value);
  }
  return checked as Checked<R>;
}

/** `value`, if it is right by `rule`; else throws as `checkOptions` does. */
export function checkValue<T>(name: string, rule: Rule<T>, value: unknown): T {
  const verdict = rule.judge(value);
  if (verdict === 'right') return value as T;
  const got = rule.isSecret
    ? `${typeof value === 'object' ? 'an' : 'a'} ${typeof value} that is not shown`
    : show(value);
  const message = `${name} must be ${rule.words}, got ${got}`;
  throw verdict === 'wrong type' ? new TypeError(message) : new RangeError(message);
}

/** The error of an option that must be given and is not. */
export function missing(name: string, words: string): TypeError {
  return new TypeError(`${name} must be ${words}, got nothing`);
}

/** Those of `options` that are given and that `rules` know: for a target that hands part of its options on. */
export function pick<R extends Rules, O extends object>(rules: R, options: O): Pick<O, keyof R & keyof O> {
  const known = Object.entries(options).filter(([key, value]) => value !== undefined && Object.hasOwn(rules, key));
  return Object.fromEntries(known) as Pick<O, keyof R & keyof O>;
}

const infinite = Number.POSITIVE_INFINITY;

/** An integer from `minimum` to `maximum`. */
export function integer(minimum: number, fallback: number, maximum = Number.MAX_SAFE_INTEGER): Rule<number> {
  const words =
    maximum === Number.MAX_SAFE_INTEGER
      ? `an integer of ${minimum} or more`
      : `an integer from ${minimum} to ${maximum}`;
  return {
    words,
    schema: { type: 'integer', minimum, ...(maximum < Number.MAX_SAFE_INTEGER && { maximum }), default: fallback },
    fallback,
    judge: value => {
      if (typeof value !== 'number') return 'wrong type';
      return Number.isInteger(value) && value >= minimum && value <= maximum ? 'right' : 'out of range';
    }
  };
}

/** An integer of `minimum` or more, or `Infinity`. */
export function integerOrInfinity(minimum: number, fallback: number): Rule<number>;
export function integerOrInfinity(minimum: number): Rule<number | undefined>;
export function integerOrInfinity(minimum: number, fallback?: number): Rule<number | undefined> {
  return {
    words: `an integer of ${minimum} or more, or Infinity`,
    schema: {
      anyOf: [{ type: 'integer', minimum }, { const: 'Infinity' }],
      ...(fallback !== undefined && { default: fallback === infinite ? 'Infinity' : fallback })
    },
    ...(fallback !== undefined && { fallback }),
    fromText: given => (given === 'Infinity' ? infinite : undefined),
    judge: value => {
      if (typeof value !== 'number') return 'wrong type';
      return value === infinite || (Number.isInteger(value) && value >= minimum) ? 'right' : 'out of range';
    }
  };
}

/** A finite number from `minimum` to `maximum`. */
export function number(minimum: number, maximum: number, fallback: number): Rule<number> {
  return {
    words: `a number from ${minimum} to ${maximum}`,
    schema: { type: 'number', minimum, maximum, default: fallback },
    fallback,
    judge: value => {
      if (typeof value !== 'number') return 'wrong type';
      return value >= minimum && value <= maximum ? 'right' : 'out of range';
    }
  };
}

/** Milliseconds that a timer can hold. */
export function milliseconds(minimum: number, fallback: number): Rule<number> {
  const words = `a number of milliseconds from ${minimum} to ${longestDelay}`;
  return { ...number(minimum, longestDelay, fallback), words };
}

/** Milliseconds that a timer can hold, or `Infinity` for never. */
export function millisecondsOrInfinity(minimum: number, fallback: number): Rule<number> {
  const { words, judge } = milliseconds(minimum, 0);
  return {
    words: `${words}, or Infinity`,
    schema: {
      anyOf: [{ type: 'number', minimum, maximum: longestDelay }, { const: 'Infinity' }],
      default: fallback === infinite ? 'Infinity' : fallback
    },
    fallback,
    fromText: given => (given === 'Infinity' ? infinite : undefined),
    judge: value => (value === infinite ? 'right' : judge(value))
  };
}

export function boolean(fallback: boolean): Rule<boolean> {
  return {
    words: 'true or false',
    schema: { type: 'boolean', default: fallback },
    fallback,
    judge: value => (typeof value === 'boolean' ? 'right' : 'wrong type')
  };
}

/** A string that is not empty. */
export function text(fallback: string): Rule<string>;
export function text(): Rule<string | undefined>;
export function text(fallback?: string): Rule<string | undefined> {
  return {
    words: 'a string that is not empty',
    schema: { type: 'string', minLength: 1, ...(fallback !== undefined && { default: fallback }) },
    ...(fallback !== undefined && { fallback }),
    judge: value => (typeof value !== 'string' ? 'wrong type' : value === '' ? 'out of range' : 'right')
  };
}

/** One of a few values. */
export function oneOf<const T>(choices: readonly T[], fallback: T): Rule<T> {
  return {
    words: `one of ${choices.map(choice => show(choice)).join(', ')}`,
    schema: { enum: choices, default: fallback },
    fallback,
    judge: value => (choices.includes(value as T) ? 'right' : 'out of range')
  };
}

/** A function; no file can hold one. */
export function callable<T extends (...args: never[]) => unknown>(words = 'a function'): Rule<T | undefined> {
  return { words, judge: value => (typeof value === 'function' ? 'right' : 'wrong type') };
}

/** An object that `test` recognizes; no file can hold one. */
export function instance<T>(words: string, test: (value: object) => boolean): Rule<T | undefined> {
  return {
    words,
    judge: value => (typeof value === 'object' && value !== null && test(value) ? 'right' : 'wrong type')
  };
}

/** A map of options, which `members` are for. */
export function options<T extends object>(words: string, members: Rules): Rule<T | undefined> {
  const isMap = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return { words, members, judge: value => (isMap(value) ? 'right' : 'wrong type') };
}

/** A list of `least` items or more. */
export function listOf<T>(words: string, items: Rule<T | undefined>, least: number): Rule<readonly T[] | undefined> {
  return {
    words,
    schema: { type: 'array', ...(least > 0 && { minItems: least }) },
    items,
    judge: value => {
      if (!Array.isArray(value) || value.some(item => items.judge(item) !== 'right')) return 'wrong type';
      return value.length >= least ? 'right' : 'out of range';
    }
  };
}

/** An object with these methods: something of an interface of ours; no file can hold one. */
export function withMethods<T>(words: string, ...methods: (keyof T & string)[]): Rule<T | undefined> {
  const has = (value: object) =>
    methods.every(method => typeof (value as Record<string, unknown>)[method] === 'function');
  return instance<T>(`${words} (an object with ${methods.join(', ')})`, has);
}

/** Where time comes from. */
export const clockRule = withMethods<Clock>('a Clock', 'now', 'setTimeout', 'clearTimeout');

/** A value as errors show it: on one line, and not too long. */
export function show(value: unknown): string {
  return inspect(value, { depth: 0, maxStringLength: 80, breakLength: infinite });
}

/** The end of a sentence about a name that is not known: the one that was meant, or all. */
export function suggestion(key: string, known: readonly string[]): string {
  const near = known.find(candidate => distance(candidate.toLowerCase(), key.toLowerCase()) <= 2);
  if (known.length === 0) return '';
  return near === undefined ? `; it has ${known.join(', ')}` : `; did you mean '${near}'?`;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
