import type { LogRecord } from '../core/record.js';
import { Aging } from './aging.js';
import type { Packer, QueuedBatch } from './batch.js';
import type { Circuit } from './circuit.js';
import type { CourierParts } from './courier.js';
import { Departures, type Position } from './departures.js';
import { Dispatcher } from './dispatcher.js';
import { Intake } from './intake.js';
import { type LossMarker, troubleRecord } from './marker.js';
import type { Meter } from './meter.js';
import { OpenBatch } from './open-batch.js';
import type { Bounds } from './overflow.js';
import type { RetryPolicy } from './retry.js';
import { Room } from './room.js';
import { Stock } from './stock.js';
import type { WayOut } from './way-out.js';

/** When batches are cut, and how much may wait for how long. */
export interface QueueLimits extends Bounds {
  readonly maxSize: number;
  readonly maxBytes: number;
  readonly flushInterval: number;
  readonly flushLevel: number;
  readonly maxWait: number;
}

/** What a queue works with. */
export interface QueueParts<B extends QueuedBatch> extends CourierParts<B> {
  /** Sends a batch without waiting; false if it could not send all of it. */
  readonly deliverNow?: (batch: B) => boolean;
  readonly name: () => string;
  readonly limits: QueueLimits;
  readonly packer: Packer<B>;
  readonly retry: RetryPolicy;
  readonly circuit: Circuit;
  readonly meter: Meter;
  /** What was lost and has not been told. */
  readonly marker: LossMarker;
  /** Takes what cannot be delivered. */
  readonly wayOut: Pick<WayOut, 'giveUp' | 'refuse' | 'lose' | 'loseDropped' | 'flushReports'>;
  readonly hasFallback: boolean;
  /** Is told when records begin to wait here, and when none does any more. */
  readonly onPending: (pending: boolean) => void;
}

/**
 * The delivery engine: collects records into batches, keeps these in order and within their bounds, and has them
 * dispatched one at a time.
 *
 * A batch is cut when it is full (`maxSize`, `maxBytes`), and otherwise when the queue gets to it after it has become
 * due: `flushInterval` after its first record, or at once for a record from `flushLevel` up, though at most every 10 ms.
 * Delivery never runs on the stack of a log call.
 */
export class DeliveryQueue<B extends QueuedBatch> {
  readonly #parts: QueueParts<B>;
  readonly #room: Room<B>;
  readonly #stock = new Stock<B>();
  readonly #open: OpenBatch<B>;
  readonly #intake: Intake<B>;
  readonly #dispatcher: Dispatcher<B>;
  readonly #aging: Aging;
  readonly #departures = new Departures();
  readonly #slice = (batch: B, from: number, to: number) => this.#parts.packer.slice(batch, from, to);
  #isPending = false;
  /** How many wait for a flush. */
  #flushes = 0;

