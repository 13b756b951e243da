import type { Clock } from '../core/clock.js';
import { SpoolGapError, type SpoolPart } from '../spool/spool.js';
import type { QueuedBatch } from './batch.js';
import { DiskWaits } from './disk-waits.js';
import type { OpenBatch } from './open-batch.js';
import type { SpoolCodec } from './spool-codec.js';
import { placeOf } from './spool-line.js';
import { type Piece, partOf, partsOf, pieceOf, takeBatches } from './spool-pieces.js';
import type { Slice, Stock } from './stock.js';
import { Taken, type TakenParts } from './taken.js';

/** What a writer works with. */
export interface SpoolWriterParts<B extends QueuedBatch> extends TakenParts<B> {
  readonly codec: SpoolCodec<B>;
  readonly clock: Clock;
  readonly limits: { readonly maxQueuedBytes: number };
  readonly stock: Stock<B>;
  readonly open: OpenBatch<B>;
  readonly slice: Slice<B>;
  /** Cuts the open batch. */
  readonly cutAll: () => void;
  /** How many of the records in the stock are accepted. */
  readonly accepted: () => number;
  /** Whether there is reason to write what waits now. */
  readonly isWanted: () => boolean;
  /** Whether the records of the open batch are written, too, before it is cut. */
  readonly writesOpen: () => boolean;
  /** Whether a batch that is about to be written stays in memory. */
  readonly staysInMemory: () => boolean;
  readonly onError: (error: unknown) => void;
  /** There is nothing more to write, or it cannot be written now. */
  readonly onIdle: () => void;
}

/**
 * Milliseconds from which on a sync is so slow that all whom it has set free should log again before the next one begins, for
 * them to share it. Where syncs are quick, some log while what others have logged is written.
 */
const slow = 3;

/**
 * Writes what waits in a queue to disk, in order: batches that were cut, and in the mode `always` also the records of the
 * one that is open, as they come. What is in the stock is never on disk, so that records can be dropped out of it.
 */
export class SpoolWriter<B extends QueuedBatch> {
  readonly #parts: SpoolWriterParts<B>;
  readonly #taken: Taken<B>;
  #running: Promise<void> | undefined;
  /** What is being written. */
  #flight: readonly Piece<B>[] = [];
  /** All of it was given to the spool: what is written from now on stands behind it. */
  #isAppended = false;
  /** How many records of the open batch, whose id this is, are on disk or being written, and how many are on disk. */
  #head: { readonly id: string; begun: number; written: number } | undefined;
  /** A batch that was cut when some of its records were on disk. */
  #rest: { readonly batch: B; written: number } | undefined;
  /** The disk did not take everything since the last look at what is to be written. */
  #mayNotSpill = false;
  /** Log calls that wait until their records are on disk. */
  readonly #waits = new DiskWaits();

  constructor(parts: SpoolWriterParts<B>) {
    this.#parts = parts;
    this.#taken = new Taken(parts);
  }

  /** Whether there may be something that is written now or next. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Batches that are neither in the stock nor on disk: they are being written. */
  get batches(): readonly B[] {
    const whole = this.#flight.filter(({ kind }) => kind === 'whole').map(({ batch }) => batch);
    return this.#rest === undefined ? whole : [this.#rest.batch, ...whole];
  }

