import type { KeptBatch } from './kept.js';

/** How many of its bytes a spool fills before only warnings and worse should come, and how full it may be at most. */
const crowded = 0.8;

/** The part of `maxBytes` from which on records go to the next segment, so that one can be rewritten at little cost. */
const segmentShare = 1 / 32;
const largestSegment = 8 * 1024 * 1024;

/** The part of `maxBytes` that what cannot be read may take. */
const asideShare = 1 / 8;

/** How much more than is needed is freed at once, as a part of the room: so that not every append has to. */
const ease = 1 / 32;

/** How much may stand in a spool. */
export class Room {
  readonly segmentBytes: number;
  /** How many bytes of what cannot be read may be kept, and how many are. */
  readonly mostAside: number;
  aside = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.segmentBytes = Math.min(largestSegment, Math.floor(maxBytes * segmentShare));
    this.mostAside = Math.floor(maxBytes * asideShare);
  }

  /** Bytes that may be filled: what remains is for a segment that is being rewritten, and for what was set aside. */
  get capacity(): number {
    return this.#maxBytes - 2 * this.segmentBytes - this.aside;
  }

  /** Whether so many bytes that are on disk already may be taken up. */
  mayTakeUp(bytes: number): boolean {
    return bytes <= this.#maxBytes;
  }

  isCrowded(bytes: number): boolean {
    return bytes >= this.capacity * crowded;
  }

  /** How many bytes there are too many if these come; 0 or less if there is room. */
  lacking(bytes: number, coming: number): number {
    return bytes + coming - this.capacity;
  }

  /** How many bytes are freed if so many are lacking: more, so that the next append need not do it again. */
  aim(lacking: number): number {
    return lacking + this.capacity * ease;
  }
}

/** What may have to go: records of a batch on disk, or of one that is about to come. */
export interface Candidate<B = KeptBatch> {
  readonly batch: B;
  readonly tally: ReadonlyMap<number, number>;
  /** Bytes that its records take, all together. */
  readonly bytes: number;
}

/**
 * Whose records of which level are to be dropped for so many bytes: the lowest level first, and of that the first
 * candidates. A batch gives all of its records of a level.
 */
export function planDrops<B>(need: number, candidates: readonly Candidate<B>[]): Map<B, Set<number>> {
  const plan = new Map<B, Set<number>>();
  const levels = [...new Set(candidates.flatMap(({ tally }) => [...tally.keys()]))].sort((a, b) => a - b);
  let freed = 0;
  for (const level of levels) {
    for (const { batch, tally, bytes } of candidates) {
      const count = tally.get(level) ?? 0;
      if (count === 0) continue;
      let all = 0;
      for (const some of tally.values()) all += some;
      plan.set(batch, (plan.get(batch) ?? new Set()).add(level));
      freed += (bytes * count) / all;
      if (freed >= need) return plan;
    }
  }
  return plan;
}
