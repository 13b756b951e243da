import { AssertionError } from 'node:assert';
import type { LogFailure } from '../../lib/core/failures.js';
import type { FakeClock } from '../../lib/testing/fake-clock.js';
import type { MemoryNetwork, Weather } from './memory-network.js';
import type { Random } from './random.js';

/** What may happen next in a simulation: how likely that is in comparison with the rest, its name, and what it does. */
export type Action = readonly [weight: number, name: string, run: () => void | Promise<void>];

/** One of `actions`, by their weights. */
export function chooseAction(random: Random, actions: readonly [Action, ...Action[]]): Action {
  const all = actions.reduce((sum, [weight]) => sum + weight, 0);
  let at = random.int(1, all);
  const chosen = actions.find(([weight]) => {
    at -= weight;
    return at <= 0;
  });
  return chosen ?? actions[0];
}

/** Lets some things happen, and checks after each what must always hold. */
export async function live(random: Random, act: () => Promise<void>, check: () => void): Promise<void> {
  const steps = random.int(5, 25);
  for (let step = 0; step < steps; step++) {
    await act();
    check();
  }
}

/** What may happen to a network, or to the receiver behind it. */
export function networkActions(network: MemoryNetwork, receiver: { reset(): void }): Action[] {
  return [
    [2, 'refuse', () => network.refuse()],
    [1, 'hang', () => network.hang()],
    [1, 'black hole', () => network.blackHole()],
    [2, 'reset', () => network.reset()],
    [1, 'reset by the receiver', () => receiver.reset()]
  ];
}

/** Weather of any kind, mostly good. */
export function anyWeather(random: Random): Partial<Weather> {
  return {
    maxPieces: random.int(1, 6),
    resetChance: random.pick([0, 0, 0.01, 0.1]),
    refuseChance: random.pick([0, 0, 0.2]),
    hangChance: random.pick([0, 0, 0.1]),
    blackHoleChance: random.pick([0, 0, 0.1])
  };
}

/** Lets so many milliseconds go by, `step` at a time, and throws if `promise` has not resolved then. */
export async function meetsDeadline(
  what: string,
  clock: FakeClock,
  promise: Promise<unknown>,
  time: number,
  step = time
): Promise<void> {
  let hasResolved = false;
  void promise.then(() => {
    hasResolved = true;
  });
  for (let left = time; left > 0 && !hasResolved; left -= step) await clock.advance(Math.min(left, step));
  if (!hasResolved) throw new AssertionError({ message: `${what} has not resolved within ${time} ms` });
}

/** What has happened in a simulation, a line each. */
export function traceOf(network: MemoryNetwork, failures: readonly LogFailure[]): string[] {
  const told = failures.map(failure => ('delay' in failure ? `retrying in ${failure.delay} ms` : failure.kind));
  return [...network.trace, ...told];
}

/** The first of these numbers that is lower than one before it, and was not among those; undefined if none is. */
export function firstOvertaken(
  numbers: readonly number[]
): { readonly late: number; readonly last: number } | undefined {
  const seen = new Set<number>();
  let last = -1;
  for (const late of numbers) {
    if (seen.has(late)) continue;
    seen.add(late);
    if (late < last) return { late, last };
    last = late;
  }
  return undefined;
}
