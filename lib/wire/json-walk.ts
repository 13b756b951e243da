import { types } from 'node:util';
import { errorFields } from '../core/error-fields.js';
import { isError, itemCount, keysOf, primitiveText, put as putField, read } from '../core/read.js';
import { type LogData, type LogRecord, madeText } from '../core/record.js';
import { defaultShape, fieldName } from '../core/shape.js';
import { simplify } from '../core/simplify.js';
import { lengthOf } from '../core/text.js';
import { maxValues, thrownForm } from '../core/values.js';
import type { ByteWriter } from './bytes.js';
import type { LineForm } from './json-records.js';
import { type JsonTemplates, writeFilled } from './json-templates.js';
import { writeAscii, writeNumber, writeText } from './json-text.js';
import type { Keys } from './keys.js';
import { Stamp } from './stamp.js';

const newline = 0x0a;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const closeList = 0x5d;
const openMap = 0x7b;
const closeMap = 0x7d;

/** Thrown when a record cannot be written straight away; made once, as nobody sees its stack. The tree knows what to do. */
export const needsTree = new Error('the record has to be written by way of a tree');

/**
 * Writes values as JSON, straight from what was logged, as `plainFields` and `JSON.stringify` would. A record at a time; what
 * is larger than it may be, or has a key that is not tidy, is not written: something is thrown, and the walk is used up.
 *
 * What is inside of a map or list ends with a comma, in whose place the closing bracket is put.
 */
export class JsonWalk {
  readonly #maxDepth: number;
  readonly #isTidy: (key: string) => boolean;
  readonly #keys: Keys;
  readonly #templates: JsonTemplates;
  readonly #templateName: string;
  readonly #beforeTemplate: string;
  /** The objects that are being written, outermost first: an object among them is a cycle. */
  readonly #path: object[] = [];
  /** Values that may still be written. */
  #values = 0;
  /** The length of the bytes that the record must not exceed. */
  #end = 0;

