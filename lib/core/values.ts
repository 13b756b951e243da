import { errorText } from './error-fields.js';
import { isError, itemCount, keysOf, owns, primitiveText, put, read, threw } from './read.js';
import type { LogRecord } from './record.js';
import { Renamer } from './renamer.js';
import { defaultShape, fieldName, type RecordShape } from './shape.js';
import { simplify } from './simplify.js';
import { cut, wellFormed } from './text.js';

/** A value that JSON can write and read back without loss. */
export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

/** How far values are followed. */
export interface PlainLimits {
  /** How many arrays and maps may be inside each other; what is deeper becomes "[Object]" or "[Array]". Default: 32. */
  readonly maxDepth?: number;
  /** Characters of one string; what is longer is cut and marked. Default: 4 Mi. */
  readonly maxString?: number;
}

/** Fluent Bit loses records that are nested deeper than 61, Fluentd resets the connection at 127. */
export const defaultMaxDepth = 32;

/** Values that are written of one record; what comes after them is one "[Truncated]" in each open array or map. */
export const maxValues = 100_000;

/** Characters of text that are written of one record: above every receiver's limit, below what hurts. */
const maxText = 16 * 1024 * 1024;
const defaultMaxString = maxText / 4;

/** Characters of the key of a "[Truncated]": there may be one in each of 100 000 maps. */
const maxLastKey = 64;

/** For a value inside a message, which should not be one string of megabytes. */
const textLimits: PlainLimits = { maxString: 256 * 1024 };

/**
 * A copy of `value` as a plain tree, by the table of written forms. Never throws, and always ends: after 100 000 values
 * or 16 Mi characters "[Truncated]" stands for the rest. A BigInt of more than 65 536 bits becomes "[BigInt]".
 */
export function plain(value: unknown, limits?: PlainLimits): Plain {
  return new Walk(limits).value(value) ?? null;
}

/**
 * A value as text for a rendered message: strings as they are, errors as "TypeError: message", dates in ISO 8601, other
 * objects as compact JSON of their plain form. Never throws.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return primitiveText(value);
  try {
    if (isError(value)) return errorText(value);
    const tree = new Walk(textLimits).value(value);
    return typeof tree === 'string' ? tree : (JSON.stringify(tree) ?? 'undefined');
  } catch (error) {
    return threw(error);
  }
}

/** What `plainFields` needs of a record. */
export type FieldSource = Pick<LogRecord, 'levelName' | 'loggerName' | 'message' | 'data' | 'exception' | 'render'>;

/**
 * A record as one flat map of plain values, as `LogRecord.toJSON` documents it, without `time`: `level`, `logger`,
 * `message`, `template` if rendering changed the message, the fields, and `error`.
 *
 * A field that holds the exception itself is left out: it is written as `error`. Never throws.
 */
export function plainFields(
  record: FieldSource,
  limits?: PlainLimits,
  shape: RecordShape = defaultShape
): Record<string, Plain> {
  return new Walk(limits).record(record, shape);
}

/** An object as a map of plain values; what is no map becomes its only field, `message`. Never throws. */
export function plainMap(map: object, limits?: PlainLimits): Record<string, Plain> {
  return new Walk(limits).map(map);
}

/** What is written as `error`: an Error as the table has it, anything else that was thrown as its type and text. */
export function thrownForm(exception: unknown): unknown {
  if (isError(exception)) return exception;
  return { type: exception === null ? 'null' : typeof exception, message: textOf(exception) };
}

/** Whether `value` is an object literal or alike: its prototype is null, or `Object.prototype` of any realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null || prototype === Object.prototype) return true;
    return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
  } catch {
    return false; // a proxy that does not tell its prototype
  }
}

/** One walk through one value or record. */
class Walk {
  readonly #maxDepth: number;
  readonly #maxString: number;
  /** The objects that are being written, outermost first: an object among them is a cycle. */
  readonly #path: object[] = [];
  #values = maxValues;
  /** Characters that may still be written. */
  #text: number;

  constructor({ maxDepth = defaultMaxDepth, maxString = defaultMaxString }: PlainLimits = {}) {
    this.#maxDepth = maxDepth;
    this.#maxString = maxString;
    this.#text = Math.max(maxText, maxString);
  }

  record(record: FieldSource, shape: RecordShape): Record<string, Plain> {
    const { message, data, exception } = record;
    const rendered = record.render();
    const fields: Record<string, Plain> = {
      [shape.level]: record.levelName,
      [shape.logger]: this.#string(record.loggerName),
      [shape.message]: this.#string(rendered)
    };
    if (typeof message === 'string' && message !== rendered) fields['template'] = this.#string(message);
    this.#path.push(data);
    this.#addFields(fields, data, exception, shape);
    this.#path[0] = record;
    if (exception !== undefined) fields['error'] = this.value(thrownForm(exception)) ?? null;
    for (const [key, value] of Object.entries(shape.fields)) put(fields, key, value);
    return fields;
  }

