import type { LogFailure, LossReason } from '../core/failures.js';
import type { LogRecord } from '../core/record.js';
import type { LogTarget } from '../core/target.js';
import type { Ledger } from './ledger.js';

/** What is given up: a batch, or a record that has not come into one. */
export interface Abandoned {
  readonly size: number;
  /** The record at `index`, from 0. May throw, if it must be decoded and cannot. */
  record(index: number): LogRecord;
}

/** What a way out works with. */
export interface WayOutParts {
  readonly name: () => string;
  readonly ledger: Ledger;
  readonly fallback: LogTarget | undefined;
  /** How many records may wait for a fallback that does not take them at once, besides those in batches. */
  readonly maxWaiting: number;
  readonly report: (failure: LogFailure) => void;
}

/** Why records are lost that the fallback has not taken when time is up. */
const outOfTime = new Error('out of time');

/** How a hand-over to the fallback has gone. */
interface Outcome {
  taken: number;
  lost: number;
  /** Why records were lost on the way. */
  error: unknown;
}

/**
 * The one way out for records that cannot be delivered: to the fallback target, or lost, counted and reported as lost.
 */
export class WayOut {
  readonly #parts: WayOutParts;
  /** Records that were refused and that the fallback has not taken yet. */
  #waiting = 0;
  #disposedReported = false;
  #stopped = false;
  /** Who waits for the fallback, and must not any more when time is up. */
  readonly #interrupts = new Set<() => void>();

  constructor(parts: WayOutParts) {
    this.#parts = parts;
  }

  /** Gives batches up, in order. Resolves when the fallback has taken them. Neither throws nor rejects. */
  async giveUp(batches: readonly Abandoned[], reason: LossReason, error: unknown): Promise<void> {
    const size = batches.reduce((sum, batch) => sum + batch.size, 0);
    if (this.#parts.fallback === undefined) this.#lose(size, reason, error);
    else this.#tell(await this.#handOver(this.#parts.fallback, batches, reason), reason, error);
  }

  /** Gives one record up that has not come into a batch. Never throws. */
  refuse(record: LogRecord, reason: LossReason, error: unknown): void {
    const { fallback, maxWaiting } = this.#parts;
    // After dispose the fallback may have been disposed of as well.
    if (fallback === undefined || reason === 'disposed' || this.#waiting >= maxWaiting) {
      this.#lose(1, reason, error);
      return;
    }
    this.#waiting++;
    const one: Abandoned = { size: 1, record: () => record };
    void this.#handOver(fallback, [one], reason).then(outcome => {
      this.#waiting--;
      this.#tell(outcome, reason, error);
    });
  }

  /** There is no more time: what the fallback has not taken yet is lost. */
  stop(): void {
    this.#stopped = true;
    for (const interrupt of this.#interrupts) interrupt();
  }

  async #handOver(fallback: LogTarget, batches: readonly Abandoned[], reason: LossReason): Promise<Outcome> {
    const outcome: Outcome = { taken: 0, lost: 0, error: undefined };
    for (const batch of batches) {
      for (let index = 0; index < batch.size; index++) {
        try {
          if (this.#stopped) throw outOfTime;
          const taken = fallback.log(batch.record(index));
          if (taken !== undefined) await this.#unlessStopped(taken);
          outcome.taken++;
          this.#parts.ledger.fellBack++;
        } catch (error) {
          outcome.lost++;
          outcome.error = error;
          this.#parts.ledger.lose(1, reason);
        }
      }
    }
    return outcome;
  }

  #unlessStopped(taken: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const interrupt = () => reject(outOfTime);
      this.#interrupts.add(interrupt);
      const settle = (action: () => void) => {
        this.#interrupts.delete(interrupt);
        action();
      };
      Promise.resolve(taken).then(
        () => settle(resolve),
        error => settle(() => reject(error))
      );
    });
  }

  #tell({ taken, lost, error: lossError }: Outcome, reason: LossReason, error: unknown): void {
    const { report, fallback } = this.#parts;
    const target = this.#parts.name();
    const name = fallback?.name ?? '';
    if (taken > 0) report({ kind: 'fell back', target, count: taken, reason, fallback: name, error });
    if (lost === 0) return;
    const both = new AggregateError([error, lossError].filter(Boolean), `the fallback ${name} has failed too`);
    report({ kind: 'lost', target, count: lost, reason, error: both });
  }

  #lose(count: number, reason: LossReason, error: unknown): void {
    this.#parts.ledger.lose(count, reason);
    if (reason === 'disposed') {
      if (this.#disposedReported) return;
      this.#disposedReported = true;
    }
    this.#parts.report({ kind: 'lost', target: this.#parts.name(), count, reason, error });
  }
}
