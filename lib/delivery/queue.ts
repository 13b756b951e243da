import type { Clock } from '../core/clock.js';
import type { LossReason } from '../core/failures.js';
import type { LogRecord } from '../core/record.js';
import { textOf } from '../core/values.js';
import { Backlog } from './backlog.js';
import type { Packer, QueuedBatch } from './batch.js';
import type { Ledger } from './ledger.js';
import type { RetryPolicy } from './retry.js';
import { acceptInTurn } from './turn.js';
import type { Abandoned } from './way-out.js';

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
export interface QueueParts<B extends QueuedBatch> {
  readonly limits: QueueLimits;
  readonly packer: Packer<B>;
  readonly retry: RetryPolicy;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Sends a batch: resolves when it has arrived, rejects to have it tried again. */
  readonly deliver: (batch: B) => Promise<void>;
  /** Takes what cannot be delivered. */
  readonly giveUp: (given: Abandoned, reason: LossReason, error: unknown) => Promise<void> | undefined;
  /** Is told of each attempt that failed and will be followed by another. */
  readonly onRetry: (batch: B, delay: number, error: unknown) => void;
  /** Is told when records begin to wait here, and when none does any more. */
  readonly onPending: (pending: boolean) => void;
}

/** What becomes of an attempt. */
type Outcome = { readonly arrived: true } | { readonly arrived: false; readonly error: unknown };

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
  readonly #closing = new AbortController();
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
  /** Ends the wait before a retry. */
  #wake: (() => void) | undefined;
  /** Ends the attempt that runs, for the queue. */
  #interrupt: (() => void) | undefined;

  constructor(parts: QueueParts<B>) {
    this.#parts = parts;
  }

  /** Bytes of all records that have not left. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest record that has not left was logged; undefined if all have. */
  get since(): number | undefined {
    return this.#backlog.first?.since ?? (this.#parts.packer.size > 0 ? this.#openSince : undefined);
  }

  /** Takes a record. A promise comes back if too much has been taken in this turn of the event loop. Never throws. */
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
  flush(): Promise<void> {
    const { packer } = this.#parts;
    if (packer.size > 0) this.#cut(packer.size);
    this.#wake?.();
    const last = this.#backlog.last;
    return last === undefined ? Promise.resolve() : this.#left(last);
  }

  /** Takes no more records, and resolves when all have left: given up, if need be, `timeout` milliseconds from now. */
  async dispose(timeout: number): Promise<void> {
    this.#closed = true;
    const { clock } = this.#parts;
    const deadline = clock.setTimeout(() => this.expire(), timeout);
    await this.flush();
    clock.clearTimeout(deadline);
    clock.clearTimeout(this.#timer);
  }

  /** Gives up all that has not left, as there is no more time. */
  expire(): void {
    this.#closing.abort(new Error('out of time'));
    this.#interrupt?.();
    this.#wake?.();
  }

  /** Takes all batches out, for a last attempt that cannot wait: `send` returns whether the batch has arrived. */
  drain(send: (batch: B) => boolean): void {
    const { packer, ledger } = this.#parts;
    this.#closed = true;
    if (packer.size > 0) this.#cut(packer.size);
    for (const batch of this.#backlog) {
      if (send(batch)) ledger.delivered += batch.size;
      else ledger.lose(batch.size, 'out of time');
      this.#remove(batch);
    }
  }

  /** Puts a record into the open batch, and cuts that if it is full. */
  #take(record: LogRecord): Promise<void> | undefined {
    const { limits, packer } = this.#parts;
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
    return acceptInTurn(size);
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

  #refuse(record: LogRecord, reason: LossReason, error: unknown): Promise<void> | undefined {
    return this.#parts.giveUp({ size: 1, records: () => [record] }, reason, error);
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
      await this.#deliver(batch);
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

  /** Sends a batch until it has arrived, or must be given up. */
  async #deliver(batch: B): Promise<void> {
    const { ledger, retry, giveUp, onRetry } = this.#parts;
    batch.signal = this.#closing.signal;
    for (;;) {
      if (this.#closing.signal.aborted) return giveUp(batch, 'out of time', ledger.lastError);
      batch.attempt++;
      if (batch.attempt > 1) ledger.retries++;
      const outcome = await this.#attempt(batch);
      if (outcome.arrived) {
        ledger.delivered += batch.size;
        return;
      }
      const { error } = outcome;
      ledger.lastError = textOf(error);
      if (this.#closing.signal.aborted) return giveUp(batch, 'out of time', error);
      const decision = retry.after(batch.attempt, error);
      if ('giveUp' in decision) return giveUp(batch, decision.giveUp, error);
      onRetry(batch, decision.delay, error);
      await this.#pause(decision.delay);
    }
  }

  /** One attempt: ends when the delivery does, or when there is no more time. */
  #attempt(batch: B): Promise<Outcome> {
    return new Promise(resolve => {
      this.#interrupt = () => resolve({ arrived: false, error: this.#closing.signal.reason });
      const fail = (error: unknown) => resolve({ arrived: false, error });
      try {
        // A subclass in JavaScript may return nothing: it has then done all it had to do.
        Promise.resolve(this.#parts.deliver(batch)).then(() => resolve({ arrived: true }), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  #pause(delay: number): Promise<void> {
    return new Promise(resolve => {
      const timer = this.#parts.clock.setTimeout(resolve, delay);
      this.#wake = () => {
        this.#parts.clock.clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
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
