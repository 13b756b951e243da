import type { AtOnce } from './at-once.js';
import type { Arrival } from './kept.js';
import type { SpoolLog } from './log.js';
import type { Spot } from './tail.js';

/** A batch that was written at once. */
interface Spill {
  readonly log: SpoolLog;
  readonly arrival: Arrival & { readonly id: string };
  readonly spot: Spot;
  readonly isHeld: boolean;
}

/** Batches that were written at once, and are not in the index of their log: what was appended before them comes first. */
export class Spills {
  #spills: Spill[] = [];

  get isEmpty(): boolean {
    return this.#spills.length === 0;
  }

  get records(): number {
    return this.#spills.reduce((sum, { arrival }) => sum + arrival.numbers.length, 0);
  }

  get bytes(): number {
    return this.#spills.reduce((sum, { spot }) => sum + spot.length, 0);
  }

  has(id: string): boolean {
    return this.#spills.some(({ arrival }) => arrival.id === id);
  }

  add(log: SpoolLog, { rows, spot }: AtOnce, isHeld: boolean): void {
    const { id, numbers, end, levels, times, isTried, format } = rows; // not the payload: memory is to be freed
    this.#spills.push({ log, arrival: { id, numbers, end, levels, times, isTried, format }, spot, isHeld });
  }

  /** All that was appended before is in the index. Returns the logs to which these have come; what is appended next stands behind them. */
  enter(): ReadonlySet<SpoolLog> {
    const spills = this.#spills;
    this.#spills = [];
    for (const { log, arrival, spot, isHeld } of spills) {
      if (log.segments.at(-1) !== spot.segment) log.segments.push(spot.segment);
      log.add(arrival, spot);
      const batch = log.batches.get(arrival.id);
      if (batch !== undefined) batch.isHeld = isHeld;
    }
    return new Set(spills.map(({ log }) => log));
  }
}
