import type { LogFailure } from '../core/failures.js';

/** A failure that concerns a number of records. */
type Counted = Extract<LogFailure, { readonly reason: unknown }>;

/**
 * Tells of failures at once, but of records for which there was no room only of the first in a turn of the event loop, and
 * at its end of all others together: in a flood, one report for each would cost more than the records.
 */
export class Reports {
  readonly #report: (failure: LogFailure) => void;
  /**
   * The kinds of which one has been told in this turn, and what is kept back of each. No Map: each time one is cleared it
   * gets a new table, which the old one holds, so that all of them live until the next full collection.
   */
  #told: { readonly kind: LogFailure['kind']; kept: Counted | undefined }[] = [];

  constructor(report: (failure: LogFailure) => void) {
    this.#report = report;
  }

  tell(failure: Counted): void {
    if (failure.reason !== 'queue full') {
      this.flush();
      this.#report(failure);
      return;
    }
    if (this.#told.length === 0) setImmediate(() => this.flush());
    const told = this.#told.find(({ kind }) => kind === failure.kind);
    if (told === undefined) {
      this.#told.push({ kind: failure.kind, kept: undefined });
      this.#report(failure);
    } else {
      told.kept = { ...failure, count: failure.count + (told.kept?.count ?? 0) };
    }
  }

  /** Tells at once what was kept back. */
  flush(): void {
    const told = this.#told;
    if (told.length === 0) return;
    this.#told = [];
    for (const { kept } of told) if (kept !== undefined) this.#report(kept);
  }
}
