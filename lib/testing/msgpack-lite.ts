import msgpack from 'msgpack-lite';
import { type DecodeOptions, EventTime } from '../wire/msgpack-read.js';

export { EventTime };

/**
 * What the servers of this folder read with, so that what we send is judged by another codec than ours.
 *
 * The object that `bytes` hold: numbers, `bigint` for integers beyond 2^53, strings, `Buffer`, arrays, plain objects,
 * `EventTime`. Throws if the object ends before or behind the end of `bytes`, or holds any other ext type.
 *
 * It recurses: bound the depth of what a stranger sent with `messageLength` first.
 */
export function decode(bytes: Uint8Array, { raw = false }: DecodeOptions = {}): unknown {
  const decoder = new msgpack.Decoder({ codec: raw ? rawCodec : textCodec });
  // Its slow paths are for those that are no Buffer.
  decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const value = decoder.fetch();
  if (decoder.offset !== bytes.byteLength) {
    throw new Error(`MessagePack: ${bytes.byteLength - decoder.offset} byte(s) follow the object`);
  }
  return plain(value);
}

/**
 * `value` in MessagePack, for what is small or rare: acknowledgements, handshakes, tests. Integers beyond 32 bits become
 * float 64; `undefined`, functions and symbols nil; a `bigint` throws.
 */
export function encode(value: unknown): Buffer {
  return msgpack.encode(value, { codec: textCodec });
}

/** Maps are asked for because an object with the key `__proto__` would get a prototype instead of a property. */
function createCodec(useraw: boolean) {
  const codec = msgpack.createCodec({ useraw, usemap: true, int64: true });
  codec.addExtPacker(0, EventTime, packTime);
  codec.addExtUnpacker(0, unpackTime);
  for (let type = 1; type < 256; type++) {
    codec.addExtUnpacker(type, () => {
      throw new Error(`MessagePack: unknown ext type ${type < 128 ? type : type - 256}`);
    });
  }
  return codec;
}

const textCodec = createCodec(false);
const rawCodec = createCodec(true);

function packTime({ seconds, nanoseconds }: EventTime): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(seconds, 0);
  bytes.writeUInt32BE(nanoseconds, 4);
  return bytes;
}

function unpackTime(bytes: Uint8Array): EventTime {
  if (bytes.length !== 8) throw new Error(`MessagePack: an EventTime has 8 bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return new EventTime(view.getUint32(0), view.getUint32(4));
}

/** msgpack-lite's form of an integer of 64 bits. */
interface Int64 {
  toString(): string;
}

/** `value` with objects for maps, and numbers or `bigint`s for 64-bit integers. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof EventTime || Buffer.isBuffer(value)) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([key, item]) => [keyOf(key), plain(item)]));
  const integer = BigInt((value as Int64).toString());
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** The name of a property for a key of a map. Lists and maps for keys are nothing that we could keep. */
function keyOf(key: unknown): string {
  const isContainer = Array.isArray(key) || key instanceof Map;
  return isContainer ? Object.prototype.toString.call(key) : String(key);
}
