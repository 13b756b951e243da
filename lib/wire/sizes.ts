import { escapeJson } from '../core/text.js';
import { ByteWriter } from './bytes.js';
import { writeArrayHeader, writeBoolean, writeMapHeader, writeNil, writeNumber, writeString } from './msgpack.js';

/** How many bytes the parts of a record take on a wire: exactly as many as its encoder writes. */
export interface Sizes {
  text(text: string): number;
  scalar(value: number | boolean | null): number;
  /** What an array of `count` items takes besides the items: brackets and commas, or a header. */
  array(count: number): number;
  /** What a map of `count` pairs takes besides keys and values. */
  map(count: number): number;
}

/** Of JSON without white space, with everything escaped that `JsonEncoder` escapes. */
export const jsonSizes: Sizes = {
  text: text => Buffer.byteLength(escapeJson(JSON.stringify(text))),
  scalar: value => String(value).length,
  array: count => 2 + Math.max(0, count - 1),
  map: count => 2 + Math.max(0, 2 * count - 1)
};

/** Of MessagePack: what is short is written to see how long it is, so that there are no second rules to be wrong. */
export const messagePackSizes: Sizes = {
  text: text => (text.length > maxWritten ? 5 + Buffer.byteLength(text) : sizeOf(writeString, text)),
  scalar: value => {
    if (value === null) return sizeOf(writeNil, value);
    return typeof value === 'number' ? sizeOf(writeNumber, value) : sizeOf(writeBoolean, value);
  },
  array: count => sizeOf(writeArrayHeader, count),
  map: count => sizeOf(writeMapHeader, count)
};

/** Characters from which on a string has the longest header. */
const maxWritten = 0x10000;

const scratch = new ByteWriter(256);

function sizeOf<T>(write: (into: ByteWriter, value: T) => void, value: T): number {
  scratch.truncate(0);
  write(scratch, value);
  return scratch.length;
}
