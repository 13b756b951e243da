import { atWork } from '../core/at-work.js';
import { checkOptions, text } from '../core/check.js';
import { systemClock } from '../core/clock.js';
import { checkTimeout, disposeTimeout, within } from '../core/deadline.js';
import { isThenable, type LossReason } from '../core/failures.js';
import { freeName, put } from '../core/read.js';
import { isoTime, type LogRecord } from '../core/record.js';
import { type Deadline, LogTarget, type TargetStats } from '../core/target.js';
import { type Plain, plainFields } from '../core/values.js';
import { Ledger } from '../delivery/ledger.js';

export interface BridgeOptions {
  /** How the target is called in failures and stats. Default: the name of its class. */
  readonly name?: string;
}

const rules = { name: text() };

/** Loggers that were made for the names of ours, kept at most: names that are made at run time must not fill the memory. */
const maxLoggers = 1000;

/**
 * Hands records to another logger: one for all, or one for each name of our loggers. It counts as delivered what that
 * logger has taken, and has not promised to take only; whether it writes it, by its own level, is its own affair, as is its end.
 */
export abstract class BridgeTarget<L extends object> extends LogTarget {
  readonly #name: string | undefined;
  readonly #given: L | ((name: string) => L);
  readonly #loggers = new Map<string, L>();
  readonly #ledger = new Ledger();
  /** The records that the other logger has promised to take, by what settles soon after its promise. */
  readonly #promised = new Map<Promise<void>, LogRecord>();
  #disposal: Promise<void> | undefined;

  constructor(logger: L | ((name: string) => L), options: BridgeOptions) {
    super();
    this.#name = checkOptions(new.target.name, rules, options).name;
    this.#given = logger;
    if (typeof logger !== 'function') this.#check(logger);
  }

  override get name(): string {
    return this.#name ?? super.name;
  }

  log(record: LogRecord): void {
    this.#ledger.accepted++;
    if (this.#disposal !== undefined) {
      this.#lose(record, 'disposed', undefined);
      return;
    }
    try {
      const logger = this.#logger(record.loggerName);
      const answer = atWork(() => this.hand(record, logger));
      if (isThenable(answer)) this.#await(record, answer);
      else this.#ledger.delivered++;
    } catch (error) {
      this.#lose(record, 'target failed', error);
    }
  }

  /** Resolves when what the other logger has promised to take is taken, or at the deadline. */
  override async flush(deadline: Deadline = {}): Promise<void> {
    const timeout = checkTimeout('flush', deadline);
    await within(
      systemClock,
      timeout,
      Promise.all(this.#promised.keys()).then(() => undefined)
    );
  }

  override dispose(deadline: Deadline = {}): Promise<void> {
    this.#disposal ??= this.#dispose({ timeout: disposeTimeout, ...deadline });
    return this.#disposal;
  }

  override stats(): TargetStats {
    const { accepted, delivered, fellBack, lost, pending, lostByReason, lostByLevel, retries } = this.#ledger;
    const counts = { accepted, delivered, fellBack, lost, pending, lostByReason, lostByLevel, retries };
    const [oldest] = this.#promised.values();
    const oldestPendingAge = oldest === undefined ? 0 : Math.max(0, Date.now() - oldest.timestamp);
    return { name: this.name, ...counts, pendingBytes: 0, oldestPendingAge };
  }

  /** Whether `value` is a logger of the kind, and how such a one is called. */
  protected abstract readonly kind: { readonly words: string; is(value: object): boolean };

  /** Hands a record over. If it throws, or returns a promise that rejects, the record counts as lost. */
  protected abstract hand(record: LogRecord, logger: L): unknown;

  /** Whether there is one logger for all names. */
  protected get isOne(): boolean {
    return typeof this.#given !== 'function' || this.kind.is(this.#given);
  }

  /** The loggers that are in use. */
  protected get loggers(): Iterable<L> {
    return new Set(this.#loggers.values());
  }

  #logger(name: string): L {
    const known = this.#loggers.get(name);
    if (known !== undefined) return known;
    const given = this.#given;
    const logger = this.#check(typeof given !== 'function' || this.kind.is(given) ? (given as L) : given(name));
    if (this.#loggers.size >= maxLoggers) this.#loggers.clear();
    this.#loggers.set(name, logger);
    return logger;
  }

  #check(logger: L): L {
    if (logger !== null && logger !== undefined && this.kind.is(logger)) return logger;
    throw new TypeError(`${this.name}: logger must be ${this.kind.words}, or a function of a name that gives one`);
  }

  /** The other logger is asynchronous. The log call does not wait for it; `flush` does. */
  #await(record: LogRecord, answer: PromiseLike<unknown>): void {
    const settle = (count: () => void) => {
      if (this.#promised.delete(done)) count();
    };
    const done: Promise<void> = Promise.resolve(answer).then(
      () => settle(() => this.#ledger.delivered++),
      error => settle(() => this.#lose(record, 'target failed', error))
    );
    this.#promised.set(done, record);
  }

  async #dispose(deadline: Deadline): Promise<void> {
    await this.flush(deadline);
    for (const record of this.#promised.values()) this.#lose(record, 'out of time', undefined);
    this.#promised.clear();
  }

  #lose(record: LogRecord, reason: LossReason, error: unknown): void {
    const before = this.#ledger.lostByReason[reason];
    this.#ledger.lose(record.level, reason);
    if (reason === 'disposed' && before !== undefined) return; // reported once
    this.report({ kind: 'lost', target: this.name, count: 1, reason, error });
  }
}

/** What another logger gets of a record: fresh and plain values, which nothing that it does with them can harm. */
export interface Parts {
  readonly text: string;
  readonly fields: Record<string, Plain>;
  /** What was thrown, as `LogRecord.toJSON` has it; undefined for a record without. */
  readonly error: Plain | undefined;
}

/** Milliseconds from which a record is late: one that comes as another target's fallback, mostly. */
const late = 1000;

/**
 * A record's parts. Fields with one of the names in `taken` get a `_` behind it. Other loggers write the time at which they
 * are called; a record that is late has its own as the field `loggedAt`.
 */
export function partsOf(record: LogRecord, taken: readonly string[] = []): Parts {
  const { level: _level, logger: _logger, message, template: _template, error, ...own } = plainFields(record);
  const fields: Record<string, Plain> = {};
  for (const [key, value] of Object.entries(own)) put(fields, taken.includes(key) ? freeName(key, own) : key, value);
  if (Date.now() - record.timestamp > late) fields['loggedAt'] ??= isoTime(record.timestamp);
  return { text: String(message), fields, error };
}
