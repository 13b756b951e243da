import type { WireBatch } from './batch.js';

/** What was made of the records of a batch from `from` up to `to`, excluded. */
interface Made<T> {
  readonly batch: WireBatch;
  readonly payload: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly form: Promise<T>;
}

/**
 * What batches are made into before they are written: of the one on its way, as most failures want the same again, and of
 * the one that comes next.
 */
export class Prepared<T> {
  #made: readonly Made<T>[] = [];
  readonly #make: (batch: WireBatch, from: number, to: number) => Promise<T>;

  constructor(make: (batch: WireBatch, from: number, to: number) => Promise<T>) {
    this.#make = make;
  }

  /** What becomes of these records: made now, unless it was before and nothing has been dropped out of the batch since. */
  of(batch: WireBatch, from: number, to: number): Promise<T> {
    const { payload } = batch;
    const known = this.#made.find(
      made => made.batch === batch && made.payload === payload && made.from === from && made.to === to
    );
    if (known !== undefined) return known.form;
    const form = this.#make(batch, from, to);
    form.catch(() => this.forget(batch)); // whoever sends the batch hears of it too, and tries again
    this.#made = [{ batch, payload, from, to, form }, ...this.#others(batch).slice(0, 1)];
    return form;
  }

  /** The batch has arrived. */
  forget(batch: WireBatch): void {
    this.#made = this.#others(batch);
  }

  #others(batch: WireBatch): readonly Made<T>[] {
    return this.#made.filter(made => made.batch !== batch);
  }
}
