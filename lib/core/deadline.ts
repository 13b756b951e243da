import { checkOptions, milliseconds, type Rule } from './check.js';
import type { Clock } from './clock.js';
import type { Deadline } from './target.js';

/**
 * Milliseconds that `dispose` takes at most if it is not told. Below the 10 s after which Docker kills a container that
 * was asked to stop.
 */
export const disposeTimeout = 8000;

const deadlineRules = { timeout: milliseconds(0, 0) as Rule<number> };

/** The deadline's timeout, checked; undefined if it has none. */
export function checkTimeout(what: string, deadline: Deadline): number | undefined {
  const { timeout } = checkOptions(what, deadlineRules, deadline);
  return deadline.timeout === undefined ? undefined : timeout;
}

/** Resolves when `work` has ended, or `timeout` milliseconds from now. Rejects if `work` does before. */
export async function within(clock: Clock, timeout: number | undefined, work: Promise<void>): Promise<void> {
  if (timeout === undefined) return work;
  let timer: unknown;
  const late = new Promise<void>(resolve => {
    timer = clock.setTimeout(resolve, timeout);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clock.clearTimeout(timer);
  }
}
