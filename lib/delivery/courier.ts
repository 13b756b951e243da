import type { Clock } from '../core/clock.js';
import { textOf } from '../core/values.js';
import type { QueuedBatch } from './batch.js';
import type { Ledger } from './ledger.js';
import type { RetryPolicy } from './retry.js';

/** What a courier works with. */
export interface CourierParts<B extends QueuedBatch> {
  readonly retry: RetryPolicy;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Sends a batch: resolves when it has arrived, rejects to have it tried again. */
  readonly deliver: (batch: B) => Promise<void>;
  /** Is told of each attempt that failed and will be followed by another. */
  readonly onRetry: (batch: B, delay: number, error: unknown) => void;
}

/** What has become of a batch. */
export type Outcome =
  | { readonly kind: 'arrived' }
  | { readonly kind: 'refused'; readonly reason: 'rejected' | 'retries exhausted'; readonly error: unknown }
  /** There is no more time, for this batch and all others. */
  | { readonly kind: 'stopped' };

/** Brings one batch at a time to its destination, as often as the retry policy wants, until there is no more time. */
export class Courier<B extends QueuedBatch> {
  readonly #parts: CourierParts<B>;
  #isStopped = false;
  #lastError: unknown;
  /** Ends the wait before a retry. */
  #wake: (() => void) | undefined;
  /** The attempt that runs, or ran last. */
  #current: AbortController | undefined;
  /** Ends the attempt that runs, for us. */
  #interrupt: (() => void) | undefined;

  constructor(parts: CourierParts<B>) {
    this.#parts = parts;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Why the last attempt that failed did so. */
  get lastError(): unknown {
    return this.#lastError;
  }

  /** Sends a batch until it has arrived or must be given up. Never rejects. */
  async deliver(batch: B): Promise<Outcome> {
    const { ledger, retry, onRetry } = this.#parts;
    while (!this.isStopped) {
      batch.attempt++;
      if (batch.attempt > 1) ledger.retries++;
      const failure = await this.#attempt(batch);
      if (failure === undefined) return { kind: 'arrived' };
      if (this.isStopped) break;
      const { error } = failure;
      this.#lastError = error;
      ledger.lastError = textOf(error);
      const decision = retry.after(batch.attempt, error);
      if ('giveUp' in decision) return { kind: 'refused', reason: decision.giveUp, error };
      onRetry(batch, decision.delay, error);
      await this.#pause(decision.delay);
    }
    return { kind: 'stopped' };
  }

  /** Makes the next retry at once, if one waits for its delay. */
  hurry(): void {
    this.#wake?.();
  }

  /** There is no more time: ends the attempt or the wait that runs, and begins no other. */
  stop(): void {
    this.#isStopped = true;
    this.#current?.abort(new Error('out of time'));
    this.#interrupt?.();
    this.#wake?.();
  }

  /** Asks the attempt that runs to end, as if it had failed. */
  abandon(): void {
    this.#current?.abort(new Error('the process has nothing else to do, and exitTimeout is over'));
  }

  /** One attempt: ends when the delivery does, or when there is no more time. Undefined if the batch has arrived. */
  #attempt(batch: B): Promise<{ readonly error: unknown } | undefined> {
    const controller = new AbortController();
    batch.signal = controller.signal;
    this.#current = controller;
    return new Promise(resolve => {
      this.#interrupt = () => resolve({ error: controller.signal.reason });
      const fail = (error: unknown) => resolve({ error });
      try {
        // A subclass in JavaScript may return nothing: it has then done all it had to do.
        Promise.resolve(this.#parts.deliver(batch)).then(() => resolve(undefined), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  #pause(delay: number): Promise<void> {
    return new Promise(resolve => {
      const { clock } = this.#parts;
      const timer = clock.setTimeout(resolve, delay);
      this.#wake = () => {
        clock.clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
