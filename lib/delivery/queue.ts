import type { LossReason } from '../core/failures.js';
import type { LogRecord } from '../core/record.js';
import { Backlog } from './backlog.js';
import type { Packer, QueuedBatch } from './batch.js';
import { Courier, type CourierParts } from './courier.js';
import { acceptInTurn, nextTurn } from './turn.js';
import type { WayOut } from './way-out.js';

/** When batches are cut, and how much may wait. */
export interface QueueLimits {
  readonly maxSize: number;
  readonly maxBytes: number;
  readonly flushInterval: number;
  readonly flushLevel: number;
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
}

/** What a queue works with. */
export interface QueueParts<B extends QueuedBatch> extends CourierParts<B> {
  readonly limits: QueueLimits;
  readonly packer: Packer<B>;
  /** Takes what cannot be delivered. */
  readonly wayOut: Pick<WayOut, 'giveUp' | 'refuse'>;
  /** Is told when records begin to wait here, and when none does any more. */
  readonly onPending: (pending: boolean) => void;
}

/**
 * The delivery engine: collects records into batches, and delivers these in order, one at a time, each as often as the
 * retry policy wants.
 *
 * A batch is cut when it is full (`maxSize`, `maxBytes`), and otherwise when the queue gets to it after it has become
 * due: `flushInterval` after its first record, or at once for a record from `flushLevel` up. Delivery never runs on the
 * stack of a log call.
 */
export class DeliveryQueue<B extends QueuedBatch> {
  readonly #parts: QueueParts<B>;
  readonly #backlog = new Backlog<B>();
  readonly #courier: Courier<B>;
  /** Who waits for a batch to leave. */
  readonly #waiting = new Map<B, { promise: Promise<void>; resolve: () => void }>();
  #bytes = 0;
  /** When the first record of the open batch was logged. */
  #openSince = 0;
  #timer: unknown;
  #due = false;
  /** A record is being put into its form, which runs code of the user's. */
  #packing = false;
  #postponed: LogRecord[] | 'none any more' | undefined;
  #working = false;
  #closed = false;

  constructor(parts: QueueParts<B>) {
    this.#parts = parts;
    this.#courier = new Courier(parts);
  }

  /** Bytes of all records that have not left. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest record that has not left was logged; undefined if all have. */
  get since(): number | undefined {
    return this.#backlog.first?.since ?? (this.#parts.packer.size > 0 ? this.#openSince : undefined);
  }

