import { types } from 'node:util';
import { cut } from './text.js';

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
  const message = isError(error) ? safeMessage(error) : primitiveText(error);
  return `[Threw: ${message.length > maxMessage ? cut(message, maxMessage) : message}]`;
}

/** Characters of a message that stands in a value's place: it is not the value. */
const maxMessage = 64 * 1024;

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
  return Number.isSafeInteger(length) && Number(length) > 0 ? Number(length) : 0;
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

/** Whether `data` has an own property `name`; false for a proxy that does not tell. */
export function owns(data: object, name: string): boolean {
  try {
    return Object.hasOwn(data, name);
  } catch {
    return false; // it has no say in how fields are called
  }
}

/** Whether `value` is an Error of this realm or another, or inherits from one. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false; // a proxy that does not tell its prototype is whatever else it may be
  }
}
