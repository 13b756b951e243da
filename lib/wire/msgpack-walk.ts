import { types } from 'node:util';
import { errorFields } from '../core/error-fields.js';
import { isError, itemCount, keysOf, primitiveText, read } from '../core/read.js';
import { type LogData, type LogRecord, madeText } from '../core/record.js';
import { fieldName, type RecordShape } from '../core/shape.js';
import { simplify } from '../core/simplify.js';
import { isWellFormed, lengthOf } from '../core/text.js';
import { maxValues, thrownForm } from '../core/values.js';
import { ByteWriter, ensure } from './bytes.js';
import type { Heads } from './heads.js';
import type { Keys } from './keys.js';
import {
  endMap,
  mapRoom,
  pairRoom,
  putArrayHeader,
  putBoolean,
  putNil,
  putNumber,
  putString,
  writeBigInt,
  writePlain,
  writeString
} from './msgpack.js';
import { Stamp } from './stamp.js';
import { putFilled, putStamp, type Template, type Templates, writeTemplate } from './templates.js';

/** Thrown when a record has more bytes or values than may be. Made once: nobody sees its stack. */
const tooMuch = new Error('the record is too large');

/** Thrown at a key with lone surrogates: what it becomes may be another's name, and the tree has the rule for that. */
const illFormed = new Error('the record has a key that is no Unicode text');

/** What is being written while nothing is. */
const nobody = {};

/** Where pairs end that could not all be read. */
const unread = -1;

/** What has been learnt of a program's records, to write those that follow faster. */
export interface Learnt {
  readonly heads: Heads;
  readonly keys: Keys;
  readonly templates: Templates;
}

/**
 * A walk through one record at a time. Its methods put something from a place on and return where it ends; the writer's length
 * is set when all is there. What it throws means that the record is to be made of a tree; it is used up then.
 *
 * What most records need is in methods that call each other seldom, and apart from what few need: V8 makes one piece of code of
 * a method and what it calls, as far as that is small.
 */
export class Walk {
  readonly #maxDepth: number;
  readonly #heads: Heads;
  readonly #keys: Keys;
  readonly #templates: Templates;
  readonly #shape: RecordShape;
  /** What every map ends with, and how many pairs that is. */
  readonly #tail: Stamp;
  readonly #tailCount: number;
  /**
   * The objects that are being written, outermost first: an object among them is a cycle. The first place is never taken away:
   * an array that gets empty gives up its memory.
   */
  readonly #path: object[] = [nobody];
  /** Values that may still be written. */
  #values = 0;
  /** The length of the bytes that the record must not exceed. */
  #end = 0;
  /** How many pairs the record's map has so far. */
  #pairs = 0;
  /** How many pairs were written last. */
  #count = 0;

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
    this.#path[0] = map;
    this.#keys.begin();
    ensure(into, into.length, pairRoom);
    const end = this.#fields(into, into.length, simple);
    if (end > this.#end) throw tooMuch;
    this.#path[0] = nobody;
    into.length = end;
  }

  record(into: ByteWriter, record: LogRecord, maxBytes: number): void {
    const { data, exception } = record;
    const start = into.length;
    this.#values = maxValues;
    this.#end = start + maxBytes;
    this.#pairs = 3; // level, logger, message
    this.#path[0] = data;
    this.#keys.begin();
    const template = this.#template(record);
    ensure(into, start, pairRoom);
    let at = this.#head(into, start + mapRoom, record, template);
    at = this.#message(into, at, record, template);
    at = this.#data(into, at, data, exception);
    this.#path[0] = record;
    if (exception !== undefined) at = this.#exception(into, at, exception);
    this.#path[0] = nobody;
    if (this.#tailCount > 0) at = putStamp(into, at, this.#tail);
    const end = endMap(into, start, at, this.#pairs + this.#tailCount);
    if (end > this.#end) throw tooMuch;
    into.length = end;
  }

  /** What is known of the message, if it has no arguments. */
  #template({ message, args }: LogRecord): Template | undefined {
    return typeof message === 'string' && args.length === 0 ? this.#templates.of(message) : undefined;
  }

  #head(into: ByteWriter, at: number, { level, loggerName }: LogRecord, template: Template | undefined): number {
    const near = template?.heads[level];
    if (near !== undefined && near.loggerName === loggerName) return near.stamp.put(into, at);
    const head = this.#heads.find(level, loggerName);
    if (head === undefined) {
      into.length = at;
      this.#heads.write(into, level, loggerName);
      return into.length;
    }
    if (template !== undefined) template.heads[level] = head;
    return head.stamp.put(into, at);
  }

