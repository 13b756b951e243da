import {
  boolean,
  type Checked,
  callable,
  clockRule,
  integer,
  integerOrInfinity,
  milliseconds,
  number,
  type Rule,
  text
} from '../core/check.js';
import type { Clock } from '../core/clock.js';
import type { FailureListener } from '../core/failures.js';
import { LogLevel } from '../core/level.js';
import { level } from '../core/routes.js';
import { type LogTarget, targetRule } from '../core/target.js';
import type { OverflowPolicy } from './overflow.js';
import type { RetryOptions } from './retry.js';
import { type SpoolOptions, spoolRule } from './spool-options.js';

export interface FlushOptions extends RetryOptions {
  /** How the target is called in failures and stats. Default: the name of its class. */
  readonly name?: string;
  /**
   * Records in a batch at most; a batch is sent as soon as it has so many, or as half of what may wait does. Default: 500,
   * for wire targets 2000.
   */
  readonly maxSize?: number;
  /**
   * Bytes in a batch at most; only a single record can be larger. Default: 1 MiB for wire targets, no limit for others,
   * whose bytes are an estimate.
   */
  readonly maxBytes?: number;
  /** Milliseconds that a record waits at most for its batch to fill. 0 is the end of the tick. Default: 1000. */
  readonly flushInterval?: number;
  /**
   * Records from this level up do not wait for their batch to fill: it is sent at once, or 10 ms after the last one that was
   * sent for such a record. Default: ERROR.
   */
  readonly flushLevel?: LogLevel;
  /** Records that wait at most. `overflow` says what becomes of others. Default: 125 000. */
  readonly maxQueued?: number;
  /**
   * Bytes that wait at most: there is never room for a record that is larger. Where records are kept as objects they are
   * an estimate, which counts texts twice for the sake of V8's garbage. Default: 64 MiB.
   */
  readonly maxQueuedBytes?: number;
  /**
   * What becomes of records for which there is no room (reason `queue full`). Default: `fallback` with a fallback target,
   * `drop` without.
   *
   * - `drop`: they are lost, also if there is a fallback. From 80 % full, by records or by bytes, those below WARNING
   *   are refused; when it is full, the lowest level and of that the oldest makes room, except for what is on its way.
   * - `wait`: the log call's promise stays pending until there is room. After `maxWait`, or when 10 000 calls wait, or a
   *   quarter of `maxQueuedBytes`, the lowest level and of that the oldest is lost.
   * - `fallback`: what comes goes to the fallback target. What that does not take at once waits for it, as much as a
   *   quarter of `maxQueued` and of `maxQueuedBytes`; what comes then is lost.
   */
  readonly overflow?: OverflowPolicy;
  /** Milliseconds that a log call waits for room at most; only with `overflow: 'wait'`. Default: 1000. */
  readonly maxWait?: number;
  /**
   * Milliseconds after which a record that has not arrived is given up, counted from its log call, reason `too old`; the
   * attempt that runs then is not broken off. Not below `flushInterval`. Default: Infinity.
   */
  readonly maxAge?: number;
  /**
   * Milliseconds for which pending records keep a process alive that has nothing else to do. Default: 5000.
   */
  readonly exitTimeout?: number;
  /**
   * Keeps on disk what cannot be delivered, until it can be, in this process or the next. What it keeps is not given up:
   * `maxRetries` then only says when the target is thought to be down, and the fallback target gets what the disk cannot
   * keep and what the receiver refuses. Default: none.
   */
  readonly spool?: SpoolOptions;
  /** Gets what cannot be delivered. Disposed of with this target, unless others hold it too. Default: none. */
  readonly fallbackTarget?: LogTarget;
  /** Is told of this target's failures, in place of the factory's listener. */
  readonly onFailure?: FailureListener;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Where `jitter` takes its chance from: numbers from 0 to below 1. Default: `Math.random`. */
  readonly random?: () => number;
}

export const flushRules = {
  name: text(),
  maxSize: integer(1, 500),
  maxBytes: integerOrInfinity(1, Number.POSITIVE_INFINITY),
  flushInterval: milliseconds(0, 1000),
  flushLevel: level(LogLevel.ERROR),
  maxQueued: integer(1, 125_000),
  maxQueuedBytes: integer(1, 64 * 1024 * 1024),
  overflow: {
    words: "'drop', 'wait' or 'fallback'",
    schema: { enum: ['drop', 'wait', 'fallback'] },
    judge: value => {
      if (typeof value !== 'string') return 'wrong type';
      return ['drop', 'wait', 'fallback'].includes(value) ? 'right' : 'out of range';
    }
  } satisfies Rule<unknown> as Rule<OverflowPolicy | undefined>,
  maxWait: milliseconds(0, 1000),
  maxAge: integerOrInfinity(1, Number.POSITIVE_INFINITY),
  maxRetries: integerOrInfinity(0),
  retryDelay: milliseconds(0, 600),
  progressiveDelay: boolean(true),
  maxRetryDelay: milliseconds(0, 30_000),
  jitter: number(0, 1, 0.2),
  exitTimeout: milliseconds(0, 5000),
  spool: spoolRule,
  fallbackTarget: targetRule,
  onFailure: callable<FailureListener>('a function of a failure'),
  clock: clockRule,
  random: callable<() => number>()
};

/** Refuses options that cannot be meant together. `given` is what `checked` was before defaults were filled in. */
export function checkTogether(owner: string, given: FlushOptions, checked: Checked<typeof flushRules>): void {
  const { fallbackTarget, overflow, retryDelay, maxRetryDelay, maxAge, flushInterval } = checked;
  if (overflow === 'fallback' && fallbackTarget === undefined) {
    throw new TypeError(`${owner}: overflow must not be 'fallback' without a fallbackTarget`);
  }
  if (given.maxWait !== undefined && overflow !== 'wait') {
    throw new TypeError(`${owner}: maxWait must be left out unless overflow is 'wait'`);
  }
  // A maxRetryDelay alone, below the default of retryDelay, says what it says.
  if (given.retryDelay !== undefined && retryDelay > maxRetryDelay) {
    throw new RangeError(
      `${owner}: retryDelay must not be above maxRetryDelay, got ${retryDelay} and ${maxRetryDelay}`
    );
  }
  if (maxAge < flushInterval) {
    throw new RangeError(
      `${owner}: maxAge must not be below flushInterval, as records would be too old before their batch is sent; got ${maxAge} and ${flushInterval}`
    );
  }
}
