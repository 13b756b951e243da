import type { Spool } from '../spool/spool.js';
import { isSafe, type QueuedBatch } from './batch.js';
import { placeOf } from './spool-line.js';
import { type Piece, pieceOf } from './spool-pieces.js';

/** What taken batches are written with. */
export interface TakenParts<B extends QueuedBatch> {
  readonly spool: Spool;
  /** The batches that were taken out of the queue and have not left, in order. */
  readonly taken: () => readonly B[];
  /** Those of them of which it is not decided what becomes of them. */
  readonly outbound: () => readonly B[];
  /**
   * A batch is on disk; `dropped` are the numbers of those records for which there was no room. One that was taken may have
   * become `parts` meanwhile.
   */
  readonly onWritten: (
    batch: B,
    from: 'memory' | 'taken' | 'disk',
    dropped: readonly number[],
    parts?: readonly B[]
  ) => void;
}

/** What was taken out of a queue to be sent, and is written down: while that is done, it may leave, or be divided. */
export class Taken<B extends QueuedBatch> {
  readonly #parts: TakenParts<B>;

  constructor(parts: TakenParts<B>) {
    this.#parts = parts;
  }

  /**
   * What is to be written: what is neither on disk nor in `flight`, as the parts of a batch are that is. If one of them is
   * divided from now on, its parts are known by its name.
   */
  pieces(flight: readonly Piece<B>[]): Piece<B>[] {
    const flying = new Set(flight.map(({ id }) => id));
    const batches = this.#parts.outbound().filter(batch => {
      const { id, onDisk, isOwn } = batch;
      return !isSafe(batch) && isOwn === undefined && !flying.has(id) && !flying.has(onDisk?.id ?? id);
    });
    return batches.map(batch => {
      batch.onDisk ??= placeOf(batch, 0);
      return pieceOf('taken', batch, true, batch.onDisk.id === batch.id ? batch.onDisk.written : 0);
    });
  }

  /** A batch is on disk, of which there may be nothing left, or parts. */
  stored(batch: B): void {
    const { spool, taken, onWritten } = this.#parts;
    const parts = taken().filter(one => one === batch || one.onDisk?.id === batch.id);
    if (parts.length === 0) {
      spool.done(batch.id);
      return;
    }
    onWritten(batch, 'taken', [], parts);
    if (parts.includes(batch)) return;
    const left = new Set(parts.flatMap(({ onDisk }) => Array.from(onDisk?.numbers ?? [])));
    const gone = Array.from({ length: batch.rows }, (_, number) => number).filter(number => !left.has(number));
    if (gone.length > 0) spool.done(batch.id, gone);
  }
}
