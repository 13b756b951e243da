import { PermanentDeliveryError } from '../core/failures.js';

/** When to try a batch again. */
export interface RetryOptions {
  /**
   * Attempts after the first one. Default: 3 with a fallback target; without one Infinity, as giving up while there is
   * room in the queue would be losing for nothing.
   */
  readonly maxRetries?: number;
  /** Milliseconds before the first retry. Default: 600. */
  readonly retryDelay?: number;
  /** Whether the n-th retry waits n times `retryDelay`; else all wait the same. Default: true. */
  readonly progressiveDelay?: boolean;
  /** The longest delay, in milliseconds: `retryDelay` must not be above it. Default: 30 000. */
  readonly maxRetryDelay?: number;
  /**
   * How much of each delay is left to chance, from 0 to 1, so that many clients do not come back at the same moment:
   * a delay d becomes something between d × (1 - jitter) and d. Default: 0.2.
   */
  readonly jitter?: number;
}

/** What is decided after a failed attempt: wait so many milliseconds and try again, or give up for a reason. */
export type RetryDecision = { readonly delay: number } | { readonly giveUp: 'rejected' | 'retries exhausted' };

/** Decides on retries. Knows no time and no target. */
export class RetryPolicy {
  readonly #options: Required<RetryOptions>;
  readonly #random: () => number;

  constructor(options: Required<RetryOptions>, random: () => number) {
    this.#options = options;
    this.#random = random;
  }

  /** Whether a batch is tried again for ever. */
  get isEndless(): boolean {
    return this.#options.maxRetries === Number.POSITIVE_INFINITY;
  }

  /** What to do when attempt number `attempt` (from 1) has failed with `error`. */
  after(attempt: number, error: unknown): RetryDecision {
    if (error instanceof PermanentDeliveryError) return { giveUp: 'rejected' };
    if (attempt > this.#options.maxRetries) return { giveUp: 'retries exhausted' };
    return { delay: this.delay(attempt) };
  }

  /** Milliseconds before retry number `retry`, from 1. */
  delay(retry: number): number {
    const { retryDelay, progressiveDelay, maxRetryDelay, jitter } = this.#options;
    const delay = Math.min(progressiveDelay ? retryDelay * retry : retryDelay, maxRetryDelay);
    return delay * (1 - jitter * this.#random());
  }
}
