import type { Clock } from './clock.js';
import type { LastOutput } from './last-output.js';
import { programOf } from './program.js';

/** Milliseconds in which one key makes at most one warning. */
const interval = 10_000;

/** What was left out since the last warning of a key. */
interface LeftOut {
  count: number;
  /** Records that were lost. */
  records: number;
  /** The text of the last one; made when it is needed, as many are left out. */
  text: () => string;
}

/**
 * Process warnings named `LogflumeWarning`: at most one per key in 10 s. Those that were left out are told together when
 * that time is over; of lost records also when the process ends before.
 */
export class Warnings {
  readonly #clock: Clock;
  readonly #leftOut = new Map<string, LeftOut>();
  #watchesEnd = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `records`: how many are lost, if any. */
  say(key: string, text: () => string, records = 0): void {
    const leftOut = this.#leftOut.get(key);
    if (leftOut === undefined) {
      this.#begin(key, text());
      return;
    }
    leftOut.count++;
    leftOut.records += records;
    leftOut.text = text;
    const end = programOf(this.#clock)?.end;
    if (this.#watchesEnd || records === 0 || end === undefined) return;
    this.#watchesEnd = true;
    end.atEnd(() => this.#tellLosses(end.output));
  }

  #begin(key: string, text: string): void {
    this.#leftOut.set(key, { count: 0, records: 0, text: () => text });
    this.#clock.setTimeout(() => this.#endInterval(key), interval);
    process.emitWarning(text, 'LogflumeWarning');
  }

  #endInterval(key: string): void {
    const leftOut = this.#leftOut.get(key);
    this.#leftOut.delete(key);
    if (leftOut !== undefined && leftOut.count > 0) this.#begin(key, summary(leftOut));
  }

  /** No warning is shown any more. */
  #tellLosses(output: LastOutput): void {
    for (const leftOut of this.#leftOut.values()) {
      if (leftOut.records > 0) output.tell(summary(leftOut));
      leftOut.records = 0;
    }
  }
}

function summary({ count, records, text }: LeftOut): string {
  if (count === 1) return text();
  const lost = records > 0 ? `, in all ${records} record(s)` : '';
  return `${text()} (the last of ${count} like this within ${interval / 1000} s${lost})`;
}
