import { checkValue, missing, oneOf, type Rule, type Rules, show, suggestion } from '../check.js';
import { put } from '../read.js';
import { isPlainObject } from '../values.js';
import { type Environment, expand } from './environment.js';
import type { Source } from './source.js';

/** A value with its variables filled in, and which these were. */
interface Filled {
  readonly value: unknown;
  readonly variables: readonly string[];
}

/** Reads the values of a configuration by rules. Every error begins with the source and the path of the fault. */
export class Reader {
  readonly #source: Source;
  readonly #environment: Environment;
  /** The maps and arrays that are being read: YAML's anchors, and objects, can hold themselves. */
  readonly #open = new Set<object>();

  constructor(source: Source, environment: Environment) {
    this.#source = source;
    this.#environment = environment;
  }

  /** Where a fault is, as errors begin: `logging.json: targets.fluentd.port`. */
  where(path: string): string {
    return path === '' ? this.#source.name : `${this.#source.name}: ${path}`;
  }

  /** The members of a map, and what `read` makes of each. */
  map<T>(
    path: string,
    words: string,
    value: unknown,
    read: (path: string, value: unknown, key: string) => T
  ): [string, T][] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new TypeError(`${this.where(path)} must be ${words}, got ${show(value)}`);
    }
    return this.#inside(path, value, () =>
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => [key, read(below(path, key), member, key)])
    );
  }

  /** The members of a map that may have those of `known` only. */
  fields<T>(
    path: string,
    known: readonly string[],
    value: unknown,
    read: (path: string, value: unknown, key: string) => T
  ): Map<string, T> {
    const entries = this.map(path, 'a map', value, (at, member, key) => {
      if (!known.includes(key)) throw this.unknown(path, key, known);
      return read(at, member, key);
    });
    return new Map(entries);
  }

  /** The error of a key that nothing is known of. */
  unknown(path: string, key: string, known: readonly string[]): TypeError {
    return new TypeError(`${this.where(path)} has no option '${key}'${suggestion(key, known)}`);
  }

  /** Options by their rules. */
  options(path: string, rules: Rules, value: unknown): Record<string, unknown> {
    const read = (at: string, option: unknown, key: string) => this.value(at, rules[key] as Rule<unknown>, option);
    const options = this.fields(path, Object.keys(rules), value, read);
    this.require(path, rules, key => options.has(key));
    return Object.fromEntries(options);
  }

  /** Throws if an option is not there that must be. */
  require(path: string, rules: Rules, isThere: (key: string) => boolean): void {
    for (const [key, rule] of Object.entries(rules)) {
      if (rule.isRequired && !isThere(key)) throw missing(this.where(below(path, key)), allWords(rule));
    }
  }

  /**
   * A value, if it is right by its rule, and what is inside it by the rules for that. A text may also stand for what the
   * rule makes of it, and one with variables for a number, `true` or `false`.
   */
  value<T>(path: string, rule: Rule<T>, given: unknown): T {
    const where = this.where(path);
    const { value, variables } = this.#inner(path, rule, given) ?? this.#fill(path, given);
    const meanings = typeof value === 'string' ? [value, rule.fromText?.(value)] : [value];
    if (typeof value === 'string' && variables.length > 0) meanings.push(scalar(value));
    const verdicts = meanings.map(meaning => (meaning === undefined ? 'wrong type' : rule.judge(meaning)));
    const right = verdicts.indexOf('right');
    if (right >= 0) return meanings[right] as T;
    const words = allWords(rule);
    if (variables.length === 0) return checkValue(where, { ...rule, words }, value);
    // What variables hold may be a secret, and is not shown.
    const message = `${where} must be ${words}, and what \${${variables.join('}, ${')}} stands for is not`;
    throw verdicts.includes('out of range') ? new RangeError(message) : new TypeError(message);
  }

  /** How errors call a text: what variables hold may be a secret, and is not shown. */
  shown(given: unknown, filled: string): string {
    return given === filled ? `'${filled}'` : `that ${show(given)} stands for`;
  }

  /** A value of which no rule is known, with its variables filled in. */
  any(path: string, given: unknown): unknown {
    return this.#fill(path, given).value;
  }

  /** What has rules for what is inside it, read by these; undefined for what has none. */
  #inner(path: string, { members, kinds, items }: Rule<unknown>, given: unknown): Filled | undefined {
    if (Array.isArray(given) && items !== undefined) {
      const read = () => given.map((item, index) => this.value(`${path}[${index}]`, items, item));
      return { value: this.#inside(path, given, read), variables: [] };
    }
    if (!isPlainObject(given)) return undefined;
    if (members !== undefined) return { value: this.options(path, members, given), variables: [] };
    // What has methods was made by a program.
    if (kinds === undefined || Object.values(given).some(member => typeof member === 'function')) return undefined;
    return { value: this.#kind(path, kinds, given), variables: [] };
  }

  #kind(path: string, kinds: Readonly<Record<string, Rules>>, given: Readonly<Record<string, unknown>>): object {
    const rule = { ...oneOf(Object.keys(kinds), ''), isRequired: true };
    this.require(path, { type: rule }, key => given[key] !== undefined);
    const type = this.value(below(path, 'type'), rule, given['type']);
    return this.options(path, { type: rule, ...kinds[type] }, given);
  }

  #fill(path: string, value: unknown): Filled {
    if (typeof value === 'string') {
      const { text, variables } = expand(this.where(path), value, this.#environment);
      return { value: text, variables };
    }
    if (Array.isArray(value)) {
      const items = this.#inside(path, value, () => value.map((item, index) => this.#fill(`${path}[${index}]`, item)));
      return { value: items.map(item => item.value), variables: items.flatMap(item => item.variables) };
    }
    if (!isPlainObject(value)) return { value, variables: [] };
    const filled: Record<string, unknown> = {};
    const variables: string[] = [];
    for (const [key, member] of this.map(path, 'a map', value, (at, inner) => this.#fill(at, inner))) {
      put(filled, key, member.value);
      variables.push(...member.variables);
    }
    return { value: filled, variables };
  }

  #inside<T>(path: string, value: object, read: () => T): T {
    if (this.#open.has(value)) throw new TypeError(`${this.where(path)} must not hold itself`);
    this.#open.add(value);
    try {
      return read();
    } finally {
      this.#open.delete(value);
    }
  }
}

/** What a configuration may have in an option's place. */
function allWords({ words, orText = '' }: Rule<unknown>): string {
  return words + orText;
}

/** `path.key`, or `path['a key']` where that is clearer. */
export function below(path: string, key: string): string {
  if (!/^[\w$-]+$/.test(key)) return `${path}['${key}']`;
  return path === '' ? key : `${path}.${key}`;
}

/** Does `work`; what it throws begins with the place in the configuration. */
export function at<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const message = `${where}: ${error instanceof Error ? error.message : String(error)}`;
    if (error instanceof RangeError) throw new RangeError(message, { cause: error });
    throw error instanceof TypeError ? new TypeError(message, { cause: error }) : new Error(message, { cause: error });
  }
}

/** The number, `true` or `false` that a text is; else undefined. */
function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}
