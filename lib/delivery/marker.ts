import type { Clock } from '../core/clock.js';
import type { LossReason } from '../core/failures.js';
import { LogLevel, levelName } from '../core/level.js';
import { isoTime, LogRecord } from '../core/record.js';
import { textOf } from '../core/values.js';
import type { QueuedBatch } from './batch.js';

/** The logger of records that the library itself writes. */
export const ownLogger = 'logflume';

/** Losses, added up. */
class Losses {
  /** Before which batch they are told: that which was open when the first one was lost. */
  place = 0;
  count = 0;
  from = Number.POSITIVE_INFINITY;
  to = Number.NEGATIVE_INFINITY;
  readonly levels: Record<string, number> = {};
  readonly reasons: Record<string, number> = {};

  add(other: Losses): void {
    this.count += other.count;
    this.from = Math.min(this.from, other.from);
    this.to = Math.max(this.to, other.to);
    for (const [name, count] of Object.entries(other.levels)) increase(this.levels, name, count);
    for (const [name, count] of Object.entries(other.reasons)) increase(this.reasons, name, count);
  }

  addOne(level: string, reason: string, time: number): void {
    this.count++;
    this.from = Math.min(this.from, time);
    this.to = Math.max(this.to, time);
    increase(this.levels, level, 1);
    increase(this.reasons, reason, 1);
  }
}

function increase(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}

/**
 * What was lost since the target was last told of it. It is told by one record, in-band and before all that is sent
 * later; until that has arrived, what else is lost adds to it.
 */
export class LossMarker {
  readonly #clock: Clock;
  readonly #interval: number;
  /** Is called when what there is to tell is to be told, if it has not been before. */
  onDue: () => void = () => undefined;
  /** The place of the batch that is open. */
  openPlace: () => number = () => 0;
  /** What is lost now is not to be told of. */
  isDeaf = false;
  #losses = new Losses();
  /** What the record tells of that is on its way. */
  #taken: Losses | undefined;
  #timer: unknown;
  #isDue = false;
  #isClosed = false;
  #takenCount = 0;
  #leftCount = 0;

  /** What there is to tell becomes due `interval` milliseconds after the first loss. */
  constructor(clock: Clock, interval: number) {
    this.#clock = clock;
    this.#interval = interval;
  }

  /** Whether there is anything to tell. */
  get hasLosses(): boolean {
    return this.#losses.count > 0 && !this.#isClosed;
  }

  /** Before which batch it is told. */
  get place(): number {
    return this.#losses.place;
  }

  /** Whether it is to be told even if there is nothing else to send. */
  get isDue(): boolean {
    return this.#isDue && this.hasLosses;
  }

  /** How many records were sent on their way, and how many of them have arrived or come back: all, once it is closed. */
  get counts(): { readonly taken: number; readonly left: number } {
    return { taken: this.#takenCount, left: this.#isClosed ? Number.POSITIVE_INFINITY : this.#leftCount };
  }

  /** A record of this level, logged at this time, is gone. */
  note(level: number, time: number, reason: LossReason): void {
    if (this.isDeaf) return;
    if (this.#losses.count === 0) this.#losses.place = this.openPlace();
    this.#losses.addOne(levelName(level), reason, time);
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = this.#clock.setTimeout(() => this.makeDue(), this.#interval);
  }

  makeDue(): void {
    if (!this.hasLosses) return;
    this.#isDue = true;
    this.onDue();
  }

  /** The record that tells of all that was lost. */
  take(): LogRecord {
    const { count, levels, reasons, from, to } = this.#losses;
    const data = { lost: count, levels, reasons, from: isoTime(from), to: isoTime(to) };
    this.#taken = this.#losses;
    this.#losses = new Losses();
    this.#takenCount++;
    this.#isDue = false;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const message = '{lost} log record(s) lost, logged from {from} to {to}: {reasons}';
    return new LogRecord(this.#clock.now(), 0, ownLogger, LogLevel.WARNING, message, undefined, data);
  }

  /** The record has arrived; or it has not, and what it tells of is kept for the next one. */
  left(hasArrived: boolean): void {
    const taken = this.#taken;
    this.#taken = undefined;
    this.#leftCount++;
    if (hasArrived || taken === undefined) return;
    taken.add(this.#losses);
    this.#losses = taken;
  }

  /** No more is told. */
  close(): void {
    this.#isClosed = true;
    this.#clock.clearTimeout(this.#timer);
  }
}

/** Tells of a batch that fails again and again: if this arrives, it is the batch's own fault. */
export function troubleRecord(now: number, { size, attempt, earlier }: QueuedBatch, error: unknown): LogRecord {
  const data = { records: size, attempts: attempt + earlier, reason: textOf(error) };
  const message =
    '{records} log record(s) could not be delivered in {attempts} attempts, though this one was: {reason}';
  return new LogRecord(now, 0, ownLogger, LogLevel.WARNING, message, undefined, data);
}
