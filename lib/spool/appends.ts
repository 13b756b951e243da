import { columnsOf, sequence } from './columns.js';
import { type Draft, draftRows, type FrameRows, pickRows } from './frame.js';
import type { SpoolPart } from './spool.js';

/** A part that waits to be appended. */
export interface Waiting {
  readonly part: SpoolPart;
  readonly isHeld: boolean;
  readonly resolve: (dropped: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Parts that wait to be appended, in the order of the calls. */
export class Appends {
  readonly #waiting: Waiting[] = [];
  /** Those that are being written. */
  readonly #taken = new Set<Waiting>();

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Whether something has been taken out that is not written yet. */
  get isBusy(): boolean {
    return this.#taken.size > 0;
  }

  /** Whether part of this batch waits, or is being written. */
  has(id: string): boolean {
    return [...this.#waiting, ...this.#taken].some(({ part }) => part.id === id);
  }

  /** Settles as whoever takes it out says. */
  add(part: SpoolPart, isHeld: boolean): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ part, isHeld, resolve, reject });
    });
  }

  /** Takes out those that are to be written together: as many as have so many bytes, and one at least. */
  take(most: number): Waiting[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ part }, index) => {
      bytes += part.payload.length;
      return index > 0 && bytes > most;
    });
    const group = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
    for (const one of group) this.#taken.add(one);
    return group;
  }

  /** It has been written, as far as there was room for its records. */
  resolve(one: Waiting, dropped: readonly number[]): void {
    this.#taken.delete(one);
    one.resolve(dropped);
  }

  /** It could not be written. */
  reject(one: Waiting, error: unknown): void {
    this.#taken.delete(one);
    one.reject(error);
  }
}

/** A part that is about to be written. */
export class Coming {
  readonly waiting: Waiting;
  /** Of its records, those for which there was no room. */
  dropped: readonly number[] = [];
  rows: FrameRows;
  draft: Draft;

  constructor(waiting: Waiting, rows: FrameRows) {
    this.waiting = waiting;
    this.rows = rows;
    this.draft = draftRows(rows);
  }

  /** Whether records may be taken out of it. */
  get isOptional(): boolean {
    return !this.waiting.isHeld && !this.rows.isTried && this.rows.numbers[0] === 0;
  }

  /** Its records by level. */
  get tally(): Map<number, number> {
    const tally = new Map<number, number>();
    for (const level of this.rows.levels) tally.set(level, (tally.get(level) ?? 0) + 1);
    return tally;
  }

  /** Takes the records of these levels out. */
  drop(levels: ReadonlySet<number>): void {
    const all = this.rows.levels;
    const dropped = new Set(this.rows.numbers.filter((_, row) => levels.has(all[row] ?? 0)));
    this.dropped = [...this.dropped, ...dropped];
    this.rows = pickRows(this.rows, number => !dropped.has(number));
    this.draft = draftRows(this.rows);
  }
}

/** The records of a part as a frame holds them: those from number `next` on. */
export function rowsOf(part: SpoolPart, next: number, format: string): FrameRows {
  const { from, levels, times, ends, ...rest } = part;
  const end = from + levels.length;
  const rows = { ...rest, format, numbers: sequence(from, end), end, ...columnsOf(part) };
  return next <= from ? rows : pickRows(rows, number => number >= next);
}
