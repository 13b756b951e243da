import { textOf } from './values.js';

/**
 * `random` as it is safe to be called where nobody could catch what it throws. What it throws, or returns that is no
 * number from 0 to below 1, is told to `complain` a little later (a constructor may be at work), and chance comes from
 * `Math.random` then.
 */
export function chance(random: (() => number) | undefined, complain: (error: unknown) => void): () => number {
  if (random === undefined) return Math.random;
  return () => {
    try {
      const value: unknown = random();
      if (typeof value === 'number' && value >= 0 && value < 1) return value;
      throw new RangeError(`random must return a number from 0 to below 1, got ${textOf(value)}`);
    } catch (error) {
      queueMicrotask(() => complain(error));
    }
    return Math.random();
  };
}
