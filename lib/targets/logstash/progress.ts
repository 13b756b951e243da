import type { WireBatch } from '../../wire/batch.js';

/**
 * How many records of a batch have arrived, where that may be some of them. It is known by their bytes: when a batch is
 * cut in two because one record in it is bad, those that have arrived are not sent again.
 */
export class Progress {
  /** From which byte up to which all of a batch has arrived, in its memory: others may have memory beside it. */
  readonly #arrived = new WeakMap<ArrayBufferLike, { readonly from: number; readonly end: number }>();

  /** The index of the first record that has not arrived; `batch.size` if all have. */
  of(batch: WireBatch): number {
    const { buffer, byteOffset } = batch.payload;
    const { from, end } = this.#arrived.get(buffer) ?? { from: 0, end: 0 };
    if (byteOffset < from) return 0;
    let low = 0;
    let high = batch.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byteOffset + batch.start(middle) < end) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** All records before `index` have arrived. */
  reach(batch: WireBatch, index: number): void {
    const { buffer, byteOffset } = batch.payload;
    const known = this.#arrived.get(buffer);
    const isNext = known !== undefined && byteOffset >= known.from && byteOffset <= known.end;
    this.#arrived.set(buffer, { from: isNext ? known.from : byteOffset, end: byteOffset + batch.start(index) });
  }

  /** A batch is done with: its memory may be that of another one next. What is known of records behind it stays. */
  forget(batch: WireBatch): void {
    const { buffer, byteOffset, byteLength } = batch.payload;
    const known = this.#arrived.get(buffer);
    if (known !== undefined && known.end <= byteOffset + byteLength) this.#arrived.delete(buffer);
  }
}
