import type { Deadline, LogTarget } from './target.js';

/** How many hold a target: factories it was added to, and targets whose fallback it is. */
const owners = new WeakMap<LogTarget, number>();

/** Notes one more holder of `target`. */
export function hold(target: LogTarget): void {
  owners.set(target, (owners.get(target) ?? 0) + 1);
}

/** Notes one holder less, without more. */
export function letGo(target: LogTarget): void {
  owners.set(target, Math.max(0, (owners.get(target) ?? 0) - 1));
}

/** Lets go of `target`, and disposes of it if nobody else holds it; else flushes it. */
export function release(target: LogTarget, deadline: Deadline): Promise<void> {
  letGo(target);
  return owners.get(target) === 0 ? target.dispose(deadline) : target.flush(deadline);
}
