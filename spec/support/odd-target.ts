import type { LossReason } from '../../lib/core/failures.js';
import type { LastResort } from '../../lib/core/last-resort.js';
import type { LogRecord } from '../../lib/core/record.js';
import { LogTarget } from '../../lib/core/target.js';
import type { FakeClock } from '../../lib/testing/fake-clock.js';
import type { Random } from './random.js';

/** What a target does with a record besides keeping it. */
export type Oddity = 'none' | 'slow' | 'failing' | 'hanging';

/** A target of the simplest kind, that is slow, fails now and then, or some day takes nothing any more. */
export class OddTarget extends LogTarget {
  readonly records: LogRecord[] = [];
  readonly #oddity: Oddity;
  readonly #clock: FakeClock;
  readonly #random: Random;
  readonly #timers = new Set<unknown>();
  #left: number;

  constructor(oddity: Oddity, clock: FakeClock, random: Random) {
    super();
    this.#oddity = oddity;
    this.#clock = clock;
    this.#random = random;
    this.#left = random.int(0, 20);
  }

  override get name(): string {
    return 'last';
  }

  override log(record: LogRecord): void | Promise<void> {
    switch (this.#oddity) {
      case 'slow':
        return this.#logSlowly(record);
      case 'failing':
        if (this.#random.chance(0.1)) throw new Error('thrown');
        if (this.#random.chance(0.1)) return Promise.reject(new Error('rejected'));
        break;
      case 'hanging':
        if (this.#left-- <= 0) return new Promise(() => undefined);
        break;
      case 'none':
    }
    this.records.push(record);
  }

  /** Forgets what it has not taken. */
  override dispose(): Promise<void> {
    for (const timer of this.#timers) this.#clock.clearTimeout(timer);
    return Promise.resolve();
  }

  #logSlowly(record: LogRecord): Promise<void> {
    return new Promise(resolve => {
      const timer = this.#clock.setTimeout(
        () => {
          this.#timers.delete(timer);
          this.records.push(record);
          resolve();
        },
        this.#random.int(0, 100)
      );
      this.#timers.add(timer);
    });
  }
}

/** A last resort in memory, which has room for so many records. */
export class Shelf implements LastResort {
  readonly name = 'the shelf';
  readonly kept: { readonly record: LogRecord; readonly from: string; readonly reason: LossReason }[] = [];
  readonly #room: number;

  constructor(room = Number.POSITIVE_INFINITY) {
    this.#room = room;
  }

  get messages(): unknown[] {
    return this.kept.map(({ record }) => record.message);
  }

  keep(records: Iterable<LogRecord>, from: string, reason: LossReason): number {
    const before = this.kept.length;
    for (const record of records) {
      if (this.kept.length === this.#room) break;
      this.kept.push({ record, from, reason });
    }
    return this.kept.length - before;
  }
}
