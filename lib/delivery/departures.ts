/** Where a queue stands: the place of its oldest batch (Infinity if it has none), and how many markers have left. */
export interface Position {
  readonly oldest: number;
  readonly markers: number;
}

/** Those who wait until a queue has got so far. */
export class Departures {
  #waits: { readonly until: Position; readonly resolve: () => void }[] = [];

  /** Resolves when all batches up to the place `oldest` and so many markers have left. */
  wait(until: Position, now: Position): Promise<void> {
    if (isPast(until, now)) return Promise.resolve();
    return new Promise(resolve => {
      this.#waits.push({ until, resolve });
    });
  }

  /** Something has left. */
  check(now: () => Position): void {
    if (this.#waits.length === 0) return;
    const position = now();
    this.#waits = this.#waits.filter(({ until, resolve }) => {
      if (!isPast(until, position)) return true;
      resolve();
      return false;
    });
  }
}

function isPast(until: Position, now: Position): boolean {
  return now.oldest > until.oldest && now.markers >= until.markers;
}
