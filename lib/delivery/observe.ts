import { type BatchEvent, batches } from '../core/channels.js';
import type { Clock } from '../core/clock.js';
import type { QueuedBatch } from './batch.js';

/** `deliver`, with each attempt published on the channel `logflume:batch` while somebody listens to it. */
export function observed<B extends QueuedBatch>(
  target: () => string,
  clock: Clock,
  deliver: (batch: B) => Promise<void>
): (batch: B) => Promise<void> {
  const observe = async (batch: B) => {
    const { id, size, bytes, attempt } = batch;
    const begin = clock.now();
    const publish = (outcome: 'delivered' | 'failed', failure?: { error: unknown }) => {
      const duration = Math.max(0, clock.now() - begin);
      batches.publish({
        target: target(),
        batch: id,
        size,
        bytes,
        attempt,
        duration,
        outcome,
        ...failure
      } satisfies BatchEvent);
    };
    try {
      await deliver(batch);
    } catch (error) {
      publish('failed', { error });
      throw error;
    }
    publish('delivered');
  };
  return batch => (batches.hasSubscribers ? observe(batch) : deliver(batch));
}
