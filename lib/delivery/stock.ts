import type { Ticket } from '../core/receipt.js';
import type { QueuedBatch, Share } from './batch.js';

/** Levels are numbers below this. */
const levels = 64;

/** A number for each level. No typed array: of that, code that is not optimized yet makes an object of each number it reads. */
function zeros(): number[] {
  return new Array<number>(levels).fill(0);
}

/** The part of a batch's rows that must have been dropped for it to be packed. */
const deadShare = 1 / 4;

/** The same, for a batch in which the search for a level has come to its end: the next drop from it may be long in coming. */
const deadShareAtEnd = 1 / 16;

/** Makes a batch of its own, with a new id, of some rows of another. */
export type Slice<B> = (batch: B, from: number, to: number) => B;

/** A record that was dropped. */
export interface Dropped {
  readonly level: number;
  /** When it was logged. */
  readonly time: number;
  readonly bytes: number;
  readonly ticket: Ticket | undefined;
}

/**
 * Batches that wait, oldest first. No attempt has been made to send them, so that records can be dropped out of them:
 * the lowest level first, and of that the oldest. Nothing is searched for that: each level remembers how far it was
 * looked for, so that all drops together look at each record once for each level.
 */
export class Stock<B extends QueuedBatch> {
  /** Batches and, where one has become empty, gaps. The first place in use, at `#head`, is none. */
  #places: (B | undefined)[] = [];
  #head = 0;
  #gaps = 0;
  /** Records by level and their bytes, of the batches here and of the one that is open. */
  readonly #counts = zeros();
  readonly #bytes = zeros();
  readonly #openCounts = zeros();
  readonly #openBytes = zeros();
  /** For each level the place and the row before which there is no record of it. */
  readonly #place = zeros();
  readonly #row = zeros();

  get first(): B | undefined {
    return this.#places[this.#head];
  }

