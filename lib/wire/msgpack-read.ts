/** Fluentd's time: MessagePack ext 0, two big-endian 32-bit numbers (Forward Protocol v1, EventTime). */
export class EventTime {
  /** Seconds since the Unix epoch, 0 to 2^32 - 1. */
  readonly seconds: number;
  readonly nanoseconds: number;

  constructor(seconds: number, nanoseconds: number) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }
}

export interface DecodeOptions {
  /** Gives every str as a `Buffer` of its bytes, which need not be UTF-8. Default: false. */
  readonly raw?: boolean;
}

/**
 * The object that `bytes` hold: numbers, `bigint` for integers beyond 2^53, strings, `Buffer`, arrays, plain objects,
 * `EventTime`. Throws if the object ends before or behind the end of `bytes`, or holds any other ext type. It keeps nothing
 * of their memory.
 *
 * It recurses: bound the depth of what a stranger sent with `messageLength` first.
 */
export function decode(bytes: Uint8Array, { raw = false }: DecodeOptions = {}): unknown {
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), raw);
  const value = reader.value();
  if (reader.left > 0) throw new Error(`MessagePack: ${reader.left} byte(s) follow the object`);
  return value;
}

/** A walk over bytes that makes values of them (MessagePack specification, "Formats"). */
class Reader {
  readonly #bytes: Buffer;
  readonly #isRaw: boolean;
  #at = 0;

  constructor(bytes: Buffer, isRaw: boolean) {
    this.#bytes = bytes;
    this.#isRaw = isRaw;
  }

  /** How many bytes have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The value that stands here. */
  value(): unknown {
    const type = this.#uint(1);
    if (type < 0x80) return type;
    if (type < 0x90) return this.#map(type & 0x0f);
    if (type < 0xa0) return this.#array(type & 0x0f);
    if (type < 0xc0) return this.#text(type & 0x1f);
    return type < 0xe0 ? this.#sized(type) : type - 0x100;
  }

  /** The value of a type whose size follows from its number: neighbours have twice the size of each other. */
  #sized(type: number): unknown {
    if (type >= 0xde) return this.#map(this.#uint(2 << (type - 0xde)));
    if (type >= 0xdc) return this.#array(this.#uint(2 << (type - 0xdc)));
    if (type >= 0xd9) return this.#text(this.#uint(1 << (type - 0xd9)));
    if (type >= 0xd4) return this.#ext(1 << (type - 0xd4));
    if (type === 0xd3) return whole(this.#take(8).readBigInt64BE());
    if (type >= 0xd0) return this.#int(1 << (type - 0xd0));
    if (type === 0xcf) return whole(this.#take(8).readBigUInt64BE());
    if (type >= 0xcc) return this.#uint(1 << (type - 0xcc));
    if (type === 0xcb) return this.#take(8).readDoubleBE();
    if (type === 0xca) return this.#take(4).readFloatBE();
    if (type >= 0xc7) return this.#ext(this.#uint(1 << (type - 0xc7)));
    if (type >= 0xc4) return Buffer.from(this.#take(this.#uint(1 << (type - 0xc4))));
    if (type === 0xc1) throw new Error('MessagePack: there is no type 0xc1');
    return type === 0xc0 ? null : type === 0xc3;
  }

  #map(size: number): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    for (let index = 0; index < size; index++) entries.push([keyOf(this.value()), this.value()]);
    return Object.fromEntries(entries); // makes a property of the key `__proto__` too
  }

  #array(size: number): unknown[] {
    const items: unknown[] = [];
    for (let index = 0; index < size; index++) items.push(this.value());
    return items;
  }

  #text(size: number): string | Buffer {
    const bytes = this.#take(size);
    return this.#isRaw ? Buffer.from(bytes) : bytes.toString();
  }

  #ext(size: number): EventTime {
    const type = this.#int(1);
    if (type !== 0) throw new Error(`MessagePack: unknown ext type ${type}`);
    if (size !== 8) throw new Error(`MessagePack: an EventTime has 8 bytes, got ${size}`);
    return new EventTime(this.#uint(4), this.#uint(4));
  }

  #uint(size: number): number {
    return this.#take(size).readUIntBE(0, size);
  }

  #int(size: number): number {
    return this.#take(size).readIntBE(0, size);
  }

  /** The next bytes: a view, which nobody may keep. */
  #take(size: number): Buffer {
    if (size > this.left) throw new Error('MessagePack: the object is cut short');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}

function whole(integer: bigint): number | bigint {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** The name of a property for a key of a map. Lists and maps for keys are nothing that we could keep. */
function keyOf(key: unknown): string {
  const isContainer = typeof key === 'object' && key !== null && !Buffer.isBuffer(key);
  return isContainer ? Object.prototype.toString.call(key) : String(key);
}
