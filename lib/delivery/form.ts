import type { Packer, QueuedBatch } from './batch.js';
import type { SpoolCodec } from './spool-codec.js';

/** How a target keeps its records and sends them: for targets that do not work on live records. */
export interface Form<B extends QueuedBatch> {
  readonly packer: Packer<B>;
  /** How batches are written into a spool. */
  readonly codec: SpoolCodec<B>;
  /** Resolves when the batch has arrived; rejects to have it tried again. */
  deliver(batch: B): Promise<void>;
  /** Is told of the batch that comes next, while another is on its way: what must be made of it may be made now. */
  prepare?(batch: B): void;
  /**
   * Sends a batch on the stack of a log call, without waiting; false if it could not send all of it, and `deliver` gets it
   * again. Called only while nothing is being sent.
   */
  deliverNow?(batch: B): boolean;
  /**
   * Sends a batch on the stack of the process's `exit` event; false if it could not, and `unwanted` if nobody is there to
   * take it: lost then, too, but without a word.
   */
  deliverSync?(batch: B): boolean | 'unwanted';
}