  /** Sees to it that what waits is written, though not on this stack. */
  start(): void {
    this.#running ??= Promise.resolve()
      .then(() => this.#run())
      .catch(error => {
        this.#end();
        this.#parts.onError(error); // a clock or a listener of a user's has thrown
      });
  }

  /** Resolves when there is nothing more to write. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Resolves when the record that was just logged is on disk, or cannot be written; one promise for many. */
  written(): Promise<void> {
    const { open } = this.#parts;
    this.start();
    return this.#waits.add(open.size > 0 ? open.ordinal + 1 : open.ordinal);
  }

  /** The open batch was cut. If some of its records are on disk, it does not stay where they could be dropped. */
  cut(): void {
    const head = this.#head;
    if (head !== undefined && head.id !== this.#parts.open.id) {
      this.#head = undefined;
      const batch = this.#parts.stock.take(Number.POSITIVE_INFINITY, this.#parts.slice);
      if (batch !== undefined) this.#keepRest(batch, head.written);
    }
  }

  /** Writes what waits on this stack: memory is nearly full, and records come faster than the disk. */
  spill(): void {
    const { spool, codec, stock } = this.#parts;
    const isBehind = this.#flight.length === 0 || this.#isAppended;
    if (this.#mayNotSpill || !isBehind || !spool.canSpill) return;
    this.#mayNotSpill = true; // a listener that is told of an error may log
    const pieces = this.#taken.pieces(this.#flight);
    if (stock.first?.onDisk === undefined) pieces.push(...this.#stockPieces(codec.maxRows, () => false));
    const isWhole = pieces.every(({ from }) => from === 0);
    const parts = isWhole ? pieces.map(piece => ({ part: partOf(piece, codec), isHeld: piece.stays })) : [];
    const kept = spool.spill(parts);
    for (const { kind, batch } of pieces.slice(kept).reverse()) if (kind === 'whole') stock.putBack(batch);
    for (const piece of pieces.slice(0, kept)) this.#stored(piece);
    this.#mayNotSpill = kept < pieces.length || kept === 0;
  }

  /** The process ends: writes these on this stack. Returns how many, from the first, are kept. */
  keepNow(batches: readonly B[]): number {
    const { spool, codec } = this.#parts;
    const pieces = batches.map(batch => pieceOf('whole', batch, false, this.writtenOf(batch)));
    try {
      return spool.appendSync(pieces.map(piece => partOf(piece, codec)));
    } catch {
      return 0; // a store of a user's: the records still have somebody else to go to
    }
  }

  /** Nobody waits for the disk any more. */
  letGo(): void {
    this.#waits.freeAll();
  }

  /** How many records of a batch that is not safe are on disk under its own id: a part has one that is not known there. */
  writtenOf(batch: B): number {
    if (this.#rest?.batch === batch) return this.#rest.written;
    return batch.onDisk?.id === batch.id ? batch.onDisk.written : 0;
  }

  async #run(): Promise<void> {
    for (let pieces = this.#collect(); pieces.length > 0; pieces = this.#collect()) {
      const unwritten = this.#firstUnwritten;
      const begin = this.#parts.clock.now();
      this.#flight = pieces;
      await this.#append(pieces);
      this.#flight = [];
      const failed = pieces.findIndex(({ error }) => error !== undefined);
      // What was taken has its own place: under its own id it is on disk though what stands before it is not.
      const kept = pieces.filter(
        ({ kind, error }, index) => failed < 0 || index < failed || (kind === 'taken' && !error)
      );
      for (const piece of kept) this.#stored(piece);
      if (failed < 0) this.#waits.free(unwritten);
      else
        this.#undo(
          pieces.filter(piece => !kept.includes(piece)),
          pieces[failed]?.error?.reason
        );
      if (this.#parts.clock.now() - begin >= slow) await this.#waits.gone();
    }
    this.#end(); // on the stack of the last look: what comes from now on begins anew
  }

  #end(): void {
    this.#running = undefined;
    this.#waits.freeAll(); // what could be written has been
    this.#parts.onIdle();
  }

  /** The place of the first batch of which, after what has been collected is written, some records are not. */
  get #firstUnwritten(): number {
    const { stock, open } = this.#parts;
    if (stock.first !== undefined) return stock.first.ordinal;
    return open.size > (this.#head?.begun ?? 0) ? open.ordinal + 1 : Number.POSITIVE_INFINITY;
  }

  /** What is to be written next. */
  #collect(): Piece<B>[] {
    const { stock, isWanted, accepted, cutAll, open, writesOpen, staysInMemory } = this.#parts;
    this.#mayNotSpill = false;
    if (!isWanted()) return [];
    const pieces = this.#taken.pieces([]);
    // Those of the open batch that wait for room are not accepted yet. If some of it is on disk, what is cut is now the rest.
    if (accepted() !== Number.POSITIVE_INFINITY && writesOpen()) cutAll();
    if (this.#rest !== undefined) pieces.push(pieceOf('rest', this.#rest.batch, true, this.#rest.written));
    pieces.push(...this.#stockPieces(Number.POSITIVE_INFINITY, staysInMemory));
    if (stock.first === undefined && this.#rest === undefined && writesOpen()) {
      const begun = this.#head?.begun ?? 0;
      if (open.size > begun) pieces.push(this.#openPiece(begun));
    }
    this.#waits.begin();
    return pieces;
  }

  #stockPieces(maxRows: number, staysInMemory: () => boolean): Piece<B>[] {
    return takeBatches(this.#parts, maxRows).map(batch => {
      const isHeld = batch.onDisk !== undefined;
      return pieceOf('whole', batch, isHeld || staysInMemory(), this.writtenOf(batch));
    });
  }

  #openPiece(begun: number): Piece<B> {
    const { open } = this.#parts;
    this.#head ??= { id: open.id, begun: 0, written: 0 };
    this.#head.begun = open.size;
    return { ...pieceOf('open', open.copy(begun), true, begun), id: open.id, row: 0 };
  }

  /** Appends all pieces, in order and together. Never rejects. */
  async #append(pieces: readonly Piece<B>[]): Promise<void> {
    this.#isAppended = false;
    const parts = await partsOf(pieces, this.#parts.codec);
    const answers = parts.map(([piece, part]) => this.#appendPart(piece, part));
    this.#isAppended = true;
    await Promise.all(answers);
  }

  async #appendPart(piece: Piece<B>, part: SpoolPart): Promise<void> {
    try {
      piece.dropped.push(...(await this.#parts.spool.append(part, piece.stays)));
    } catch (reason) {
      piece.error ??= { reason };
    }
  }

  #stored({ kind, batch, id, from, stays, dropped }: Piece<B>): void {
    const { onWritten, open } = this.#parts;
    switch (kind) {
      case 'taken':
        this.#forgetOther(batch);
        this.#taken.stored(batch);
        return;
      case 'whole':
        this.#forgetOther(batch);
        onWritten(batch, stays ? 'memory' : 'disk', dropped);
        return;
      case 'rest':
        this.#rest = undefined;
        this.#completed(batch);
        return;
      case 'open': {
        const written = from + batch.rows;
        if (this.#head?.id === id && open.id === id) this.#head.written = written;
        else if (this.#rest?.batch.id === id) this.#keepRest(this.#rest.batch, written);
      }
    }
  }

  /** Under another id its records need not be on disk any more. */
  #forgetOther({ id, onDisk }: B): void {
    if (onDisk !== undefined && onDisk.id !== id) this.#parts.spool.done(onDisk.id, Array.from(onDisk.numbers));
  }

  #keepRest(batch: B, written: number): void {
    this.#rest = { batch, written };
    const isBeingWritten = this.#flight.some(({ kind, id }) => kind === 'open' && id === batch.id);
    if (written < batch.rows || isBeingWritten) return;
    this.#rest = undefined;
    this.#completed(batch);
  }

  /** All of a batch is on disk that was written while it was open: it need not stay in memory if there is little room. */
  #completed(batch: B): void {
    const { staysInMemory, spool, onWritten } = this.#parts;
    const stays = staysInMemory();
    if (!stays) spool.release(batch.id);
    onWritten(batch, stays ? 'memory' : 'disk', []);
  }

  /**
   * These could not be written, or come after one that could not: they go back to where they were, in order. Some of them
   * may be on disk all the same: they keep their ids, and nothing is dropped out of them.
   */
  #undo(pieces: readonly Piece<B>[], error: unknown): void {
    const { stock, cutAll } = this.#parts;
    const back: B[] = [];
    const hasGone = error instanceof SpoolGapError;
    if (this.#head !== undefined) cutAll(); // calls `cut`
    for (const { kind, batch, from } of pieces) {
      if (kind === 'open' || kind === 'rest') continue;
      if (batch.onDisk === undefined || hasGone) batch.onDisk = placeOf(batch, hasGone ? 0 : from);
      if (kind === 'whole') back.push(batch);
    }
    if (this.#rest !== undefined) {
      const { batch, written } = this.#rest;
      batch.onDisk = placeOf(batch, hasGone ? 0 : written);
      back.push(batch);
    }
    this.#head = undefined;
    this.#rest = undefined;
    for (const batch of back.sort((a, b) => a.ordinal - b.ordinal).reverse()) stock.putBack(batch);
    if (hasGone) return; // it is written again at once, from its first record
    this.#parts.onError(error);
    this.#waits.freeAll();
  }
}
