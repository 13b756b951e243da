import { AsyncLocalStorage } from 'node:async_hooks';

/** Made when a bridge first feeds a logger from elsewhere: without one, nothing here costs anything. */
let scope: AsyncLocalStorage<number> | undefined;

/** Makes `workDepth` count from now on. */
export function watchWork(): void {
  scope ??= new AsyncLocalStorage();
}

/** Does what brings records to their destination. */
export function atWork<T>(work: () => T): T {
  return scope === undefined ? work() : scope.run(workDepth() + 1, work);
}

/**
 * How many calls of `atWork` the code that runs now is inside of, or was started in: 0 for the program's own. What is
 * logged from inside may come back as a record, and lead to the same again; someone has to end that.
 */
export function workDepth(): number {
  return scope?.getStore() ?? 0;
}