  constructor(maxDepth: number, form: LineForm, keys: Keys, templates: JsonTemplates) {
    this.#maxDepth = maxDepth;
    this.#isTidy = form.isTidy;
    this.#templateName = form.templateName;
    this.#beforeTemplate = form.beforeTemplate ?? '';
    this.#keys = keys;
    this.#templates = templates;
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

  /** `message`, and the template if that is another text; returns whether it is. */
  message(into: ByteWriter, record: LogRecord): boolean {
    const { message, args, data } = record;
    messageStart.write(into);
    const template = typeof message === 'string' && args.length === 0 ? this.#templates.of(message) : undefined;
    if (template !== undefined && madeText(record) === undefined && writeFilled(into, template, data)) return true;
    const text = record.render();
    into.length--; // the quote
    this.#text(into, text);
    put(into, comma);
    if (typeof message !== 'string' || message === text) return false;
    writeAscii(into, this.#beforeTemplate);
    this.text(into, this.#templateName, message);
    return true;
  }

  /** A pair of a name that needs no escapes and a text. */
  text(into: ByteWriter, name: string, text: string): void {
    writeKey(into, name);
    this.#text(into, text);
    put(into, comma);
  }

  /** The fields of a record, with a comma behind each. */
  data(into: ByteWriter, data: LogData, exception: unknown): void {
    const start = into.length;
    this.#path.push(data);
    this.#keys.begin();
    try {
      for (const key in data) if (isOwn.call(data, key)) this.#field(into, key, data[key], data, exception);
      this.#path.pop();
      return;
    } catch (error) {
      if (error === needsTree) throw error;
      into.truncate(start); // a getter threw: once more, each read by itself
    }
    const keys = keysOf(data);
    if (typeof keys !== 'string') for (const key of keys) this.#field(into, key, read(data, key), data, exception);
    this.#path.pop();
  }

  /** What was thrown, as `error`, of the record `owner`. */
  exception(into: ByteWriter, exception: unknown, owner: object): void {
    writeKey(into, 'error');
    this.#path.push(owner);
    if (this.#maxDepth > 1 && isError(exception) && !types.isProxy(exception)) {
      // What `#object` would find out about it, found out already.
      this.#path.push(exception);
      this.#fields(into, errorFields(exception, this.#values));
      this.#path.pop();
    } else this.#value(into, thrownForm(exception));
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
      writeKey(into, 'error');
      this.#fields(into, others);
      if (into.bytes[into.length - 2] === openMap) into.truncate(start);
      else put(into, comma);
    }
    this.#path.pop();
    this.#path.pop();
  }

  /** What an object is written as here: a map or a list to be gone through, or something simple in its place. */
  formOf(value: object): unknown {
    const path = this.#path;
    if (path.includes(value)) return '[Circular]';
    const tooDeep = path.length >= this.#maxDepth;
    const simple = simplify(value, tooDeep ? 0 : this.#values);
    if (typeof simple !== 'object' || simple === null) return simple;
    if (tooDeep) return Array.isArray(simple) ? '[Array]' : '[Object]';
    return simple !== value && path.includes(simple) ? '[Circular]' : simple;
  }

  /** From here on, an object of which `owner` is a part is a cycle. */
  enter(owner: object): void {
    this.#path.push(owner);
  }

  leave(): void {
    this.#path.pop();
  }

  /** A value is about to be written, with `length` characters. */
  spend(into: ByteWriter, length: number): void {
    if (into.length + length > this.#end || this.#values-- <= 0) throw needsTree;
  }

  /** The fields of an object that was entered, under a name that needs no escapes. */
  map(into: ByteWriter, name: string, fields: object): void {
    this.#keys.begin();
    writeKey(into, name);
    this.#fields(into, fields);
    put(into, comma);
  }

  /** A value that is neither an object nor undefined, as a text. */
  asText(into: ByteWriter, value: unknown): void {
    if (typeof value === 'string') this.#text(into, value);
    else if (typeof value === 'number') {
      put(into, quote);
      writeNumber(into, value);
      put(into, quote);
    } else this.#text(into, primitiveText(value));
    put(into, comma);
  }

  /** Begins a map under a name that needs no escapes. */
  open(into: ByteWriter, name: string): void {
    writeKey(into, name);
    put(into, openMap);
  }

  /** Ends the map that was begun last. */
  close(into: ByteWriter): void {
    close(into, closeMap);
    put(into, comma);
  }

  #field(into: ByteWriter, key: string, value: unknown, data: LogData, exception: unknown): void {
    if (exception !== undefined && value === exception && typeof value === 'object' && value !== null) return;
    this.#entry(into, key, value, data);
  }

  /** A pair of a map, of the record's own if `data` is given, and a comma; or nothing if there is nothing to be written. */
  #entry(into: ByteWriter, key: string, value: unknown, data?: LogData): void {
    if (value === undefined) return;
    const start = into.length;
    if (start > this.#end || this.#values-- <= 0) throw needsTree;
    if (!this.#keys.write(into, key)) this.#newKey(into, key, data);
    if (this.#value(into, value)) put(into, comma);
    else into.truncate(start);
  }

  #newKey(into: ByteWriter, key: string, data: LogData | undefined): void {
    if (into.length + key.length > this.#end) throw needsTree;
    const isReserved = defaultShape.isReserved(key);
    const name = isReserved && data !== undefined ? fieldName(key, data) : key;
    if (!this.#isTidy(name)) throw needsTree;
    writeKey(into, name);
    if (!isReserved) this.#keys.learn(key);
  }

  /** A value; returns false for `undefined`, which is not written. */
  #value(into: ByteWriter, value: unknown): boolean {
    // Not a switch: V8 would make the name of the type first, and then compare that.
    if (typeof value === 'string') this.#text(into, value);
    else if (typeof value === 'number') writeNumber(into, value);
    else if (typeof value === 'boolean') writeAscii(into, value ? 'true' : 'false');
    else if (value === null) writeAscii(into, 'null');
    else if (typeof value === 'object') return this.#object(into, value);
    else if (value === undefined) return false;
    else if (typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) {
      writeNumber(into, Number(value));
    } else this.#text(into, primitiveText(value));
    return true;
  }

  /** A string that is too long is found out before it is written. */
  #text(into: ByteWriter, text: string): void {
    if (into.length + lengthOf(text) > this.#end) throw needsTree;
    writeText(into, text);
  }

  #object(into: ByteWriter, value: object): boolean {
    const form = this.formOf(value);
    if (typeof form !== 'object' || form === null) return this.#value(into, form);
    this.#path.push(value);
    if (Array.isArray(form)) this.#items(into, form);
    else this.#fields(into, form);
    this.#path.pop();
    return true;
  }

  #items(into: ByteWriter, array: readonly unknown[]): void {
    const count = itemCount(array);
    // No array that long can be written: what a proxy says of itself is not worth trying.
    if (count > this.#values) throw needsTree;
    put(into, openList);
    for (let index = 0; index < count; index++) {
      if (into.length > this.#end || this.#values-- <= 0) throw needsTree;
      if (!this.#value(into, read(array, index))) writeAscii(into, 'null');
      put(into, comma);
    }
    close(into, closeList);
  }

  #fields(into: ByteWriter, object: object): void {
    const start = into.length;
    try {
      put(into, openMap);
      const fields = object as Readonly<Record<string, unknown>>;
      for (const key in fields) if (isOwn.call(fields, key)) this.#entry(into, key, fields[key]);
      close(into, closeMap);
      return;
    } catch (error) {
      if (error === needsTree) throw error;
      into.truncate(start); // a getter threw: once more, each read by itself
    }
    this.#guardedFields(into, object);
  }

  #guardedFields(into: ByteWriter, object: object): void {
    const keys = keysOf(object);
    if (typeof keys === 'string') {
      this.#text(into, keys);
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

/** A key that is tidy, and its colon. */
export function writeKey(into: ByteWriter, key: string): void {
  writeText(into, key);
  put(into, colon);
}

const messageStart = new Stamp(Buffer.from('"message":"'));

const { hasOwnProperty: isOwn } = Object.prototype;
