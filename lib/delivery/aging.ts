import { type Clock, longestDelay } from '../core/clock.js';

/** The least time between two looks, in milliseconds: what came in between is given up together. */
const pace = 10;

/** Looks after records that wait for longer than they are worth. */
export class Aging {
  readonly #clock: Clock;
  readonly #maxAge: number;
  readonly #giveUp: (before: number) => void;
  readonly #oldest: () => number | undefined;
  #timer: unknown;

  /** `giveUp` gets the time before which records are too old; `oldest` tells when the oldest one was logged. */
  constructor(clock: Clock, maxAge: number, giveUp: (before: number) => void, oldest: () => number | undefined) {
    this.#clock = clock;
    this.#maxAge = maxAge;
    this.#giveUp = giveUp;
    this.#oldest = oldest;
  }

  /** A record waits: sees to it that it does not for too long. */
  watch(): void {
    if (this.#maxAge === Number.POSITIVE_INFINITY || this.#timer !== undefined) return;
    const oldest = this.#oldest();
    if (oldest === undefined) return;
    const left = oldest + this.#maxAge - this.#clock.now();
    const delay = Math.min(Math.max(left + 1, pace), this.#maxAge + 1, longestDelay); // the time may have been set back
    this.#timer = this.#clock.setTimeout(() => this.#look(), delay);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Gives up at once what is too old. */
  check(): void {
    if (this.#maxAge !== Number.POSITIVE_INFINITY) this.#giveUp(this.#clock.now() - this.#maxAge);
  }

  #look(): void {
    this.#timer = undefined;
    this.check();
    this.watch();
  }
}
