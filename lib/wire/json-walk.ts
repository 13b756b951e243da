import { types } from 'node:util';
import { errorFields } from '../core/error-fields.js';
import { isError, itemCount, keysOf, primitiveText, put as putField, read } from '../core/read.js';
import type { LogData } from '../core/record.js';
import { simplify } from '../core/simplify.js';
import { maxValues, thrownForm } from '../core/values.js';
import type { ByteWriter } from './bytes.js';
import { type JsonNames, type LastNames, needsTree } from './json-names.js';
import { writeAscii, writeNumber, writeText } from './json-text.js';

const newline = 0x0a;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const closeList = 0x5d;
const openMap = 0x7b;
const closeMap = 0x7d;

/**
 * Writes values as JSON, straight from what was logged, as `plainFields` and `JSON.stringify` would. A record at a time; what
 * is larger than it may be, or has a key that needs another name, throws `needsTree`, and leaves the walk of no more use.
 *
 * What is inside of a map or list ends with a comma, in whose place the closing bracket is put.
 */
export class JsonWalk {
  readonly #maxDepth: number;
  readonly #names: JsonNames;
  /** The objects that are being written, outermost first: an object among them is a cycle. */
  readonly #path: object[] = [];
  /** Values that may still be written. */
  #values = 0;
  /** The length of the bytes that the record must not exceed. */
  #end = 0;

  constructor(maxDepth: number, names: JsonNames) {
    this.#maxDepth = maxDepth;
    this.#names = names;
  }

  /** Begins a record, which may take so many bytes. Its opening bracket is for the caller to write. */
  begin(into: ByteWriter, maxBytes: number): void {
    this.#values = maxValues;
    this.#end = into.length + maxBytes;
  }

