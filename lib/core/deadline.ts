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

/** A timer that can keep the process alive: Node's. */
interface Referenced {
  ref?(): unknown;
}

/**
 * Resolves with what `work` does, or with undefined `timeout` milliseconds from now; rejects if `work` does before. The
 * process is kept alive until then: somebody waits.
 */
export async function within<T>(clock: Clock, timeout: number | undefined, work: Promise<T>): Promise<T | undefined> {
  if (timeout === undefined) return work;
  let timer: unknown;
  const late = new Promise<undefined>(resolve => {
    timer = clock.setTimeout(() => resolve(undefined), timeout);
  });
  (timer as Referenced | undefined)?.ref?.();
  try {
    return await Promise.race([work, late]);
  } finally {
    clock.clearTimeout(timer);
  }
}
