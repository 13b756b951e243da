import { inspect, types } from 'node:util';

/**
 * The table of written forms (CONTRIBUTING.md, *Values*), one level at a time, for every encoder.
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
      if (Object.getPrototypeOf(value) === Object.prototype && !(Symbol.iterator in value)) return value;
    }
    const form = special(value, room);
    if (form !== ordinary) return form;
    if (typeof toJSON !== 'function') return listOrFields(value, room);
    const json: unknown = toJSON.call(value, '');
    // Its own `toJSON` is not called, as in JSON.stringify: `toJSON() { return { ...this } }` must end.
    return typeof json === 'object' && json !== null ? withoutToJson(json, room) : json;
  } catch (error) {
    return threw(error);
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
  const { length, [Symbol.iterator]: iterator } = value as Hooks;
  const isList = typeof iterator === 'function' && Number.isSafeInteger(length) && Number(length) >= 0;
  return isList ? take(value as Iterable<unknown>, room) : value;
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

/** Whether `value` is an Error of this realm or another, or inherits from one. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false; // a proxy that does not tell its prototype is whatever else it may be
  }
}

/**
 * An error as fields: `type` (the name of its class), `message`, `stack`, `code`, its own fields, `cause` and `errors`.
 * An own field named `type` is written as `type_`.
 */
function errorFields(error: Error, room: number): Record<string, unknown> {
  const type = errorType(error);
  const fields: Record<string, unknown> = { type, message: errorMessage(error) };
  if (room <= 0) return fields;
  const stack = read(error, 'stack');
  if (typeof stack === 'string') fields['stack'] = stack;
  const code = read(error, 'code');
  if (code !== undefined) fields['code'] = code;
  let count = 0;
  for (const key of Object.keys(error)) {
    if (errorNames.has(key)) continue;
    const value = read(error, key);
    if (key === 'name' && value === type) continue;
    put(fields, key === 'type' ? freeName(key, error) : key, value);
    if (++count > room) break;
  }
  const cause = read(error, 'cause');
  if (cause !== undefined) fields['cause'] = cause;
  const errors = read(error, 'errors');
  if (errors !== undefined) fields['errors'] = errors;
  return fields;
}

/** The properties that `errorFields` writes in a place of their own. */
const errorNames: ReadonlySet<string> = new Set(['message', 'stack', 'code', 'cause', 'errors']);

/** "TypeError: message". Never throws. */
export function errorText(error: Error): string {
  const message = errorMessage(error);
  return message === '' ? errorType(error) : `${errorType(error)}: ${message}`;
}

function errorMessage(error: Error): string {
  const message = read(error, 'message');
  return typeof message === 'string' ? message : primitiveText(message);
}

/**
 * The name of an error's class; its `name` if the class is one that errors of many kinds share. `constructor` is read
 * from prototypes only, as a value: neither an own property nor a getter has a say.
 */
function errorType(error: Error): string {
  const name = className(error);
  if (name !== 'Error' && name !== 'DOMException') return name;
  const given = read(error, 'name');
  return typeof given === 'string' && given !== '' ? given : name;
}

function className(error: Error): string {
  try {
    for (
      let prototype = Object.getPrototypeOf(error);
      prototype !== null;
      prototype = Object.getPrototypeOf(prototype)
    ) {
      const { value } = Object.getOwnPropertyDescriptor(prototype, 'constructor') ?? {};
      if (typeof value !== 'function') continue;
      const name: unknown = Object.getOwnPropertyDescriptor(value, 'name')?.value;
      if (typeof name === 'string' && name !== '') return name;
    }
  } catch {
    return 'Error'; // a proxy that does not tell: that it is an error is all that is known
  }
  return 'Error';
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

/** What stands at the end of a text of which `bytes` bytes of UTF-8 were cut off. */
function cutMark(bytes: number): string {
  return `… [${bytes} bytes cut]`;
}

/**
 * `text` as far as its first `length` characters, not inside a surrogate pair, and a mark that says how much was cut.
 * A text that was cut before keeps one mark, of all that was cut.
 */
export function cut(text: string, length: number): string {
  const [mark, before] = /… \[(\d+) bytes cut\]$/.exec(text.slice(-40)) ?? ['', 0];
  const last = text.charCodeAt(length - 1);
  const head = text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
  const bytes = Buffer.byteLength(text) - Buffer.byteLength(mark) - Buffer.byteLength(head);
  return head + cutMark(bytes + Number(before));
}

function mapFields(map: Map<unknown, unknown>, room: number): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  let count = 0;
  for (const [key, value] of Map.prototype.entries.call(map) as Iterable<[unknown, unknown]>) {
    if (count++ > room) break;
    put(fields, keyText(key), value);
  }
  return fields;
}

/** A Map's key as a string. Objects are shown as `inspect` does, so that two of them differ where they can. */
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

/** The text of anything but an object: "[Function: name]", "Symbol(description)", or what `String` makes of it. */
export function primitiveText(value: unknown): string {
  if (typeof value === 'function') return functionText(value);
  if (typeof value === 'bigint') return bigintText(value);
  return typeof value === 'object' && value !== null ? '[Object]' : String(value);
}

/** Bits of the longest BigInt that is written: making n digits takes more than n time, and V8 allows 2^30 bits. */
const maxBits = 65_536;

function bigintText(value: bigint): string {
  return BigInt.asIntN(maxBits, value) === value ? String(value) : '[BigInt]';
}

function functionText(value: object): string {
  try {
    const name: unknown = Object.getOwnPropertyDescriptor(value, 'name')?.value;
    return typeof name === 'string' && name !== '' ? `[Function: ${name}]` : '[Function]';
  } catch (error) {
    return threw(error);
  }
}

/** What stands in the place of a value that threw `error` while it was read. */
export function threw(error: unknown): string {
  return `[Threw: ${isError(error) ? safeMessage(error) : primitiveText(error)}]`;
}

function safeMessage(error: Error): string {
  try {
    return primitiveText(error.message);
  } catch {
    return 'an error without a message'; // its `message` threw too; one level of this is enough
  }
}

/** `object[key]`, or what stands in its place if a getter or proxy throws. */
export function read(object: object, key: PropertyKey): unknown {
  try {
    return (object as Record<PropertyKey, unknown>)[key];
  } catch (error) {
    return threw(error);
  }
}

/** The own enumerable string keys, or what stands in the place of the whole object if a proxy does not tell them. */
export function keysOf(object: object): string[] | string {
  try {
    return Object.keys(object);
  } catch (error) {
    return threw(error);
  }
}

/** How many items an array says it has; 0 for a proxy that says nonsense. */
export function itemCount(array: readonly unknown[]): number {
  const length = read(array, 'length');
  return typeof length === 'number' && length > 0 ? length : 0;
}

/** Sets an own property whatever its name is: `__proto__` is a name like any other. */
export function put<T>(fields: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(fields, key, { value, configurable: true, enumerable: true, writable: true });
  } else {
    fields[key] = value;
  }
}

/** `name` with as many `_` behind it as make it the name of no field of `data`: at least one. */
export function freeName(name: string, data: object): string {
  let free = `${name}_`;
  while (owns(data, free)) free += '_';
  return free;
}

function owns(data: object, name: string): boolean {
  try {
    return Object.hasOwn(data, name);
  } catch {
    return false; // a proxy that does not tell has no say in how fields are called
  }
}
