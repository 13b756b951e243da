import { types } from 'node:util';
import type { Censor } from './censor.js';
import { isError, itemCount, keysOf, primitiveText, put, read } from './read.js';
import type { PathNode, RedactRules } from './redact.js';
import { simplify } from './simplify.js';
import { maxValues, textOf } from './values.js';

/** Deeper than any target writes (127 at most), and than a stack could not bear. */
const maxDepth = 128;

/** The places on the way to secrets at which we are: none mostly. */
export type Places = readonly PathNode[];

export const nowhere: Places = [];

/**
 * Copies of values without what is secret. Dates and binary data stay what they are, Maps and Sets are Maps and Sets,
 * errors of their class; an object of another class becomes the plain form that it is written in.
 */
export class SafeCopies {
  readonly #rules: RedactRules;
  readonly #censor: Censor;
  /** The objects that are being copied, and their copies: an object among them is a cycle. */
  readonly #copies = new Map<object, unknown>();
  #values = maxValues;

  constructor(rules: RedactRules, censor: Censor) {
    this.#rules = rules;
    this.#censor = censor;
  }

  /** From now on, `copy` stands for `original` wherever it is met. */
  put(original: object, copy: unknown): void {
    this.#copies.set(original, copy);
  }

  /** The copy of a value that is found at these places. */
  value(value: unknown, places: Places): unknown {
    switch (typeof value) {
      case 'string':
        return this.#censor.scrub(value);
      case 'object':
        return value === null ? null : this.#object(value, places);
      case 'boolean':
      case 'undefined':
        return value;
      case 'function': // it may have fields, which are not written
        return this.#censor.scrub(primitiveText(value));
      case 'number':
      case 'bigint':
        if (this.#rules.areOurs) return value;
    }
    const text = primitiveText(value);
    const scrubbed = this.#censor.scrub(text);
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
    if (typeof simple !== 'object' || simple === null) return this.value(simple, places);
    return Array.isArray(simple) ? this.#items(value, simple, places) : this.fields(simple, places, value);
  }

  #items(original: object, array: readonly unknown[], places: Places): unknown[] {
    return this.#during(original, [] as unknown[], copy => {
      const count = itemCount(array);
      for (let index = 0; index < count; index++) {
        if (this.#values-- <= 0) {
          copy.push('[Truncated]');
          break;
        }
        const item = this.field(places, String(index), read(array, index), true);
        copy.push(index > 0 && this.#isNamed(array, index, count) ? this.#censor.censored(item) : item);
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
    const [place = '', around = ''] = this.#censor.path.slice(-2).reverse();
    const isEntry = count === 2 && /^\d+$/.test(place) && around !== '';
    return isEntry || name.startsWith('-') || (place === 'rawHeaders' && index % 2 === 1);
  }

  fields(fields: object, places: Places, original = fields): unknown {
    const keys = keysOf(fields);
    if (typeof keys === 'string') return this.#censor.scrub(keys);
    return this.#during(original, {} as Record<string, unknown>, copy => {
      for (const key of keys) {
        if (this.#values-- <= 0) {
          put(copy, this.#censor.scrub(key), '[Truncated]');
          break;
        }
        put(copy, this.#censor.scrub(key), this.field(places, key, read(fields, key)));
      }
    });
  }

  #map(map: Map<unknown, unknown>, places: Places): Map<unknown, unknown> {
    return this.#during(map, new Map<unknown, unknown>(), copy => {
      for (const [key, value] of Map.prototype.entries.call(map) as Iterable<[unknown, unknown]>) {
        if (this.#values-- <= 0) break;
        copy.set(this.value(key, nowhere), this.field(places, textOf(key), value));
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
        const form = this.field(places, name, value);
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

  /** The copy of a field: censored, if it is secret by its name or its place. */
  field(places: Places, name: string, value: unknown, isItem = false): unknown {
    this.#censor.path.push(name);
    try {
      const inside = step(places, name);
      const isSecret = inside.some(place => place.isSecret) || (!isItem && this.#rules.isSecretKey(name));
      if (isSecret && value !== undefined) return this.#censor.censored(value);
      return this.value(value, inside);
    } finally {
      this.#censor.path.pop();
    }
  }

  #during<T>(original: object, copy: T, fill: (copy: T) => void): T {
    this.#copies.set(original, copy);
    fill(copy);
    this.#copies.delete(original);
    return copy;
  }
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
