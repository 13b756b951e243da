import type { Clock } from '../core/clock.js';
import type { CircuitStats } from '../core/target.js';

/** The delays of a circuit that is open. */
export interface CircuitOptions {
  readonly retryDelay: number;
  readonly maxRetryDelay: number;
}

/**
 * What is known of a target's health: open from the batch that has exhausted its retries to the next one that arrives.
 * While it is open, one batch at a time is a probe, after delays that double up to a limit and are left to chance as a
 * whole ("full jitter"), so that many clients do not come back at the same moment.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** Is called when it opens. */
  onOpen: () => void = () => undefined;
  #isOpen = false;
  #since: number;
  #failures = 0;
  /** When the last failure was, and how long no probe is sent after it. */
  #failedAt = 0;
  #wait = 0;

  constructor(options: CircuitOptions, clock: Clock, random: () => number) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#since = clock.now();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get stats(): CircuitStats {
    return { state: this.#isOpen ? 'open' : 'closed', since: this.#since };
  }

  /** Milliseconds until the next probe may be sent. */
  get delay(): number {
    const elapsed = this.#clock.now() - this.#failedAt;
    return this.#isOpen && elapsed >= 0 ? Math.max(0, this.#wait - elapsed) : 0; // the time may have been set back
  }

  /** A batch has failed for good, or a probe has failed. */
  fail(): void {
    const { retryDelay, maxRetryDelay } = this.#options;
    if (!this.#isOpen) this.#turn(true);
    const longest = Math.min(maxRetryDelay, retryDelay * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    this.#failedAt = this.#clock.now();
    this.#wait = Math.max(1, longest * this.#random()); // also without retryDelay, timers have a turn
    if (this.#failures === 1) this.onOpen();
  }

  /** A batch has arrived, or was refused by somebody who has read it. */
  succeed(): void {
    if (this.#isOpen) this.#turn(false);
  }

  #turn(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#since = this.#clock.now();
    this.#failures = 0;
  }
}
