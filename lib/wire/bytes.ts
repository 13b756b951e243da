/** The bytes of a batch while it grows: records are encoded straight into it, and it can be wound back. */
export class ByteWriter {
  /** The memory; only the first `length` bytes of it mean anything. Changes when it grows: do not keep it. */
  bytes: Buffer;
  /** The same memory, for numbers of several bytes. */
  view: DataView;
  /** How many bytes have been written. */
  length = 0;

  constructor(capacity = 64 * 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.bytes);
  }

  /** Makes room for `count` more bytes, to be written into `bytes` from `length` on. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.bytes.length) this.#grow(needed);
  }

  /** Appends a string as UTF-8; lone surrogates become U+FFFD. */
  text(value: string): void {
    this.reserve(value.length * 3);
    this.length += this.bytes.write(value, this.length);
  }

  /** Appends bytes. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Winds back to an earlier `length`. */
  truncate(length: number): void {
    this.length = length;
  }

  /** A copy of what stands from `start` to `end`. */
  copy(start: number, end: number): Buffer {
    const copy = Buffer.allocUnsafeSlow(end - start);
    this.bytes.copy(copy, 0, start, end);
    return copy;
  }

  /** Takes the first `count` bytes away; the rest moves to the front. */
  shift(count: number): void {
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = viewOf(grown);
  }
}

/**
 * Makes room for `count` bytes from `at` on, and keeps what stands before: for those who write behind `length`, and set it when
 * they have done.
 */
export function ensure(into: ByteWriter, at: number, count: number): void {
  if (at + count <= into.bytes.length) return;
  into.length = at;
  into.reserve(count);
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
