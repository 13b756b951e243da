import { type BatchEvent, batches } from '../core/channels.js';
import type { Clock } from '../core/clock.js';
import type { QueuedBatch } from './batch.js';

/** The ways to send a batch, with each attempt published on the channel `logflume:batch` while somebody listens to it. */
export class Observer<B extends QueuedBatch> {
  readonly #target: () => string;
  readonly #clock: Clock;

  constructor(target: () => string, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  deliver(deliver: (batch: B) => Promise<void>): (batch: B) => Promise<void> {
    const observe = async (batch: B) => {
      const begin = this.#clock.now();
      try {
        await deliver(batch);
      } catch (error) {
        this.#publish(batch, batch.attempt, begin, { outcome: 'failed', error });
        throw error;
      }
      this.#publish(batch, batch.attempt, begin, { outcome: 'delivered' });
    };
    return batch => (batches.hasSubscribers ? observe(batch) : deliver(batch));
  }

  /** For what sends without waiting. It makes an attempt only if it sends all. */
  deliverNow(deliverNow: (batch: B) => boolean): (batch: B) => boolean {
    return batch => {
      const begin = this.#clock.now();
      const isDelivered = deliverNow(batch);
      if (isDelivered && batches.hasSubscribers)
        this.#publish(batch, batch.attempt + 1, begin, { outcome: 'delivered' });
      return isDelivered;
    };
  }

  #publish(
    { id, size, bytes }: B,
    attempt: number,
    begin: number,
    outcome: Pick<BatchEvent, 'outcome' | 'error'>
  ): void {
    const duration = Math.max(0, this.#clock.now() - begin);
    batches.publish({
      target: this.#target(),
      batch: id,
      size,
      bytes,
      attempt,
      duration,
      ...outcome
    } satisfies BatchEvent);
  }
}
