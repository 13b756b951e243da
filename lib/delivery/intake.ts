import type { LossReason } from '../core/failures.js';
import { offered, type Ticket } from '../core/receipt.js';
import type { LogRecord } from '../core/record.js';
import { lone } from './abandoned.js';
import { levelOf, type QueuedBatch } from './batch.js';
import type { Ledger } from './ledger.js';
import type { OpenBatch } from './open-batch.js';
import type { Bounds } from './overflow.js';
import type { Room } from './room.js';
import type { Dropped, Stock } from './stock.js';
import { OpenTickets } from './tickets.js';
import { acceptInTurn, nextTurn } from './turn.js';
import type { WayOut } from './way-out.js';

/** Log calls between two tries to send without waiting: one that finds a full pipe costs as much as several log calls. */
const reliefPace = 100;

/** As many full batches before one mean that it has long to wait. */
const long = 4;

/** What an intake works with. */
export interface IntakeParts<B extends QueuedBatch> {
  readonly name: () => string;
  readonly limits: Bounds & { readonly maxSize: number; readonly maxBytes: number; readonly flushLevel: number };
  readonly ledger: Ledger;
  readonly room: Room<B>;
  readonly open: OpenBatch<B>;
  readonly stock: Stock<B>;
  readonly wayOut: Pick<WayOut, 'refuse' | 'lose'>;
  /** Whether records are to go on at once; left out where they never are. */
  readonly isHurried?: () => boolean;
  /** Sends what can be sent without waiting; left out where nothing can. */
  readonly relieve?: () => void;
  /** Writes down on this stack what a queue that is filling up has no room for; left out where there is no spool. */
  readonly spill: (() => void) | undefined;
  /** The first record of a batch has come. */
  readonly onBegin: () => void;
  /** A batch was cut. */
  readonly onCut: () => void;
  /** What the log call waits for whose record was just taken into a queue that is more than half full, or is not. */
  readonly settled: ((isHalfFull: boolean) => Promise<void> | undefined) | undefined;
}

/**
 * The side of the queue that log calls see: puts each record into the open batch, if there is room for it, and cuts that
 * when it is full. What runs here runs on the stack of a log call.
 *
 * To put a record into its form runs code of the user's (getters, `toJSON`), which may log, flush or exit in its turn.
 */
export class Intake<B extends QueuedBatch> {
  readonly #parts: IntakeParts<B>;
  readonly #tickets: OpenTickets;
  /** A record is being put into its form. */
  #packing = false;
  #postponed: (readonly [LogRecord, Ticket | undefined])[] | 'none any more' | undefined;
  #relieving = false;
  /** Log calls in a row that found the queue more than half full. */
  #crowded = 0;
  #isClosed = false;

  constructor(parts: IntakeParts<B>) {
    this.#parts = parts;
    this.#tickets = new OpenTickets(parts.name);
  }

  /** Whether a record is being put into its form: the open batch is not to be touched then. */
  get isPacking(): boolean {
    return this.#packing;
  }