  /** The text of the message and, if that is another, the template, with its key. */
  #message(into: ByteWriter, start: number, record: LogRecord, template: Template | undefined): number {
    const made = madeText(record);
    if (template !== undefined && made === undefined) {
      const end = putFilled(into, start, template, record.data);
      if (end !== start) {
        this.#pairs++;
        return putStamp(into, end, template.stamp);
      }
    }
    const { message } = record;
    const text = made ?? record.render();
    if (message === text && template !== undefined && template.pieces === undefined) {
      return putStamp(into, start, template.stamp);
    }
    ensure(into, start, pairRoom);
    const at = this.#string(into, start, text);
    if (typeof message !== 'string' || message === text) return at;
    if (at + lengthOf(message) > this.#end) throw tooMuch;
    this.#pairs++;
    if (template?.pieces !== undefined) return putStamp(into, at, template.stamp);
    into.length = at;
    writeTemplate(into, message);
    return into.length;
  }

  #exception(into: ByteWriter, start: number, exception: unknown): number {
    this.#pairs++;
    ensure(into, start, pairRoom);
    const at = putString(into, start, 'error');
    if (this.#maxDepth === 1 || !isError(exception) || types.isProxy(exception)) {
      return this.#value(into, at, thrownForm(exception));
    }
    // What `#object` would find out about it, found out already.
    this.#path.push(exception);
    const end = this.#fields(into, at, errorFields(exception, this.#values));
    this.#path.pop();
    return end;
  }

