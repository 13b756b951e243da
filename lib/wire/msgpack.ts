import { lengthOf } from '../core/text.js';
import type { Plain } from '../core/values.js';
import { type ByteWriter, ensure } from './bytes.js';
import { putText } from './utf8.js';

/*
 * The formats of MessagePack (specification of 2013), each in its shortest form. Every number is big-endian.
 *
 * What is called `write…` appends to the writer. What is called `put…` puts the same from `at` on and returns where it ends, for
 * those who write a record: the place goes from call to call in a register, where the writer's length would be read from
 * memory and written there for each value. There must be `pairRoom` from `at` on: who writes a pair sees to that once.
 */

/**
 * Bytes of which there must be room for a pair: as many as a key that is learnt and a value take, but for a text of 32 characters
 * and more, which makes room for itself, and what is inside an array or map.
 */
export const pairRoom = 256;

const nil = 0xc0;
const no = 0xc2;
const yes = 0xc3;

export function writeNil(into: ByteWriter): void {
  into.reserve(1);
  into.length = putNil(into, into.length);
}

export function putNil(into: ByteWriter, at: number): number {
  return putByte(into, at, nil);
}

export function writeBoolean(into: ByteWriter, value: boolean): void {
  into.reserve(1);
  into.length = putBoolean(into, into.length, value);
}

export function putBoolean(into: ByteWriter, at: number, value: boolean): number {
  return putByte(into, at, value ? yes : no);
}

function putByte(into: ByteWriter, at: number, value: number): number {
  into.bytes[at] = value;
  return at + 1;
}

/** A str; lone surrogates become U+FFFD. */
export function writeString(into: ByteWriter, text: string): void {
  into.reserve(shortRoom);
  into.length = putString(into, into.length, text);
}

export function putString(into: ByteWriter, at: number, text: string): number {
  const length = lengthOf(text);
  if (length > longestShort) return putLongString(into, at, text, length);
  const { bytes } = into;
  const end = putText(bytes, at + 1, text);
  if (end > at + 32) return endString(bytes, at, at + 1, end);
  bytes[at] = 0xa0 + (end - at - 1);
  return end;
}

/** Characters up to which the header of a text is mostly one byte, and the bytes that such a text takes at most. */
const longestShort = 31;
const shortRoom = 2 + longestShort * 3;

function putLongString(into: ByteWriter, at: number, text: string, length: number): number {
  ensure(into, at, 5 + length * 3);
  const { bytes } = into;
  const start = at + stringHeader(length);
  return endString(bytes, at, start, putText(bytes, start, text));
}

/**
 * Puts the header of a str at `at`, before its text, which stands from `start` to `end`, behind room for a header, and moves that
 * if it is not as long as the header is; there must be room for it. Returns where the text ends then.
 */
export function endString(bytes: Buffer, at: number, start: number, end: number): number {
  const size = end - start;
  const header = stringHeader(size);
  if (at + header !== start) bytes.copyWithin(at + header, start, end);
  if (size < 32) {
    bytes[at] = 0xa0 | size;
  } else if (size < 0x100) {
    bytes[at] = 0xd9;
    bytes[at + 1] = size;
  } else if (size < 0x10000) {
    bytes[at] = 0xda;
    bytes[at + 1] = size >> 8;
    bytes[at + 2] = size;
  } else {
    bytes[at] = 0xdb;
    putUint32(bytes, at + 1, size);
  }
  return at + header + size;
}

/** How long the header of a str of `size` bytes is. */
export function stringHeader(size: number): number {
  return size < 32 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 5;
}

/** A number: shortest integer if it is a safe one, float 64, or nil for NaN and the infinities. -0 is 0. */
export function writeNumber(into: ByteWriter, value: number): void {
  into.reserve(9);
  into.length = putNumber(into, into.length, value);
}

export function putNumber(into: ByteWriter, at: number, value: number): number {
  if ((value | 0) === value) return putInt32(into.bytes, at, value);
  if (Number.isSafeInteger(value)) return putSafeInteger(into, at, value);
  if (!Number.isFinite(value)) return putNil(into, at);
  into.bytes[at] = 0xcb;
  into.view.setFloat64(at + 1, value);
  return at + 9;
}

function putInt32(bytes: Buffer, at: number, value: number): number {
  if (value >= 0) {
    if (value < 0x80) {
      bytes[at] = value;
      return at + 1;
    }
    if (value < 0x100) {
      bytes[at] = 0xcc;
      bytes[at + 1] = value;
      return at + 2;
    }
    bytes[at] = value < 0x10000 ? 0xcd : 0xce;
    return value < 0x10000 ? putUint16(bytes, at + 1, value) : putUint32(bytes, at + 1, value);
  }
  if (value >= -0x20) {
    bytes[at] = value;
    return at + 1;
  }
  if (value >= -0x80) {
    bytes[at] = 0xd0;
    bytes[at + 1] = value;
    return at + 2;
  }
  bytes[at] = value >= -0x8000 ? 0xd1 : 0xd2;
  return value >= -0x8000 ? putUint16(bytes, at + 1, value) : putUint32(bytes, at + 1, value);
}

/** An integer that does not fit into 32 bits with a sign. */
function putSafeInteger({ view }: ByteWriter, at: number, value: number): number {
  if (value >= 0 && value <= 0xffff_ffff) {
    view.setUint8(at, 0xce);
    view.setUint32(at + 1, value);
    return at + 5;
  }
  const high = Math.floor(value / 0x1_0000_0000);
  view.setUint8(at, value >= 0 ? 0xcf : 0xd3);
  view.setInt32(at + 1, high);
  view.setUint32(at + 5, value - high * 0x1_0000_0000);
  return at + 9;
}

