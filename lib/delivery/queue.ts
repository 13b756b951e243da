import type { LogRecord } from '../core/record.js';
import type { SpoolStats } from '../core/target.js';
import { Aging } from './aging.js';
import type { QueuedBatch } from './batch.js';
import { Departures, type Position } from './departures.js';
import { Dispatcher } from './dispatcher.js';
import { Intake } from './intake.js';
import { OpenBatch } from './open-batch.js';
import { QueueEnd } from './queue-end.js';
import type { QueueParts } from './queue-parts.js';
import { Room } from './room.js';
import { isOutside, markPart } from './spool-line.js';
import type { SpoolSetup } from './spool-setup.js';
import { Spooling } from './spooling.js';
import { Stock } from './stock.js';
import { Supply } from './supply.js';

/**
 * The delivery engine: collects records into batches, keeps these in order and within their bounds, and has them
 * dispatched one at a time.
 *
 * A batch is cut when it is full (`maxSize`, `maxBytes`), and otherwise when the queue gets to it after it has become
 * due: `flushInterval` after its first record, or at once for a record from `flushLevel` up, though at most every 10 ms.
 * Delivery never runs on the stack of a log call.
 */
export class DeliveryQueue<B extends QueuedBatch> {
  readonly end: QueueEnd<B>;
  readonly #parts: QueueParts<B>;
  readonly #room: Room<B>;
  readonly #stock = new Stock<B>();
  readonly #open: OpenBatch<B>;
  readonly #intake: Intake<B>;
  readonly #supply: Supply<B>;
  readonly #dispatcher: Dispatcher<B>;
  readonly #spooling: Spooling<B> | undefined;
  readonly #aging: Aging;
  readonly #departures = new Departures();
  readonly #slice = (batch: B, from: number, to: number) => {
    const part = this.#parts.packer.slice(batch, from, to);
    markPart(part, batch, from);
    return part;
  };
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
      dropOpen: level => (parts.spool === undefined ? this.#intake.dropOpen(level) : undefined),
      cutOpen: () => this.#intake.cutAccepted(),
      onDrop: dropped => {
        parts.wayOut.loseRows([dropped], 'queue full');
        this.#departures.check(() => this.#position());
      }
    });
    this.#intake = new Intake({
      ...parts,
      stock: this.#stock,
      open: this.#open,
      room: this.#room,
      ...(parts.hasFallback && { isHurried: () => this.#dispatcher.isDetouring }),
      ...(parts.deliverNow !== undefined && parts.spool === undefined && { relieve: () => this.#relieve() }),
      spill: parts.spool && (() => this.#spooling?.spill()),
      onBegin: () => this.#begin(),
      onCut: () => {
        this.#spooling?.cut();
        start();
      },
      settled: parts.spool && (isCrowded => this.#spooling?.settled(isCrowded))
    });
    this.#supply = new Supply({
      clock,
      marker: parts.marker,
      room: this.#room,
      stock: this.#stock,
      open: this.#open,
      intake: this.#intake,
      slice: this.#slice,
      spooling: () => this.#spooling,
      dispatcher: () => this.#dispatcher,
      isFlushing: () => this.#flushes > 0
    });
    parts.marker.onDue = start;
    parts.marker.openPlace = () => this.#open.ordinal + 1;
    this.#aging = new Aging(
      clock,
      parts.maxAge,
      before => this.#giveUpOld(before),
      () => (this.#dispatcher.ahead.batch ?? this.#stock.first ?? this.#open).since
    );
    this.#dispatcher = new Dispatcher<B>({
      ...parts,
      giveUp: (given, reason, error) => parts.wayOut.giveUp(given, reason, error),
      next: () => {
        this.#aging.check();
        return this.#supply.next();
      },
      rest: () => this.#supply.takeAll(),
      following: () => this.#supply.following(),
      putBack: batch => this.#stock.putBack(batch),
      slice: this.#slice,
      notice: (batch, error) => this.#supply.notice(batch, error),
      onRetry: (batch, delay, error) => {
        parts.onRetry(batch, delay, error);
        this.end.attemptFailed();
      },
      keeps: batch => this.#keeps(batch),
      stays: batch => this.#spooling?.keep(batch) ?? false,
      leaving: batch => {
        if (batch.isOwn === undefined && !isOutside(batch)) this.#room.leaving(batch);
      },
      left: (batch, hasArrived) => this.#left(batch, hasArrived)
    });
    this.#spooling = parts.spool && this.#spool(parts.spool);
    this.end = new QueueEnd({
      ...parts,
      intake: this.#intake,
      room: this.#room,
      supply: this.#supply,
      dispatcher: this.#dispatcher,
      spooling: this.#spooling,
      aging: this.#aging,
      flush: () => this.flush(),
      left: batch => this.#left(batch, true),
      check: () => this.#check()
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
    const inMemory = this.#dispatcher.batches[0]?.since ?? this.#stock.first?.since ?? this.#open.since;
    const onDisk = this.#spooling?.since;
    return onDisk === undefined || inMemory === undefined ? (onDisk ?? inMemory) : Math.min(onDisk, inMemory);
  }

  /** What is on disk. */
  get spool(): SpoolStats | undefined {
    return this.#spooling?.stats;
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
    const oldest = this.#callIn();
    this.#dispatcher.courier.hurry();
    this.#flushes++;
    marker.makeDue();
    // While the fallback gets everything, nothing can be told.
    const isTold = marker.hasLosses && !this.#dispatcher.isDetouring;
    const markers = marker.counts.taken + (isTold ? 1 : 0);
    await this.#departures.wait({ oldest, markers }, this.#position());
    this.#flushes--;
  }

  /** Whether a batch is not given up though it cannot be sent: on disk, or, with nowhere else to go, in memory for the disk. */
  #keeps(batch: B | undefined): boolean {
    const { hasFallback } = this.#parts;
    if (this.#spooling === undefined || batch?.isOwn !== undefined) return false;
    return !hasFallback || this.#spooling.keeps(batch);
  }

  #spool(setup: SpoolSetup<B>): Spooling<B> {
    const { circuit, wayOut } = this.#parts;
    const spooling = new Spooling<B>({
      ...this.#parts,
      setup,
      room: this.#room,
      stock: this.#stock,
      open: this.#open,
      slice: this.#slice,
      cutAll: () => this.#intake.cutAll(),
      accepted: () => this.#supply.accepted,
      outbound: () => this.#dispatcher.undecided,
      taken: () => this.#dispatcher.batches,
      isDown: () => circuit.isOpen,
      lose: (rows, reason) => {
        wayOut.loseRows(rows, reason);
        this.#check();
      },
      onReady: () => {
        this.#departures.check(() => this.#position());
        this.#dispatcher.start();
      },
      onRecovered: () => this.#begin()
    });
    circuit.onOpen = () => spooling.check();
    this.#open.onTime = () => spooling.due();
    return spooling;
  }

  /**
   * Has all that was taken sent as soon as it can be; returns the place of the last batch of it. The open one stays open
   * until then: who flushes after each record of an outage would else make a batch of each.
   */
  #callIn(): number {
    const open = this.#open;
    if (this.#spooling !== undefined) this.#intake.cutAll();
    if (open.size === 0) return open.ordinal;
    open.makeDue();
    return open.ordinal + 1;
  }

  /** There is something that waits. */
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

  #giveUpOld(before: number): void {
    const { courier, batches, ahead } = this.#dispatcher;
    if ((ahead.batch?.since ?? before) < before) ahead.stop();
    // What waits for its next attempt goes first, and asks for what stands behind it when it has gone.
    if (courier.isPausing && batches.some(({ since }) => since < before)) {
      courier.hurry();
      return;
    }
    for (let old = this.#supply.takeBefore(before); old !== undefined; old = this.#supply.takeBefore(before)) {
      void this.#dispatcher.giveUp(old, 'too old');
    }
  }

  /** A batch has left; if it is the one that tells of losses: for good, or to be sent again with what was lost since. */
  #left(batch: B, isGone: boolean): void {
    if (batch.isOwn === 'losses') {
      this.#parts.marker.left(isGone);
    } else if (batch.isOwn === undefined) {
      if (!isOutside(batch)) this.#room.left(batch);
      this.#spooling?.left(batch);
    }
    if (this.#stock.first !== undefined) {
      this.#spooling?.check();
      this.#dispatcher.start();
    }
    this.#check();
  }

  /** Something has left: tells those who wait for that, and if nothing waits here any more. */
  #check(): void {
    this.#departures.check(() => this.#position());
    const isEmpty = this.#room.count === 0 && this.#open.size === 0 && (this.#spooling?.isEmpty ?? true);
    if (!this.#isPending || !isEmpty) return;
    this.#isPending = false;
    this.#parts.onPending(false);
  }

  #position(): Position {
    const ordinals = this.#dispatcher.batches.map(({ ordinal }) => ordinal);
    if (this.#open.size > 0) ordinals.push(this.#open.ordinal + 1);
    return {
      oldest: Math.min(...ordinals, this.#supply.ordinal),
      markers: this.#parts.marker.counts.left
    };
  }
}
