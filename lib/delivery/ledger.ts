import type { LossReason } from '../core/failures.js';

/**
 * Counts where the records of one target are. `pending` is what the other four leave over, so that
 * `accepted = delivered + fellBack + lost + pending` cannot be wrong; that no count is wrong is shown by the
 * simulation, which counts the records themselves.
 */
export class Ledger {
  accepted = 0;
  delivered = 0;
  fellBack = 0;
  lost = 0;
  retries = 0;
  lastError: string | undefined;
  readonly #lostByReason: Partial<Record<LossReason, number>> = {};

  get pending(): number {
    return this.accepted - this.delivered - this.fellBack - this.lost;
  }

  get lostByReason(): Readonly<Partial<Record<LossReason, number>>> {
    return { ...this.#lostByReason };
  }

  lose(count: number, reason: LossReason): void {
    this.lost += count;
    this.#lostByReason[reason] = (this.#lostByReason[reason] ?? 0) + count;
  }
}
