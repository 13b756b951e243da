import type { SpoolPart } from '../spool/spool.js';
import type { QueuedBatch } from './batch.js';
import type { SpoolCodec } from './spool-codec.js';
import type { Slice, Stock } from './stock.js';

/** What is written together with others: all of a batch, or those of its records that have not been written before. */
export interface Piece<B> {
  readonly kind: 'taken' | 'whole' | 'rest' | 'open';
  readonly batch: B;
  readonly id: string;
  /** The number of the first of these records in the batch, and its row in `batch`. */
  readonly from: number;
  readonly row: number;
  /** Whether the batch stays in memory. */
  readonly stays: boolean;
  /** The numbers of records for which there was no room. */
  dropped: number[];
  error: { readonly reason: unknown } | undefined;
}

/** What batches are taken from. */
export interface PieceSource<B extends QueuedBatch> {
  readonly stock: Stock<B>;
  readonly slice: Slice<B>;
  readonly limits: { readonly maxQueuedBytes: number };
  /** How many of the records in the stock are accepted. */
  readonly accepted: () => number;
}

/**
 * Bytes that are written together: enough for the disk to be busy with, little enough to be soon done; and no more than
 * this share of what may wait, as nothing can be dropped out of them.
 */
const mostBytes = 4 * 1024 * 1024;
const mostShare = 1 / 8;

/** The records of a batch from number `from` on. */
export function pieceOf<B extends QueuedBatch>(kind: Piece<B>['kind'], batch: B, stays: boolean, from = 0): Piece<B> {
  return { kind, batch, id: batch.id, from, row: from, stays, dropped: [], error: undefined };
}

/** Takes batches out of the stock that are written together: no more than one of them above `maxRows` records. */
export function takeBatches<B extends QueuedBatch>(source: PieceSource<B>, maxRows: number): B[] {
  const { stock, slice, accepted, limits } = source;
  const maxBytes = Math.min(mostBytes, limits.maxQueuedBytes * mostShare);
  const batches: B[] = [];
  let bytes = 0;
  let rows = 0;
  let left = accepted();
  while (stock.first !== undefined && bytes < maxBytes && rows < maxRows && left > 0) {
    const batch = stock.take(left, slice);
    if (batch === undefined) break;
    batches.push(batch);
    bytes += batch.bytes;
    rows += batch.rows;
    left -= batch.size;
  }
  return batches;
}

/** A piece, or its rows up to before `end`, in the form in which it is written. */
export function partOf<B extends QueuedBatch>(
  { batch, id, from, row: first }: Piece<B>,
  codec: SpoolCodec<B>,
  row = first,
  end = batch.rows
): SpoolPart {
  const isTried = batch.attempt + batch.earlier > 0;
  return { id, from: from + row - first, ...codec.write(batch, row, end), isTried };
}

/**
 * Pieces in the form in which they are written. What takes long to be put into it is done some records at a time. Never
 * rejects: a piece for which that fails has the error.
 */
export async function partsOf<B extends QueuedBatch>(
  pieces: readonly Piece<B>[],
  codec: SpoolCodec<B>
): Promise<(readonly [Piece<B>, SpoolPart])[]> {
  const parts: [Piece<B>, SpoolPart][] = [];
  let rows = 0;
  for (const piece of pieces) {
    for (let row = piece.row; row < piece.batch.rows; ) {
      const end = Math.min(piece.batch.rows, row + codec.maxRows);
      try {
        parts.push([piece, partOf(piece, codec, row, end)]);
      } catch (reason) {
        piece.error ??= { reason };
      }
      rows += end - row;
      row = end;
      if (rows < codec.maxRows) continue;
      rows = 0;
      await new Promise<void>(resolve => setImmediate(resolve));
    }
  }
  return parts;
}
