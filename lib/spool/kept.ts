import type { Segment } from './segment.js';

/** Where records of a batch stand: in one frame. */
export interface Place {
  readonly segment: Segment;
  position: number;
  length: number;
  /** The number of its first record; what the frame holds of earlier ones stands elsewhere too. */
  readonly from: number;
  /** The number behind its last record. */
  readonly end: number;
  /** How many of its records are kept. */
  live: number;
}

/** Records of a batch that have come to stand in a segment. */
export interface Arrival {
  readonly id: string;
  /** Ascending, and above those that are there. */
  readonly numbers: ArrayLike<number>;
  /** The number behind the last one, or behind the last one that was taken out. */
  readonly end: number;
  readonly levels: ArrayLike<number>;
  readonly times: ArrayLike<number>;
  readonly isTried: boolean;
}

/** What is known, without reading it, of a batch on disk. */
export class KeptBatch {
  readonly id: string;
  readonly places: Place[] = [];
  /** Records by level. */
  readonly tally = new Map<number, number>();
  /** Records that are kept. */
  left = 0;
  /** When the oldest and the newest record were logged, those included that are not kept any more. */
  since = Number.POSITIVE_INFINITY;
  until = Number.NEGATIVE_INFINITY;
  /** Somebody has it in memory. */
  isHeld = false;
  isTried = false;
  /** How often it could not be read. */
  failures = 0;
  /** The level of each record by its number; 0 if it is not kept. */
  #levels = new Uint8Array(0);

  constructor(id: string) {
    this.id = id;
  }

  /** The number behind that of the last record. */
  get next(): number {
    return this.#levels.length;
  }

  /** Bytes that its records take on disk. */
  get bytes(): number {
    return this.places.reduce((sum, { length, live, from, end }) => sum + (length * live) / Math.max(1, end - from), 0);
  }

  has(number: number): boolean {
    return (this.#levels[number] ?? 0) > 0;
  }

  level(number: number): number {
    return this.#levels[number] ?? 0;
  }

  /** The numbers of the records that are kept. */
  numbers(): number[] {
    return Array.from(this.#levels.keys()).filter(number => this.has(number));
  }

  /** Adds records that stand in a frame. */
  add({ numbers, end, levels, times, isTried }: Arrival, segment: Segment, position: number, length: number): void {
    const from = this.next;
    const all = new Uint8Array(end);
    all.set(this.#levels);
    for (let row = 0; row < numbers.length; row++) {
      const level = levels[row] ?? 1;
      all[numbers[row] ?? 0] = level;
      this.tally.set(level, (this.tally.get(level) ?? 0) + 1);
      this.since = Math.min(this.since, times[row] ?? this.since);
      this.until = Math.max(this.until, times[row] ?? this.until);
    }
    this.#levels = all;
    this.isTried ||= isTried;
    this.left += numbers.length;
    segment.live += numbers.length;
    this.places.push({ segment, position, length, from, end, live: numbers.length });
  }

  /** These records are not kept any more. */
  remove(numbers: Iterable<number>): void {
    for (const number of numbers) {
      const level = this.level(number);
      if (level === 0) continue;
      this.#levels[number] = 0;
      this.left--;
      this.tally.set(level, (this.tally.get(level) ?? 1) - 1);
      const place = this.places.find(({ from, end }) => number >= from && number < end);
      if (place === undefined) continue;
      place.live--;
      place.segment.live--;
    }
  }
}
