import { types } from 'node:util';
import { errorFields } from '../core/error-fields.js';
import { isError, itemCount, keysOf, primitiveText, read } from '../core/read.js';
import { type LogData, type LogRecord, madeText } from '../core/record.js';
import { fieldName, type RecordShape } from '../core/shape.js';
import { simplify } from '../core/simplify.js';
import { isWellFormed, lengthOf } from '../core/text.js';
import { maxValues, thrownForm } from '../core/values.js';
import { ByteWriter } from './bytes.js';
import type { Heads } from './heads.js';
import type { Keys } from './keys.js';
import {
  beginMap,
  endMap,
  writeArrayHeader,
  writeBigInt,
  writeBoolean,
  writeNil,
  writeNumber,
  writePlain,
  writeString
} from './msgpack.js';
import { Stamp } from './stamp.js';
import { type Template, type Templates, writeFilled, writeTemplate } from './templates.js';

/** Thrown when a record has more bytes or values than may be. Made once: nobody sees its stack. */
const tooMuch = new Error('the record is too large');

/** Thrown at a key with lone surrogates: what it becomes may be another's name, and the tree has the rule for that. */
const illFormed = new Error('the record has a key that is no Unicode text');

/** What has been learnt of a program's records, to write those that follow faster. */
export interface Learnt {
  readonly heads: Heads;
  readonly keys: Keys;
  readonly templates: Templates;
}

/** A walk through one record at a time. What it throws means that the record is to be made of a tree; it is used up then. */
export class Walk {
  readonly #maxDepth: number;
  readonly #heads: Heads;
  readonly #keys: Keys;
  readonly #templates: Templates;
  readonly #shape: RecordShape;
  /** What every map ends with, and how many pairs that is. */
  readonly #tail: Stamp;
  readonly #tailCount: number;
  /** The objects that are being written, outermost first: an object among them is a cycle. */
  readonly #path: object[] = [];
  /** Values that may still be written. */
  #values = 0;
  /** The length of the bytes that the record must not exceed. */
  #end = 0;

  constructor(maxDepth: number, { heads, keys, templates }: Learnt, shape: RecordShape) {
    this.#maxDepth = maxDepth;
    this.#heads = heads;
    this.#keys = keys;
    this.#templates = templates;
    this.#shape = shape;
    const tail = new ByteWriter(64);
    const fields = Object.entries(shape.fields);
    for (const [key, value] of fields) {
      writeString(tail, key);
      writePlain(tail, value);
    }
    this.#tail = new Stamp(tail.bytes.subarray(0, tail.length));
    this.#tailCount = fields.length;
  }

  map(into: ByteWriter, map: object, maxBytes: number): void {
    this.#values = maxValues;
    this.#end = into.length + maxBytes;
    const simple = simplify(map, this.#values);
    const isMap = typeof simple === 'object' && simple !== null && !Array.isArray(simple);
    if (!isMap || typeof keysOf(simple) === 'string') throw tooMuch; // what is no map is told by the tree
    this.#path.push(map);
    this.#keys.begin();
    this.#fields(into, simple);
    if (into.length > this.#end) throw tooMuch;
  }

  record(into: ByteWriter, record: LogRecord, maxBytes: number): void {
    const { data, exception } = record;
    this.#values = maxValues;
    this.#end = into.length + maxBytes;
    const start = into.length;
    beginMap(into, 0);
    const template = this.#template(record);
    this.#head(into, record, template);
    let count = this.#message(into, record, template) ? 4 : 3;
    this.#path.push(data);
    this.#keys.begin();
    count += this.#data(into, data, exception);
    this.#path[0] = record;
    if (exception !== undefined) {
      this.#exception(into, exception);
      count++;
    }
    this.#path.pop();
    if (this.#tailCount > 0) {
      this.#tail.write(into);
      count += this.#tailCount;
    }
    endMap(into, start, 0, count);
    if (into.length > this.#end) throw tooMuch;
  }

  /** What is known of the message, if it has no arguments. */
  #template({ message, args }: LogRecord): Template | undefined {
    return typeof message === 'string' && args.length === 0 ? this.#templates.of(message) : undefined;
  }

  #head(into: ByteWriter, { level, loggerName }: LogRecord, template: Template | undefined): void {
    const near = template?.head;
    if (near !== undefined && near.level === level && near.loggerName === loggerName) {
      near.stamp.write(into);
      return;
    }
    const head = this.#heads.write(into, level, loggerName);
    if (template !== undefined) template.head = head;
  }

  /** Appends the text of the message and, if that is another, the template, with its key; returns whether it is. */
  #message(into: ByteWriter, record: LogRecord, template: Template | undefined): boolean {
    const made = madeText(record);
    if (template !== undefined && made === undefined && writeFilled(into, template, record.data)) {
      template.stamp.write(into);
      return true;
    }
    const { message } = record;
    const text = made ?? record.render();
    if (message === text) {
      if (template === undefined || template.pieces !== undefined) this.#string(into, text);
      else template.stamp.write(into);
      return false;
    }
    this.#string(into, text);
    if (typeof message !== 'string') return false;
    if (into.length + lengthOf(message) > this.#end) throw tooMuch;
    if (template?.pieces === undefined) writeTemplate(into, message);
    else template.stamp.write(into);
    return true;
  }

  #exception(into: ByteWriter, exception: unknown): void {
    writeString(into, 'error');
    if (this.#maxDepth === 1 || !isError(exception) || types.isProxy(exception)) {
      this.#value(into, thrownForm(exception));
      return;
    }
    // What `#object` would find out about it, found out already.
    this.#path.push(exception);
    this.#fields(into, errorFields(exception, this.#values));
    this.#path.pop();
  }

