import type { LossReason } from '../core/failures.js';
import { levelName } from '../core/level.js';

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
  readonly #lostByLevel: Record<string, number> = {};

  get pending(): number {
    return this.accepted - this.delivered - this.fellBack - this.lost;
  }

  get lostByReason(): Readonly<Partial<Record<LossReason, number>>> {
    return { ...this.#lostByReason };
  }

  get lostByLevel(): Readonly<Record<string, number>> {
    return { ...this.#lostByLevel };
  }

  /** All of these records are gone. */
  loseAll(given: { readonly size: number; level(row: number): number }, reason: LossReason): void {
    for (let row = 0; row < given.size; row++) this.lose(given.level(row), reason);
  }

  /** One record of this level is gone. */
  lose(level: number, reason: LossReason): void {
    const name = levelName(level);
    this.lost++;
    this.#lostByReason[reason] = (this.#lostByReason[reason] ?? 0) + 1;
    this.#lostByLevel[name] = (this.#lostByLevel[name] ?? 0) + 1;
  }
}
