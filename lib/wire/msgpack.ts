import { lengthOf } from '../core/text.js';
import type { Plain } from '../core/values.js';
import type { ByteWriter } from './bytes.js';
import { putText } from './utf8.js';

/*
 * The formats of MessagePack (specification of 2013), each in its shortest form. Every number is big-endian.
 */

const nil = 0xc0;
const no = 0xc2;
const yes = 0xc3;

export function writeNil(into: ByteWriter): void {
  writeByte(into, nil);
}

export function writeBoolean(into: ByteWriter, value: boolean): void {
  writeByte(into, value ? yes : no);
}

function writeByte(into: ByteWriter, value: number): void {
  into.reserve(1);
  into.bytes[into.length++] = value;
}

/** A str; lone surrogates become U+FFFD. */
export function writeString(into: ByteWriter, text: string): void {
  const length = lengthOf(text);
  into.reserve(5 + length * 3);
  const start = into.length + (length < 32 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5);
  endString(into, start, putText(into.bytes, start, text) - start);
}

/**
 * Puts the header of a str before the `size` bytes of its text, which stand at `start`, behind room for a header, and moves
 * them if that is not as long as the header is; there must be room for it behind them. Returns the length of the header.
 */
export function endString(into: ByteWriter, start: number, size: number): number {
  const header = size < 32 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 5;
  let at = into.length;
  const content = at + header;
  const { bytes } = into;
  if (content !== start) bytes.copyWithin(content, start, start + size);
  if (size < 32) {
    bytes[at] = 0xa0 | size;
  } else if (size < 0x100) {
    bytes[at++] = 0xd9;
    bytes[at] = size;
  } else if (size < 0x10000) {
    bytes[at++] = 0xda;
    bytes[at++] = size >> 8;
    bytes[at] = size;
  } else {
    bytes[at++] = 0xdb;
    writeUint32(bytes, at, size);
  }
  into.length = content + size;
  return header;
}

/** A number: shortest integer if it is a safe one, float 64, or nil for NaN and the infinities. -0 is 0. */
export function writeNumber(into: ByteWriter, value: number): void {
  into.reserve(9);
  const { bytes } = into;
  let at = into.length;
  if ((value | 0) === value) {
    if (value >= 0) {
      if (value < 0x80) {
        bytes[at++] = value;
      } else if (value < 0x100) {
        bytes[at++] = 0xcc;
        bytes[at++] = value;
      } else if (value < 0x10000) {
        bytes[at++] = 0xcd;
        bytes[at++] = value >> 8;
        bytes[at++] = value;
      } else {
        bytes[at++] = 0xce;
        at = writeUint32(bytes, at, value);
      }
    } else if (value >= -0x20) {
      bytes[at++] = value;
    } else if (value >= -0x80) {
      bytes[at++] = 0xd0;
      bytes[at++] = value;
    } else if (value >= -0x8000) {
      bytes[at++] = 0xd1;
      bytes[at++] = value >> 8;
      bytes[at++] = value;
    } else {
      bytes[at++] = 0xd2;
      at = writeUint32(bytes, at, value);
    }
    into.length = at;
  } else if (Number.isSafeInteger(value)) {
    writeSafeInteger(into, value);
  } else if (Number.isFinite(value)) {
    bytes[at] = 0xcb;
    into.view.setFloat64(at + 1, value);
    into.length = at + 9;
  } else {
    writeNil(into);
  }
}

/** An integer that does not fit into 32 bits with a sign. */
function writeSafeInteger(into: ByteWriter, value: number): void {
  const { view } = into;
  const at = into.length;
  if (value >= 0 && value <= 0xffff_ffff) {
    view.setUint8(at, 0xce);
    view.setUint32(at + 1, value);
    into.length = at + 5;
    return;
  }
  const high = Math.floor(value / 0x1_0000_0000);
  view.setUint8(at, value >= 0 ? 0xcf : 0xd3);
  view.setInt32(at + 1, high);
  view.setUint32(at + 5, value - high * 0x1_0000_0000);
  into.length = at + 9;
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

function writeUint32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

/** The header of an array of `count` items, which are to be written after it. */
export function writeArrayHeader(into: ByteWriter, count: number): void {
  into.reserve(5);
  into.length = putHeader(into.bytes, into.length, arrays, count);
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

function putHeader(bytes: Uint8Array, start: number, types: ContainerTypes, count: number): number {
  let at = start;
  if (count < 16) {
    bytes[at++] = types[0] | count;
  } else if (count < 0x10000) {
    bytes[at++] = types[1];
    bytes[at++] = count >> 8;
    bytes[at++] = count;
  } else {
    bytes[at++] = types[2];
    at = writeUint32(bytes, at, count);
  }
  return at;
}

function headerSize(count: number): number {
  return count < 16 ? 1 : count < 0x10000 ? 3 : 5;
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

/** Leaves room for the header of a map of at most `count` pairs; `endMap` puts it there. */
export function beginMap(into: ByteWriter, count: number): void {
  into.reserve(5);
  into.length += headerSize(count);
}

/**
 * Puts the header of a map where `beginMap` was called with `expected` at `start`, now that it is known that there are
 * `count` pairs, and moves them if the header got shorter.
 */
export function endMap(into: ByteWriter, start: number, expected: number, count: number): void {
  if (count < 16 && expected < 16) {
    into.bytes[start] = 0x80 | count;
    return;
  }
  const content = start + headerSize(expected);
  const moved = start + headerSize(count);
  if (moved !== content) {
    into.reserve(moved - content);
    into.bytes.copyWithin(moved, content, into.length);
    into.length += moved - content;
  }
  putHeader(into.bytes, start, maps, count);
}

/** The most seconds that an EventTime holds: 7 February 2106. */
export const maxSeconds = 0xffff_ffff;

/**
 * Fluentd's EventTime, as fixext 8 of type 0: 32 bits of seconds and 32 of nanoseconds (Forward Protocol v1, EventTime).
 * `timestamp` is in milliseconds and rounded to whole ones; times that do not fit become the first or the last that does.
 */
export function writeEventTime(into: ByteWriter, timestamp: number): void {
  const milliseconds = wholeMilliseconds(timestamp);
  const seconds = Math.floor(milliseconds / 1000);
  writeExactTime(into, seconds, (milliseconds - seconds * 1000) * 1_000_000);
}

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
