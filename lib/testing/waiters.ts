/** Promises that wait for something to become true. */
export class Waiters {
  #waiting: { readonly condition: () => boolean; readonly resolve: () => void }[] = [];

  /** Resolves when `condition` holds: now, or at one of the next calls of `check`. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise(resolve => {
      this.#waiting.push({ condition, resolve });
    });
  }

  /** To be called when something has changed. */
  check(): void {
    const ready = this.#waiting.filter(({ condition }) => condition());
    this.#waiting = this.#waiting.filter(waiter => !ready.includes(waiter));
    for (const { resolve } of ready) resolve();
  }
}
