import type { SpooledBatch, SpoolPart } from '../spool/spool.js';

/** What a spool keeps of a batch's records. */
export type Rows = Pick<SpoolPart, 'payload' | 'ends' | 'levels' | 'times' | 'topics'>;

/** How batches of one form are written into a spool, and made again of what was. */
export interface SpoolCodec<B> {
  /** What makes the payload: `msgpack`, `json`, `record`. Batches of another format cannot be read. */
  readonly format: string;
  /** How many records are written on one stack: what takes long must be done in pieces. */
  readonly maxRows: number;
  /** The records of a packed batch from row `from` to before row `to`. */
  write(batch: B, from: number, to: number): Rows;
  /** Throws if the bytes are not what `write` makes. */
  read(batch: SpooledBatch): B;
}
