import type { LogFailure } from '../core/failures.js';

/** A failure that concerns a number of records. */
type Counted = Extract<LogFailure, { readonly reason: unknown }>;

/**
 * Tells of failures at once, but of records for which there was no room only of the first in a turn of the event loop, and
 * at its end of all others together: in a flood, one report for each would cost more than the records.
 */
export class Reports {
  readonly #report: (failure: LogFailure) => void;
  /** What is kept back, by kind; undefined for a kind of which one has been told in this turn. */
  readonly #kept = new Map<LogFailure['kind'], Counted | undefined>();

  constructor(report: (failure: LogFailure) => void) {
    this.#report = report;
  }

  tell(failure: Counted): void {
    if (failure.reason !== 'queue full') {
      this.flush();
      this.#report(failure);
      return;
    }
    if (this.#kept.size === 0) setImmediate(() => this.flush());
    if (this.#kept.has(failure.kind)) {
      const before = this.#kept.get(failure.kind);
      this.#kept.set(failure.kind, { ...failure, count: failure.count + (before?.count ?? 0) });
    } else {
      this.#kept.set(failure.kind, undefined);
      this.#report(failure);
    }
  }

  /** Tells at once what was kept back. */
  flush(): void {
    if (this.#kept.size === 0) return;
    const kept = [...this.#kept.values()];
    this.#kept.clear();
    for (const failure of kept) if (failure !== undefined) this.#report(failure);
  }
}
