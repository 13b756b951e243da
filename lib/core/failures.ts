import type { Clock } from './clock.js';

/** Why records were given up. */
export type LossReason =
  /** The queue had no room: `maxQueued` or `maxQueuedBytes`. */
  | 'queue full'
  /** The last of `maxRetries` failed. */
  | 'retries exhausted'
  /** The receiver will never take them: a `PermanentDeliveryError`. */
  | 'rejected'
  /** The deadline of `dispose` came first. */
  | 'out of time'
  /** The record could not be put into the target's form. */
  | 'not encodable'
  /** They were logged after `dispose`. */
  | 'disposed'
  /** The target's own `log` threw or rejected. */
  | 'target failed';

/** What went wrong at a target. `target` is its name; `count` how many records are concerned. */
export type LogFailure =
  /** An attempt failed and the same batch will be tried again `delay` milliseconds from now. */
  | {
      readonly kind: 'retrying';
      readonly target: string;
      readonly count: number;
      readonly batch: string;
      /** The attempt that failed, from 1. */
      readonly attempt: number;
      readonly delay: number;
      readonly error: unknown;
    }
  /** Records were handed to the fallback target. */
  | {
      readonly kind: 'fell back';
      readonly target: string;
      readonly count: number;
      readonly reason: LossReason;
      /** The name of the fallback target. */
      readonly fallback: string;
      readonly error: unknown;
    }
  /** Records are gone. */
  | {
      readonly kind: 'lost';
      readonly target: string;
      readonly count: number;
      readonly reason: LossReason;
      readonly error: unknown;
    }
  /** Something other than records failed: a filter, a message function, `flush` or `dispose` of a target, a wrong level. */
  | {
      readonly kind: 'error';
      readonly target: string;
      /** What failed, as a noun: `filter`, `flush`, `message`. */
      readonly what: string;
      readonly error: unknown;
    };

/** Is told of every failure, at once and on the caller's stack; what it throws becomes a process warning. */
export type FailureListener = (failure: LogFailure) => void;

/** One line for people: what was lost, why, and the remedy. */
export function describeFailure(failure: LogFailure): string {
  const error = describeError(failure.error);
  switch (failure.kind) {
    case 'retrying':
      return `${failure.target}: attempt ${failure.attempt} to send ${failure.count} record(s) failed, next in ${Math.round(failure.delay)} ms${error}`;
    case 'fell back':
      return `${failure.target}: ${failure.count} record(s) went to the fallback ${failure.fallback} (${failure.reason})${error}`;
    case 'lost':
      return `${failure.target}: ${failure.count} record(s) lost (${failure.reason}); ${remedies[failure.reason]}${error}`;
    case 'error':
      return `${failure.target}: ${failure.what} failed${error}`;
  }
}

const remedies: Readonly<Record<LossReason, string>> = {
  'queue full': 'raise maxQueued or maxQueuedBytes, or log less while the receiver is away',
  'retries exhausted': 'set fallbackTarget to keep such records, or raise maxRetries',
  rejected: 'set fallbackTarget to keep such records',
  'out of time': 'give dispose a longer timeout, or set fallbackTarget to keep such records',
  'not encodable': 'the error tells what the record holds',
  disposed: 'log before the factory is disposed of',
  'target failed': 'log of a target should neither throw nor reject'
};

function describeError(error: unknown): string {
  if (error === undefined) return '';
  try {
    if (!(error instanceof Error)) return `: ${String(error)}`;
    const members =
      error instanceof AggregateError && error.message === ''
        ? error.errors.map(member => describeError(member).slice(2)).join('; ')
        : error.message;
    return `: ${error.name}: ${members}`;
  } catch {
    return ': an error that cannot be shown'; // a getter or a toString of the error threw
  }
}

/** Milliseconds in which one target and kind of failure makes at most one process warning. */
const warningInterval = 10_000;

/**
 * The listener of those who have none: process warnings named `LogflumeWarning`, at most one per target and kind in
 * 10 s, with the number of those left out.
 */
export function warningListener(clock: Clock, warn: (message: string) => void = emitWarning): FailureListener {
  const heard = new Map<string, { until: number; leftOut: number }>();
  return failure => {
    const key = `${failure.kind} ${failure.target} ${'reason' in failure ? failure.reason : ''}`;
    const now = clock.now();
    const last = heard.get(key);
    if (last !== undefined && now < last.until) {
      last.leftOut++;
      return;
    }
    heard.set(key, { until: now + warningInterval, leftOut: 0 });
    const leftOut = last === undefined || last.leftOut === 0 ? '' : ` (and ${last.leftOut} more like this before)`;
    warn(describeFailure(failure) + leftOut);
  };
}

function emitWarning(message: string): void {
  process.emitWarning(message, 'LogflumeWarning');
}

/** Tells `listener`, whatever it does. */
export function tell(listener: FailureListener, failure: LogFailure): void {
  try {
    listener(failure);
  } catch (error) {
    emitWarning(`onFailure threw${describeError(error)}; it was told: ${describeFailure(failure)}`);
  }
}

/**
 * Thrown or rejected with by a target's `logRecords` or a transport's `send` when trying again cannot help: the batch
 * is given up at once.
 */
export class PermanentDeliveryError extends Error {
  override name = 'PermanentDeliveryError';
}
