import type { LogFailure, LossReason } from '../core/failures.js';
import type { LastResort } from '../core/last-resort.js';
import type { Pending, ProcessEnd } from '../core/process-end.js';
import type { LogRecord } from '../core/record.js';
import { type LogTarget, nameOf } from '../core/target.js';
import { type Abandoned, receiptOf } from './abandoned.js';
import type { QueuedBatch } from './batch.js';
import { detoured } from './detour.js';
import type { Form } from './form.js';
import type { Ledger } from './ledger.js';
import type { QueueEnd } from './queue-end.js';
import type { WayOut } from './way-out.js';

/** What a target's last words are made with. */
export interface LastWordsParts {
  readonly owner: LogTarget;
  readonly exitTimeout: number;
  /** The end of the process; undefined in a test, whose time does not end with it. */
  readonly end: ProcessEnd | undefined;
  readonly form: Form<QueuedBatch>;
  readonly ledger: Ledger;
  /** What it has not handed over to the fallback when the process ends goes with the last words. */
  readonly wayOut: Pick<WayOut, 'stop'>;
  readonly report: (failure: LogFailure) => void;
}

/**
 * What a target does with its records when the process ends: it sends them without waiting, where its protocol can;
 * hands them to the fallback; has them kept by the last resort; or tells how many are lost.
 */
export class LastWords implements Pending {
  readonly #parts: LastWordsParts;
  readonly #end: () => QueueEnd<QueuedBatch>;
  /** Who keeps what nobody else takes: set by `handleExit`. */
  resort: LastResort | undefined;
  #speaking = false;
  #lateTold = false;

  /** `end` is that of the queue. */
  constructor(parts: LastWordsParts, end: () => QueueEnd<QueuedBatch>) {
    this.#parts = parts;
    this.#end = end;
  }

  get owner(): LogTarget {
    return this.#parts.owner;
  }

  get exitTimeout(): number {
    return this.#parts.exitTimeout;
  }

  flush(): Promise<void> {
    return this.#end().flushAtEnd();
  }

  abandon(): void {
    this.#end().abandon();
  }

