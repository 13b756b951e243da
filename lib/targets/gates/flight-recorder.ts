import { type Checked, checkOptions, integer } from '../../core/check.js';
import { LogLevel } from '../../core/level.js';
import { keysOf, put, read } from '../../core/read.js';
import { LogRecord } from '../../core/record.js';
import { level } from '../../core/routes.js';
import { outermostScope } from '../../core/surroundings.js';
import type { LogTarget } from '../../core/target.js';
import { plain } from '../../core/values.js';
import { type By, byRule, commonOf } from './by.js';
import { enterGate, Gate } from './gate.js';

export interface FlightRecorderOptions {
  /** A record of this level or above lets out what is kept of its context. Default: ERROR. */
  readonly keepUntil?: LogLevel;
  /** Records from this level up pass at once; those below are kept. Default: INFORMATION. */
  readonly passLevel?: LogLevel;
  /**
   * What makes records one context: the name of a field (`requestId`), or a function of the record. Default: the
   * outermost `runWith` around the log call; records outside of any are one context.
   */
  readonly by?: By;
  /** Records that are kept of one context: the last ones. Default: 100. */
  readonly maxRecords?: number;
  /** Contexts of which records are kept; the one that logged longest ago makes room for more. Default: 1000. */
  readonly maxContexts?: number;
}

const recorderRules = {
  keepUntil: level(LogLevel.ERROR),
  passLevel: level(LogLevel.INFORMATION),
  by: byRule,
  maxRecords: integer(1, 100),
  maxContexts: integer(1, 1000)
};

/** The context of records that have none. */
const outside = Symbol('outside');

/**
 * Keeps the less important records of a context, and lets them out before the record of an error in it: what led to a
 * failure is told, and what led to nothing costs no network. Add it with a minimum level below `passLevel`.
 *
 * ```ts
 * factory.addTarget(new FlightRecorderTarget(target, { keepUntil: LogLevel.ERROR }), LogLevel.DEBUG);
 * ```
 *
 * Kept records are as they were logged, though their objects change, and have the time at which they were logged.
 */
export class FlightRecorderTarget extends Gate {
  readonly #options: Checked<typeof recorderRules>;
  readonly #contextOf: (record: LogRecord) => unknown;
  /** The context that logged longest ago first. */
  readonly #kept = new Map<unknown, LogRecord[]>();
  #heldBack = 0;

  constructor(target: LogTarget, options: FlightRecorderOptions = {}) {
    const checked = checkOptions('FlightRecorderTarget', recorderRules, options);
    const { by, keepUntil, passLevel } = checked;
    if (passLevel > keepUntil) {
      throw new RangeError(
        `FlightRecorderTarget: passLevel must not be above keepUntil, got ${passLevel} and ${keepUntil}`
      );
    }
    super(target);
    this.#options = checked;
    const common = commonOf(by);
    this.#contextOf = by === undefined ? () => outermostScope() ?? outside : record => common(record) ?? outside;
  }

  /** How many records have been kept until now and not let out. */
  override get heldBack(): number {
    return this.#heldBack;
  }

  override log(record: LogRecord): void | Promise<void> {
    if (record.level < this.#options.passLevel) {
      this.#keep(record);
      return;
    }
    if (record.level >= this.#options.keepUntil) this.#letOut(this.#contextOf(record));
    return this.pass(record);
  }

  protected override close(): void {
    this.#kept.clear();
  }

  #keep(record: LogRecord): void {
    const context = this.#contextOf(record);
    const records = this.#kept.get(context) ?? [];
    this.#kept.delete(context);
    this.#kept.set(context, records);
    records.push(asItIs(record));
    this.#heldBack++;
    if (records.length > this.#options.maxRecords) records.shift();
    if (this.#kept.size <= this.#options.maxContexts) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }

  #letOut(context: unknown): void {
    const records = this.#kept.get(context) ?? [];
    this.#kept.delete(context);
    this.#heldBack -= records.length;
    for (const record of records) void this.pass(record);
  }
}

enterGate('flight-recorder', recorderRules, (target, options) => new FlightRecorderTarget(target, options));

/** The record with its text made and its fields copied. */
function asItIs(record: LogRecord): LogRecord {
  const { message, exception } = record;
  const data: Record<string, unknown> = {};
  const keys = keysOf(record.data);
  for (const key of typeof keys === 'string' ? [] : keys) {
    const value = read(record.data, key);
    const isException = value === exception && typeof value === 'object'; // which targets write once, knowing it by that
    put(data, key, isException || value === undefined ? value : plain(value));
  }
  return LogRecord.revise(record, { message, args: [], data, exception, text: record.render() });
}