/** A BigInt: shortest integer if 64 bits hold it, with a sign or without; else its decimal digits as a str. */
export function writeBigInt(into: ByteWriter, value: bigint, textOf: (value: bigint) => string = String): void {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
    writeNumber(into, Number(value));
    return;
  }
  const isUnsigned = BigInt.asUintN(64, value) === value;
  if (!isUnsigned && BigInt.asIntN(64, value) !== value) {
    writeString(into, textOf(value));
    return;
  }
  into.reserve(9);
  into.view.setUint8(into.length, isUnsigned ? 0xcf : 0xd3);
  into.view.setBigInt64(into.length + 1, value);
  into.length += 9;
}

function putUint16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
  return at + 2;
}

function putUint32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

/** The header of an array of `count` items, which are to be written after it. */
export function writeArrayHeader(into: ByteWriter, count: number): void {
  into.reserve(5);
  into.length = putArrayHeader(into, into.length, count);
}

export function putArrayHeader(into: ByteWriter, at: number, count: number): number {
  return putHeader(into.bytes, at, arrays, count);
}

/** The header of a map of `count` pairs: keys and values are to be written after it in turn. */
export function writeMapHeader(into: ByteWriter, count: number): void {
  into.reserve(5);
  into.length = putHeader(into.bytes, into.length, maps, count);
}

/** The first byte of the three forms of a container's header: for up to 15, 2^16 - 1 and 2^32 - 1 items. */
type ContainerTypes = readonly [fix: number, short: number, long: number];
const arrays: ContainerTypes = [0x90, 0xdc, 0xdd];
const maps: ContainerTypes = [0x80, 0xde, 0xdf];

function putHeader(bytes: Uint8Array, at: number, types: ContainerTypes, count: number): number {
  if (count < 16) {
    bytes[at] = types[0] | count;
    return at + 1;
  }
  bytes[at] = count < 0x10000 ? types[1] : types[2];
  return count < 0x10000 ? putUint16(bytes, at + 1, count) : putUint32(bytes, at + 1, count);
}

/** Appends a plain tree. */
export function writePlain(into: ByteWriter, value: Plain): void {
  if (typeof value === 'string') writeString(into, value);
  else if (typeof value === 'number') writeNumber(into, value);
  else if (typeof value === 'boolean') writeBoolean(into, value);
  else if (value === null) writeNil(into);
  else if (Array.isArray(value)) {
    writeArrayHeader(into, value.length);
    for (const item of value) writePlain(into, item);
  } else {
    const entries = Object.entries(value);
    writeMapHeader(into, entries.length);
    for (const [key, item] of entries) {
      writeString(into, key);
      writePlain(into, item);
    }
  }
}

/** Bytes that are left free for the header of a map until it is known how many pairs there are. */
export const mapRoom = 1;

/**
 * Puts the header of a map at `start`, now that it is known that there are `count` pairs, which stand from `mapRoom` behind that to
 * `end`, and moves them if it is longer than that of most maps. Returns where they end then.
 */
export function endMap(into: ByteWriter, start: number, end: number, count: number): number {
  if (count < 16) {
    into.bytes[start] = maps[0] | count;
    return end;
  }
  const more = count < 0x10000 ? 2 : 4;
  ensure(into, end, more);
  into.bytes.copyWithin(start + mapRoom + more, start + mapRoom, end);
  putHeader(into.bytes, start, maps, count);
  return end + more;
}

/** The most seconds that an EventTime holds: 7 February 2106. */
export const maxSeconds = 0xffff_ffff;

/**
 * Fluentd's EventTime, as fixext 8 of type 0: 32 bits of seconds and 32 of nanoseconds (Forward Protocol v1, EventTime).
 * `timestamp` is in milliseconds and rounded to whole ones; times that do not fit become the first or the last that does.
 */
export function writeEventTime(into: ByteWriter, timestamp: number): void {
  let ms = timestamp - second * 1000;
  if ((ms | 0) !== ms || ms < 0 || ms >= 1000) {
    const milliseconds = wholeMilliseconds(timestamp);
    second = Math.floor(milliseconds / 1000);
    ms = milliseconds - second * 1000;
  }
  writeExactTime(into, second, ms * 1_000_000);
}

/**
 * The second of the last time that was written. Within it, all that is reckoned with are small integers, which V8 need not
 * allocate: before the code is compiled, this was 112 bytes of the 830 of a record.
 */
let second = 0;

/** An EventTime of `seconds` and `nanoseconds`, which must fit into 32 bits each. */
export function writeExactTime(into: ByteWriter, seconds: number, nanoseconds: number): void {
  into.reserve(10);
  const { view, length } = into;
  view.setUint16(length, 0xd700);
  view.setUint32(length + 2, seconds);
  view.setUint32(length + 6, nanoseconds);
  into.length = length + 10;
}

/** A time as Fluentd had it before EventTime: whole seconds, cut off. */
export function writeSeconds(into: ByteWriter, timestamp: number): void {
  writeNumber(into, Math.floor(wholeMilliseconds(timestamp) / 1000));
}

function wholeMilliseconds(timestamp: number): number {
  return timestamp >= 0 ? Math.min(Math.round(timestamp), maxSeconds * 1000 + 999) : 0;
}
