import type { LogRecord } from '../core/record.js';
import type { ByteWriter } from './bytes.js';

/**
 * How one record is written on a wire. Stateless as seen from outside: the same record gives the same bytes.
 *
 * Every value has a written form; `encode` throws only if the record cannot be written at all, and the caller then winds
 * the bytes back.
 */
export interface Encoder {
  /**
   * What the bytes are: `msgpack` (values one after the other), `json` (lines), or a name of your own. A spool notes it, so
   * that they are not taken for something else after a restart. Default: `bytes`.
   */
  readonly format?: string;
  /** Appends one record's wire form. */
  encode(record: LogRecord, into: ByteWriter): void;
  /**
   * A record from the bytes that `encode` wrote for it, its level and its topic: what a fallback target gets. An encoder
   * that cannot do this leaves it out, and the queue then keeps the records beside their bytes.
   */
  decode?(bytes: Uint8Array, level: number, topic: string): LogRecord;
  /**
   * What records must have in common to travel in one message (Fluentd: the tag). A batch of several topics is sent as
   * one message for each, in one write. Left out if there is nothing of the kind.
   */
  topic?(record: LogRecord): string;
}