  /** Takes a record, as `DeliveryQueue.add` says. Never throws. */
  add(record: LogRecord): Promise<void> | undefined {
    const ticket = offered === undefined ? undefined : this.#tickets.claim();
    if (this.#isClosed) return this.#refuse(record, ticket, 'disposed', undefined);
    if (this.#packing) return this.#postpone(record, ticket);
    if (this.#parts.relieve !== undefined && this.#parts.room.isHalfFull) this.#relieve(this.#parts.relieve);
    if (this.#parts.spill !== undefined && this.#parts.room.isHalfFull) this.#parts.spill();
    this.#packing = true;
    try {
      const taken = this.#take(record, ticket);
      if (this.#postponed !== undefined) this.#takePostponed();
      return taken;
    } finally {
      this.#packing = false; // also if the record was made by hand, and even its level cannot be read
    }
  }

  /** Takes no more records. */
  close(): void {
    this.#isClosed = true;
  }

  /** Takes no more records, and forgets the one that is being put into its form: the process ends. */
  abort(): void {
    this.#isClosed = true;
    this.#packing = false;
  }

  /** There is nobody left who could tell what becomes of a record. */
  closeTickets(): void {
    this.#tickets.close();
  }

  /** Cuts what there is; though not under the feet of a record that is being packed, if its values flush or exit. */
  cutAll(): void {
    const { open } = this.#parts;
    if (this.#packing) open.makeDue();
    else if (open.size > 0) this.#cut(open.size);
  }

  /** Cuts what is accepted: a record that is being taken is the last one in the open batch, and not counted yet. */
  cutAccepted(): void {
    const { open } = this.#parts;
    this.#cut(this.#packing ? open.size - 1 : open.size);
  }

  /** Drops the oldest record of a level out of the open batch; undefined if there is none that is accepted. */
  dropOpen(level: number): Dropped | undefined {
    const { open, stock } = this.#parts;
    const dropped = open.drop(level, this.#packing);
    if (dropped !== undefined) stock.uncount(level, dropped.bytes);
    return dropped;
  }

  /** A batch of one record of our own; undefined if it cannot be put into its form. */
  packOwn(what: 'losses' | 'trouble', record: () => LogRecord): B | undefined {
    const { open } = this.#parts;
    // What a format or a tag function logs meanwhile is refused, and not taken behind it.
    this.#packing = true;
    this.#postponed = 'none any more';
    try {
      const batch = open.packAlone(record());
      batch.isOwn = what;
      return batch;
    } catch {
      return undefined;
    } finally {
      this.#packing = false;
      this.#postponed = undefined;
    }
  }

  #relieve(relieve: () => void): void {
    if (this.#relieving || this.#crowded++ % reliefPace !== 0) return;
    this.#relieving = true; // a stream of the user's may log
    relieve();
    this.#relieving = false;
    if (!this.#parts.room.isHalfFull) this.#crowded = 0;
  }

  /** Puts a record into the open batch, and cuts that if it is full. */
  #take(record: LogRecord, ticket: Ticket | undefined): Promise<void> | undefined {
    const { limits, open, room, stock, isHurried, settled } = this.#parts;
    const level = levelOf(record);
    const { isAmple } = room;
    if (!isAmple) {
      const verdict = room.judge(level, 0);
      if (verdict === 'refuse' || verdict === 'fall back') return this.#turnAway(record, ticket, verdict);
    }
    let size: number;
    try {
      size = open.add(record, ticket);
    } catch (error) {
      return this.#refuse(record, ticket, 'not encodable', error);
    }
    let wait: Promise<void> | undefined;
    if (!isAmple || !room.fits(size)) {
      const verdict = room.find(level, size);
      if (verdict === 'refuse' || verdict === 'fall back') {
        open.undo();
        return this.#turnAway(record, ticket, verdict);
      }
      if (verdict === 'wait') wait = room.wait(size);
    }
    if (wait === undefined) room.accept(size);
    if (open.bytes > limits.maxBytes && open.size > 1) this.#cut(open.size - 1);
    stock.count(level, size);
    const { isHalfFull } = room; // nothing may be lost because a batch is larger than what may wait
    if (open.size === 1) {
      open.begin(record.timestamp);
      this.#parts.onBegin();
    }
    if (open.size >= limits.maxSize || open.bytes >= limits.maxBytes) this.#cut(open.size);
    else if (ticket !== undefined || isHalfFull || isHurried?.()) open.makeDue();
    else if (level >= limits.flushLevel) open.hasten();
    const safe = settled?.(isHalfFull);
    if (wait !== undefined) return safe === undefined ? wait : wait.then(() => settled?.(false));
    if (safe !== undefined) return safe;
    return isHalfFull ? nextTurn() : acceptInTurn(size, record.timestamp);
  }

  /** Who awaits has to wait for the next turn, as otherwise nothing would ever be sent to make room. */
  #turnAway(record: LogRecord, ticket: Ticket | undefined, verdict: 'refuse' | 'fall back'): Promise<void> {
    if (verdict === 'fall back') return this.#refuse(record, ticket, 'queue full', undefined);
    this.#parts.ledger.accepted++;
    this.#parts.wayOut.lose([lone(record, ticket)], 'queue full', undefined);
    return nextTurn();
  }

  #refuse(record: LogRecord, ticket: Ticket | undefined, reason: LossReason, error: unknown): Promise<void> {
    this.#parts.ledger.accepted++;
    this.#parts.wayOut.refuse(lone(record, ticket), reason, error);
    return nextTurn();
  }

  /**
   * A getter or a `toJSON` has logged while its own record was being packed: that one comes first. If it does so again
   * when it is read for the second record, it would do so for ever.
   */
  #postpone(record: LogRecord, ticket: Ticket | undefined): Promise<void> | undefined {
    const { room, limits } = this.#parts;
    if (this.#postponed === 'none any more') {
      const error = new Error('reading the values of a record logs them again, without end');
      return this.#refuse(record, ticket, 'not encodable', error);
    }
    this.#postponed ??= [];
    if (room.count + this.#postponed.length >= limits.maxQueued) {
      return this.#turnAway(record, ticket, limits.overflow === 'fallback' ? 'fall back' : 'refuse');
    }
    this.#postponed.push([record, ticket]);
    return undefined;
  }

  #takePostponed(): void {
    const records = this.#postponed;
    this.#postponed = 'none any more';
    if (Array.isArray(records)) for (const [record, ticket] of records) void this.#take(record, ticket);
    this.#postponed = undefined;
  }

  #cut(count: number): void {
    const { stock, open, room, limits } = this.#parts;
    stock.push(open.cut(count, room.bytes > limits.maxBytes * long));
    this.#parts.onCut();
  }
}
