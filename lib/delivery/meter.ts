import type { BatchStats, Distribution } from '../core/target.js';
import type { QueuedBatch } from './batch.js';
import { Histogram } from './histogram.js';

/** Records of a batch whose latency is taken, for all of them. */
const samples = 16;

/** Measures what is delivered: sizes of batches, and the time from log call to delivery. */
export class Meter {
  #count = 0;
  readonly #records = new Histogram();
  readonly #bytes = new Histogram();
  readonly #latency = new Histogram();

  get batches(): BatchStats {
    return { count: this.#count, records: this.#records.distribution, bytes: this.#bytes.distribution };
  }

  get latency(): Distribution {
    return this.#latency.distribution;
  }

  /** A batch has arrived. */
  note(batch: QueuedBatch, now: number): void {
    this.#count++;
    this.#records.add(batch.size);
    this.#bytes.add(batch.bytes);
    const step = Math.max(1, Math.ceil(batch.rows / samples));
    for (let row = 0; row < batch.rows; row += step) {
      this.#latency.add(now - batch.time(row), Math.min(step, batch.rows - row));
    }
  }
}
