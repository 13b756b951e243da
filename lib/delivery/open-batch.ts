import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import type { Ticket } from '../core/receipt.js';
import type { LogRecord } from '../core/record.js';
import { type Packer, type QueuedBatch, ticketsBetween } from './batch.js';
import type { Dropped } from './stock.js';

/** What an open batch works with. */
export interface OpenBatchParts<B extends QueuedBatch> {
  readonly packer: Packer<B>;
  readonly clock: Clock;
  readonly flushInterval: number;
  /** Is told that the batch is to be sent, full or not. */
  readonly onDue: () => void;
}

/**
 * The least time between two batches that are due for a record that must not wait, in milliseconds: where one record in ten
 * is such a one, each would else come alone, and a batch costs as much as the encoding of a hundred records.
 */
const pace = 10;

/** As much as may move up when a record is dropped in place: it takes 20 us at most. */
const maxMoved = 500;
const maxMovedBytes = 256 * 1024;

/** The batch that is being collected. */
export class OpenBatch<B extends QueuedBatch> {
  readonly #parts: OpenBatchParts<B>;
  /** Is told, after `onDue`, if the batch is due because its time has come. */
  onTime: () => void = () => undefined;
  #tickets: Map<number, Ticket> | undefined;
  #since = 0;
  #timer: unknown;
  #isDue = false;
  /** It is to be due before its time. */
  #isHastened = false;
  /** When the last batch was due that was hastened. */
  #hastened = Number.NEGATIVE_INFINITY;
  #ordinal = 0;
  #id: string | undefined;

  constructor(parts: OpenBatchParts<B>) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#parts.packer.size;
  }

  get bytes(): number {
    return this.#parts.packer.bytes;
  }

  /** When its first record was logged; undefined if it has none. */
  get since(): number | undefined {
    return this.size > 0 ? this.#since : undefined;
  }

  /** Whether there is something that is to be sent, full or not. */
  get isDue(): boolean {
    return this.#isDue && this.size > 0;
  }

  /** The place of the batch that was cut last; they count up from 1. */
  get ordinal(): number {
    return this.#ordinal;
  }

  /** The id of the batch that will be cut next. */
  get id(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }

  /** A batch with copies of the records from row `from` on, which stay. */
  copy(from: number): B {
    return this.#parts.packer.copy(from);
  }

  /** Puts a record into its form, and returns the bytes of that. Throws, and adds nothing, if it cannot be done. */
  add(record: LogRecord, ticket: Ticket | undefined): number {
    const { packer } = this.#parts;
    const bytes = packer.add(record);
    if (ticket !== undefined) {
      this.#tickets ??= new Map();
      this.#tickets.set(packer.size - 1, ticket);
    }
    return bytes;
  }

  /** Puts a record into a batch of its own, which has no place among the others. Throws if that cannot be done. */
  packAlone(record: LogRecord): B {
    const { packer } = this.#parts;
    packer.add(record);
    const batch = packer.copy(packer.size - 1);
    packer.undo();
    batch.ordinal = Number.POSITIVE_INFINITY;
    return batch;
  }

  /** Takes the record away again that was just added. */
  undo(): void {
    const { packer } = this.#parts;
    packer.undo();
    this.#tickets?.delete(packer.size);
  }

  /**
   * Takes out the oldest record of a level; not the last one if it `isBeingTaken`. Undefined if there is none, or the batch
   * is large enough to be cut.
   */
  drop(level: number, isBeingTaken: boolean): Dropped | undefined {
    const { packer } = this.#parts;
    if (packer.size > maxMoved || packer.bytes > maxMovedBytes) return undefined;
    const count = packer.size - (isBeingTaken ? 1 : 0);
    let row = 0;
    while (row < count && packer.level(row) !== level) row++;
    if (row >= count) return undefined;
    const bytes = packer.start(row + 1) - packer.start(row);
    const dropped = { level, time: packer.time(row), bytes, ticket: this.#tickets?.get(row) };
    packer.remove(row);
    if (this.#tickets !== undefined) {
      const others = Array.from(this.#tickets).filter(([place]) => place !== row);
      this.#tickets = new Map(others.map(([place, ticket]) => [place > row ? place - 1 : place, ticket]));
    }
    if (row === 0 && packer.size > 0) this.#since = packer.time(0);
    return dropped;
  }

  /** The first record has stayed: the batch is due `flushInterval` from now. */
  begin(since: number): void {
    const { clock, flushInterval } = this.#parts;
    this.#since = since;
    clock.clearTimeout(this.#timer); // of one that was there before, and was dropped
    if (flushInterval > 0) this.#timer = clock.setTimeout(() => this.#makeDueInTime(), flushInterval);
    else process.nextTick(() => this.#makeDueInTime());
  }

  /** There is a record that must not wait: the batch is due at once, or as soon as `pace` lets it be. */
  hasten(): void {
    if (this.#isDue || this.#isHastened) return;
    const { clock, flushInterval } = this.#parts;
    const now = clock.now();
    const wait = this.#hastened + pace - now;
    if (wait > 0 && wait <= pace) {
      if (flushInterval <= wait) return; // it is due by then anyway
      this.#isHastened = true;
      clock.clearTimeout(this.#timer);
      this.#timer = clock.setTimeout(() => this.#makeDueAt(clock.now()), wait);
    } else {
      this.#makeDueAt(now);
    }
  }

  #makeDueAt(now: number): void {
    this.#hastened = now;
    this.#makeDueInTime();
  }

  #makeDueInTime(): void {
    this.makeDue();
    this.onTime();
  }

  makeDue(): void {
    this.#isDue = true;
    this.#parts.onDue();
  }

  /** Makes a batch of the first `count` records: all of them, or all but the last, which stays. */
  cut(count: number, willWait = false): B {
    const { packer, clock } = this.#parts;
    const size = packer.size;
    clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    this.#isHastened = false;
    const batch = packer.cut(count, willWait);
    batch.ordinal = ++this.#ordinal;
    if (this.#id !== undefined) batch.id = this.#id;
    this.#id = undefined;
    if (this.#tickets !== undefined) {
      batch.tickets = ticketsBetween(this.#tickets, 0, count);
      this.#tickets = ticketsBetween(this.#tickets, count, size);
    }
    return batch;
  }
}
