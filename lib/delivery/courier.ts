import type { Clock } from '../core/clock.js';
import { textOf } from '../core/values.js';
import type { QueuedBatch } from './batch.js';
import type { Ledger } from './ledger.js';
import type { RetryDecision } from './retry.js';

/** What a courier works with. */
export interface CourierParts<B extends QueuedBatch> {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Milliseconds after which a record is too old to be sent; Infinity if none is. */
  readonly maxAge: number;
  /** Sends a batch: resolves when it has arrived, rejects to have it tried again. */
  readonly deliver: (batch: B) => Promise<void>;
  /** Is told of each attempt that failed and will be followed by another. */
  readonly onRetry: (batch: B, delay: number, error: unknown) => void;
}

/** What has become of a batch. */
export type Outcome =
  | { readonly kind: 'arrived' }
  | { readonly kind: 'refused'; readonly reason: 'rejected' | 'retries exhausted'; readonly error: unknown }
  /** Some of its records, the first ones, are too old. */
  | { readonly kind: 'too old' }
  /** There is no more time, for this batch and all others. */
  | { readonly kind: 'stopped' };

/** What to do when attempt number `attempt` (from 1) has failed. */
export type Decide = (attempt: number, error: unknown) => RetryDecision;

/** Brings one batch at a time to its destination, as often as is decided, until there is no more time. */
export class Courier<B extends QueuedBatch> {
  readonly #parts: CourierParts<B>;
  #isStopped = false;
  #isHurried = false;
  #lastError: unknown;
  #took = 0;
  /** Ends the wait before a retry. */
  #wake: (() => void) | undefined;
  /** The attempt that runs. */
  #attempt: { readonly controller: AbortController; readonly end: () => void; isInterrupted: boolean } | undefined;

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

  /** Milliseconds that the last attempt took. */
  get took(): number {
    return this.#took;
  }

  /** Sends a batch, `delay` milliseconds from now, until it has arrived or must be given up. Never rejects. */
  async deliver(batch: B, decide: Decide, delay = 0): Promise<Outcome> {
    const { ledger, onRetry, clock } = this.#parts;
    if (delay > 0 && !this.#isHurried) await this.#pause(batch, delay);
    this.#isHurried = false;
    while (!this.#isStopped) {
      if (this.#age(batch) > this.#parts.maxAge) return { kind: 'too old' };
      batch.attempt++;
      if (batch.attempt > 1) ledger.retries++;
      const begin = clock.now();
      const failure = await this.#try(batch);
      this.#took = clock.now() - begin;
      if (failure === undefined) return { kind: 'arrived' };
      if (this.#isStopped) break;
      const { error, isInterrupted } = failure;
      this.#lastError = error;
      ledger.lastError = textOf(error);
      const decision = isInterrupted ? { delay: 0 } : decide(batch.attempt, error);
      if ('giveUp' in decision) return { kind: 'refused', reason: decision.giveUp, error };
      onRetry(batch, decision.delay, error);
      if (!isInterrupted) await this.#pause(batch, decision.delay);
    }
    return { kind: 'stopped' };
  }

  /** Whether a batch waits for its next attempt. */
  get isPausing(): boolean {
    return this.#wake !== undefined;
  }

  /** Makes the next attempt at once, if one waits for its delay or would have to. */
  hurry(): void {
    if (this.#wake === undefined) this.#isHurried = true;
    else this.#wake();
  }

  /** Asks the attempt that runs to end, as if it had failed. */
  abandon(): void {
    this.#attempt?.controller.abort(new Error('the process has nothing else to do, and exitTimeout is over'));
  }

  /** A function that asks the attempt that runs now, if it then still does, to end; it is made again at once. */
  interrupter(): () => void {
    const attempt = this.#attempt;
    return () => {
      if (attempt === undefined || attempt !== this.#attempt) return;
      attempt.isInterrupted = true;
      attempt.controller.abort(new Error('has waited too long for an answer, as there is little time left'));
    };
  }

  /** There is no more time: ends the attempt or the wait that runs, and begins no other. */
  stop(): void {
    this.#isStopped = true;
    this.#attempt?.controller.abort(new Error('out of time'));
    this.#attempt?.end();
    this.#wake?.();
  }

  /** One attempt: ends when the delivery does, or when there is no more time. Undefined if the batch has arrived. */
  #try(batch: B): Promise<{ readonly error: unknown; readonly isInterrupted: boolean } | undefined> {
    const controller = new AbortController();
    batch.signal = controller.signal;
    return new Promise(resolve => {
      const fail = (error: unknown) => resolve({ error, isInterrupted: attempt.isInterrupted });
      const attempt = { controller, end: () => fail(controller.signal.reason), isInterrupted: false };
      this.#attempt = attempt;
      try {
        // A subclass in JavaScript may return nothing: it has then done all it had to do.
        Promise.resolve(this.#parts.deliver(batch)).then(() => resolve(undefined), fail);
      } catch (error) {
        fail(error);
      }
    });
  }

  /** Waits before the next attempt, though not for longer than the batch is worth sending. */
  #pause(batch: B, delay: number): Promise<void> {
    const { clock, maxAge } = this.#parts;
    const most = maxAge - this.#age(batch) + 1;
    return new Promise(resolve => {
      const timer = clock.setTimeout(() => wake(), Math.max(0, Math.min(delay, most)));
      const wake = () => {
        clock.clearTimeout(timer);
        if (this.#wake === wake) this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      if (this.#isStopped) wake();
    });
  }

  #age(batch: B): number {
    return this.#parts.maxAge === Number.POSITIVE_INFINITY ? 0 : this.#parts.clock.now() - batch.since;
  }
}
