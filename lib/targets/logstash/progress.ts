import type { WireBatch } from '../../wire/batch.js';

/**
 * How many records of a batch have arrived, where that may be some of them. It is known by their bytes: when a batch is
 * cut in two because one record in it is bad, those that have arrived are not sent again.
 */
export class Progress {
  /** Up to which byte of a batch's memory all has arrived. */
  readonly #ends = new WeakMap<ArrayBufferLike, number>();

  /** The index of the first record that has not arrived; `batch.size` if all have. */
  of(batch: WireBatch): number {
    const end = (this.#ends.get(batch.payload.buffer) ?? 0) - batch.payload.byteOffset;
    let low = 0;
    let high = batch.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (batch.start(middle) < end) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** All records before `index` have arrived. */
  reach(batch: WireBatch, index: number): void {
    this.#ends.set(batch.payload.buffer, batch.payload.byteOffset + batch.start(index));
  }
}
