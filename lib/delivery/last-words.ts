import type { LogFailure, LossReason } from '../core/failures.js';
import type { LastResort } from '../core/last-resort.js';
import { isProcessEnding, type Pending } from '../core/process-end.js';
import type { LogRecord } from '../core/record.js';
import type { LogTarget } from '../core/target.js';
import { writeAllSync } from '../core/write-sync.js';
import type { QueuedBatch } from './batch.js';
import { detoured } from './detour.js';
import type { Form } from './flush-target.js';
import type { Ledger } from './ledger.js';
import type { DeliveryQueue } from './queue.js';
import type { Abandoned } from './way-out.js';

/** What a target's last words are made with. */
export interface LastWordsParts {
  readonly owner: LogTarget;
  readonly exitTimeout: number;
  readonly form: Form<QueuedBatch>;
  readonly ledger: Ledger;
  readonly report: (failure: LogFailure) => void;
}

/**
 * What a target does with its records when the process ends: it sends them without waiting, where its protocol can;
 * hands them to the fallback; has them kept by the last resort; or tells how many are lost.
 */
export class LastWords implements Pending {
  readonly #parts: LastWordsParts;
  readonly #queue: () => Pick<DeliveryQueue<QueuedBatch>, 'flush' | 'abandon' | 'drain'>;
  /** Who keeps what nobody else takes: set by `handleExit`. */
  resort: LastResort | undefined;
  #speaking = false;
  #lateTold = false;

  constructor(parts: LastWordsParts, queue: () => Pick<DeliveryQueue<QueuedBatch>, 'flush' | 'abandon' | 'drain'>) {
    this.#parts = parts;
    this.#queue = queue;
  }

  get owner(): LogTarget {
    return this.#parts.owner;
  }

  get exitTimeout(): number {
    return this.#parts.exitTimeout;
  }

  flush(): Promise<void> {
    return this.#queue().flush();
  }

  abandon(): void {
    this.#queue().abandon();
  }

  atExit(): string | undefined {
    const { ledger, owner } = this.#parts;
    const before = ledger.lost;
    let unwanted = 0;
    this.#queue().drain(batch => {
      const outcome = this.#send(batch);
      if (outcome === 'unwanted') unwanted += batch.size;
      else if (outcome === 'left') this.#leave([batch], 'out of time', undefined);
    });
    const lost = ledger.lost - before - unwanted;
    return lost === 0
      ? undefined
      : `${owner.name}: ${lost} record(s) lost, as the process ended; dispose of the factory first, or call handleExit`;
  }

  /**
   * Takes charge of records that are given up because there is no time for them, if there is another place for them;
   * returns whether there was. Without a fallback that is the last resort; for what is logged while the process ends, too.
   */
  take(given: readonly Abandoned[], reason: LossReason, error: unknown): boolean {
    if (reason === 'disposed' && isProcessEnding() && !this.#speaking) return this.#takeLate(given);
    if (reason !== 'out of time' || this.resort === undefined || this.owner.fallback !== undefined) return false;
    this.#leave(given, reason, error);
    return true;
  }

  /** A record that was logged after the queue was closed for the end of the process, by a listener of `exit` perhaps. */
  #takeLate(given: readonly Abandoned[]): boolean {
    const { form, owner } = this.#parts;
    this.#speaking = true; // reading a record's values may log
    try {
      if (form.deliverSync !== undefined) {
        for (const record of recordsOf(given)) form.packer.add(record);
        if (this.#send(form.packer.cut(form.packer.size)) !== 'left') return true;
      }
      if (this.resort !== undefined) {
        this.#leave(given, 'disposed', undefined);
        return true;
      }
    } catch {
      return false; // it cannot be encoded: lost, counted and told as what is logged after dispose
    } finally {
      this.#speaking = false;
    }
    if (!this.#lateTold) {
      this.#lateTold = true;
      writeAllSync(2, Buffer.from(`logflume: ${owner.name}: what is logged while the process ends is lost\n`));
    }
    return false;
  }

  /** One attempt that cannot wait. What has not been sent is left to somebody else. */
  #send(batch: QueuedBatch): 'sent' | 'unwanted' | 'left' {
    const { form, ledger } = this.#parts;
    let outcome: boolean | 'unwanted';
    try {
      outcome = form.deliverSync?.(batch) ?? false;
    } catch {
      return 'left'; // a transport of a user's: the records still have somebody else to go to
    }
    if (outcome === false) return 'left';
    if (outcome === true) ledger.delivered += batch.size;
    else ledger.loseAll(batch, 'out of time');
    return outcome === true ? 'sent' : 'unwanted';
  }

  /** To the fallback, unless that may have been disposed of; what it does not take, to the last resort. */
  #leave(given: readonly Abandoned[], reason: 'out of time' | 'disposed', error: unknown): void {
    const { ledger, owner, report } = this.#parts;
    const about = { target: owner.name, reason, error };
    const settle = (count: number, heir: string) => {
      ledger.fellBack += count;
      if (count > 0) report({ kind: 'fell back', count, fallback: heir, ...about });
      return count;
    };
    let left = given.reduce((sum, { size }) => sum + size, 0);
    let records: Iterable<LogRecord> = recordsOf(given);
    if (owner.fallback !== undefined && reason !== 'disposed') {
      const refused: LogRecord[] = [];
      left -= settle(logAll(detouredAll(records, owner.name, reason), owner.fallback, refused), owner.fallback.name);
      records = refused;
    }
    if (left > 0 && this.resort !== undefined) {
      left -= settle(this.resort.keep(records, owner.name, reason), this.resort.name);
    }
    if (left === 0) return;
    const levels = given.flatMap(one => Array.from({ length: one.size }, (_, row) => one.level(row)));
    // Which ones were not taken is not known: mostly the last ones.
    for (const level of levels.slice(-left)) ledger.lose(level, reason);
    report({ kind: 'lost', count: left, ...about });
  }
}

/** The records, without those that cannot be decoded: these are counted as lost, and told. */
function* recordsOf(given: readonly Abandoned[]): Generator<LogRecord> {
  for (const batch of given) {
    for (let index = 0; index < batch.size; index++) {
      let record: LogRecord;
      try {
        record = batch.record(index);
      } catch {
        continue;
      }
      yield record;
    }
  }
}

function* detouredAll(records: Iterable<LogRecord>, from: string, reason: LossReason): Generator<LogRecord> {
  for (const record of records) yield detoured(record, from, reason);
}

/** How many records the fallback has taken; those that it did not take are added to `refused`. */
function logAll(records: Iterable<LogRecord>, fallback: LogTarget, refused: LogRecord[]): number {
  let taken = 0;
  for (const record of records) {
    try {
      void Promise.resolve(fallback.log(record)).catch(() => undefined); // there is no time to wait for it
      taken++;
    } catch {
      refused.push(record);
    }
  }
  return taken;
}
