import { failures as channel } from './channels.js';
import { systemClock } from './clock.js';
import { Warnings } from './warnings.js';

/** Why records were given up. */
export type LossReason =
  /** The queue had no room: `maxQueued` or `maxQueuedBytes`. */
  | 'queue full'
  /** They had waited for longer than `maxAge`. */
  | 'too old'
  /** The target is down, which earlier batches have found out, and there is a fallback. */
  | 'circuit open'
  /** The last of `maxRetries` failed. */
  | 'retries exhausted'
  /** The receiver will never take them: a `PermanentDeliveryError`. */
  | 'rejected'
  /** The deadline of `dispose` came first. */
  | 'out of time'
  /** The record could not be put into the target's form. */
  | 'not encodable'
  /** What the spool had written down cannot be read any more. */
  | 'unreadable'
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
  /** Records were not delivered before the target was disposed of: they are on disk, for the next process. */
  | {
      readonly kind: 'kept';
      readonly target: string;
      readonly count: number;
      /** The directory of the spool. */
      readonly directory: string;
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
    case 'kept':
      return `${failure.target}: ${failure.count} record(s) are kept in ${failure.directory}, to be sent by the next process${error}`;
    case 'error':
      return `${failure.target}: ${failure.what} failed${error}`;
  }
}

const remedies: Readonly<Record<LossReason, string>> = {
  'queue full': 'raise maxQueued or maxQueuedBytes (of a spool: maxBytes), or log less while the receiver is away',
  unreadable: 'look after the disk of the spool',
  'too old': 'raise maxAge, or set fallbackTarget to keep such records',
  'circuit open': 'the fallback failed too',
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
    const members = error instanceof AggregateError ? error.errors.map(member => describeError(member).slice(2)) : [];
    const texts = [error.message, ...members].filter(text => text !== '');
    return `: ${error.name}: ${texts.join('; ')}`;
  } catch {
    return ': an error that cannot be shown'; // a getter or a toString of the error threw
  }
}

/** The warnings of all who have no listener; one, so that its limits hold for the process. */
const warnings = new Warnings(systemClock);

/** The listener of those who have none: process warnings, at most one per target, kind and reason in 10 s. */
export function warn(failure: LogFailure, into = warnings): void {
  const key = `${failure.kind} ${failure.target} ${'reason' in failure ? failure.reason : ''}`;
  into.say(key, () => describeFailure(failure), failure.kind === 'lost' ? failure.count : 0);
}

/** A listener is at work: what fails meanwhile is likely its own doing. */
let telling = false;

/**
 * Tells `listener`, whatever it does, and the channel `logflume:failure`. A failure while a listener is at work, as one that logs may cause, becomes a
 * process warning: it would otherwise tell itself of its own failures without end.
 */
export function tell(listener: FailureListener, failure: LogFailure): void {
  if (telling) {
    warn(failure);
    return;
  }
  telling = true;
  try {
    if (channel.hasSubscribers) channel.publish(failure);
    const answer: unknown = listener(failure);
    if (isThenable(answer)) Promise.resolve(answer).catch(error => listenerFailed(error, failure));
  } catch (error) {
    listenerFailed(error, failure);
  } finally {
    telling = false;
  }
}

function listenerFailed(error: unknown, failure: LogFailure): void {
  const text = () => `onFailure failed${describeError(error)}; it was told: ${describeFailure(failure)}`;
  warnings.say(`onFailure ${failure.target}`, text, failure.kind === 'lost' ? failure.count : 0);
}

/** Whether somebody has returned a promise where none is waited for. Never throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
  } catch {
    return false; // a proxy that does not want to be looked at is no promise of ours
  }
}

/**
 * What a function has returned whose answer is needed at once. Of a promise that it may have made by mistake nobody is left
 * to hear the rejection, which must not end the process.
 */
export function atOnce<T>(answer: T): T {
  if (isThenable(answer)) Promise.resolve(answer).catch(() => undefined);
  return answer;
}

/**
 * Thrown or rejected with by a target's `logRecords` or a transport's `send` when trying the same batch again cannot
 * help. A batch of several records is then halved, and each half sent as a batch of its own, until the records that are
 * refused are alone: these are given up, and the others arrive.
 */
export class PermanentDeliveryError extends Error {
  override name = 'PermanentDeliveryError';
  /** Whether parts of the batch may fare better. */
  readonly isDivisible: boolean;
  /** Which records of the batch are refused, from 0, if that is known: all others have arrived. */
  readonly refused: readonly number[] | undefined;

  /**
   * `refused` says which records of the batch will never be taken, by their places from 0, when all others have arrived:
   * only these are given up, and nothing is sent again. `isDivisible: false` says that it is not about these records (nobody listens any more, the password is wrong): the
   * batch is then given up whole. Default: true.
   */
  constructor(
    message?: string,
    options: ErrorOptions & { readonly isDivisible?: boolean; readonly refused?: readonly number[] } = {}
  ) {
    const { isDivisible = true, refused, ...rest } = options;
    super(message, rest);
    this.isDivisible = isDivisible;
    this.refused = refused;
  }
}
