/**
 * Where all time comes from: one of the three seams (with `Dial` and `SpoolStore`) at which a test can take the place
 * of the world.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Calls `callback` once, `delay` milliseconds from now. The timer does not keep the process alive. */
  setTimeout(callback: () => void, delay: number): unknown;
  /** Forgets a timer that `setTimeout` returned; `undefined` and timers that have fired are fine. */
  clearTimeout(timer: unknown): void;
}

/** The largest delay that Node's timers can hold, in milliseconds: 2^31 - 1, about 24.8 days. */
export const longestDelay = 2_147_483_647;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, delay) => setTimeout(callback, delay).unref(),
  clearTimeout: timer => clearTimeout(timer as NodeJS.Timeout | undefined)
};