  /**
   * Takes a record. A promise for the next turn of the event loop comes back if too much has been taken in this one, or if
   * the queue is more than half full: who awaits then gives the sender a turn for each record. Never throws.
   */
  add(record: LogRecord): Promise<void> | undefined {
    const { limits, ledger } = this.#parts;
    ledger.accepted++;
    if (this.#closed) return this.#refuse(record, 'disposed', undefined);
    if (ledger.pending > limits.maxQueued) return this.#refuse(record, 'queue full', undefined);
    if (this.#packing) return this.#postpone(record);
    this.#packing = true;
    const taken = this.#take(record);
    if (this.#postponed !== undefined) this.#takePostponed();
    this.#packing = false;
    return taken;
  }

  /** Resolves when every record taken before this call has left. Does not wait for the delay before a retry to end. */
  async flush(): Promise<void> {
    if (this.#packing) await Promise.resolve(); // a value that is being read flushes: its record comes first
    this.#cutAll();
    this.#courier.hurry();
    const last = this.#backlog.last;
    if (last !== undefined) await this.#left(last);
  }

  /** Takes no more records, and resolves when all have left: given up, if need be, `timeout` milliseconds from now. */
  async dispose(timeout: number): Promise<void> {
    this.#closed = true;
    const { clock } = this.#parts;
    const deadline = clock.setTimeout(() => this.#courier.stop(), timeout);
    await this.flush();
    clock.clearTimeout(deadline);
    clock.clearTimeout(this.#timer);
  }

  /** Asks the attempt that runs to end. */
  abandon(): void {
    this.#courier.abandon();
  }

  /**
   * Takes all batches out, for a last attempt that cannot wait: `take` sees to it that they are counted. The process
   * ends: a record that is being packed will not go on.
   */
  drain(take: (batch: B) => void): void {
    const { packer } = this.#parts;
    this.#closed = true;
    if (packer.size > 0) this.#cut(packer.size);
    for (const batch of this.#backlog) {
      take(batch);
      this.#remove(batch);
    }
  }

  /** Puts a record into the open batch, and cuts that if it is full. */
  #take(record: LogRecord): Promise<void> | undefined {
    const { limits, packer, ledger } = this.#parts;
    const before = packer.bytes;
    try {
      packer.add(record);
    } catch (error) {
      return this.#refuse(record, 'not encodable', error);
    }
    const size = packer.bytes - before;
    if (this.#bytes + size > limits.maxQueuedBytes) {
      packer.undo();
      return this.#refuse(record, 'queue full', undefined);
    }
    this.#bytes += size;
    if (packer.bytes > limits.maxBytes && packer.size > 1) this.#cut(packer.size - 1);
    if (packer.size === 1) this.#open(record);
    if (packer.size >= limits.maxSize || packer.bytes >= limits.maxBytes) this.#cut(packer.size);
    else if (record.level >= limits.flushLevel) this.#makeDue();
    const isHalfFull = ledger.pending * 2 > limits.maxQueued || this.#bytes * 2 > limits.maxQueuedBytes;
    return isHalfFull ? nextTurn() : acceptInTurn(size);
  }

  /**
   * A getter or a `toJSON` has logged while its own record was being packed: that one comes first. If it does so again
   * when it is read for the second record, it would do so for ever.
   */
  #postpone(record: LogRecord): Promise<void> | undefined {
    if (this.#postponed === 'none any more') {
      return this.#refuse(
        record,
        'not encodable',
        new Error('reading the values of a record logs them again, without end')
      );
    }
    if (this.#postponed === undefined) this.#postponed = [record];
    else this.#postponed.push(record);
    return undefined;
  }

  #takePostponed(): void {
    const records = this.#postponed;
    this.#postponed = 'none any more';
    if (Array.isArray(records)) for (const record of records) void this.#take(record);
    this.#postponed = undefined;
  }

  /** A caller who awaits has to wait for the next turn, as otherwise nothing would ever be sent to make room. */
  #refuse(record: LogRecord, reason: LossReason, error: unknown): Promise<void> {
    this.#parts.wayOut.refuse(record, reason, error);
    return nextTurn();
  }

  /** The first record of a batch has come. */
  #open(record: LogRecord): void {
    const { clock, limits } = this.#parts;
    this.#openSince = record.timestamp;
    if (this.#backlog.first === undefined) this.#parts.onPending(true);
    if (limits.flushInterval > 0) {
      this.#timer = clock.setTimeout(() => this.#makeDue(), limits.flushInterval);
    } else {
      process.nextTick(() => this.#makeDue());
    }
  }

  #cut(count: number): void {
    const { clock, packer } = this.#parts;
    clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = false;
    this.#backlog.push(packer.cut(count));
    this.#start();
  }

  /** Cuts what there is; though not under the feet of a record that is being packed, if its values flush. */
  #cutAll(): void {
    const { packer } = this.#parts;
    if (this.#packing) this.#makeDue();
    else if (packer.size > 0) this.#cut(packer.size);
  }

  #makeDue(): void {
    this.#due = true;
    this.#start();
  }

  /** Sees to it that somebody works, though not on this stack. */
  #start(): void {
    if (this.#working) return;
    this.#working = true;
    queueMicrotask(() => void this.#work());
  }

  async #work(): Promise<void> {
    for (let batch = this.#next(); batch !== undefined; batch = this.#next()) {
      const outcome = await this.#courier.deliver(batch);
      if (outcome.kind === 'stopped') {
        await this.#giveUpAll();
        continue;
      }
      if (outcome.kind === 'arrived') this.#parts.ledger.delivered += batch.size;
      else await this.#parts.wayOut.giveUp([batch], outcome.reason, outcome.error);
      this.#remove(batch);
    }
    this.#working = false;
  }

  #next(): B | undefined {
    const { packer } = this.#parts;
    if (this.#backlog.first === undefined && this.#due && packer.size > 0) this.#cut(packer.size);
    this.#due = this.#due && packer.size > 0;
    return this.#backlog.first;
  }

  /** Gives up all batches together: one loss, one report. */
  async #giveUpAll(): Promise<void> {
    const batches = [...this.#backlog];
    await this.#parts.wayOut.giveUp(batches, 'out of time', this.#courier.lastError);
    for (const batch of batches) this.#remove(batch);
  }

  /** A batch has left, one way or the other. */
  #remove(batch: B): void {
    if (this.#backlog.first !== batch) return; // `drain` has been faster
    this.#backlog.removeFirst();
    this.#bytes -= batch.bytes;
    this.#waiting.get(batch)?.resolve();
    this.#waiting.delete(batch);
    if (this.since === undefined) this.#parts.onPending(false);
  }

  #left(batch: B): Promise<void> {
    const known = this.#waiting.get(batch);
    if (known !== undefined) return known.promise;
    let resolve: () => void = () => undefined;
    const promise = new Promise<void>(settle => {
      resolve = settle;
    });
    this.#waiting.set(batch, { promise, resolve });
    return promise;
  }
}
