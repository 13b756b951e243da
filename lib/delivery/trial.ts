import { textOf } from '../core/values.js';
import type { QueuedBatch } from './batch.js';
import type { Courier, Decide, Outcome } from './courier.js';
import type { RetryPolicy } from './retry.js';
import { isUnsent } from './unsent.js';

/** Attempts of a batch whose retries do not end that must fail in the same way for it to be suspected. */
const leastFailures = 6;

/**
 * For a single record, and how often in succession a record of our own must then arrive and it fail again. More than for a
 * batch, as it is given up, not divided; and more again for each of the last batches that did not arrive at once: with
 * less, the simulation lost good records to networks that break every other connection.
 */
const leastFailuresAlone = 10;
const leastRounds = 3;
const moreRounds = 2;

/** How many batches are looked back upon. */
const lookBack = 8;

/**
 * Milliseconds that the last attempt may have taken for a batch whose retries do end to be tried further: who waits for
 * the fallback must not wait for many timeouts.
 */
const soon = 1000;

/** Counts attempts that failed in the same way, one after the other; those in which nothing was sent are none. */
export class SameFailure {
  #last: string | undefined;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  note(error: unknown): void {
    const kind = kindOf(error);
    this.#count = isUnsent(error) ? 0 : kind === this.#last ? this.#count + 1 : 1;
    this.#last = kind;
  }
}

/** The text of an error, without the numbers in it: ports, times and the like. */
function kindOf(error: unknown): string {
  return textOf(error).replace(/\d+/g, '0');
}

/** What a trial works with. */
export interface TrialParts<B extends QueuedBatch> {
  readonly courier: Courier<B>;
  readonly retry: RetryPolicy;
  /** Whether a batch has ever arrived. */
  readonly hasArrived: () => boolean;
  /** A batch of one record of our own that tells of the trouble; undefined if it cannot be written. */
  readonly notice: (batch: B, error: unknown) => B | undefined;
  readonly arrived: (batch: B) => void;
  readonly onRetry: (batch: B, delay: number, error: unknown) => void;
}

/** How a trial ends: as an attempt does, or with the batch found guilty of its failures. */
export type Verdict =
  | Outcome
  | { readonly kind: 'guilty'; readonly reason: 'rejected' | 'retries exhausted'; readonly error: unknown };

/**
 * Finds out whether a batch fails by its own fault, or because the target is down. It is guilty if a record of our own
 * arrives and the batch then fails once more in the same way; a single record, if that happens
 * several times in succession. No record of the user's is used for that: it would overtake
 * those in the batch. As long as nothing of the batch is sent, there is nothing to find out, and only the batch is tried.
 */
export class Trial<B extends QueuedBatch> {
  readonly #parts: TrialParts<B>;

  /** How many attempts each of the last batches took. */
  readonly #attempts: number[] = [];

  constructor(parts: TrialParts<B>) {
    this.#parts = parts;
  }

  /** A batch has arrived, of those of the user. */
  noteArrival({ attempt }: B): void {
    this.#attempts.push(attempt);
    if (this.#attempts.length > lookBack) this.#attempts.shift();
  }

  /** Whether a batch whose retries do not end has failed often enough to be heard. */
  isSuspect(batch: B, failures: SameFailure): boolean {
    return failures.count >= (batch.size > 1 ? leastFailures : leastFailuresAlone);
  }

  /** Whether a batch that has exhausted its retries should be heard. A single record is given up all the same. */
  isWorthwhile(batch: B, failures: SameFailure): boolean {
    const { courier, hasArrived } = this.#parts;
    return (
      batch.size > 1 && failures.count > 1 && failures.count === batch.attempt && hasArrived() && courier.took < soon
    );
  }

  /** Tries a batch that has failed with `firstError`: if `isEndless`, until it arrives or is found guilty. */
  async hear(batch: B, firstError: unknown, isEndless: boolean): Promise<Verdict> {
    const { courier, retry, notice, arrived, onRetry } = this.#parts;
    const once: Decide = (_, error) => ('giveUp' in retry.after(1, error) ? retry.after(1, error) : exhausted);
    const late = this.#attempts.filter(attempt => attempt > 1).length;
    const rounds = batch.size > 1 ? 1 : leastRounds + moreRounds * late;
    let error = firstError;
    for (let round = 0; ; ) {
      const own = isUnsent(error) ? undefined : notice(batch, error);
      const isHeard = own !== undefined && (await courier.deliver(own, once)).kind === 'arrived';
      if (own !== undefined && isHeard) arrived(own);
      if (!isHeard && !isEndless) return { kind: 'refused', reason: 'retries exhausted', error };
      const delay = isHeard ? 0 : Math.max(1, retry.delay(batch.attempt)); // without retryDelay, timers must still have a turn
      onRetry(batch, delay, error);
      const outcome = await courier.deliver(batch, once, delay);
      if (outcome.kind !== 'refused' || outcome.reason === 'rejected') return outcome;
      const isSame = !isUnsent(outcome.error) && kindOf(outcome.error) === kindOf(error);
      error = outcome.error;
      round = isHeard && isSame ? round + 1 : 0;
      if (round === rounds) return { kind: 'guilty', reason: 'rejected', error };
    }
  }
}

const exhausted = { giveUp: 'retries exhausted' } as const;
