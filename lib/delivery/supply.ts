import type { Clock } from '../core/clock.js';
import type { LogRecord } from '../core/record.js';
import type { QueuedBatch } from './batch.js';
import type { Dispatcher } from './dispatcher.js';
import type { Intake } from './intake.js';
import { type LossMarker, troubleRecord } from './marker.js';
import type { OpenBatch } from './open-batch.js';
import type { Room } from './room.js';
import { isOutside } from './spool-line.js';
import type { Spooling } from './spooling.js';
import type { Slice, Stock } from './stock.js';

/** What a supply works with. */
export interface SupplyParts<B extends QueuedBatch> {
  readonly clock: Clock;
  readonly marker: LossMarker;
  readonly room: Room<B>;
  readonly stock: Stock<B>;
  readonly open: OpenBatch<B>;
  readonly intake: Intake<B>;
  readonly slice: Slice<B>;
  readonly spooling: () => Spooling<B> | undefined;
  readonly dispatcher: () => Pick<Dispatcher<B>, 'isWell' | 'isDetouring' | 'batches'>;
  /** Whether somebody waits for everything to be sent. */
  readonly isFlushing: () => boolean;
}

const all = Number.POSITIVE_INFINITY;

/**
 * What there is to be sent, in order: what is on disk, the batches that were cut, and what is in the open one if it is due;
 * between them, where it belongs, the record that tells of losses.
 */
export class Supply<B extends QueuedBatch> {
  readonly #parts: SupplyParts<B>;

  constructor(parts: SupplyParts<B>) {
    this.#parts = parts;
  }

  /** The place of the first batch that has not been taken; Infinity if none was cut. */
  get ordinal(): number {
    const { spooling, stock } = this.#parts;
    return Math.min(spooling()?.ordinal ?? all, stock.first?.ordinal ?? all);
  }

  /** Whether there is anything in memory that has not been taken. */
  get hasMore(): boolean {
    const { stock, open } = this.#parts;
    return stock.first !== undefined || open.size > 0;
  }

  /** How many of the records in the stock are accepted: those that wait for that are not sent yet. */
  get accepted(): number {
    const { room, dispatcher, spooling } = this.#parts;
    if (room.waiting === 0) return all;
    const out = dispatcher().batches.filter(batch => batch.isOwn === undefined && !isOutside(batch));
    return out.reduce((left, batch) => left - batch.size, room.count - (spooling()?.inRoom ?? 0));
  }

  /** The next batch to be sent; undefined if none is due, or if it must be read or written first. */
  next(): B | undefined {
    const { marker, open, intake, stock, slice, dispatcher, isFlushing, spooling } = this.#parts;
    const { isWell, isDetouring } = dispatcher();
    // Alone it is sent to a target that took what it got last, or if somebody flushes: it is no reason to try again.
    const mayGoAlone = marker.isDue && (isWell || isFlushing());
    const isLast = this.ordinal === all;
    const isItsTurn = isLast ? open.isDue || mayGoAlone : this.ordinal >= marker.place;
    if (marker.hasLosses && isItsTurn && !isDetouring) {
      const told = this.#tell();
      if (told !== undefined) return told;
    }
    if (isLast && open.isDue) intake.cutAll();
    const disk = spooling();
    const fromDisk = disk?.take();
    return fromDisk !== undefined || disk?.comesFirst ? fromDisk : stock.take(this.accepted, slice);
  }

  /**
   * Takes out the first batch of the stock while another is on its way, if it comes next for sure: not what tells of losses,
   * and not beside a spool, which may write it down meanwhile.
   */
  following(): B | undefined {
    const { marker, stock, slice, spooling } = this.#parts;
    const { first } = stock;
    if (first === undefined || marker.hasLosses || spooling() !== undefined) return undefined;
    return first.rows <= this.accepted ? stock.take(first.rows, slice) : undefined;
  }

  /** All batches that are in memory only, and not being written. */
  takeAll(): B[] {
    const { intake, stock, slice } = this.#parts;
    intake.cutAll();
    const batches: B[] = [];
    for (let batch = stock.first; batch !== undefined; batch = stock.first) {
      batches.push(stock.take(all, slice) ?? batch);
    }
    return batches;
  }

  /** Takes out of memory what was logged before a time, as far as one batch goes; undefined if there is nothing. */
  takeBefore(time: number): B | undefined {
    const { intake, open, stock, slice } = this.#parts;
    if (intake.isPacking) return undefined;
    if ((open.since ?? time) < time) intake.cutAll();
    return stock.takeBefore(time, this.accepted, slice);
  }

  /** A batch that tells of the trouble with another one; undefined if it cannot be written. */
  notice(batch: B, error: unknown): B | undefined {
    return this.#packOwn('trouble', () => troubleRecord(this.#parts.clock.now(), batch, error));
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
    const { marker, intake } = this.#parts;
    // A format or a tag function that logs must not cause another loss to be told of, and so on without end.
    marker.isDeaf = true;
    const batch = intake.packOwn(what, record);
    marker.isDeaf = false;
    return batch;
  }
}
