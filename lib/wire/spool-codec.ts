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
    const begin = batch.start(from);
    const rows = Array.from({ length: to - from }, (_, index) => from + index);
    const within = batch.stretches.filter(
      ({ end }, index) => end > from && (batch.stretches[index - 1]?.end ?? 0) < to
    );
    return {
      payload: batch.payload.subarray(begin, batch.start(to)),
      ends: rows.map(row => batch.start(row + 1) - begin),
      levels: rows.map(row => batch.level(row)),
      times: rows.map(row => batch.time(row)),
      topics: within.map(({ topic, end }) => ({ topic, end: Math.min(end, to) - from }))
    };
  }

  read({ payload, ends, levels, times, topics, format }: SpooledBatch): WireBatch {
    if (format !== this.format) throw new TypeError(`it holds '${format}', and this target writes '${this.format}'`);
    const parts = {
      payload,
      ends: Uint32Array.from(ends),
      levels: Uint8Array.from(levels),
      times: Float64Array.from(times),
      stretches: topics,
      kept: undefined
    };
    return new WireBatch(parts, this.#encoder);
  }
}
