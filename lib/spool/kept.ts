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
  readonly format: string;
}

/** What is known, without reading it, of a batch on disk. */
export class KeptBatch {
  readonly id: string;
  /** What made its payload. */
  readonly format: string;
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
  /** The level of each record by its number, with room for more; 0 if it is not kept. */
  #levels = new Uint8Array(0);
  #next = 0;

  constructor(id: string, format: string) {
    this.id = id;
    this.format = format;
  }

  /** The number behind that of the last record. */
  get next(): number {
    return this.#next;
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
    const numbers: number[] = [];
    for (let number = 0; number < this.#next; number++) if (this.has(number)) numbers.push(number);
    return numbers;
  }

  /** Adds records that stand in a frame. */
  add({ numbers, end, levels, times, isTried }: Arrival, segment: Segment, position: number, length: number): void {
    const from = this.#next;
    this.#reserve(end);
    let since = this.since;
    let until = this.until;
    let run = 0;
    for (let row = 0; row < numbers.length; row++) {
      const level = levels[row] ?? 1;
      const time = times[row] ?? since;
      this.#levels[numbers[row] ?? 0] = level;
      if (time < since) since = time;
      if (time > until) until = time;
      run++;
      if (level === levels[row + 1]) continue;
      this.tally.set(level, (this.tally.get(level) ?? 0) + run);
      run = 0;
    }
    this.since = since;
    this.until = until;
    this.isTried ||= isTried;
    this.left += numbers.length;
    segment.live += numbers.length;
    this.places.push({ segment, position, length, from, end, live: numbers.length });
  }

  /** These records are not kept any more. */
  remove(numbers: Iterable<number>): void {
    let place: Place | undefined;
    for (const number of numbers) {
      const level = this.level(number);
      if (level === 0) continue;
      this.#levels[number] = 0;
      this.left--;
      this.tally.set(level, (this.tally.get(level) ?? 1) - 1);
      if (place === undefined || number < place.from || number >= place.end) {
        place = this.places.find(({ from, end }) => number >= from && number < end);
      }
      if (place === undefined) continue;
      place.live--;
      place.segment.live--;
    }
  }

  /** None of its records is kept any more. */
  clear(): void {
    this.#levels.fill(0);
    this.left = 0;
    this.tally.clear();
    for (const place of this.places) {
      place.segment.live -= place.live;
      place.live = 0;
    }
  }

  #reserve(end: number): void {
    this.#next = end;
    if (end <= this.#levels.length) return;
    const levels = new Uint8Array(Math.max(end, this.#levels.length * 2));
    levels.set(this.#levels);
    this.#levels = levels;
  }
}