  /** The pairs of a record's fields, but for one that holds the exception itself: it is written as `error`. */
  #data(into: ByteWriter, start: number, data: LogData, exception: unknown): number {
    const thrown = typeof exception === 'object' && exception !== null ? exception : undefined;
    let at = this.#pairsOf(into, start, data, thrown, data);
    if (at === unread) {
      const keys = keysOf(data);
      at = typeof keys === 'string' ? start : this.#guardedPairsOf(into, start, data, keys, thrown, data);
    }
    this.#pairs += this.#count;
    return at;
  }

  /** A pair of a map, of the record's own if `data` is given; nothing if there is nothing to be written. */
  #entry(into: ByteWriter, at: number, key: string, value: unknown, data?: LogData): number {
    if (value === undefined) return at;
    if (at > this.#end || this.#values-- <= 0) throw tooMuch;
    ensure(into, at, pairRoom);
    const stamp = this.#keys.find(key);
    const start = stamp === undefined ? this.#newKey(into, at, key, data) : stamp.put(into, at);
    const end = this.#value(into, start, value);
    return end === start ? at : end;
  }

  #newKey(into: ByteWriter, start: number, key: string, data: LogData | undefined): number {
    const isReserved = this.#shape.isReserved(key);
    const end = this.#string(into, start, isReserved && data !== undefined ? fieldName(key, data, this.#shape) : key);
    // A lone surrogate takes two bytes more than it has characters, and the header one: ASCII is not searched for any.
    if (end - start > key.length + 2 && !isWellFormed(key)) throw illFormed;
    if (!isReserved) this.#keys.learn(key);
    ensure(into, end, pairRoom);
    return end;
  }

  /** A value; nothing for `undefined`, which is not written. */
  #value(into: ByteWriter, at: number, value: unknown): number {
    // Not a switch: V8 would make the name of the type first, and then compare that.
    if (typeof value === 'string') return this.#string(into, at, value);
    if (typeof value === 'number') return putNumber(into, at, value);
    if (typeof value === 'boolean') return putBoolean(into, at, value);
    if (value === null) return putNil(into, at);
    if (typeof value === 'object') return this.#object(into, at, value);
    if (value === undefined) return at;
    if (typeof value !== 'bigint') return this.#string(into, at, primitiveText(value));
    into.length = at;
    writeBigInt(into, value, primitiveText);
    return into.length;
  }

  /** A string that is too long is found out before it is written. */
  #string(into: ByteWriter, at: number, text: string): number {
    if (at + lengthOf(text) > this.#end) throw tooMuch;
    return putString(into, at, text);
  }

  #object(into: ByteWriter, at: number, value: object): number {
    const path = this.#path;
    if (path.length >= this.#maxDepth || isAmong(path, value)) return this.#closed(into, at, value);
    const simple = simplify(value, this.#values);
    if (simple !== value) return this.#special(into, at, value, simple);
    path.push(value);
    const end = Array.isArray(value) ? this.#items(into, at, value) : this.#fields(into, at, value);
    path.pop();
    return end;
  }

  /** An object that is not gone into. */
  #closed(into: ByteWriter, at: number, value: object): number {
    if (isAmong(this.#path, value)) return this.#string(into, at, '[Circular]');
    const simple = simplify(value, 0);
    if (typeof simple !== 'object' || simple === null) return this.#value(into, at, simple);
    return this.#string(into, at, Array.isArray(simple) ? '[Array]' : '[Object]');
  }

  /** An object that is written as something else than its own fields. */
  #special(into: ByteWriter, at: number, value: object, simple: unknown): number {
    if (typeof simple !== 'object' || simple === null) return this.#value(into, at, simple);
    const path = this.#path;
    if (isAmong(path, simple)) return this.#string(into, at, '[Circular]');
    path.push(value);
    const end = Array.isArray(simple) ? this.#items(into, at, simple) : this.#fields(into, at, simple);
    path.pop();
    return end;
  }

  #items(into: ByteWriter, start: number, array: readonly unknown[]): number {
    const count = itemCount(array);
    // No array that long can be written: what a proxy says of itself is not worth a header.
    if (count > this.#values) throw tooMuch;
    let at = putArrayHeader(into, start, count);
    for (let index = 0; index < count; index++) {
      if (at > this.#end || this.#values-- <= 0) throw tooMuch;
      ensure(into, at, pairRoom);
      const end = this.#value(into, at, read(array, index));
      at = end === at ? putNil(into, at) : end;
    }
    return at;
  }

  /** The fields of an object, with the header before them. */
  #fields(into: ByteWriter, start: number, object: object): number {
    const first = start + mapRoom;
    let end = this.#pairsOf(into, first, object);
    if (end === unread) {
      const keys = keysOf(object);
      if (typeof keys === 'string') return this.#string(into, start, keys);
      end = this.#guardedPairsOf(into, first, object, keys);
    }
    return endMap(into, start, end, this.#count);
  }

  /**
   * The pairs of an object, of the record's own if `data` is given, but for those whose value is `left` out; `unread` if a
   * getter throws. `#count` is how many they are.
   */
  #pairsOf(into: ByteWriter, start: number, object: object, left?: object, data?: LogData): number {
    let at = start;
    let count = 0;
    try {
      // Inside the loop, V8 reads the properties of an object by its shape, not by name, and knows which are its own: twice
      // as fast as all else.
      const fields = object as Readonly<Record<string, unknown>>;
      for (const key in fields) {
        if (!isOwn.call(fields, key)) continue;
        const value = fields[key];
        if (left !== undefined && value === left) continue;
        const end = this.#entry(into, at, key, value, data);
        if (end !== at) count++;
        at = end;
      }
    } catch (error) {
      if (error === tooMuch || error === illFormed) throw error;
      at = unread;
      count = 0;
    }
    this.#count = count;
    return at;
  }

  /** The same for an object of which something cannot be read: each value by itself. */
  #guardedPairsOf(
    into: ByteWriter,
    start: number,
    object: object,
    keys: readonly string[],
    left?: object,
    data?: LogData
  ): number {
    let at = start;
    let count = 0;
    for (const key of keys) {
      const value = read(object, key);
      if (left !== undefined && value === left) continue;
      const end = this.#entry(into, at, key, value, data);
      if (end !== at) count++;
      at = end;
    }
    this.#count = count;
    return at;
  }
}

/** `includes` for the few that are open: a loop takes a third of its time. */
function isAmong(path: readonly object[], value: object): boolean {
  for (let index = path.length - 1; index >= 0; index--) if (path[index] === value) return true;
  return false;
}

const { hasOwnProperty: isOwn } = Object.prototype;