  atExit(): string | undefined {
    const { ledger, owner, wayOut } = this.#parts;
    const before = ledger.lost;
    let unwanted = 0;
    wayOut.stop((given, reason, error) => {
      this.#leave(given, reason, error, owner.fallback);
      return true;
    });
    const send = (batch: QueuedBatch) => {
      const outcome = this.#send(batch);
      if (outcome === 'unwanted') unwanted += batch.size;
      return outcome !== 'left';
    };
    this.#end().drain(send, left => {
      for (const batch of left) this.#leave([batch], 'out of time', undefined, owner.fallback);
    });
    const lost = ledger.lost - before - unwanted;
    return lost === 0
      ? undefined
      : `${nameOf(owner)}: ${lost} record(s) lost, as the process ended; dispose of the factory first, or call handleExit`;
  }

  /**
   * Takes charge of records that are given up because there is no time for them, if there is another place for them;
   * returns whether there was. Without a fallback that is the last resort; for what is logged while the process ends, too.
   */
  take(given: readonly Abandoned[], reason: LossReason, error: unknown): boolean {
    const isEnding = this.#parts.end?.isEnding === true;
    if (reason === 'disposed' && isEnding && !this.#speaking) return given.every(one => this.#takeLate(one));
    return reason === 'out of time' && this.owner.fallback === undefined && this.keep(given, reason, error);
  }

  /** Takes charge of records that the fallback refuses, if there is no time for anything else, and somebody keeps them. */
  rescue(given: readonly Abandoned[], reason: LossReason, error: unknown): boolean {
    return (reason === 'out of time' || this.#parts.end?.isEnding === true) && this.keep(given, reason, error);
  }

  /** Has the last resort keep records, if there is one; returns whether there is. */
  keep(given: readonly Abandoned[], reason: LossReason, error: unknown): boolean {
    if (this.resort === undefined) return false;
    this.#leave(given, reason, error, undefined);
    return true;
  }

  /** A record that was logged after the queue was closed for the end of the process, by a listener of `exit` perhaps. */
  #takeLate(one: Abandoned): boolean {
    const { end, form, owner } = this.#parts;
    this.#speaking = true; // reading a record's values may log
    try {
      if (form.deliverSync !== undefined) {
        form.packer.add(one.record(0));
        const batch = form.packer.cut(1);
        batch.tickets = new Map(one.tickets);
        if (this.#send(batch) !== 'left') return true;
      }
      if (this.keep([one], 'disposed', undefined)) return true;
    } catch {
      return false; // it cannot be encoded: lost, counted and told as what is logged after dispose
    } finally {
      this.#speaking = false;
    }
    if (!this.#lateTold) {
      this.#lateTold = true;
      end?.output.tell(`${nameOf(owner)}: what is logged while the process ends is lost`);
    }
    return false;
  }

  /** One attempt that cannot wait. What has not been sent is left to somebody else. */
  #send(batch: QueuedBatch): 'sent' | 'unwanted' | 'left' {
    const { form, ledger, owner } = this.#parts;
    let outcome: boolean | 'unwanted';
    try {
      outcome = form.deliverSync?.(batch) ?? false;
    } catch {
      return 'left'; // a transport of a user's: the records still have somebody else to go to
    }
    if (outcome === false) return 'left';
    if (outcome === true) ledger.delivered += batch.size;
    else ledger.loseAll(batch, 'out of time');
    const attempts = batch.earlier + batch.attempt + 1;
    for (const ticket of batch.tickets?.values() ?? []) {
      ticket.settle(
        outcome === true
          ? { target: nameOf(owner), outcome: 'delivered', chunk: batch.id, attempts }
          : { ...receiptOf(nameOf(owner), batch, 'lost', 'out of time', undefined), attempts }
      );
    }
    return outcome === true ? 'sent' : 'unwanted';
  }

  /** To the fallback, if there is one to go to; what it does not take, to the last resort; and the rest is lost. */
  #leave(given: readonly Abandoned[], reason: LossReason, error: unknown, fallback: LogTarget | undefined): void {
    const { ledger, owner, report } = this.#parts;
    const about = { target: nameOf(owner), reason, error };
    let left = given.flatMap(of => Array.from({ length: of.size }, (_, row) => ({ of, row })));
    const pass = (safe: ReadonlySet<Row>, heir: string) => {
      if (safe.size === 0) return;
      ledger.fellBack += safe.size;
      report({ kind: 'fell back', count: safe.size, fallback: heir, ...about });
      for (const { of, row } of safe) {
        of.tickets?.get(row)?.settle(receiptOf(nameOf(owner), of, 'fell back', reason, error));
      }
      left = left.filter(row => !safe.has(row));
    };
    if (fallback !== undefined) pass(logAll(left, nameOf(owner), reason, fallback), nameOf(fallback));
    if (left.length > 0 && this.resort !== undefined) {
      pass(keepAll(left, nameOf(owner), reason, this.resort), this.resort.name);
    }
    if (left.length === 0) return;
    for (const { of, row } of left) {
      ledger.lose(of.level(row), reason);
      of.tickets?.get(row)?.settle(receiptOf(nameOf(owner), of, 'lost', reason, error));
    }
    report({ kind: 'lost', count: left.length, ...about });
  }
}

/** A record among those that are given up. */
interface Row {
  readonly of: Abandoned;
  readonly row: number;
}

/**
 * Logs records to a fallback target, without waiting for it; returns those that it has taken. One without an account says
 * so by a promise that nobody can wait for any more.
 */
function logAll(rows: readonly Row[], from: string, reason: LossReason, fallback: LogTarget): Set<Row> {
  const hasAccount = fallback.stats() !== undefined;
  const taken = rows.filter(({ of, row }) => {
    try {
      const taking = fallback.log(detoured(of.record(row), from, reason));
      if (taking === undefined) return true;
      Promise.resolve(taking).catch(() => undefined);
      return hasAccount;
    } catch {
      return false; // it cannot be decoded, or the fallback has failed: there is somebody else to ask
    }
  });
  return new Set(taken);
}

/** Has the last resort keep records; returns those that are safe. One that cannot be decoded is not. */
function keepAll(rows: readonly Row[], from: string, reason: LossReason, resort: LastResort): Set<Row> {
  const written: Row[] = [];
  function* records(): Generator<LogRecord> {
    for (const one of rows) {
      let record: LogRecord;
      try {
        record = one.of.record(one.row);
      } catch {
        continue;
      }
      written.push(one);
      yield record;
    }
  }
  const count = resort.keep(records(), from, reason);
  return new Set(written.slice(0, count));
}
