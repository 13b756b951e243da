import type { LogRecord } from '../../lib/core/record.js';
import type { Batch } from '../../lib/delivery/batch.js';
import { FlushLogTarget, type FlushOptions } from '../../lib/delivery/flush-target.js';

/** One call of `logRecords`, and the means to end it. */
export interface Attempt {
  readonly id: string;
  readonly attempt: number;
  readonly messages: readonly unknown[];
  readonly signal: AbortSignal;
  arrive(): void;
  fail(error: unknown): void;
}

/** A flush target that keeps what arrives, and does as it is told. */
export class MemoryFlushTarget extends FlushLogTarget {
  /** The messages of each batch that arrived. */
  readonly batches: unknown[][] = [];
  /** Every call of `logRecords`. */
  readonly attempts: Attempt[] = [];
  /** What an attempt does: arrives, fails with this error, or waits to be ended by the test. */
  behaviour: 'arrive' | 'wait' | { readonly error: unknown } = 'arrive';
  closed = 0;
  #running = 0;
  /** The most calls of `logRecords` that ran at the same time. */
  mostAtOnce = 0;

  constructor(options: FlushOptions = {}) {
    super({ jitter: 0, ...options });
  }

  get arrived(): unknown[] {
    return this.batches.flat();
  }

  /** Those of them that are numbers: without the records by which the library tells of losses. */
  get ofUsers(): number[] {
    return this.arrived.filter(message => typeof message === 'number');
  }

  override logRecords(records: readonly LogRecord[], { id, attempt, signal }: Batch): Promise<void> {
    this.#running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    const messages = records.map(record => record.message);
    const { behaviour } = this;
    return new Promise((resolve, reject) => {
      const arrive = () => {
        this.#running--;
        this.batches.push(messages);
        resolve();
      };
      const fail = (error: unknown) => {
        this.#running--;
        reject(error);
      };
      this.attempts.push({ id, attempt, messages, signal, arrive, fail });
      if (behaviour === 'arrive') arrive();
      else if (behaviour !== 'wait') fail(behaviour.error);
    });
  }

  protected override close(): void {
    this.closed++;
  }
}
