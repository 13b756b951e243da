import { type Checked, checkOptions, clockRule, integer, milliseconds } from '../../core/check.js';
import { type Clock, systemClock } from '../../core/clock.js';
import type { Pending } from '../../core/process-end.js';
import { programOf } from '../../core/program.js';
import { LogRecord } from '../../core/record.js';
import type { LogTarget } from '../../core/target.js';
import { type By, byRule, commonOf } from './by.js';
import { enterGate, Gate } from './gate.js';

export interface RateLimitOptions {
  /** Records of one kind that pass in an interval. Default: 10. */
  readonly max?: number;
  /** Milliseconds of an interval; it begins with the first record of a kind. Default: 10 000. */
  readonly interval?: number;
  /**
   * What makes records one kind: the name of a field, or a function of the record. Default: the logger, the level and the
   * message before it is rendered.
   */
  readonly by?: By;
  /** Kinds that are counted at the same time; the one that began first makes room for more. Default: 1000. */
  readonly maxKinds?: number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

const rateLimitRules = {
  max: integer(0, 10),
  interval: milliseconds(1, 10_000),
  by: byRule,
  maxKinds: integer(1, 1000),
  clock: clockRule
};

/** The records of one kind in one interval. */
interface Window {
  readonly kind: unknown;
  begin: number;
  passed: number;
  heldBack: number;
  last: LogRecord;
}

/**
 * Passes so many records of a kind on in an interval. Of those beyond, one record tells at the interval's end (and when
 * the gate is flushed), at their level: "order 17 is late … repeated 1234 times in 10 s", with the fields `text` (of the
 * last one), `repeated` and `seconds`.
 *
 * ```ts
 * new RateLimitTarget(target, { max: 5, interval: 60_000 })
 * ```
 */
export class RateLimitTarget extends Gate {
  readonly #options: Checked<typeof rateLimitRules>;
  readonly #clock: Clock;
  readonly #kindOf: (record: LogRecord) => unknown;
  /** In the order in which they began, which is that in which they end. */
  readonly #windows = new Map<unknown, Window>();
  #timer: unknown;
  #heldBack = 0;
  /** Windows whose records nothing has told of yet: the end of the process must not lose that. */
  readonly #untold = new Set<Window>();
  readonly #pending: Pending = {
    owner: this,
    exitTimeout: 0, // to pass them on takes no time; what the target behind needs for them is its own affair
    flush: () => this.flush(),
    abandon: () => undefined,
    atExit: () => undefined
  };

  constructor(target: LogTarget, options: RateLimitOptions = {}) {
    const checked = checkOptions('RateLimitTarget', rateLimitRules, options);
    super(target);
    this.#options = checked;
    this.#clock = this.#options.clock ?? systemClock;
    const common = commonOf(this.#options.by);
    this.#kindOf = record => common(record) ?? `${record.level} ${record.loggerName} ${String(record.message)}`;
  }

  override get heldBack(): number {
    return this.#heldBack;
  }

  override log(record: LogRecord): void | Promise<void> {
    const now = this.#clock.now();
    this.#endWindows(now);
    const window = this.#windowOf(record, now);
    window.last = record;
    if (window.passed < this.#options.max) {
      window.passed++;
      return this.pass(record);
    }
    this.#heldBack++;
    window.heldBack++;
    this.#untold.add(window);
    if (this.#untold.size === 1) programOf(this.#clock)?.end.remember(this.#pending);
  }

  protected override release(): void {
    for (const window of this.#windows.values()) this.#tell(window);
  }

  protected override close(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#windows.clear();
  }

  #windowOf(record: LogRecord, now: number): Window {
    const kind = this.#kind(record);
    const known = this.#windows.get(kind);
    if (known !== undefined) return known;
    if (this.#windows.size >= this.#options.maxKinds) {
      for (const oldest of this.#windows.values()) {
        this.#end(oldest);
        break;
      }
    }
    const window = { kind, begin: now, passed: 0, heldBack: 0, last: record };
    this.#windows.set(kind, window);
    if (this.#windows.size === 1) this.#wait(now);
    return window;
  }

  /** Never throws: a message may be an object that does when it is made a text. */
  #kind(record: LogRecord): unknown {
    try {
      return this.#kindOf(record);
    } catch {
      return `${record.level} ${record.loggerName}`; // and no word of the message
    }
  }

  #wait(now: number): void {
    this.#clock.clearTimeout(this.#timer);
    for (const { begin } of this.#windows.values()) {
      const left = Math.max(1, begin + this.#options.interval - now);
      this.#timer = this.#clock.setTimeout(() => {
        const then = this.#clock.now();
        this.#endWindows(then);
        this.#wait(then);
      }, left);
      return;
    }
  }

  #endWindows(now: number): void {
    for (const window of this.#windows.values()) {
      if (now - window.begin < this.#options.interval) return;
      this.#end(window);
    }
  }

  #end(window: Window): void {
    this.#windows.delete(window.kind);
    this.#tell(window);
  }

  #tell(window: Window): void {
    const { heldBack: repeated, last, begin } = window;
    if (repeated === 0) return;
    window.heldBack = 0;
    this.#untold.delete(window);
    if (this.#untold.size === 0) programOf(this.#clock)?.end.forget(this.#pending);
    const now = this.#clock.now();
    const seconds = Math.max(0, Math.round((now - begin) / 100) / 10);
    const message = '{text} … repeated {repeated} times in {seconds} s';
    const data = { text: last.render(), repeated, seconds };
    void this.pass(new LogRecord(now, last.sequence, last.loggerName, last.level, message, undefined, data));
  }
}

enterGate('rate-limit', rateLimitRules, (target, options, { clock }) => {
  return new RateLimitTarget(target, { ...(clock !== undefined && { clock }), ...options });
});
