import type { WireBatch } from './batch.js';

/** Brings batches of bytes to their destination. Policies around it (failover, a spool) are transports themselves. */
export interface Transport {
  /**
   * Whether nobody reads a batch's payload any more when its first `send` has resolved, nor when `prepare` has returned: its
   * memory is then used for other batches. It may be memory that can be resized, which streams and zlib read like any
   * other, and `fetch` of Node.js 20 and 22 does not. Default: false.
   */
  readonly reusesMemory?: boolean;
  /**
   * Resolves when the destination has the whole batch, as sure as the protocol allows; rejects to have the same batch
   * sent again. Called again only after the last promise has settled. Stops when `batch.signal` is aborted.
   */
  send(batch: WireBatch): Promise<void>;
  /**
   * Is told of the batch that comes next, while another is being sent: what must be made of it before it can be written may
   * be made now. Other batches may come first all the same, or this one with fewer records. Must neither wait nor throw.
   * Left out by those that have nothing to make.
   */
  prepare?(batch: WireBatch): void;
  /**
   * Sends on the stack of a log call, as the queue is filling up and no batch is being sent: true if the destination has
   * the whole batch now; else false, and `send` gets the same batch, which may be begun. Must not wait. Left out by those
   * that never can.
   */
  sendNow?(batch: WireBatch): boolean;
  /**
   * Sends on the stack of the process's `exit` event; false if it cannot, and `unwanted` if nobody is there to take it,
   * which is not worth a word. Left out by those that never can.
   */
  sendSync?(batch: WireBatch): boolean | 'unwanted';
  /** Closes connections and the like. Called once, when nothing is being sent. */
  close(): void | Promise<void>;
}