  constructor(parts: QueueParts<B>) {
    const { limits, packer, clock } = parts;
    const start = () => this.#dispatcher.start();
    this.#parts = parts;
    this.#open = new OpenBatch({ packer, clock, flushInterval: limits.flushInterval, onDue: start });
    this.#room = new Room({
      ...parts,
      stock: this.#stock,
      cutOpen: () => this.#intake.cutAccepted(),
      onDrop: dropped => {
        parts.wayOut.loseDropped(dropped);
        this.#departures.check(() => this.#position());
      }
    });
    this.#intake = new Intake({
      ...parts,
      stock: this.#stock,
      open: this.#open,
      room: this.#room,
      isHurried: () => this.#dispatcher.isDetouring,
      ...(parts.deliverNow !== undefined && { relieve: () => this.#relieve() }),
      onBegin: () => this.#begin(),
      onCut: start
    });
    parts.marker.onDue = start;
    parts.marker.openPlace = () => this.#open.ordinal + 1;
    this.#aging = new Aging(
      clock,
      parts.maxAge,
      before => this.#giveUpOld(before),
      () => this.#stock.first?.since ?? this.#open.since
    );
    this.#dispatcher = new Dispatcher<B>({
      ...parts,
      giveUp: (given, reason, error) => parts.wayOut.giveUp(given, reason, error),
      next: () => this.#next(),
      rest: () => this.#takeAll(),
      slice: this.#slice,
      notice: (batch, error) => this.#packOwn('trouble', () => troubleRecord(clock.now(), batch, error)),
      leaving: batch => {
        if (batch.isOwn === undefined) this.#room.leaving(batch);
      },
      left: (batch, hasArrived) => this.#left(batch, hasArrived)
    });
  }

  /** Bytes of all records that have not left. */
  get bytes(): number {
    return this.#room.bytes;
  }

  /** Log calls that wait for room. */
  get waiting(): number {
    return this.#room.waiting;
  }

  /** When the oldest record that has not left was logged; undefined if all have. */
  get since(): number | undefined {
    return this.#dispatcher.batches[0]?.since ?? this.#stock.first?.since ?? this.#open.since;
  }

  /**
   * Takes a record. Never throws. A promise comes back if its log call waits for room, or, for the next turn of the event
   * loop, if too much has been taken in this one, or the queue is more than half full: who awaits then gives the sender a
   * turn for each record.
   */
  add(record: LogRecord): Promise<void> | undefined {
    return this.#intake.add(record);
  }

  /** Resolves when every record taken before this call has left. Does not wait for the delay before a retry to end. */
  async flush(): Promise<void> {
    if (this.#intake.isPacking) await Promise.resolve(); // a value that is being read flushes: its record comes first
    const { marker } = this.#parts;
    this.#intake.cutAll();
    this.#dispatcher.courier.hurry();
    this.#flushes++;
    marker.makeDue();
    // While the fallback gets everything, nothing can be told.
    const isTold = marker.hasLosses && !this.#dispatcher.isDetouring;
    const markers = marker.counts.taken + (isTold ? 1 : 0);
    await this.#departures.wait({ oldest: this.#open.ordinal, markers }, this.#position());
    this.#flushes--;
  }

  /** Takes no more records, and resolves when all have left: given up, if need be, `timeout` milliseconds from now. */
  async dispose(timeout: number): Promise<void> {
    this.#intake.close();
    const { clock } = this.#parts;
    const { courier } = this.#dispatcher;
    // An answer that was lost on its way must not cost all that waits behind it.
    const half = clock.setTimeout(courier.interrupter(), timeout / 2);
    const deadline = clock.setTimeout(() => this.#stop(), timeout);
    await this.flush();
    // What was lost meanwhile is told to a target that listens; another is not waited for.
    if (this.#parts.marker.hasLosses && this.#dispatcher.isWell) await this.flush();
    clock.clearTimeout(half);
    clock.clearTimeout(deadline);
    this.#stop();
    this.#aging.stop();
    this.#room.close();
  }

  /** There is nobody left who could tell what becomes of a record. */
  close(): void {
    this.#intake.closeTickets();
  }

  /** Asks the attempt that runs to end. */
  abandon(): void {
    this.#dispatcher.courier.abandon();
  }

  /**
   * Takes all batches out, for a last attempt that cannot wait: `take` sees to it that they are counted. The process
   * ends: a record that is being packed will not go on.
   */
  drain(take: (batch: B) => void): void {
    this.#intake.abort();
    this.#parts.marker.close();
    for (const batch of [...this.#dispatcher.undecided, ...this.#takeAll()]) {
      if (batch.isOwn !== undefined) continue;
      this.#room.leaving(batch);
      take(batch);
      this.#left(batch, true);
    }
    this.#parts.wayOut.flushReports();
  }

  /** The first record of a batch has come. */
  #begin(): void {
    this.#aging.watch();
    if (this.#isPending) return;
    this.#isPending = true;
    this.#parts.onPending(true);
  }

  /** The queue is filling up within one turn of the event loop: what can be sent without waiting is. */
  #relieve(): void {
    this.#intake.cutAll();
    this.#dispatcher.sendNow();
  }

  /** The next batch to be sent; undefined if none is due. */
  #next(): B | undefined {
    this.#aging.check();
    const { marker } = this.#parts;
    // Alone it is sent to a target that took what it got last, or if somebody flushes: it is no reason to try again.
    const mayGoAlone = marker.isDue && (this.#dispatcher.isWell || this.#flushes > 0);
    const { first } = this.#stock;
    const isItsTurn = first === undefined ? this.#open.isDue || mayGoAlone : first.ordinal >= marker.place;
    if (marker.hasLosses && isItsTurn && !this.#dispatcher.isDetouring) {
      const told = this.#tell();
      if (told !== undefined) return told;
    }
    if (this.#stock.first === undefined && this.#open.isDue) this.#intake.cutAll();
    return this.#stock.take(this.#accepted, this.#slice);
  }

  /** The batch that tells of what was lost. */
  #tell(): B | undefined {
    const { marker } = this.#parts;
    const told = this.#packOwn('losses', () => marker.take());
    // If not even this can be written, the failure listener and the stats tell of the losses.
    if (told === undefined) marker.left(true);
    return told;
  }

  /** A batch of one record of our own. */
  #packOwn(what: 'losses' | 'trouble', record: () => LogRecord): B | undefined {
    const { marker } = this.#parts;
    // A format or a tag function that logs must not cause another loss to be told of, and so on without end.
    marker.isDeaf = true;
    const batch = this.#intake.packOwn(what, record);
    marker.isDeaf = false;
    return batch;
  }

  /** How many of the records that have not been taken out are accepted: those that wait for that are not sent yet. */
  get #accepted(): number {
    if (this.#room.waiting === 0) return Number.POSITIVE_INFINITY;
    const out = this.#dispatcher.batches.filter(batch => batch.isOwn === undefined);
    return out.reduce((left, batch) => left - batch.size, this.#room.count);
  }

  #takeAll(): B[] {
    this.#intake.cutAll();
    const batches: B[] = [];
    const all = Number.POSITIVE_INFINITY;
    for (let batch = this.#stock.first; batch !== undefined; batch = this.#stock.first) {
      batches.push(this.#stock.take(all, this.#slice) ?? batch);
    }
    return batches;
  }

  #giveUpOld(before: number): void {
    if (this.#intake.isPacking) return;
    if ((this.#open.since ?? before) < before) this.#intake.cutAll();
    for (;;) {
      const old = this.#stock.takeBefore(before, this.#accepted, this.#slice);
      if (old === undefined) return;
      void this.#dispatcher.giveUp(old, 'too old');
    }
  }

  /** A batch has left; if it is the one that tells of losses: for good, or to be sent again with what was lost since. */
  #left(batch: B, isGone: boolean): void {
    if (batch.isOwn === 'losses') {
      this.#parts.marker.left(isGone);
    } else if (batch.isOwn === undefined) {
      this.#room.left(batch);
    }
    this.#departures.check(() => this.#position());
    if (this.#stock.first !== undefined) this.#dispatcher.start();
    if (this.#room.count > 0 || this.#open.size > 0 || !this.#isPending) return;
    this.#isPending = false;
    this.#parts.onPending(false);
  }

  #position(): Position {
    const { first } = this.#stock;
    const ordinals = this.#dispatcher.batches.map(({ ordinal }) => ordinal);
    return {
      oldest: Math.min(...ordinals, first?.ordinal ?? Number.POSITIVE_INFINITY),
      markers: this.#parts.marker.counts.left
    };
  }

  #stop(): void {
    this.#parts.marker.close();
    this.#dispatcher.courier.stop();
    this.#departures.check(() => this.#position());
  }
}
