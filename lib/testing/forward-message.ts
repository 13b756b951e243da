import * as zlib from 'node:zlib';
import { contentsOf, type MessageLimits, messageLength } from '../wire/msgpack-scan.js';
import { decode, EventTime } from './msgpack-lite.js';

/** The four ways to send events (Forward Protocol v1, Event Modes). */
export type ForwardMode = 'Message' | 'Forward' | 'PackedForward' | 'CompressedPackedForward';

/** An event's time: nanoseconds, or whole seconds as a number. */
export type ForwardTime = number | { readonly seconds: number; readonly nanoseconds: number };

/** An event without its tag. */
export interface ForwardEntry {
  readonly time: ForwardTime;
  readonly record: Record<string, unknown>;
}

/** What one message says. */
export interface ParsedMessage {
  readonly mode: ForwardMode;
  /** Empty if what was sent is no tag. */
  readonly tag: string;
  /** The events that Fluentd would take; it skips the others and acknowledges the message all the same. */
  readonly events: readonly ForwardEntry[];
  /** How many entries Fluentd would skip: their tag, time or record is none. */
  readonly invalid: number;
  /** The option `size` as it was sent. */
  readonly size?: unknown;
  /** The option `compressed` as it was sent. */
  readonly compressed?: unknown;
  /** The option `chunk` as it was sent: the id to acknowledge, mostly a string. */
  readonly chunk?: unknown;
  /** Bytes of its entries, decompressed. */
  readonly unpackedBytes: number;
  /** The acknowledgement that the sender asks for, in MessagePack: the chunk byte for byte as it was sent. */
  readonly ack?: Buffer;
}

/** Bytes that a compressed message may grow to: Fluentd's `decompression_size_limit`, 1.19.3. */
const maxDecompressed = 256 * 1024 * 1024;

/** `{"ack": …}` without the value. */
const ackHead = Buffer.from('81a361636b', 'hex');

/**
 * One message as Fluentd reads it; undefined for what it ignores: nil and whatever else is no array, and `[]`.
 *
 * Throws where Fluentd resets the connection: an unknown ext type, byte 0xc1, too deep, broken gzip, an unknown
 * compression. `now` stands in for a time of 0.
 */
export function parseMessage(bytes: Buffer, limits: MessageLimits, now: number): ParsedMessage | undefined {
  const parts = partsOf(bytes, limits);
  const [tagBytes, body] = parts ?? [];
  if (parts === undefined || tagBytes === undefined) return undefined;
  const tag = decode(tagBytes);
  const shape = shapeOf(body);
  const option = optionOf(parts[shape === 'message' ? 3 : 2], limits);
  const mode = modeOf(shape, isCompressed(option));
  const entries = entriesOf(parts, mode, option.compressed === 'zstd' ? unzstd : gunzip, limits);
  const events = entries.map(([time, record]) => eventOf(time, record, now)).filter(event => event !== undefined);
  const isTag = typeof tag === 'string' || Buffer.isBuffer(tag);
  const taken = isTag ? events : [];
  const unpackedBytes = entries.flat().reduce((sum, part) => sum + part.length, entries.length);
  const invalid = entries.length - taken.length;
  return { mode, tag: isTag ? tag.toString() : '', events: taken, invalid, unpackedBytes, ...option };
}

/** The parts of an array; undefined for everything else. */
function partsOf(bytes: Buffer, limits: MessageLimits): Buffer[] | undefined {
  return shapeOf(bytes) === 'list' ? contentsOf(bytes, limits) : undefined;
}

/** The second part of a message decides how it is to be read: a str or bin, an array, or anything else. */
function shapeOf([head = 0xc0]: Buffer = Buffer.alloc(0)): 'packed' | 'list' | 'message' {
  if ((head >= 0x90 && head <= 0x9f) || head === 0xdc || head === 0xdd) return 'list';
  const isText = (head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb);
  return isText || (head >= 0xc4 && head <= 0xc6) ? 'packed' : 'message';
}

function modeOf(shape: 'packed' | 'list' | 'message', compressed: boolean): ForwardMode {
  if (shape === 'message') return 'Message';
  if (shape === 'list') return 'Forward';
  return compressed ? 'CompressedPackedForward' : 'PackedForward';
}

