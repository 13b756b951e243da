import { types } from 'node:util';
import { atOnce, isThenable } from './failures.js';
import { isError, itemCount, keysOf, primitiveText, put, read } from './read.js';
import { type LogData, LogRecord } from './record.js';
import type { PathNode, RedactRules } from './redact.js';
import { anyHint } from './secrets.js';
import { simplify } from './simplify.js';
import { maxValues, textOf } from './values.js';

/** Deeper than any target writes (127 at most), and than a stack could not bear. */
const maxDepth = 128;

/** What stands in the place of a secret when the censor fails, and of a message that could not be searched. */
const failed = '[REDACTED]';

/**
 * The record without its secrets: another one, of copies, so that nothing that its objects become later can show. Dates
 * and binary data stay what they are, Maps and Sets are Maps and Sets, errors of their class; an object of another class
 * becomes the plain form that it is written in. Never throws: of what cannot be searched nothing is left.
 */
export function redactRecord(rules: RedactRules, record: LogRecord, report: (error: unknown) => void): LogRecord {
  try {
    return new Redaction(rules, report).record(record);
  } catch (error) {
    report(error);
    return LogRecord.revise(record, { message: failed, args: [], data: {}, exception: undefined, text: failed });
  }
}

/**
 * What was thrown before a record was redacted, without its secrets, for `onFailure`. Where the censor is a function, which
 * may be what has failed, a text stands for them. Never throws.
 */
export function redactThrown(rules: RedactRules, thrown: unknown): unknown {
  const censor = typeof rules.censor === 'string' ? rules.censor : failed;
  try {
    return new Redaction({ ...rules, censor }, () => undefined).thrown(thrown);
  } catch {
    return failed; // as with a record, nothing is left of what cannot be searched
  }
}

/** The places on the way to secrets at which we are: none mostly. */
type Places = readonly PathNode[];

const nowhere: Places = [];

/** One walk through one record. */
class Redaction {
  readonly #rules: RedactRules;
  readonly #report: (error: unknown) => void;
  /** The objects that are being copied, and their copies: an object among them is a cycle. */
  readonly #copies = new Map<object, unknown>();
  /** The names on the way to where we are. */
  readonly #path: string[] = [];
  #values = maxValues;

  constructor(rules: RedactRules, report: (error: unknown) => void) {
    this.#rules = rules;
    this.#report = report;
  }

  /** As the exception of a record. */
  thrown(thrown: unknown): unknown {
    return this.#field(this.#root, 'error', thrown);
  }

  record(record: LogRecord): LogRecord {
    const { patterns } = this.#rules;
    const root = this.#root;
    const { message, exception } = record;
    // The exception first: a field that holds it, too, gets the same copy, by which targets know it.
    const safeException = this.thrown(exception);
    if (typeof exception === 'object' && exception !== null) this.#copies.set(exception, safeException);
    const fields = this.#fields(record.data, root);
    const data = typeof fields === 'string' ? {} : (fields as LogData); // a proxy that does not tell its fields has none
    const args = record.args.map((argument, index) =>
      this.#named(`args.${index}`, () => this.#value(argument, nowhere))
    );
    const template = this.#message(message, exception, safeException);
    const parts = { message: template, args, data, exception: safeException };
    const safe = LogRecord.revise(record, parts);
    return patterns.length === 0 ? safe : this.#searched(safe, parts);
  }

