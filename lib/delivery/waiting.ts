import type { Clock } from '../core/clock.js';

/** A log call that waits for room. */
interface Waiter {
  readonly bytes: number;
  /** Since when it waits, in milliseconds since the Unix epoch. */
  readonly since: number;
  readonly resolve: () => void;
}

/** How many log calls wait at most: callers that do not await are bounded too. */
const maxWaiting = 10_000;

/** How large their records may be together, as a share of the queue's own bound. */
const maxShare = 0.25;

/**
 * Log calls that wait until there is room for their records (`overflow: 'wait'`), the first one first. The records stand
 * in the queue already, in their order and their form, but are not accepted yet.
 */
export class Waiting {
  readonly #clock: Clock;
  readonly #limits: { readonly maxWait: number; readonly maxQueuedBytes: number };
  readonly #makeRoom: () => void;
  #waiters: Waiter[] = [];
  #head = 0;
  /** Of those from `#head` on, the ones before this have waited long enough. */
  #patient = 0;
  #bytes = 0;
  #timer: unknown;

  /** `makeRoom` is called for each log call that has waited for `maxWait` milliseconds. */
  constructor(
    clock: Clock,
    limits: { readonly maxWait: number; readonly maxQueuedBytes: number },
    makeRoom: () => void
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#makeRoom = makeRoom;
  }

  get size(): number {
    return this.#waiters.length - this.#head;
  }

  /** Bytes of the record of the first one. */
  get firstBytes(): number {
    return this.#waiters[this.#head]?.bytes ?? 0;
  }

  /** Whether one more may wait. */
  hasPlace(bytes: number): boolean {
    return this.size < maxWaiting && this.#bytes + bytes <= this.#limits.maxQueuedBytes * maxShare;
  }

  /** Resolves when the record is accepted, or has waited long enough. */
  add(bytes: number): Promise<void> {
    this.#bytes += bytes;
    const since = this.#clock.now();
    return new Promise(resolve => {
      this.#waiters.push({ bytes, since, resolve });
      this.#watch();
    });
  }

  /** The first one is accepted. */
  accept(): void {
    const first = this.#waiters[this.#head];
    if (first === undefined) return;
    this.#head++;
    this.#bytes -= first.bytes;
    first.resolve();
    if (this.#head * 2 < this.#waiters.length) return;
    this.#waiters = this.#waiters.slice(this.#head);
    this.#patient = Math.max(0, this.#patient - this.#head);
    this.#head = 0;
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #watch(): void {
    const next = this.#waiters[Math.max(this.#head, this.#patient)];
    if (this.#timer !== undefined || next === undefined) return;
    this.#timer = this.#clock.setTimeout(() => this.#release(), this.#left(next));
  }

  /** Milliseconds that one still has to wait; none if the time has been set back meanwhile. */
  #left({ since }: Waiter): number {
    const waited = this.#clock.now() - since;
    return waited < 0 ? 0 : Math.max(0, this.#limits.maxWait - waited);
  }

  /** Lets those go whose time is over. If there is no room to be made, their records stay until there is some. */
  #release(): void {
    this.#timer = undefined;
    const late: Waiter[] = [];
    this.#patient = Math.max(this.#head, this.#patient);
    for (let next = this.#waiters[this.#patient]; next !== undefined && this.#left(next) === 0; ) {
      late.push(next);
      next = this.#waiters[++this.#patient];
    }
    for (const waiter of late) {
      this.#makeRoom();
      waiter.resolve();
    }
    this.#watch();
  }
}
