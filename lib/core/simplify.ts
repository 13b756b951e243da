import { inspect, types } from 'node:util';
import { errorFields } from './error-fields.js';
import { isError, primitiveText, put, threw } from './read.js';
import { Renamer } from './renamer.js';
import { cutMark } from './text.js';

/**
 * The table of written forms, one level at a time, for every encoder.
 *
 * Returns what `value` is written as: a primitive, or an array or object whose items or own enumerable string keys are
 * to be written in their turn. Mostly that is `value` itself. What throws while it is read becomes "[Threw: message]".
 *
 * `room` is how many items the caller will take at most: of Maps, Sets and iterables no more than `room + 1` are copied.
 */
export function simplify(value: object, room: number): unknown {
  try {
    const { toJSON } = value as Hooks;
    if (typeof toJSON !== 'function') {
      if (Array.isArray(value)) return value;
      if (Object.getPrototypeOf(value) === Object.prototype && !mayBeList(value)) return value;
    }
    const form = special(value, room);
    if (form !== ordinary) return form;
    if (typeof toJSON !== 'function') return listOrFields(value, room);
    const json: unknown = toJSON.call(value, '');
    // Its own `toJSON` is not called, as in JSON.stringify: `toJSON() { return { ...this } }` must end.
    return typeof json === 'object' && json !== null ? withoutToJson(json, room) : json;
  } catch (error) {
    // What reads `error` fields expects maps, also of a Proxy that tells nothing but that it is an error.
    return isError(value) ? { type: 'Error', message: threw(error) } : threw(error);
  }
}

/**
 * Whether an object has a length, without which it is no list. V8 remembers of each shape of objects that a name is not
 * there, but looks up each time that a symbol is not: a record took 20 ns longer, of 630.
 */
function mayBeList(value: Hooks): boolean {
  try {
    return value.length !== undefined;
  } catch {
    return true; // a getter: whether it matters is found out the long way
  }
}

/** What an object may have to say about its own form. */
interface Hooks {
  readonly toJSON?: unknown;
  readonly length?: unknown;
  readonly [Symbol.iterator]?: unknown;
}

/** What `special` returns for an object that it does not know. */
const ordinary = Symbol('ordinary');

function withoutToJson(value: object, room: number): unknown {
  const form = Array.isArray(value) ? value : special(value, room);
  return form === ordinary ? listOrFields(value, room) : form;
}

/** The form of an object that is of a kind of its own by its internal slots, whatever it says it is. */
function special(value: object, room: number): unknown {
  if (isError(value)) return errorFields(value, room);
  if (types.isDate(value)) return isoDate(value);
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return base64(value);
  if (types.isMap(value)) return mapFields(value, room);
  if (types.isSet(value)) return take(Set.prototype.values.call(value), room);
  if (types.isBoxedPrimitive(value)) return unboxed(value);
  if (types.isRegExp(value)) return RegExp.prototype.toString.call(value);
  return opaque(value) ?? ordinary;
}

function listOrFields(value: object, room: number): unknown {
  if (types.isArgumentsObject(value)) return take(Array.prototype.values.call(value), room);
  const hooks: Hooks = value;
  if (typeof hooks[Symbol.iterator] !== 'function') return value;
  const { length } = hooks;
  return Number.isSafeInteger(length) && Number(length) >= 0 ? take(value as Iterable<unknown>, room) : value;
}

/** "[Promise]" and the like: what has state that nobody can read, or that reading would use up. */
function opaque(value: object): string | undefined {
  if (types.isPromise(value)) return '[Promise]';
  if (types.isGeneratorObject(value)) return '[Generator]';
  if (types.isWeakMap(value)) return '[WeakMap]';
  if (types.isWeakSet(value)) return '[WeakSet]';
  if (types.isMapIterator(value)) return '[Map Iterator]';
  if (types.isSetIterator(value)) return '[Set Iterator]';
  if (types.isExternal(value)) return '[External]';
  return value instanceof WeakRef ? '[WeakRef]' : undefined;
}

function isoDate(date: Date): string | null {
  return Number.isNaN(Date.prototype.getTime.call(date)) ? null : Date.prototype.toISOString.call(date);
}

/** The most bytes of binary data that are written: twice what any receiver we know takes as one record. */
const maxBinary = 16 * 1024 * 1024;

function base64(value: ArrayBufferView | ArrayBufferLike): string {
  const all = bytesOf(value);
  const text = all.toString('base64', 0, maxBinary);
  return all.length > maxBinary ? text + cutMark(all.length - maxBinary) : text;
}

/** The memory of `value`, by the getters of the language: an own property `buffer` has no say. */
function bytesOf(value: ArrayBufferView | ArrayBufferLike): Buffer {
  if (!ArrayBuffer.isView(value)) return Buffer.from(value);
  const get = types.isDataView(value) ? dataView : typedArray;
  return Buffer.from(get.buffer(value), get.byteOffset(value), get.byteLength(value));
}

const typedArray = memoryGetters(Object.getPrototypeOf(Uint8Array.prototype));
const dataView = memoryGetters(DataView.prototype);

function memoryGetters(prototype: object) {
  const getter =
    <T>(name: string) =>
    (view: ArrayBufferView): T =>
      Reflect.get(prototype, name, view);
  return {
    buffer: getter<ArrayBuffer>('buffer'),
    byteOffset: getter<number>('byteOffset'),
    byteLength: getter<number>('byteLength')
  };
}

function mapFields(map: Map<unknown, unknown>, room: number): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const renamer = new Renamer();
  const isTaken = (name: string) => Object.hasOwn(fields, name);
  let count = 0;
  for (const [key, value] of Map.prototype.entries.call(map) as Iterable<[unknown, unknown]>) {
    if (count++ > room) break;
    put(fields, renamer.free(keyText(key), isTaken), value);
  }
  return fields;
}

/**
 * A Map's key as a string. Objects are shown as `inspect` does, so that two of them differ where they can; keys that are
 * the same text all the same get numbers.
 */
function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key !== 'object' || key === null) return primitiveText(key);
  try {
    return inspect(key, { depth: 1, maxArrayLength: 10, maxStringLength: 100, customInspect: false, ...oneLine });
  } catch (error) {
    return threw(error);
  }
}

const oneLine = { compact: true, breakLength: Number.POSITIVE_INFINITY } as const;

function take(iterable: Iterable<unknown>, room: number): unknown[] {
  const items: unknown[] = [];
  if (room <= 0) return items;
  for (const item of iterable) {
    items.push(item);
    if (items.length > room) break;
  }
  return items;
}

function unboxed(value: object): unknown {
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value);
  return Symbol.prototype.valueOf.call(value);
}
