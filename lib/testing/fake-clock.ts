import { type Clock, longestDelay } from '../core/clock.js';

/** A timer that has not fired. */
interface Timer {
  readonly time: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until it is moved: time in tests.
 *
 * ```ts
 * const clock = new FakeClock();
 * const target = new MyTarget({ clock });
 * void target.log(someRecord());
 * await clock.advance(1000);
 * ```
 */
export class FakeClock implements Clock {
  #now: number;
  /** The earliest first; of those for the same time, in order of creation. */
  readonly #timers: Timer[] = [];
  #advancing = false;

  /** `start`: milliseconds since the Unix epoch. Default: 2023-11-14T22:13:20Z, which is 1 700 000 000 seconds. */
  constructor(start: number = Date.UTC(2023, 10, 14, 22, 13, 20)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** How many timers have neither fired nor been cleared. */
  get timers(): number {
    return this.#timers.length;
  }

  /**
   * As Node does it: fractions of a millisecond are cut off, and what is then below 1 becomes 1. A delay that Node would
   * turn into 1 ms because it cannot hold it (NaN, or more than 2^31 - 1) throws a `RangeError`.
   */
  setTimeout(callback: () => void, delay: number): unknown {
    if (!(delay <= longestDelay)) {
      throw new RangeError(`delay must be a number of milliseconds up to ${longestDelay}, got ${delay}`);
    }
    const timer = { time: this.#now + Math.max(1, Math.trunc(delay)), callback };
    const later = this.#timers.findLastIndex(({ time }) => time <= timer.time) + 1;
    this.#timers.splice(later, 0, timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    const index = this.#timers.indexOf(timer as Timer);
    if (index >= 0) this.#timers.splice(index, 1);
  }

  /**
   * Moves the clock by `ms` milliseconds, and fires the timers on the way at their times, one after the other; before
   * the first and after each of them everything that follows from it settles. Resolves when the time is reached and
   * nothing due is left; rejects with what a timer's callback throws.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`ms must be a finite number of 0 or more, got ${ms}`);
    }
    if (this.#advancing) throw new Error('The clock is being advanced: await that first');
    this.#advancing = true;
    try {
      await this.#advanceTo(this.#now + ms);
    } finally {
      this.#advancing = false;
    }
  }

  /**
   * Resolves when the promises, `process.nextTick`s and `setImmediate`s that were waiting, and those that they led to,
   * have run. It cannot know of what the kernel or a thread does: real sockets, files, asynchronous zlib.
   */
  async settle(): Promise<void> {
    // Promises and ticks run before the first turn ends, immediates in it, and what these set off before the second.
    await turn();
    await turn();
  }

  async #advanceTo(end: number): Promise<void> {
    await this.settle();
    for (let next = this.#timers[0]; next !== undefined && next.time <= end; next = this.#timers[0]) {
      this.#timers.shift();
      this.#now = next.time;
      next.callback();
      await this.settle();
    }
    this.#now = end;
  }
}

function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
