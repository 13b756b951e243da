import type { Clock } from '../core/clock.js';
import type { LossReason } from '../core/failures.js';
import { type Abandoned, someOf } from './abandoned.js';
import type { QueuedBatch } from './batch.js';
import type { Ledger } from './ledger.js';
import type { Meter } from './meter.js';

/** What batches that leave are seen off with. */
export interface OutboundParts<B extends QueuedBatch> {
  readonly name: () => string;
  readonly ledger: Ledger;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly giveUp: (given: readonly Abandoned[], reason: LossReason, error: unknown) => Promise<void> | undefined;
  readonly slice: (batch: B, from: number, to: number) => B;
  /** Whether a batch that there is no time to send stays on disk. */
  readonly stays: (batch: B) => boolean;
  /** A batch is about to leave: its records must have been accepted. */
  readonly leaving: (batch: B) => void;
  /** A batch has left. `isGone` is false for one that tells of losses and is to do so later. */
  readonly left: (batch: B, isGone: boolean) => void;
}

/** The batches that were taken out of a queue and have not left it, in order; and how each of them leaves. */
export class Outbound<B extends QueuedBatch> {
  readonly #parts: OutboundParts<B>;
  /** The batch that is sent, and while that is a probe, what is given up. */
  readonly #out = new Set<B>();
  /** Those of them for which it is decided how they leave: somebody else has what they hold. */
  readonly #settled = new Set<B>();
  /** Parts of a batch that was divided, in order: they come before all others. */
  #front: B[] = [];

  constructor(parts: OutboundParts<B>) {
    this.#parts = parts;
  }

  get batches(): readonly B[] {
    return [...this.#out, ...this.#front];
  }

  /** Those of which it is not decided what becomes of them. */
  get undecided(): readonly B[] {
    return this.batches.filter(batch => !this.#settled.has(batch));
  }

  /** The next of the parts that wait; undefined if there is none. */
  shift(): B | undefined {
    return this.#front.shift();
  }

  /** Whether a batch is being sent, or given up. */
  get isBusy(): boolean {
    return this.#out.size > 0;
  }

  /** A batch that was taken out comes first again. */
  putBack(batch: B): void {
    this.#front.unshift(batch);
  }

  /** A batch is being sent. */
  add(batch: B): void {
    this.#out.add(batch);
  }

  /** A batch is to be sent again, before all others. */
  again(batch: B): void {
    this.#out.delete(batch);
    this.#front.unshift(batch);
  }

  arrived(batch: B): void {
    const { ledger, leaving } = this.#parts;
    leaving(batch);
    if (batch.isOwn !== undefined) ledger.accepted++;
    this.#count(batch, []);
    this.#leave(batch, true);
    // Of an earlier attempt something may still be on its way, in a stream of the user's.
    if (batch.earlier + batch.attempt === 1 && batch.onDisk === undefined) batch.release();
  }

  /** All have arrived but those at these rows, which never will. */
  async partlyArrived(batch: B, refused: readonly number[], error: unknown): Promise<void> {
    const { leaving, giveUp } = this.#parts;
    leaving(batch);
    this.#settled.add(batch);
    this.#count(batch, refused);
    await giveUp([someOf(batch, refused)], 'rejected', error);
    this.#leave(batch, true);
  }

  /** Gives a batch up. */
  async giveUp(batch: B, reason: LossReason, error: unknown): Promise<void> {
    const { giveUp, leaving } = this.#parts;
    this.#out.add(batch);
    this.#settled.add(batch);
    leaving(batch);
    if (batch.isOwn === undefined) await giveUp([batch], reason, error);
    this.#leave(batch, reason === 'rejected');
  }

  /** Gives up this batch, the parts that wait, and all of `rest` together, as there is no time: one loss, one report. */
  async giveUpAll(batch: B, rest: readonly B[], error: unknown): Promise<void> {
    const { giveUp, leaving, stays } = this.#parts;
    const batches = [batch, ...this.#front, ...rest];
    this.#front = [];
    for (const one of batches) {
      this.#out.add(one);
      this.#settled.add(one);
      leaving(one);
    }
    const given = batches.filter(one => one.isOwn === undefined && !stays(one));
    if (given.length > 0) await giveUp(given, 'out of time', error);
    for (const one of batches) this.#leave(one, false);
  }

  /** Gives up those records of a batch that were logged before a time, the first ones; the others are sent in its place. */
  async giveUpBefore(batch: B, time: number, error: unknown): Promise<void> {
    let old = 1;
    while (old < batch.rows && batch.time(old) < time) old++;
    if (old === batch.rows) {
      await this.giveUp(batch, 'too old', error);
      return;
    }
    this.divide(batch, old);
    const first = this.#front.shift();
    if (first !== undefined) await this.giveUp(first, 'too old', error);
  }

  /** Makes two batches of one, to be sent in its place. */
  divide(batch: B, at: number): readonly B[] {
    const { slice } = this.#parts;
    const parts = [slice(batch, 0, at), slice(batch, at, batch.rows)];
    for (const part of parts) {
      part.ordinal = batch.ordinal;
      part.earlier = batch.earlier + batch.attempt;
      part.isSuspect = batch.isSuspect;
    }
    this.#out.delete(batch);
    this.#front.unshift(...parts);
    return parts;
  }

  #count(batch: B, refused: readonly number[]): void {
    const { ledger, meter, clock, name } = this.#parts;
    ledger.delivered += batch.size - refused.length;
    meter.note(batch, clock.now());
    const attempts = batch.earlier + batch.attempt;
    for (const [row, ticket] of batch.tickets ?? []) {
      if (refused.includes(row)) continue;
      ticket.settle({ target: name(), outcome: 'delivered', chunk: batch.id, attempts });
    }
  }

  #leave(batch: B, isGone: boolean): void {
    this.#out.delete(batch);
    this.#settled.delete(batch);
    this.#parts.left(batch, isGone);
  }
}