/** Time and record of each entry; an entry that is no array has a time and no record, as Ruby's `|time, record|`. */
function entriesOf(
  parts: readonly Buffer[],
  mode: ForwardMode,
  decompress: (bytes: Buffer) => Buffer,
  limits: MessageLimits
): Buffer[][] {
  if (mode === 'Message') return [parts.slice(1, 3)];
  const body = parts[1] ?? Buffer.alloc(0);
  const entries =
    mode === 'Forward'
      ? (contentsOf(body, limits) ?? [])
      : unpack(body, mode === 'CompressedPackedForward' ? decompress : undefined, limits);
  return entries.map(entry => partsOf(entry, limits) ?? [entry]);
}

type Option = Pick<ParsedMessage, 'size' | 'compressed' | 'chunk' | 'ack'>;

function optionOf(bytes: Buffer | undefined, limits: MessageLimits): Option {
  const option = bytes === undefined ? undefined : decode(bytes);
  if (bytes === undefined || option === undefined || option === null) return {};
  if (typeof option !== 'object') throw new Error(`Forward: an option must be a map, got ${typeof option}`);
  const { size, chunk, compressed } = option as Option;
  const contents = contentsOf(bytes, limits) ?? [];
  const key = contents.findLastIndex((item, index) => index % 2 === 0 && decode(item) === 'chunk');
  const chunkBytes = contents[key + 1];
  return {
    ...(size !== undefined && { size }),
    ...(compressed !== undefined && { compressed }),
    // A chunk of nil is not acknowledged.
    ...(key >= 0 && chunkBytes !== undefined && chunk !== null && { chunk, ack: Buffer.concat([ackHead, chunkBytes]) })
  };
}

function isCompressed({ compressed }: Option): boolean {
  if (compressed === undefined || compressed === null || compressed === 'text') return false;
  if (compressed === 'gzip' || (compressed === 'zstd' && zstdDecompressSync !== undefined)) return true;
  throw new Error(`Forward: unknown compression ${JSON.stringify(compressed)}`);
}

/** The entries in a packed message. One that is cut short at the end is left out, as Fluentd does. */
function unpack(bytes: Buffer, decompress: ((bytes: Buffer) => Buffer) | undefined, limits: MessageLimits): Buffer[] {
  const content = decode(bytes, { raw: true }) as Buffer;
  const packed = decompress === undefined ? content : decompress(content);
  const entries: Buffer[] = [];
  for (let at = 0; at < packed.length; ) {
    const length = messageLength(packed, at, { ...limits, maxBytes: Number.POSITIVE_INFINITY });
    if (length === undefined) break;
    entries.push(packed.subarray(at, at + length));
    at += length;
  }
  return entries;
}

/** Node.js has it from 22.15 on; the types of the oldest supported version do not know it. */
const { zstdDecompressSync } = zlib as {
  readonly zstdDecompressSync?: (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
};

function unzstd(bytes: Buffer): Buffer {
  if (zstdDecompressSync === undefined) throw new Error('Forward: zstd needs Node.js 22.15 or later');
  return zstdDecompressSync(bytes, { maxOutputLength: maxDecompressed });
}

/** All members together. Node ignores what stands behind the last one; Fluentd takes it for a broken member. */
function gunzip(bytes: Buffer): Buffer {
  const { buffer, engine } = zlib.gunzipSync(bytes, { maxOutputLength: maxDecompressed, info: true }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  if (engine.bytesWritten !== bytes.length) throw new Error('Forward: there is something behind the gzip data');
  return buffer;
}

/** An event, unless it is one that Fluentd skips (in_forward.rb, `invalid_event?`). Throws if it cannot be decoded. */
function eventOf(
  timeBytes: Buffer | undefined,
  recordBytes: Buffer | undefined,
  now: number
): ForwardEntry | undefined {
  const time = timeBytes && timeOf(timeBytes, now);
  const record = recordBytes && decode(recordBytes);
  return time === undefined || !isMap(record) ? undefined : { time, record };
}

function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) && !Buffer.isBuffer(value) && !(value instanceof EventTime);
}

/** A time, if it is one: no float, even a whole one. Fluentd takes 0 for none, and puts its own time in place. */
function timeOf(bytes: Buffer, now: number): ForwardTime | undefined {
  const time = decode(bytes);
  const isFloat = bytes[0] === 0xca || bytes[0] === 0xcb;
  const isInteger = (typeof time === 'number' || typeof time === 'bigint') && !isFloat;
  if (!isInteger && !(time instanceof EventTime)) return undefined;
  const seconds = time instanceof EventTime ? time.seconds : Number(time);
  if (seconds === 0) return { seconds: Math.floor(now / 1000), nanoseconds: (now % 1000) * 1e6 };
  return time instanceof EventTime ? { seconds, nanoseconds: time.nanoseconds } : seconds;
}
