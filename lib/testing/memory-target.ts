import { checkOptions, integer, text } from '../core/check.js';
import { claim } from '../core/receipt.js';
import type { LogRecord } from '../core/record.js';
import { type Deadline, LogTarget, type TargetStats } from '../core/target.js';
import { Waiters } from './waiters.js';

export interface MemoryTargetOptions {
  /** How many records are kept; the oldest make room for new ones. Default: 10 000. */
  readonly maxRecords?: number;
  /** The target's name in failures and stats. Default: `MemoryTarget`. */
  readonly name?: string;
}

const rules = { maxRecords: integer(1, 10_000), name: text('MemoryTarget') };

/**
 * Keeps records in memory: for tests of code that logs.
 *
 * ```ts
 * const target = new MemoryTarget();
 * const factory = new LoggerFactory().addTarget(target);
 * await new Shop(factory).pay(17);
 * expect(target.messages).to.deep.equal(['order 17 paid']);
 * ```
 *
 * Messages are rendered during the call; the other parts of a record are the caller's own objects and change with them.
 */
export class MemoryTarget extends LogTarget {
  readonly #name: string;
  readonly #maxRecords: number;
  readonly #records: LogRecord[] = [];
  readonly #waiters = new Waiters();
  /** Records logged since the beginning, since the last `clear`, and after `dispose`. */
  #accepted = 0;
  #sinceClear = 0;
  #late = 0;
  #disposal: Promise<void> | undefined;

  constructor(options: MemoryTargetOptions = {}) {
    super();
    const { maxRecords, name } = checkOptions('MemoryTarget', rules, options);
    this.#maxRecords = maxRecords;
    this.#name = name;
  }

  override get name(): string {
    return this.#name;
  }

  /** The records since the last `clear`, the oldest first: the last `maxRecords` of them. */
  get records(): readonly LogRecord[] {
    return this.#records;
  }

  /** The records' rendered messages. */
  get messages(): string[] {
    return this.#records.map(record => record.render());
  }

  /** How many records since the last `clear` had to make room for newer ones. */
  get dropped(): number {
    return this.#sinceClear - this.#records.length;
  }

  log(record: LogRecord): void {
    const ticket = claim();
    this.#accepted++;
    if (this.#disposal !== undefined) {
      this.#lose();
      ticket?.settle({ target: this.#name, outcome: 'lost', reason: 'disposed', attempts: 0 });
      return;
    }
    ticket?.settle({ target: this.#name, outcome: 'delivered', attempts: 1 });
    record.render();
    this.#sinceClear++;
    this.#records.push(record);
    if (this.#records.length > this.#maxRecords) this.#records.shift();
    this.#waiters.check();
  }

  /** Forgets the records. */
  clear(): void {
    this.#records.length = 0;
    this.#sinceClear = 0;
  }

  /** Resolves with the records when `count` have been logged since the last `clear`. */
  async waitFor(count: number): Promise<LogRecord[]> {
    await this.#waiters.until(() => this.#sinceClear >= count);
    return [...this.#records];
  }

  override dispose(deadline?: Deadline): Promise<void> {
    this.#disposal ??= super.dispose(deadline);
    return this.#disposal;
  }

  override stats(): TargetStats {
    return {
      name: this.#name,
      accepted: this.#accepted,
      delivered: this.#accepted - this.#late,
      fellBack: 0,
      lost: this.#late,
      pending: 0,
      lostByReason: this.#late > 0 ? { disposed: this.#late } : {},
      retries: 0,
      pendingBytes: 0,
      oldestPendingAge: 0
    };
  }

  #lose(): void {
    this.#late++;
    if (this.#late > 1) return;
    this.report({ kind: 'lost', target: this.#name, count: 1, reason: 'disposed', error: undefined });
  }
}
