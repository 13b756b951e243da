import type { Clock } from '../core/clock.js';

/** Milliseconds after the first failure, and at most after many in a row. */
const first = 1000;
const longest = 30_000;

/** The time between attempts of something that fails: twice as long each time. */
export class Pause {
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #timer: unknown;
  #count = 0;

  constructor(clock: Clock, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  begin(): void {
    const delay = Math.min(longest, first * 2 ** Math.min(this.#count++, 10));
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#onEnd();
    }, delay);
  }

  /** It has worked: the next pause is the first one again. */
  reset(): void {
    this.#count = 0;
  }

  /** Ends, and nothing follows. */
  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