  map(map: object): Record<string, Plain> {
    const form = this.#object(map) ?? null;
    return typeof form === 'object' && form !== null && !Array.isArray(form) ? form : { message: form };
  }

  /** The plain form; undefined for what a map leaves out. */
  value(value: unknown): Plain | undefined {
    switch (typeof value) {
      case 'string':
        return this.#string(value);
      case 'number':
        return plainNumber(value);
      case 'boolean':
      case 'undefined':
        return value;
      case 'bigint':
        return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
          ? Number(value)
          : this.#string(primitiveText(value));
      case 'object':
        return value === null ? null : this.#object(value);
      default:
        return this.#string(primitiveText(value));
    }
  }

  #string(text: string): string {
    if (this.#text <= 0 && text.length > 0) return '[Truncated]';
    const room = Math.min(this.#maxString, this.#text);
    const fitting = text.length > room ? cut(text, room) : text;
    this.#text -= fitting.length;
    return wellFormed(fitting);
  }

  #object(value: object): Plain | undefined {
    const path = this.#path;
    const depth = path.length;
    if (path.includes(value)) return '[Circular]';
    const tooDeep = depth >= this.#maxDepth;
    try {
      const simple = simplify(value, tooDeep ? 0 : this.#values);
      if (typeof simple !== 'object' || simple === null) return this.value(simple);
      const isArray = Array.isArray(simple);
      if (tooDeep) return isArray ? '[Array]' : '[Object]';
      if (simple !== value && path.includes(simple)) return '[Circular]';
      path.push(value);
      const form = isArray ? this.#items(simple) : this.#fields(simple);
      path.pop();
      return form;
    } catch (error) {
      path.length = depth;
      return this.#string(threw(error));
    }
  }

  #items(array: readonly unknown[]): Plain[] {
    const items: Plain[] = [];
    const count = itemCount(array);
    for (let index = 0; index < count; index++) {
      if (this.#values-- <= 0) {
        items.push('[Truncated]');
        break;
      }
      items.push(this.value(read(array, index)) ?? null);
    }
    return items;
  }

  #fields(object: object): Plain {
    const keys = keysOf(object);
    if (typeof keys === 'string') return this.#string(keys);
    const fields: Record<string, Plain> = {};
    const names = new Names(fields, object);
    for (const key of keys) {
      if (this.#isFull(key)) {
        put(fields, names.of(key, maxLastKey), '[Truncated]');
        break;
      }
      const form = this.value(read(object, key));
      if (form !== undefined) put(fields, names.of(key, this.#maxString), form);
    }
    return fields;
  }

  #addFields(fields: Record<string, Plain>, data: object, exception: unknown, shape: RecordShape): void {
    const keys = keysOf(data);
    if (typeof keys === 'string') return;
    const names = new Names(fields, data);
    for (const key of keys) {
      if (this.#isFull(key)) {
        put(fields, names.of(fieldName(key, data, shape), maxLastKey), '[Truncated]');
        break;
      }
      const value = read(data, key);
      if (value === exception && typeof value === 'object' && value !== null) continue;
      const form = this.value(value);
      if (form !== undefined) put(fields, names.of(fieldName(key, data, shape), this.#maxString), form);
    }
  }

  /** Counts a pair; whether there were enough before it. Keys have as much room again as texts have. */
  #isFull(key: string): boolean {
    const isFull = this.#values-- <= 0 || this.#text < -maxText;
    this.#text -= Math.min(key.length, this.#maxString);
    return isFull;
  }
}

/**
 * How the keys of one object are written: as they are, but for those that cannot be. Of these, lone surrogates become
 * U+FFFD and what is longer than a string may be is cut; if another field has that name, a number is put behind it.
 */
class Names {
  readonly #fields: object;
  readonly #object: object;
  #renamer: Renamer | undefined;

  constructor(fields: object, object: object) {
    this.#fields = fields;
    this.#object = object;
  }

  of(key: string, maxLength: number): string {
    const name = wellFormed(key.length > maxLength ? cut(key, maxLength) : key);
    if (name === key) return key;
    this.#renamer ??= new Renamer();
    return this.#renamer.free(name, taken => owns(this.#fields, taken) || owns(this.#object, taken));
  }
}

function plainNumber(value: number): number | null {
  if (value === 0) return 0; // -0 too
  return Number.isFinite(value) ? value : null;
}
