import { ByteWriter } from './bytes.js';

/** What a peer may send before we call it broken. */
export interface MessageLimits {
  /** The longest object, in bytes. */
  readonly maxBytes: number;
  /** The deepest nesting: 0 for a scalar, 1 for `[]`. */
  readonly maxDepth: number;
}

/**
 * How many bytes the MessagePack object at `offset` takes; undefined if its end has not come yet.
 *
 * Throws if the object is longer or deeper than `limits` (as soon as that can be told: a header that promises too much
 * is enough), or if there is a byte 0xc1, which begins nothing.
 */
export function messageLength(bytes: Uint8Array, offset: number, limits: MessageLimits): number | undefined {
  return new Scan(limits).advance(bytes, offset);
}

/**
 * The bytes of each object in the array or map that `bytes` hold, a map's keys and values in turn; undefined if they hold
 * something else. Views, not copies. For those who must know in which form a value was sent.
 */
export function contentsOf(bytes: Buffer, limits: MessageLimits): Buffer[] | undefined {
  const head = header(bytes, 0);
  if (head === undefined || !head.isContainer) return undefined;
  const contents: Buffer[] = [];
  let end = head.size;
  for (let index = 0; index < head.items; index++) {
    const length = messageLength(bytes, end, limits);
    if (length === undefined) throw new Error('MessagePack: an object is cut short');
    contents.push(bytes.subarray(end, end + length));
    end += length;
  }
  return contents;
}

/** Cuts a stream of bytes into MessagePack objects, however the stream was cut before. */
export class MessageReader {
  readonly #limits: MessageLimits;
  readonly #bytes = new ByteWriter(1024);
  /** Where the next object begins. */
  #start = 0;
  #scan: Scan;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
    this.#scan = new Scan(limits);
  }

  /** Bytes that belong to an object which is not complete, or has not been taken. */
  get pendingBytes(): number {
    return this.#bytes.length - this.#start;
  }

  push(chunk: Uint8Array): void {
    if (this.#start > 0) this.#bytes.shift(this.#start);
    this.#start = 0;
    this.#bytes.reserve(chunk.length);
    this.#bytes.bytes.set(chunk, this.#bytes.length);
    this.#bytes.length += chunk.length;
  }

  /** The bytes of the next object, a copy; undefined if it is not complete. Throws as `messageLength` does. */
  next(): Buffer | undefined {
    const length = this.#scan.advance(this.#bytes.bytes.subarray(0, this.#bytes.length), this.#start);
    if (length === undefined) return undefined;
    const message = this.#bytes.copy(this.#start, this.#start + length);
    this.#start += length;
    this.#scan = new Scan(this.#limits);
    return message;
  }
}

/** A walk over one object, which goes on where it stood when more bytes have come: long objects are read once. */
class Scan {
  readonly #limits: MessageLimits;
  /** How many bytes have been walked over. Always the beginning of a header. */
  #length = 0;
  /** How many objects are still to come in each container that has not ended, outermost first. */
  readonly #open: number[] = [];

  constructor(limits: MessageLimits) {
    this.#limits = limits;
  }

  /** The object's length, or undefined. `bytes` from `offset` on must begin with those of the last call. */
  advance(bytes: Uint8Array, offset: number): number | undefined {
    do {
      const at = offset + this.#length;
      const head = header(bytes, at);
      if (head === undefined) return undefined;
      this.#checkBytes(head.size + head.items);
      if (at + head.size > bytes.length) return undefined;
      this.#length += head.size;
      if (head.isContainer) this.#enter(head.items);
      else this.#leave();
    } while (this.#open.length > 0);
    return this.#length;
  }

  #enter(items: number): void {
    this.#open.push(items);
    if (this.#open.length > this.#limits.maxDepth) {
      throw new Error(`MessagePack: an object is nested deeper than ${this.#limits.maxDepth}`);
    }
    if (items === 0) this.#close();
  }

  /** Takes one object off the innermost container, and ends all that are complete by it. */
  #leave(): void {
    const last = this.#open.length - 1;
    const left = (this.#open[last] ?? 1) - 1;
    if (last < 0) return;
    this.#open[last] = left;
    if (left === 0) this.#close();
  }

  #close(): void {
    this.#open.pop();
    this.#leave();
  }

  #checkBytes(more: number): void {
    if (this.#length + more > this.#limits.maxBytes) {
      throw new Error(`MessagePack: an object is longer than ${this.#limits.maxBytes} bytes`);
    }
  }
}

interface Header {
  /** Bytes to the next header: of the header itself and, for what is no container, its content. */
  readonly size: number;
  /** How many objects a container holds; a map's keys and values count each. */
  readonly items: number;
  readonly isContainer: boolean;
}

/** What stands at `at`; undefined if the bytes end before that can be told. */
function header(bytes: Uint8Array, at: number): Header | undefined {
  const type = bytes[at];
  if (type === undefined) return undefined;
  if (type <= 0x7f || type >= 0xe0) return scalar(1);
  if (type <= 0x8f) return container(1, 2 * (type & 0x0f));
  if (type <= 0x9f) return container(1, type & 0x0f);
  if (type <= 0xbf) return scalar(1 + (type & 0x1f));
  const format = formats[type - 0xc0];
  if (format === undefined) throw new Error('MessagePack: there is no type 0xc1');
  const count = uint(bytes, at + 1, format.width);
  if (count === undefined) return undefined;
  if (format.items === undefined) return scalar(1 + format.width + format.fixed + count);
  return container(1 + format.width, format.items * count);
}

const scalar = (size: number): Header => ({ size, items: 0, isContainer: false });
const container = (size: number, items: number): Header => ({ size, items, isContainer: true });

/** A type from 0xc0 to 0xdf: the width of its length, what is always there besides, and objects per counted item. */
interface Format {
  readonly width: number;
  readonly fixed: number;
  readonly items?: number;
}

const fixed = (size: number): Format => ({ width: 0, fixed: size });
const counted = (width: number, extra = 0): Format => ({ width, fixed: extra });
const items = (width: number, perItem: number): Format => ({ width, fixed: 0, items: perItem });

/** MessagePack specification, "Overview", 0xc0 to 0xdf. */
const formats: readonly (Format | undefined)[] = [
  ...[fixed(0), undefined, fixed(0), fixed(0)], // nil, never used, false, true
  ...[counted(1), counted(2), counted(4)], // bin
  ...[counted(1, 1), counted(2, 1), counted(4, 1)], // ext, with its type
  ...[fixed(4), fixed(8)], // float
  ...[fixed(1), fixed(2), fixed(4), fixed(8)], // uint
  ...[fixed(1), fixed(2), fixed(4), fixed(8)], // int
  ...[fixed(2), fixed(3), fixed(5), fixed(9), fixed(17)], // fixext, with its type
  ...[counted(1), counted(2), counted(4)], // str
  ...[items(2, 1), items(4, 1)], // array
  ...[items(2, 2), items(4, 2)] // map
];

/** A big-endian number of 0, 1, 2 or 4 bytes; undefined if not all of it is there. */
function uint(bytes: Uint8Array, at: number, width: number): number | undefined {
  if (at + width > bytes.length) return undefined;
  let value = 0;
  for (let index = at; index < at + width; index++) value = value * 256 + (bytes[index] ?? 0);
  return value;
}
