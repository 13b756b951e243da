import { PermanentDeliveryError } from '../core/failures.js';
import type { QueuedBatch } from './batch.js';
import type { Verdict } from './trial.js';
import { isUnsent } from './unsent.js';

/** Whether the target has listened, be it that it refused what is in the batch. */
export function hasListened(outcome: Verdict): boolean {
  if (outcome.kind === 'refused') return outcome.reason === 'rejected' && isDivisible(outcome.error);
  return outcome.kind === 'arrived' || outcome.kind === 'guilty';
}

/** Whether the error may be about some of the records only. */
export function isDivisible(error: unknown): boolean {
  return !(error instanceof PermanentDeliveryError) || error.isDivisible;
}

/**
 * Whether an attempt that has failed shows that a batch is to blame, as it is a part of one that was: for a single record whose
 * retries do not end, that is not enough.
 */
export function isToBlame({ isSuspect, size }: QueuedBatch, error: unknown, isEndless: boolean): boolean {
  return isSuspect && !isUnsent(error) && (size > 1 || !isEndless);
}

/** The rows that the error names, if it names some and all of them are there. */
export function refusedOf(error: unknown, batch: QueuedBatch): readonly number[] {
  const refused = error instanceof PermanentDeliveryError ? error.refused : undefined;
  if (refused === undefined || batch.isOwn !== undefined) return [];
  const rows = [...new Set(refused)].sort((a, b) => a - b);
  return rows.every(row => Number.isInteger(row) && row >= 0 && row < batch.size) ? rows : [];
}
