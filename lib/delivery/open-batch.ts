import type { Clock } from '../core/clock.js';
import type { Ticket } from '../core/receipt.js';
import type { LogRecord } from '../core/record.js';
import { type Packer, type QueuedBatch, ticketsBetween } from './batch.js';

/** What an open batch works with. */
export interface OpenBatchParts<B extends QueuedBatch> {
  readonly packer: Packer<B>;
  readonly clock: Clock;
  readonly flushInterval: number;
  /** Is told that the batch is to be sent, full or not. */
  readonly onDue: () => void;
}

/** The batch that is being collected. */
export class OpenBatch<B extends QueuedBatch> {
  readonly #parts: OpenBatchParts<B>;
  #tickets: Map<number, Ticket> | undefined;
  #since = 0;
  #timer: unknown;
  #isDue = false;
  #ordinal = 0;

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

  /** Puts a record into its form. Throws, and adds nothing, if that cannot be done. */
  add(record: LogRecord, ticket: Ticket | undefined): void {
    const { packer } = this.#parts;
    packer.add(record);
    if (ticket === undefined) return;
    this.#tickets ??= new Map();
    this.#tickets.set(packer.size - 1, ticket);
  }

  /** Takes the record away again that was just added. */
  undo(): void {
    const { packer } = this.#parts;
    packer.undo();
    this.#tickets?.delete(packer.size);
  }

  /** The first record has stayed: the batch is due `flushInterval` from now. */
  begin(since: number): void {
    const { clock, flushInterval } = this.#parts;
    this.#since = since;
    if (flushInterval > 0) this.#timer = clock.setTimeout(() => this.makeDue(), flushInterval);
    else process.nextTick(() => this.makeDue());
  }

  makeDue(): void {
    this.#isDue = true;
    this.#parts.onDue();
  }

  /** Makes a batch of the first `count` records: all of them, or all but the last, which stays. */
  cut(count: number): B {
    const { packer, clock } = this.#parts;
    const size = packer.size;
    clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const batch = packer.cut(count);
    batch.ordinal = ++this.#ordinal;
    if (this.#tickets !== undefined) {
      batch.tickets = ticketsBetween(this.#tickets, 0, count);
      this.#tickets = ticketsBetween(this.#tickets, count, size);
    }
    return batch;
  }
}