  [Symbol.iterator](): Iterator<B> {
    return this.#places
      .slice(this.#head)
      .filter(batch => batch !== undefined)
      .values();
  }

  /** Counts a record that was put into the open batch. */
  count(level: number, bytes: number): void {
    this.#openCounts[level] = (this.#openCounts[level] ?? 0) + 1;
    this.#openBytes[level] = (this.#openBytes[level] ?? 0) + bytes;
  }

  /** Counts a record that was taken out of the open batch. */
  uncount(level: number, bytes: number): void {
    this.#openCounts[level] = (this.#openCounts[level] ?? 0) - 1;
    this.#openBytes[level] = (this.#openBytes[level] ?? 0) - bytes;
  }

  /** Adds the batch that was open: it holds the records that were counted since the last one. */
  push(batch: B): void {
    const tally: Share[] = [];
    for (let level = 0; level < levels; level++) {
      const count = this.#openCounts[level] ?? 0;
      if (count === 0) continue;
      const share = { level, count, bytes: this.#openBytes[level] ?? 0 };
      tally.push(share);
      this.#add(share, 1);
    }
    this.#openCounts.fill(0);
    this.#openBytes.fill(0);
    batch.tally = tally;
    this.#places.push(batch);
  }

  /** Puts a batch before all others that was taken out. */
  putBack(batch: B): void {
    const shares = new Map<number, Share>();
    for (let row = 0; row < batch.rows; row++) {
      const level = batch.level(row);
      const share = shares.get(level) ?? { level, count: 0, bytes: 0 };
      share.count++;
      share.bytes += batch.start(row + 1) - batch.start(row);
      shares.set(level, share);
    }
    batch.tally = batch.onDisk === undefined ? [...shares.values()] : [];
    for (const share of batch.tally) this.#add(share, 1);
    this.#places = [batch, ...this];
    this.#restart();
  }

  /** Takes the first batch out, packed; of one that has more than `most` records, these as a batch of their own. */
  take(most: number, slice: Slice<B>): B | undefined {
    const { first } = this;
    if (first === undefined || most <= 0) return undefined;
    this.#pack(first, this.#head);
    return this.#takeRows(first, Math.min(most, first.rows), slice);
  }

  /** Takes out what was logged before `time`, as far as the first batch goes; undefined if there is nothing. */
  takeBefore(time: number, most: number, slice: Slice<B>): B | undefined {
    const { first } = this;
    if (first === undefined || first.since >= time || most <= 0) return undefined;
    this.#pack(first, this.#head);
    let rows = 1;
    while (rows < Math.min(most, first.rows) && first.time(rows) < time) rows++;
    return this.#takeRows(first, rows, slice);
  }

  /** The lowest level of which there is a record; undefined if there is none. */
  lowest(): number | undefined {
    for (let level = 0; level < levels; level++) {
      if ((this.#counts[level] ?? 0) + (this.#openCounts[level] ?? 0) > 0) return level;
    }
    return undefined;
  }

  /** Bytes of all records up to a level. */
  bytesUpTo(level: number): number {
    let sum = 0;
    for (let index = 0; index <= level; index++) sum += (this.#bytes[index] ?? 0) + (this.#openBytes[index] ?? 0);
    return sum;
  }

  /** Drops the oldest record of a level; undefined if all that there are stand in the open batch. */
  drop(level: number): Dropped | undefined {
    if ((this.#counts[level] ?? 0) === 0) return undefined;
    const begin = this.#place[level] ?? 0;
    for (let place = Math.max(begin, this.#head); place < this.#places.length; place++) {
      const batch = this.#places[place];
      if (batch === undefined || batch.onDisk !== undefined) continue;
      let row = place === begin ? (this.#row[level] ?? 0) : 0;
      while (row < batch.rows && batch.level(row) !== level) row++;
      if (row === batch.rows) {
        if (place === begin) this.#tidy(batch, place, deadShareAtEnd);
        continue;
      }
      this.#place[level] = place;
      this.#row[level] = row;
      const dropped = this.#drop(batch, row);
      this.#tidy(batch, place, deadShare);
      return dropped;
    }
    return undefined;
  }

  #takeRows(first: B, rows: number, slice: Slice<B>): B {
    if (rows === first.rows) {
      for (const share of first.tally) this.#add(share, -1);
      this.#leaveGap(this.#head);
      return first;
    }
    const part = slice(first, 0, rows);
    part.ordinal = first.ordinal;
    if (first.onDisk !== undefined) {
      const rest = slice(first, rows, first.rows);
      rest.ordinal = first.ordinal;
      this.#places[this.#head] = rest;
      return part;
    }
    for (let row = 0; row < rows; row++) this.#drop(first, row);
    this.#pack(first, this.#head);
    return part;
  }

  #add({ level, count, bytes }: Share, sign: 1 | -1): void {
    this.#counts[level] = (this.#counts[level] ?? 0) + sign * count;
    this.#bytes[level] = (this.#bytes[level] ?? 0) + sign * bytes;
  }

  #drop(batch: B, row: number): Dropped {
    const level = batch.level(row);
    const bytes = batch.start(row + 1) - batch.start(row);
    const dropped = { level, time: batch.time(row), bytes, ticket: batch.tickets?.get(row) };
    this.#add({ level, count: 1, bytes }, -1);
    const share = batch.tally.find(one => one.level === level);
    if (share !== undefined) {
      share.count--;
      share.bytes -= bytes;
    }
    batch.drop(row);
    return dropped;
  }

  #tidy(batch: B, place: number, share: number): void {
    if (batch.rows - batch.size > batch.rows * share) this.#pack(batch, place);
    if (batch.size === 0) this.#leaveGap(place);
  }

  #pack(batch: B, place: number): void {
    if (batch.size === batch.rows) return;
    batch.pack();
    for (let level = 0; level < levels; level++) if (this.#place[level] === place) this.#row[level] = 0;
  }

  /** A batch has gone. Closes up when half of the places are unused. */
  #leaveGap(place: number): void {
    this.#places[place] = undefined;
    this.#gaps++;
    while (this.#head < this.#places.length && this.first === undefined) {
      this.#head++;
      this.#gaps--;
    }
    if ((this.#head + this.#gaps) * 2 < this.#places.length) return;
    this.#places = this.#head === this.#places.length ? [] : [...this];
    this.#restart();
  }

  /** The places were counted anew. */
  #restart(): void {
    this.#head = 0;
    this.#gaps = 0;
    this.#place.fill(0);
    this.#row.fill(0);
  }
}
