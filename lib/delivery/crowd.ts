import type { Clock } from '../core/clock.js';
import { DiskWaits } from './disk-waits.js';

/** Milliseconds that the disk may take nothing before nobody waits for it: a busy one may need seconds for a sync. */
const patience = 5000;

/** Log calls that wait until the disk has taken what memory has no room for. A disk that hangs keeps nobody. */
export class Crowd {
  readonly #clock: Clock;
  readonly #waits: DiskWaits;
  #timer: unknown;
  #isStuck = false;

  /** `isCrowded`: whether memory is still full, and the disk busy to make room. */
  constructor(clock: Clock, isCrowded: () => boolean) {
    this.#clock = clock;
    this.#waits = new DiskWaits(() => this.#isStuck || !isCrowded());
  }

  /** Resolves when there is room, or the disk has taken nothing for some seconds; not in this turn. */
  wait(): Promise<void> {
    this.#watch();
    const waited = this.#waits.add(0);
    if (this.#isStuck) this.#waits.freeAll();
    return waited;
  }

  /** The disk has taken something, or has nothing more to do: those go on for whom there is room. */
  ease(): void {
    this.#isStuck = false;
    this.#unwatch();
    this.#waits.freeAll();
    if (!this.#waits.isEmpty) this.#watch();
  }

  /** Nobody waits any more. */
  close(): void {
    this.#unwatch();
    this.#isStuck = true;
    this.#waits.freeAll();
  }

  #watch(): void {
    this.#timer ??= this.#clock.setTimeout(() => this.close(), patience);
  }

  #unwatch(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
