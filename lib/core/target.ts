import { withMethods } from './check.js';
import type { FailureListener, LogFailure, LossReason } from './failures.js';
import { tell, warn } from './failures.js';
import type { LastResort } from './last-resort.js';
import type { LogRecord } from './record.js';

/** How long something may take. */
export interface Deadline {
  /** Milliseconds from now. */
  readonly timeout?: number;
}

/**
 * Where every record of a target is. At every moment
 * `accepted = delivered + fellBack + lost + pending`.
 */
export interface TargetStats {
  /** The target's name. */
  readonly name: string;
  /** Records that were logged to the target. */
  readonly accepted: number;
  /** Records that arrived: as sure as the target's protocol can tell. */
  readonly delivered: number;
  /** Records that were handed to the fallback target. */
  readonly fellBack: number;
  /** Records that are gone. */
  readonly lost: number;
  /** Records that wait, in memory or on disk, or are on their way. After `dispose`, those that stay on disk. */
  readonly pending: number;
  /** The lost ones by reason; only reasons that occurred. */
  readonly lostByReason: Readonly<Partial<Record<LossReason, number>>>;
  /** The lost ones by the name of their level; only levels that occurred. Absent if the target does not count them. */
  readonly lostByLevel?: Readonly<Record<string, number>>;
  /** Log calls that wait for room (`overflow: 'wait'`); their records are accepted when there is some. */
  readonly waiting?: number;
  /** Attempts after the first ones. */
  readonly retries: number;
  /** Whether the target is thought to be up. Absent if the target does not find out. */
  readonly circuit?: CircuitStats;
  /** The batches that were delivered. */
  readonly batches?: BatchStats;
  /**
   * Milliseconds from the log call of a record to its delivery, over all that were delivered; within 5 % (a sample of 16
   * from each batch; `max` is exact). All 0 before the first delivery.
   */
  readonly latency?: Distribution;
  /** Bytes that the pending records take (an estimate where records are kept as objects). */
  readonly pendingBytes: number;
  /** How long the oldest pending record has waited, in milliseconds; 0 if none is pending. */
  readonly oldestPendingAge: number;
  /** What is on disk. Absent without the option `spool`. */
  readonly spool?: SpoolStats;
  /** The text of the last error, if there was one. */
  readonly lastError?: string;
  /** The fallback target's own numbers. */
  readonly fallback?: TargetStats;
}

/** What a target has on disk. */
export interface SpoolStats {
  /** Those of the pending records that are there. */
  readonly records: number;
  /** Bytes of the files. */
  readonly bytes: number;
  /** Records that an earlier process had left and that were taken over; they count as accepted. */
  readonly recovered: number;
}

/** Whether a target is thought to be up. */
export interface CircuitStats {
  /** `open` after a batch has failed for all its attempts (of endless retries: for 4), until one arrives. */
  readonly state: 'closed' | 'open';
  /** Since when, in milliseconds since the Unix epoch. */
  readonly since: number;
}

/** The batches that a target has delivered. */
export interface BatchStats {
  /** How many. */
  readonly count: number;
  /** Records in a batch, within 5 %; `max` is exact. All 0 before the first delivery. */
  readonly records: Distribution;
  /** Bytes of a batch, likewise; an estimate where records are kept as objects. */
  readonly bytes: Distribution;
}

/** Half of the values are at most `p50`, 99 of 100 at most `p99`, all at most `max`. */
export interface Distribution {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Something that takes records: the extension point. A subclass writes `log`.
 *
 * - `log` may be called at any time, also while an earlier call's promise is pending, and after `dispose`. It is called
 *   on the caller's stack: return quickly. Return nothing if the record has been taken, or a promise that resolves when
 *   it has. What it throws, or rejects with, is caught, counted as lost and reported: it never reaches the application.
 * - `flush` resolves when every record taken before the call has arrived or been given up.
 * - `dispose` flushes and frees everything; a second call returns the same promise. Neither rejects, if it can be helped;
 *   a rejection is reported and harms no other target.
 */
export abstract class LogTarget {
  #listener: FailureListener | undefined;
  #disposal: Promise<void> | undefined;

  /** How the target is called in failures and stats. Default: the name of its class. */
  get name(): string {
    return this.constructor.name;
  }

  abstract log(record: LogRecord): void | Promise<void>;

  /** Resolves when every record taken before this call has arrived or been given up, or at the deadline. */
  flush(_deadline?: Deadline): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Flushes, then frees what the target holds. Resolves when that is done, or soon after the deadline. A second call
   * returns the same promise.
   */
  dispose(deadline?: Deadline): Promise<void> {
    this.#disposal ??= this.flush(deadline);
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** The target's own account; undefined if it keeps none (the factory then keeps one of what it hands over). */
  stats(): TargetStats | undefined {
    return undefined;
  }

  /** Where this target hands what it cannot deliver. Default: nowhere. */
  get fallback(): LogTarget | undefined {
    return undefined;
  }

  /**
   * Says where this target's failures go, unless it has a listener of its own. The factory calls it when the target is
   * added; a target that holds others hands it on.
   */
  reportTo(listener: FailureListener): void {
    this.#listener ??= listener;
  }

  /**
   * Says who keeps the records that this target cannot deliver before the process ends. The factory calls it after
   * `handleExit`; a target with a buffer of its own may use it, and one that holds others hands it on.
   */
  keepAtExit(_resort: LastResort): void {}

  /** Tells the listener; without one, Node's process warnings. Never throws. */
  protected report(failure: LogFailure): void {
    tell(this.#listener ?? defaultListener, failure);
  }
}

/** A target's name, also if asking for it throws. */
export function nameOf(target: LogTarget): string {
  try {
    return target.name;
  } catch {
    return 'a target whose name throws';
  }
}

/** Where an option's schema says that it is a target: by the name of another one, or in its place. */
export const targetReference = '#/definitions/reference';

/** A target, of ours or of another copy of this library. */
export const targetRule = {
  ...withMethods<LogTarget>('a LogTarget', 'log', 'flush', 'dispose', 'stats', 'reportTo', 'keepAtExit'),
  schema: { $ref: targetReference },
  orText: ', the name of another target, or a target in its place'
};

/** The listener of all that have none. */
export const defaultListener: FailureListener = failure => warn(failure);
