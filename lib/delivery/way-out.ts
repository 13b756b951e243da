import type { LogFailure, LossReason } from '../core/failures.js';
import type { LogRecord } from '../core/record.js';
import type { LogTarget } from '../core/target.js';
import type { Ledger } from './ledger.js';

/** What is given up: records, or a batch that can make them. */
export interface Abandoned {
  readonly size: number;
  records(): Iterable<LogRecord>;
}

/**
 * The one way out for records that cannot be delivered: to the fallback target, or lost, counted and reported as lost.
 */
export class WayOut {
  readonly #name: () => string;
  readonly #ledger: Ledger;
  readonly #fallback: LogTarget | undefined;
  readonly #report: (failure: LogFailure) => void;
  #disposedReported = false;

  constructor(
    name: () => string,
    ledger: Ledger,
    fallback: LogTarget | undefined,
    report: (failure: LogFailure) => void
  ) {
    this.#name = name;
    this.#ledger = ledger;
    this.#fallback = fallback;
    this.#report = report;
  }

  /**
   * Gives records up, in order. Resolves when the fallback has taken them; there is no promise if that was at once.
   * Neither throws nor rejects.
   */
  giveUp(given: Abandoned, reason: LossReason, error: unknown): Promise<void> | undefined {
    // After dispose the fallback may have been disposed of as well.
    if (this.#fallback === undefined || reason === 'disposed') {
      this.#lose(given.size, reason, error);
      return undefined;
    }
    return this.#fallBack(this.#fallback, given, reason, error);
  }

  async #fallBack(fallback: LogTarget, given: Abandoned, reason: LossReason, error: unknown): Promise<void> {
    let taken = 0;
    let failed = 0;
    let failure: unknown;
    try {
      for (const record of given.records()) {
        try {
          const pending = fallback.log(record);
          if (pending !== undefined) await pending;
          taken++;
          this.#ledger.fellBack++;
        } catch (fallbackError) {
          failed++;
          failure = fallbackError;
          this.#ledger.lose(1, reason);
        }
      }
    } catch (decodeError) {
      failure = decodeError;
    }
    const missing = given.size - taken - failed;
    if (missing > 0) this.#ledger.lose(missing, reason);
    const lost = failed + missing;
    if (taken > 0) {
      this.#report({ kind: 'fell back', target: this.#name(), count: taken, reason, fallback: fallback.name, error });
    }
    if (lost > 0) {
      const both = new AggregateError([error, failure], `the fallback ${fallback.name} failed too`);
      this.#report({ kind: 'lost', target: this.#name(), count: lost, reason, error: both });
    }
  }

  #lose(count: number, reason: LossReason, error: unknown): void {
    this.#ledger.lose(count, reason);
    if (reason === 'disposed') {
      if (this.#disposedReported) return;
      this.#disposedReported = true;
    }
    this.#report({ kind: 'lost', target: this.#name(), count, reason, error });
  }
}
