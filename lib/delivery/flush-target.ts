import { type Checked, checkOptions } from '../core/check.js';
import { checkTimeout, disposeTimeout } from '../core/deadline.js';
import { type FailureListener, type LogFailure, tell } from '../core/failures.js';
import type { LastResort } from '../core/last-resort.js';
import { hold } from '../core/ownership.js';
import type { LogRecord } from '../core/record.js';
import { type Deadline, LogTarget, type TargetStats } from '../core/target.js';
import type { Batch, QueuedBatch } from './batch.js';
import { Engine } from './engine.js';
import type { Form } from './form.js';
import { checkTogether, type FlushOptions, flushRules } from './options.js';
import type { DeliveryQueue } from './queue.js';
import { type RecordBatch, RecordPacker } from './record-batch.js';
import { recordCodec } from './record-codec.js';

export type { Form } from './form.js';
export { type FlushOptions, flushRules } from './options.js';

/**
 * A target that delivers in batches, in order, with retries and a fallback. A subclass writes `logRecords`:
 *
 * ```ts
 * class WebhookTarget extends FlushLogTarget {
 *   constructor(private readonly url: string) { super({ maxSize: 100 }); }
 *   async logRecords(records: readonly LogRecord[]) {
 *     const { ok, status } = await fetch(this.url, { method: 'POST', body: JSON.stringify(records) });
 *     if (!ok) throw new Error(`${this.url} answered ${status}`);
 *   }
 * }
 * ```
 *
 * A log call never waits for the delivery, and never learns of its failure: that is what `flush`, `stats` and
 * `onFailure` are for. Everything but the options and the reports is done by the `Engine` behind it.
 */
export abstract class FlushLogTarget extends LogTarget {
  readonly #options: Checked<typeof flushRules>;
  readonly #engine: Engine;
  readonly #queue: DeliveryQueue<QueuedBatch>;
  #disposal: Promise<void> | undefined;

  constructor(options: FlushOptions = {}, form?: Form<QueuedBatch>) {
    super();
    this.#options = checkOptions(new.target.name, flushRules, options);
    const { fallbackTarget } = this.#options;
    checkTogether(new.target.name, options, this.#options);
    if (fallbackTarget !== undefined) {
      checkChain(new.target.name, fallbackTarget);
      hold(fallbackTarget);
    }
    this.#engine = new Engine({
      owner: this,
      options: this.#options,
      form: form ?? {
        packer: new RecordPacker(),
        codec: recordCodec,
        deliver: batch => this.logRecords((batch as RecordBatch).list, batch)
      },
      report: failure => this.report(failure),
      close: () => this.close()
    });
    this.#queue = this.#engine.queue;
  }

  override get name(): string {
    return this.#options.name ?? super.name;
  }

  override get fallback(): LogTarget | undefined {
    return this.#options.fallbackTarget;
  }

  /**
   * Sends a batch: records in the order in which they were logged. Resolve when the destination has all of it; reject to
   * have the same batch tried again, with a `PermanentDeliveryError` to have it given up. Only one call runs at a time.
   * `batch.signal` is aborted when there is no more time.
   */
  abstract logRecords(records: readonly LogRecord[], batch: Batch): Promise<void>;

  /** Frees what `logRecords` uses; called once, after the last batch. */
  protected close(): void | Promise<void> {}

  override log(record: LogRecord): void | Promise<void> {
    return this.#queue.add(record);
  }

  /**
   * Resolves when every record taken before this call has arrived or been given up, and the fallback has been flushed
   * too, or at the deadline. A retry that waits for its delay is made at once.
   */
  override async flush(deadline: Deadline = {}): Promise<void> {
    await this.#engine.flush(checkTimeout('flush', deadline));
  }

  /**
   * Flushes, then frees everything, the fallback included unless others hold it. Resolves at the deadline (default:
   * 8000 ms) at the latest, with what could not be delivered given up, or on disk: writing that may take 50 ms longer. A second call returns the same promise.
   */
  override dispose(deadline: Deadline = {}): Promise<void> {
    this.#disposal ??= this.#engine.dispose(checkTimeout('dispose', deadline) ?? disposeTimeout);
    return this.#disposal;
  }

  override stats(): TargetStats {
    return this.#engine.stats;
  }

  override reportTo(listener: FailureListener): void {
    super.reportTo(listener);
    this.#options.fallbackTarget?.reportTo(listener);
  }

  override keepAtExit(resort: LastResort): void {
    this.#engine.lastWords.resort ??= resort;
    this.#options.fallbackTarget?.keepAtExit(resort);
  }

  protected override report(failure: LogFailure): void {
    if (this.#options.onFailure === undefined) super.report(failure);
    else tell(this.#options.onFailure, failure);
  }
}

/** Refuses a chain of fallbacks that comes back to where it was. */
function checkChain(owner: string, first: LogTarget): void {
  const chain: LogTarget[] = [];
  for (let next: LogTarget | undefined = first; next !== undefined; next = next.fallback) {
    if (chain.includes(next)) {
      const names = [...chain, next].map(({ name }) => name).join(' → ');
      throw new TypeError(`${owner}: fallbackTarget must not lead back to itself: ${names}`);
    }
    chain.push(next);
  }
}
