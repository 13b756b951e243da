import { within } from './deadline.js';
import { tell } from './failures.js';
import type { LoggerContext } from './logger.js';
import { release } from './ownership.js';
import type { Route } from './routes.js';

/** Milliseconds that targets may be late, for their last steps, before the factory stops waiting for them. */
export const grace = 100;

/** One target's flush or dispose: reported if it fails or does not end in time, so that the others are not harmed. */
export async function finish(
  route: Route,
  what: 'flush' | 'dispose',
  timeout: number | undefined,
  { listener, clock }: Pick<LoggerContext, 'listener' | 'clock'>
): Promise<void> {
  const { target } = route;
  try {
    const deadline = timeout === undefined ? {} : { timeout };
    const done = what === 'flush' ? target.flush(deadline) : release(target, deadline);
    const all = Promise.all([done, route.settled()]).then(() => true);
    const inTime = await within(clock, timeout === undefined ? undefined : timeout + grace, all);
    if (inTime !== true) throw new Error(`${what} has not ended within ${timeout} ms`);
  } catch (error) {
    tell(listener, { kind: 'error', target: route.stats().name, what, error });
  }
}
