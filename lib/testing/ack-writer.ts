import type { Clock } from '../core/clock.js';

/** Writes in order, and not before the time. */
export class AckWriter {
  readonly #clock: Clock;
  readonly #write: (bytes: Buffer) => void;
  readonly #waiting: { readonly bytes: Buffer; readonly time: number; readonly isApart: boolean }[] = [];
  #timer: unknown;
  #whenEmpty: (() => void) | undefined;

  constructor(clock: Clock, write: (bytes: Buffer) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /**
   * Writes `bytes` in `delay` milliseconds, and not before those that were given earlier; nothing more is written in the
   * millisecond after bytes that shall be apart, for the kernel would put them together again.
   */
  send(bytes: Buffer, delay: number, isApart = false): void {
    if (this.#waiting.length === 0 && delay === 0 && !isApart) {
      this.#write(bytes);
      return;
    }
    const time = this.#clock.now() + delay;
    this.#waiting.push({ bytes, time, isApart });
    if (this.#waiting.length === 1) this.#arm(time);
  }

  /** Calls `done` when all has been written that was given before: at once, or with the last of it. */
  after(done: () => void): void {
    if (this.#waiting.length === 0) done();
    else this.#whenEmpty = done;
  }

  /** Forgets what has not been written. */
  close(): void {
    this.#waiting.length = 0;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(time: number): void {
    this.#timer = this.#clock.setTimeout(() => this.#writeDue(), Math.max(0, time - this.#clock.now()));
  }

  #writeDue(): void {
    // The timer was for the first; others go with it if they are due as well and may stand beside it.
    const now = this.#clock.now();
    const count = this.#waiting.findIndex(({ time, isApart }) => time > now || isApart);
    const due = this.#waiting.splice(0, count < 0 ? this.#waiting.length : Math.max(1, count));
    for (const { bytes } of due) this.#write(bytes);
    const [next] = this.#waiting;
    if (next !== undefined) this.#arm(next.time);
    else this.#whenEmpty?.();
  }
}
