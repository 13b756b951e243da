import { channel } from 'node:diagnostics_channel';

/** Publishes every `LogFailure`, whoever else listens to it. */
export const failures = channel('logflume:failure');

/** Publishes a `BatchEvent` for each attempt to send a batch. */
export const batches = channel('logflume:batch');

/** One attempt to send a batch: what the diagnostics channel `logflume:batch` publishes. */
export interface BatchEvent {
  /** The target's name. */
  readonly target: string;
  /** The batch's id: the same in all its attempts. */
  readonly batch: string;
  /** How many records it holds. */
  readonly size: number;
  /** How many bytes they take; an estimate where records are kept as objects. */
  readonly bytes: number;
  /** Which attempt this was, from 1. */
  readonly attempt: number;
  /** Milliseconds from its beginning to its end. */
  readonly duration: number;
  /** `failed` attempts may be followed by others; what becomes of the records in the end, failures tell. */
  readonly outcome: 'delivered' | 'failed';
  /** Why it failed. */
  readonly error?: unknown;
}
