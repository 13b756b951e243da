/** Where a queue stands: the place of its oldest batch (Infinity if it has none), and how many markers have left. */
export interface Position {
  readonly oldest: number;
  readonly markers: number;
}

interface Wait {
  readonly until: Position;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** Those who wait until a queue has got so far. */
export class Departures {
  #waits: Wait[] = [];

  /** Resolves when all batches up to the place `oldest` and so many markers have left. */
  wait(until: Position, now: Position): Promise<void> {
    if (isPast(until, now)) return Promise.resolve();
    const last = this.#waits.at(-1);
    // Who flushes every second of an outage must not fill the memory.
    if (last?.until.oldest === until.oldest && last.until.markers === until.markers) return last.promise;
    let resolve = () => {};
    const promise = new Promise<void>(settle => {
      resolve = settle;
    });
    this.#waits.push({ until, promise, resolve });
    return promise;
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