  get #root(): Places {
    const { paths } = this.#rules;
    return paths === undefined ? nowhere : [paths];
  }

  /** An error that is logged without a message lends its own, which may be secret by its place. */
  #message(message: unknown, exception: unknown, safeException: unknown): unknown {
    if (typeof message !== 'string') return this.#named('message', () => this.#value(message, nowhere));
    if (!isError(exception) || read(exception, 'message') !== message) return message;
    return isError(safeException) ? read(safeException, 'message') : safeException;
  }

  /**
   * Patterns may match what rendering puts together: `Bearer {key}`. Then the fields that are in the match, or have it in
   * them, are secret too, and arguments, of which nobody knows where they went, are left out.
   */
  #searched(record: LogRecord, parts: Parts): LogRecord {
    const rendered = record.render();
    const found: string[] = [];
    const text = this.#named('message', () => this.#scrub(rendered, found));
    const isText = rendered === parts.message;
    const message = isText ? text : typeof parts.message === 'string' ? this.#scrub(parts.message) : parts.message;
    if (found.length === 0 && message === parts.message) return record;
    return LogRecord.revise(record, { ...parts, message, args: [], data: this.#without(found, parts), text });
  }

  #without(found: readonly string[], { message, data }: Parts): LogData {
    if (typeof message !== 'string') return data;
    const kept: Record<string, unknown> = {};
    for (const key of Object.keys(data)) {
      const value = data[key];
      const shown = message.includes(`{${key}}`) ? textOf(value) : '';
      const isSecret =
        shown !== '' &&
        shown !== this.#rules.censor &&
        found.some(match => match.includes(shown) || shown.includes(match));
      put(kept, key, isSecret ? this.#named(key, () => this.#censored(value)) : value);
    }
    return kept;
  }

  #value(value: unknown, places: Places): unknown {
    switch (typeof value) {
      case 'string':
        return this.#scrub(value);
      case 'object':
        return value === null ? null : this.#object(value, places);
      case 'boolean':
      case 'undefined':
        return value;
      case 'function': // it may have fields, which are not written
        return this.#scrub(primitiveText(value));
      case 'number':
      case 'bigint':
        if (this.#rules.areOurs) return value;
    }
    const text = primitiveText(value);
    const scrubbed = this.#scrub(text);
    return scrubbed === text ? value : scrubbed;
  }

  #object(value: object, places: Places): unknown {
    if (this.#copies.has(value)) return this.#copies.get(value);
    if (this.#copies.size >= maxDepth) return Array.isArray(value) ? '[Array]' : '[Object]';
    if (isError(value)) return this.#error(value, places);
    if (types.isDate(value) || ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return value;
    if (types.isMap(value)) return this.#map(value, places);
    if (types.isSet(value)) {
      const items = Array.from(Set.prototype.values.call(value) as Iterable<unknown>);
      return new Set(this.#items(value, items, places));
    }
    const simple = simplify(value, this.#values);
    if (typeof simple !== 'object' || simple === null) return this.#value(simple, places);
    return Array.isArray(simple) ? this.#items(value, simple, places) : this.#fields(simple, places, value);
  }

  #items(original: object, array: readonly unknown[], places: Places): unknown[] {
    return this.#during(original, [] as unknown[], copy => {
      const count = itemCount(array);
      for (let index = 0; index < count; index++) {
        if (this.#values-- <= 0) {
          copy.push('[Truncated]');
          break;
        }
        const item = this.#field(places, String(index), read(array, index), true);
        copy.push(index > 0 && this.#isNamed(array, index, count) ? this.#censored(item) : item);
      }
    });
  }

  /**
   * Whether the item before is the secret name of this one: in the entries of a map (`[name, value]` in an array), in Node's
   * `rawHeaders`, and among the arguments of a command (`--password`).
   */
  #isNamed(array: readonly unknown[], index: number, count: number): boolean {
    const name = read(array, index - 1);
    if (typeof name !== 'string' || !this.#rules.isSecretKey(name)) return false;
    const [place = '', around = ''] = this.#path.slice(-2).reverse();
    const isEntry = count === 2 && /^\d+$/.test(place) && around !== '';
    return isEntry || name.startsWith('-') || (place === 'rawHeaders' && index % 2 === 1);
  }

  #fields(fields: object, places: Places, original = fields): unknown {
    const keys = keysOf(fields);
    if (typeof keys === 'string') return this.#scrub(keys);
    return this.#during(original, {} as Record<string, unknown>, copy => {
      for (const key of keys) {
        if (this.#values-- <= 0) {
          put(copy, this.#scrub(key), '[Truncated]');
          break;
        }
        put(copy, this.#scrub(key), this.#field(places, key, read(fields, key)));
      }
    });
  }

  #map(map: Map<unknown, unknown>, places: Places): Map<unknown, unknown> {
    return this.#during(map, new Map<unknown, unknown>(), copy => {
      for (const [key, value] of Map.prototype.entries.call(map) as Iterable<[unknown, unknown]>) {
        if (this.#values-- <= 0) break;
        copy.set(this.#value(key, nowhere), this.#field(places, textOf(key), value));
      }
    });
  }

  /** An error of the same class, with the same properties, hidden ones included that are written. */
  #error(error: Error, places: Places): unknown {
    const copy: object = Object.create(Object.getPrototypeOf(error) as object | null);
    const own = keysOf(error);
    const names = new Set([
      'name',
      'message',
      'stack',
      'code',
      'cause',
      'errors',
      ...(typeof own === 'string' ? [] : own)
    ]);
    const safe = isError(copy) ? copy : new Error('');
    return this.#during(error, safe, () => {
      for (const name of names) {
        const value = read(error, name);
        if (value === undefined) continue;
        const enumerable = typeof own !== 'string' && own.includes(name);
        const form = this.#field(places, name, value);
        Object.defineProperty(safe, name, { value: form, enumerable, configurable: true, writable: true });
      }
      this.#mendStack(error, safe);
    });
  }

  /** The stack has the message in it, which may have been secret by its name or place. */
  #mendStack(error: Error, safe: Error): void {
    const [message, stack] = [read(error, 'message'), read(safe, 'stack')];
    const shown = read(safe, 'message');
    if (typeof message !== 'string' || message === '' || typeof stack !== 'string' || shown === message) return;
    Object.defineProperty(safe, 'stack', { value: stack.replaceAll(message, () => textOf(shown)) });
  }

  /** The value of a field: censored, if it is secret by its name or its place. */
  #field(places: Places, name: string, value: unknown, isItem = false): unknown {
    this.#path.push(name);
    try {
      const inside = step(places, name);
      const isSecret = inside.some(place => place.isSecret) || (!isItem && this.#rules.isSecretKey(name));
      if (isSecret && value !== undefined) return this.#censored(value);
      return this.#value(value, inside);
    } finally {
      this.#path.pop();
    }
  }

  #named<T>(name: string, work: () => T): T {
    this.#path.push(name);
    try {
      return work();
    } finally {
      this.#path.pop();
    }
  }

  #during<T>(original: object, copy: T, fill: (copy: T) => void): T {
    this.#copies.set(original, copy);
    fill(copy);
    this.#copies.delete(original);
    return copy;
  }

  /** The text without what the patterns find; `found` gets that. */
  #scrub(text: string, found?: string[]): string {
    const { patterns, areOurs } = this.#rules;
    if (patterns.length === 0) return text;
    const isPlain = !anyHint.test(text);
    if (isPlain && areOurs) return text;
    let result = text;
    for (const { pattern, hint } of patterns) {
      if (hint !== undefined && (isPlain || !hint.test(result))) continue;
      if (result.search(pattern) < 0) continue; // cheaper than a replacement of nothing
      result = result.replace(pattern, match => {
        if (match === '' || match === this.#rules.censor) return match;
        found?.push(match);
        return textOf(this.#censored(match));
      });
    }
    return result;
  }

  #censored(value: unknown): unknown {
    const { censor } = this.#rules;
    if (typeof censor === 'string') return censor;
    try {
      const shown = atOnce(censor(value, this.#path.join('.')));
      if (!isThenable(shown)) return shown;
      throw new TypeError('censor must return what is shown, not a promise');
    } catch (error) {
      this.#report(error);
      return failed;
    }
  }
}

interface Parts {
  readonly message: unknown;
  readonly args: readonly unknown[];
  readonly data: LogData;
  readonly exception: unknown;
}

/** The places that `name` leads to; a name with dots in it may also be several. */
function step(places: Places, name: string): Places {
  if (places.length === 0) return nowhere;
  const inside: PathNode[] = [];
  for (const { next } of places) {
    for (const place of [next.get(name), next.get('*')]) if (place !== undefined) inside.push(place);
  }
  return name.includes('.') ? [...inside, ...name.split('.').reduce(step, places)] : inside;
}
