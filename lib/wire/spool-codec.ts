import type { Rows, SpoolCodec } from '../delivery/spool-codec.js';
import type { SpooledBatch } from '../spool/spool.js';
import { WireBatch } from './batch.js';
import type { Encoder } from './encoder.js';

/** Writes batches of encoded records as they are: the bytes that were made during the log calls. */
export class WireCodec implements SpoolCodec<WireBatch> {
  readonly maxRows = Number.POSITIVE_INFINITY;
  readonly #encoder: Encoder;

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
  }

  get format(): string {
    return this.#encoder.format ?? 'bytes';
  }

  write(batch: WireBatch, from: number, to: number): Rows {
    batch.hold(); // it may have arrived before it is written
    const begin = batch.start(from);
    const within = batch.stretches.filter(
      ({ end }, index) => end > from && (batch.stretches[index - 1]?.end ?? 0) < to
    );
    const ends = new Uint32Array(to - from);
    const levels = new Uint8Array(to - from);
    const times = new Float64Array(to - from);
    for (let row = from; row < to; row++) {
      ends[row - from] = batch.start(row + 1) - begin;
      levels[row - from] = batch.level(row);
      times[row - from] = batch.time(row);
    }
    return {
      payload: batch.payload.subarray(begin, batch.start(to)),
      ends,
      levels,
      times,
      topics: within.map(({ topic, end }) => ({ topic, end: Math.min(end, to) - from }))
    };
  }

  read({ payload, ends, levels, times, topics, format }: SpooledBatch): WireBatch {
    if (format !== this.format) throw new TypeError(`it holds '${format}', and this target writes '${this.format}'`);
    return new WireBatch({ payload, ends, levels, times, stretches: topics, kept: undefined }, this.#encoder);
  }
}