  /** Ends a record and its line. */
  end(into: ByteWriter): void {
    close(into, closeMap);
    put(into, newline);
    if (into.length > this.#end) throw needsTree;
  }

  /** A text under a name that needs no escapes. */
  pair(into: ByteWriter, name: string, text: string): void {
    writeText(into, name);
    put(into, colon);
    this.text(into, text);
    put(into, comma);
  }

  /** A template, under a name that needs no escapes and is always the same. */
  template(into: ByteWriter, name: string, template: string): void {
    if (!this.#names.writeTemplate(into, name, template)) this.pair(into, name, template);
  }

  /** A string that is too long is found out before it is written. */
  text(into: ByteWriter, text: string): void {
    if (into.length + text.length > this.#end) throw needsTree;
    writeText(into, text);
  }

  /** The fields of a record, with a comma behind each. */
  data(into: ByteWriter, data: LogData, exception: unknown, last?: LastNames): void {
    const start = into.length;
    this.#path.push(data);
    if (isForIn(data)) {
      try {
        let place = 0;
        for (const key in data) {
          const value = data[key];
          if (value === exception && typeof value === 'object' && value !== null) continue;
          this.#entry(into, key, value, last, place++, data);
        }
        this.#path.pop();
        return;
      } catch (error) {
        if (error === needsTree) throw error;
        into.truncate(start); // a getter threw: once more, each read by itself
      }
    }
    const keys = keysOf(data);
    if (typeof keys !== 'string') {
      for (const key of keys) {
        const value = read(data, key);
        if (value === exception && typeof value === 'object' && value !== null) continue;
        this.#entry(into, key, value, undefined, 0, data);
      }
    }
    this.#path.pop();
  }

  /** What was thrown, as `error`, of the record `owner`. */
  exception(into: ByteWriter, exception: unknown, owner: object): void {
    writeText(into, 'error');
    put(into, colon);
    this.#path.push(owner);
    if (this.#maxDepth > 1 && isError(exception) && !types.isProxy(exception)) {
      // What `#object` would find out about it, found out already.
      this.#path.push(exception);
      this.#fields(into, errorFields(exception, this.#values));
      this.#path.pop();
    } else this.value(into, thrownForm(exception));
    this.#path.pop();
    put(into, comma);
  }

  /** The fields of what was thrown, of the record `owner`: each under the name that `nameOf` has for it, or in `error`. */
  exceptionParts(
    into: ByteWriter,
    exception: unknown,
    owner: object,
    nameOf: (field: string) => string | undefined
  ): void {
    const thrown = thrownForm(exception);
    if (this.#maxDepth === 1 || (thrown === exception && types.isProxy(thrown))) throw needsTree;
    const fields = isError(thrown) ? errorFields(thrown, this.#values) : (thrown as Record<string, unknown>);
    this.#path.push(owner);
    this.#path.push(thrown as object);
    let others: Record<string, unknown> | undefined;
    for (const key of Object.keys(fields)) {
      const name = nameOf(key);
      if (name !== undefined) this.#entry(into, name, fields[key]);
      else {
        others ??= {};
        putField(others, key, fields[key]);
      }
    }
    if (others !== undefined) {
      const start = into.length;
      writeText(into, 'error');
      put(into, colon);
      this.#fields(into, others);
      if (into.bytes[into.length - 2] === openMap) into.truncate(start);
      else put(into, comma);
    }
    this.#path.pop();
    this.#path.pop();
  }

  /** Begins a map under a name that needs no escapes. */
  open(into: ByteWriter, name: string): void {
    writeText(into, name);
    put(into, colon);
    put(into, openMap);
  }

  /** Ends the map that was begun last. */
  close(into: ByteWriter): void {
    close(into, closeMap);
    put(into, comma);
  }

  /** A value; returns false for `undefined`, which is not written. */
  value(into: ByteWriter, value: unknown, last?: LastNames): boolean {
    switch (typeof value) {
      case 'string':
        this.text(into, value);
        return true;
      case 'number':
        writeNumber(into, value);
        return true;
      case 'boolean':
        writeAscii(into, value ? 'true' : 'false');
        return true;
      case 'object':
        if (value !== null) return this.#object(into, value, last);
        writeAscii(into, 'null');
        return true;
      case 'undefined':
        return false;
      case 'bigint':
        if (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) writeNumber(into, Number(value));
        else this.text(into, primitiveText(value));
        return true;
      default:
        this.text(into, primitiveText(value));
        return true;
    }
  }

  /** A pair of a map and a comma, or nothing if there is nothing to be written. */
  #entry(into: ByteWriter, key: string, value: unknown, last?: LastNames, place = 0, data?: LogData): void {
    if (value === undefined) return;
    const start = into.length;
    if (start > this.#end || this.#values-- <= 0) throw needsTree;
    this.#names.write(into, key, data, last, place);
    const inner = typeof value === 'object' ? last?.inner(place) : undefined;
    if (this.value(into, value, inner)) put(into, comma);
    else into.truncate(start);
  }

  #object(into: ByteWriter, value: object, last?: LastNames): boolean {
    const path = this.#path;
    if (path.includes(value)) return this.value(into, '[Circular]');
    const tooDeep = path.length >= this.#maxDepth;
    const simple = simplify(value, tooDeep ? 0 : this.#values);
    if (typeof simple !== 'object' || simple === null) return this.value(into, simple);
    const isArray = Array.isArray(simple);
    if (tooDeep) return this.value(into, isArray ? '[Array]' : '[Object]');
    if (simple !== value && path.includes(simple)) return this.value(into, '[Circular]');
    path.push(value);
    if (isArray) this.#items(into, simple);
    else this.#fields(into, simple, last);
    path.pop();
    return true;
  }

  #items(into: ByteWriter, array: readonly unknown[]): void {
    const count = itemCount(array);
    // No array that long can be written: what a proxy says of itself is not worth trying.
    if (count > this.#values) throw needsTree;
    put(into, openList);
    for (let index = 0; index < count; index++) {
      if (into.length > this.#end || this.#values-- <= 0) throw needsTree;
      if (!this.value(into, read(array, index))) writeAscii(into, 'null');
      put(into, comma);
    }
    close(into, closeList);
  }

  #fields(into: ByteWriter, object: object, last?: LastNames): void {
    const start = into.length;
    if (isForIn(object)) {
      try {
        // Inside the loop, V8 reads the properties of an object by its shape, not by name: twice as fast as all else.
        put(into, openMap);
        const fields = object as Readonly<Record<string, unknown>>;
        let place = 0;
        for (const key in fields) this.#entry(into, key, fields[key], last, place++);
        close(into, closeMap);
        return;
      } catch (error) {
        if (error === needsTree) throw error;
        into.truncate(start); // a getter threw: once more, each read by itself
      }
    }
    this.#guardedFields(into, object);
  }

  #guardedFields(into: ByteWriter, object: object): void {
    const keys = keysOf(object);
    if (typeof keys === 'string') {
      this.text(into, keys);
      return;
    }
    put(into, openMap);
    for (const key of keys) this.#entry(into, key, read(object, key));
    close(into, closeMap);
  }
}

function put(into: ByteWriter, byte: number): void {
  into.reserve(1);
  into.bytes[into.length++] = byte;
}

/** Puts the bracket that closes a map or list in the place of its last comma, or behind the one that has opened it. */
function close(into: ByteWriter, bracket: number): void {
  if (into.bytes[into.length - 1] === comma) into.bytes[into.length - 1] = bracket;
  else put(into, bracket);
}

const nothing = {};

/** Whether `for in` names just the own properties of `object`, as far as can be told without asking for each. */
function isForIn(object: object): boolean {
  for (const _ in nothing) return false; // somebody has given Object.prototype an enumerable property
  return Object.getPrototypeOf(object) === Object.prototype;
}
