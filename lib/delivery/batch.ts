import { randomUUID } from 'node:crypto';
import type { Ticket } from '../core/receipt.js';
import type { LogRecord } from '../core/record.js';

/** Records that are sent, retried, acknowledged and given up together. */
export interface Batch {
  /** Stays the same across attempts, and is never used for another batch. */
  readonly id: string;
  /** How many records it holds. */
  readonly size: number;
  /** How many bytes they take; an estimate where records are kept as objects. */
  readonly bytes: number;
  /** When its first record was logged, in milliseconds since the Unix epoch. */
  readonly since: number;
  /** Which attempt to send it this is, from 1; 0 before the first. */
  readonly attempt: number;
  /** Aborted when there is no more time for this attempt: what still runs for it may stop. */
  readonly signal: AbortSignal;
}

/** The records of one level in a batch. */
export interface Share {
  readonly level: number;
  count: number;
  bytes: number;
}

/** Where the records of a batch are on disk. */
export interface OnDisk {
  /** What the batch that they were written with is called there. */
  readonly id: string;
  /** The number of each row in that batch. */
  readonly numbers: ArrayLike<number>;
  /** How many of them, from the first one on, are known to be there. */
  readonly written: number;
  /** Whether it was read from there, and so takes no room in the queue. */
  readonly isRead: boolean;
}

/**
 * A batch as the engine sees it: rows, one for each record. While it waits, single records can be dropped out of it;
 * their rows stay, without a level, until it is packed. Once an attempt has been made nothing is dropped any more: the id
 * stands for what was sent.
 */
export interface QueuedBatch extends Batch {
  id: string;
  attempt: number;
  signal: AbortSignal;
  /** Where it stands among the batches of its queue. Parts of one batch have the same place. */
  ordinal: number;
  /** Attempts that were made with the batch of which this is a part. */
  earlier: number;
  /** It is one record of our own: one that tells of losses, or of trouble. */
  isOwn: 'losses' | 'trouble' | undefined;
  /** It is a part of one that fails though the target is well. */
  isSuspect: boolean;
  /** Who waits for a receipt, by row. */
  tickets: Map<number, Ticket> | undefined;
  /** What it holds of each level that it has records of, as `Stock` counts it. */
  tally: readonly Share[];
  /** Undefined if it is in memory only. Otherwise nothing is dropped out of it: what is on disk under its id would differ. */
  onDisk: OnDisk | undefined;
  /** How many records it holds, those that were dropped included. */
  readonly rows: number;
  /** The level of a record; 0 if it was dropped. */
  level(row: number): number;
  /** When a record was logged, in milliseconds since the Unix epoch. */
  time(row: number): number;
  /** Where a record begins, counted in bytes; for `rows`, where the last one ends. */
  start(row: number): number;
  /** Drops a record. */
  drop(row: number): void;
  /** Frees the memory of the records that were dropped; the rows of the others change. */
  pack(): void;
  /** It has arrived, and nobody reads its bytes any more: their memory may be used again. */
  release(): void;
  /** A record, for a fallback target: the object itself, or decoded from its wire form, which may throw. */
  record(row: number): LogRecord;
}

/** Whether all records of a batch are on disk. */
export function isSafe({ onDisk }: QueuedBatch): boolean {
  return onDisk !== undefined && onDisk.written >= onDisk.numbers.length;
}

/** Where records are collected until there are enough for a batch: as objects, or as bytes. */
export interface Packer<B extends QueuedBatch> {
  /** Records since the last cut. */
  readonly size: number;
  /** Bytes since the last cut. */
  readonly bytes: number;
  /** Adds a record, and returns its bytes. Throws, and adds nothing, if it cannot be put into this packer's form. */
  add(record: LogRecord): number;
  /** Takes the record away again that was just added. */
  undo(): void;
  /** The level of a record since the last cut, when it was logged, and where it begins; for `size`, where the last one ends. */
  level(row: number): number;
  time(row: number): number;
  start(row: number): number;
  /** Takes out a record since the last cut; those behind it move up. */
  remove(row: number): void;
  /**
   * Makes a batch of the first `count` records: all of them, or all but the last, which stays. `willWait`: whether it
   * has long to wait.
   */
  cut(count: number, willWait?: boolean): B;
  /** A batch with copies of the records from row `from` on, which stay. */
  copy(from: number): B;
  /** A batch of its own, with a new id, of the records from row `from` to before row `to` of a packed batch. */
  slice(batch: B, from: number, to: number): B;
}

/** The level of a record as batches keep it: a number from 1 to 63, whatever a record made by hand says. */
export function levelOf(record: LogRecord): number {
  const { level } = record;
  return level >= 1 && level <= 63 ? level | 0 : 1;
}

/** An `AbortSignal` that never fires: what a batch has before it is sent. */
export const unaborted: AbortSignal = new AbortController().signal;

/** What batches of every form have in common. */
export abstract class SparseBatch implements QueuedBatch {
  id: string = randomUUID();
  attempt = 0;
  signal = unaborted;
  ordinal = 0;
  earlier = 0;
  isOwn: 'losses' | 'trouble' | undefined;
  isSuspect = false;
  tickets: Map<number, Ticket> | undefined;
  tally: readonly Share[] = [];
  onDisk: OnDisk | undefined;
  #dropped = 0;
  #droppedBytes = 0;

  abstract readonly rows: number;
  abstract level(row: number): number;
  abstract time(row: number): number;
  abstract start(row: number): number;
  abstract record(row: number): LogRecord;

  /** Makes a record's level 0. */
  protected abstract bury(row: number): void;
  /** Keeps these rows, and no others. */
  protected abstract keep(rows: readonly number[]): void;

  get size(): number {
    return this.rows - this.#dropped;
  }

  get bytes(): number {
    return this.start(this.rows) - this.#droppedBytes;
  }

  get since(): number {
    let row = 0;
    while (this.#dropped > 0 && row < this.rows - 1 && this.level(row) === 0) row++;
    return this.rows === 0 ? 0 : this.time(row);
  }

  release(): void {}

  drop(row: number): void {
    this.#dropped++;
    this.#droppedBytes += this.start(row + 1) - this.start(row);
    this.tickets?.delete(row);
    this.bury(row);
  }

  pack(): void {
    if (this.#dropped === 0) return;
    const kept: number[] = [];
    let moved: Map<number, Ticket> | undefined;
    for (let row = 0; row < this.rows; row++) {
      if (this.level(row) === 0) continue;
      const ticket = this.tickets?.get(row);
      if (ticket !== undefined) {
        moved ??= new Map();
        moved.set(kept.length, ticket);
      }
      kept.push(row);
    }
    this.keep(kept);
    this.tickets = moved;
    this.#dropped = 0;
    this.#droppedBytes = 0;
  }
}

/** Those tickets that are for rows from `from` to before `to`, by their rows in a batch that begins there. */
export function ticketsBetween(
  tickets: Map<number, Ticket> | undefined,
  from: number,
  to: number
): Map<number, Ticket> | undefined {
  if (tickets === undefined) return undefined;
  const within = Array.from(tickets).filter(([row]) => row >= from && row < to);
  return within.length === 0 ? undefined : new Map(within.map(([row, ticket]) => [row - from, ticket]));
}