  /** Appends the pairs of a record's fields; returns how many. */
  #data(into: ByteWriter, data: LogData, exception: unknown): number {
    const start = into.length;
    let count = 0;
    try {
      for (const key in data) {
        if (!isOwn.call(data, key)) continue;
        const value = data[key];
        if (!isSame(value, exception) && this.#entry(into, key, value, data)) count++;
      }
      return count;
    } catch (error) {
      if (error === tooMuch || error === illFormed) throw error;
      into.truncate(start); // a getter threw: once more, each read by itself
      count = 0;
    }
    const keys = keysOf(data);
    if (typeof keys === 'string') return 0;
    for (const key of keys) {
      const value = read(data, key);
      if (!isSame(value, exception) && this.#entry(into, key, value, data)) count++;
    }
    return count;
  }

  /** Appends a pair of a map, of the record's own if `data` is given; returns false if there is nothing to be written. */
  #entry(into: ByteWriter, key: string, value: unknown, data?: LogData): boolean {
    if (value === undefined) return false;
    const start = into.length;
    if (start > this.#end || this.#values-- <= 0) throw tooMuch;
    if (!this.#keys.write(into, key)) this.#newKey(into, key, data);
    if (this.#value(into, value)) return true;
    into.truncate(start);
    return false;
  }

  #newKey(into: ByteWriter, key: string, data: LogData | undefined): void {
    const start = into.length;
    const isReserved = this.#shape.isReserved(key);
    this.#string(into, isReserved && data !== undefined ? fieldName(key, data, this.#shape) : key);
    // A lone surrogate takes two bytes more than it has characters, and the header one: ASCII is not searched for any.
    if (into.length - start > key.length + 2 && !isWellFormed(key)) throw illFormed;
    if (!isReserved) this.#keys.learn(key);
  }

  /** Appends a value; returns false for `undefined`, which is not written. */
  #value(into: ByteWriter, value: unknown): boolean {
    // Not a switch: V8 would make the name of the type first, and then compare that.
    if (typeof value === 'string') this.#string(into, value);
    else if (typeof value === 'number') writeNumber(into, value);
    else if (typeof value === 'boolean') writeBoolean(into, value);
    else if (value === null) writeNil(into);
    else if (typeof value === 'object') return this.#object(into, value);
    else if (value === undefined) return false;
    else if (typeof value === 'bigint') writeBigInt(into, value, primitiveText);
    else this.#string(into, primitiveText(value));
    return true;
  }

  /** A string that is too long is found out before it is written. */
  #string(into: ByteWriter, text: string): void {
    if (into.length + lengthOf(text) > this.#end) throw tooMuch;
    writeString(into, text);
  }

  #object(into: ByteWriter, value: object): boolean {
    const path = this.#path;
    if (isAmong(path, value)) return this.#value(into, '[Circular]');
    const tooDeep = path.length >= this.#maxDepth;
    const simple = simplify(value, tooDeep ? 0 : this.#values);
    if (typeof simple !== 'object' || simple === null) return this.#value(into, simple);
    const isArray = Array.isArray(simple);
    if (tooDeep) return this.#value(into, isArray ? '[Array]' : '[Object]');
    if (simple !== value && isAmong(path, simple)) return this.#value(into, '[Circular]');
    path.push(value);
    if (isArray) this.#items(into, simple);
    else this.#fields(into, simple);
    path.pop();
    return true;
  }

  #items(into: ByteWriter, array: readonly unknown[]): void {
    const count = itemCount(array);
    // No array that long can be written: what a proxy says of itself is not worth a header.
    if (count > this.#values) throw tooMuch;
    writeArrayHeader(into, count);
    for (let index = 0; index < count; index++) {
      if (into.length > this.#end || this.#values-- <= 0) throw tooMuch;
      if (!this.#value(into, read(array, index))) writeNil(into);
    }
  }

  /** The fields of an object, with the header before them. */
  #fields(into: ByteWriter, object: object): void {
    const start = into.length;
    try {
      // Inside the loop, V8 reads the properties of an object by its shape, not by name, and knows which are its own: twice
      // as fast as all else.
      beginMap(into, 0);
      let count = 0;
      const fields = object as Readonly<Record<string, unknown>>;
      for (const key in fields) if (isOwn.call(fields, key) && this.#entry(into, key, fields[key])) count++;
      endMap(into, start, 0, count);
      return;
    } catch (error) {
      if (error === tooMuch || error === illFormed) throw error;
      into.truncate(start); // a getter threw: once more, each read by itself
    }
    this.#guardedFields(into, object);
  }

  #guardedFields(into: ByteWriter, object: object): void {
    const keys = keysOf(object);
    if (typeof keys === 'string') {
      this.#string(into, keys);
      return;
    }
    const start = into.length;
    beginMap(into, keys.length);
    let count = 0;
    for (const key of keys) if (this.#entry(into, key, read(object, key))) count++;
    endMap(into, start, keys.length, count);
  }
}

/** `includes` for the few that are open: a loop takes a third of its time. */
function isAmong(path: readonly object[], value: object): boolean {
  for (let index = path.length - 1; index >= 0; index--) if (path[index] === value) return true;
  return false;
}

/** Whether a field holds the exception itself, which is written as `error`. */
function isSame(value: unknown, exception: unknown): boolean {
  return exception !== undefined && value === exception && typeof value === 'object' && value !== null;
}

const { hasOwnProperty: isOwn } = Object.prototype;
