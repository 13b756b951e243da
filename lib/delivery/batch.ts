import type { LogRecord } from '../core/record.js';

/** Records that are sent, retried, acknowledged and given up together. */
export interface Batch {
  /** Stays the same across attempts, and is never used for another batch. */
  readonly id: string;
  /** How many records it holds. */
  readonly size: number;
  /** How many bytes they take; an estimate where records are kept as objects. */
  readonly bytes: number;
  /** When its first record was logged, in milliseconds since the Unix epoch. */
  readonly since: number;
  /** Which attempt to send it this is, from 1; 0 before the first. */
  readonly attempt: number;
  /** Aborted when there is no more time for this attempt: what still runs for it may stop. */
  readonly signal: AbortSignal;
}

/** A batch as the engine sees it. */
export interface QueuedBatch extends Batch {
  attempt: number;
  signal: AbortSignal;
  /** A record, for a fallback target: the object itself, or decoded from its wire form, which may throw. */
  record(index: number): LogRecord;
}

/** Where records are collected until there are enough for a batch: as objects, or as bytes. */
export interface Packer<B extends QueuedBatch> {
  /** Records since the last cut. */
  readonly size: number;
  /** Bytes since the last cut. */
  readonly bytes: number;
  /** Adds a record. Throws, and adds nothing, if it cannot be put into this packer's form. */
  add(record: LogRecord): void;
  /** Takes the record away again that was just added. */
  undo(): void;
  /** Makes a batch of the first `count` records: all of them, or all but the last, which stays. */
  cut(count: number): B;
}

/** An `AbortSignal` that never fires: what a batch has before the queue takes it. */
export const unaborted: AbortSignal = new AbortController().signal;
