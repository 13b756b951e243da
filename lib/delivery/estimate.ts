import type { LogRecord } from '../core/record.js';
import { lengthOf } from '../core/text.js';

/** Bytes of a record with a few fields that are short, as an object: measured 120 to 280 on Node 20. */
const recordBytes = 400;

/** Of a text; of a map, an array or the like inside it; of each field or item of one; of an error with its stack. */
const textBytes = 32;
const objectBytes = 128;
const fieldBytes = 32;
const itemBytes = 16;
const errorBytes = 1500;

/** How many values inside fields are looked at, and how many items of one list: more would cost more than logging. */
const mostValues = 64;
const mostItems = 8;

let left = 0;
const seen: object[] = [];

/**
 * Roughly how much memory a record costs while it waits: texts count twice, as V8 has two bytes for each character of
 * some, and lets garbage grow to about as much as what is in use. Of what is nested only a part is looked at, and the
 * rest taken to be like it. Cheap, as every log call pays for it. Never throws.
 */
export function estimateBytes({ message, args, data, exception }: LogRecord): number {
  left = mostValues;
  let bytes = recordBytes;
  try {
    bytes += bytesOf(message);
    for (let index = 0; index < args.length; index++) bytes += bytesOf(args[index]);
    for (const key in data) bytes += bytesOf(data[key]);
    if (exception !== undefined) bytes += bytesOf(exception);
  } catch {
    bytes += objectBytes; // a getter that throws; whoever writes the record finds a form for it
  }
  if (seen.length > 0) seen.length = 0;
  return bytes;
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return textBytes + lengthOf(value) * 2;
  return typeof value === 'object' && value !== null ? bytesOfObject(value) : 0;
}

function bytesOfObject(value: object): number {
  if (ArrayBuffer.isView(value)) return objectBytes + value.byteLength;
  if (left <= 0 || seen.includes(value)) return objectBytes;
  seen.push(value);
  if (Array.isArray(value)) return objectBytes + bytesOfItems(value);
  if (value instanceof Map)
    return objectBytes + bytesOfFirst(value.keys(), value.size) + bytesOfFirst(value.values(), value.size);
  if (value instanceof Set) return objectBytes + bytesOfFirst(value, value.size);
  if (!(value instanceof Error)) return objectBytes + bytesOfFields(value);
  const errors: unknown = value instanceof AggregateError ? value.errors : undefined;
  return errorBytes + bytesOf(value.message) + bytesOf(value.cause) + bytesOf(errors) + bytesOfFields(value);
}

/** Looks at some items, spread over the list. */
function bytesOfItems(items: readonly unknown[]): number {
  const step = Math.ceil(items.length / mostItems);
  let bytes = 0;
  let count = 0;
  for (let index = 0; index < items.length && left > 0; index += step) {
    left--;
    count++;
    bytes += bytesOf(items[index]);
  }
  return items.length * (itemBytes + (count === 0 ? 0 : bytes / count));
}

function bytesOfFirst(items: Iterable<unknown>, size: number): number {
  let bytes = 0;
  let count = 0;
  for (const item of items) {
    if (count === mostItems || --left < 0) break;
    count++;
    bytes += bytesOf(item);
  }
  return size * (fieldBytes + (count === 0 ? 0 : bytes / count));
}

function bytesOfFields(value: object): number {
  let bytes = 0;
  let count = 0;
  for (const key in value) {
    if (--left < 0) return (bytes / Math.max(1, count)) * Object.keys(value).length;
    count++;
    bytes += fieldBytes + bytesOf((value as Record<string, unknown>)[key]);
  }
  return bytes;
}
