import { type LogFailure, type LossReason, PermanentDeliveryError } from '../core/failures.js';
import { send, type TargetReceipt, type Ticket } from '../core/receipt.js';
import type { LogRecord } from '../core/record.js';
import type { LogTarget } from '../core/target.js';
import { textOf } from '../core/values.js';
import { levelOf } from './batch.js';
import { detoured } from './detour.js';
import type { Ledger } from './ledger.js';
import type { LossMarker } from './marker.js';
import { Reports } from './reports.js';
import type { Dropped } from './stock.js';
import { isNextTurn } from './turn.js';

/** What is given up: a packed batch, or a record that has not come into one. */
export interface Abandoned {
  readonly size: number;
  readonly id?: string;
  readonly attempt?: number;
  readonly earlier?: number;
  readonly tickets?: ReadonlyMap<number, Ticket> | undefined;
  level(row: number): number;
  time(row: number): number;
  /** A record. May throw, if it must be decoded and cannot. */
  record(row: number): LogRecord;
}

/** A record that has not come into a batch. */
export function lone(record: LogRecord, ticket?: Ticket): Abandoned {
  return {
    size: 1,
    ...(ticket !== undefined && { tickets: new Map([[0, ticket]]) }),
    level: () => levelOf(record),
    time: () => record.timestamp,
    record: () => record
  };
}

/** Some records of a packed batch. */
export function someOf(batch: Abandoned, rows: readonly number[]): Abandoned {
  const { id, attempt = 0, earlier = 0, tickets } = batch;
  const own = rows.flatMap((row, index): [number, Ticket][] => {
    const ticket = tickets?.get(row);
    return ticket === undefined ? [] : [[index, ticket]];
  });
  return {
    size: rows.length,
    ...(id !== undefined && { id }),
    attempt,
    earlier,
    tickets: new Map(own),
    level: index => batch.level(rows[index] ?? 0),
    time: index => batch.time(rows[index] ?? 0),
    record: index => batch.record(rows[index] ?? 0)
  };
}

/** What a way out works with. */
export interface WayOutParts {
  readonly name: () => string;
  readonly ledger: Ledger;
  readonly marker: LossMarker;
  readonly fallback: LogTarget | undefined;
  /** How many records may wait for a fallback that does not take them at once, besides those in batches. */
  readonly maxWaiting: number;
  readonly report: (failure: LogFailure) => void;
}

/** Why records are lost that the fallback has not taken when time is up. */
const outOfTime = new Error('out of time');

/** How a hand-over to the fallback has gone. */
interface Outcome {
  taken: number;
  lost: number;
  /** Why records were lost on the way. */
  error: unknown;
}

/**
 * The one way out for records that cannot be delivered: to the fallback target, or lost, counted and reported as lost.
 */
export class WayOut {
  readonly #parts: WayOutParts;
  readonly #reports: Reports;
  /** Records that were refused and that the fallback has not taken yet. */
  #waiting = 0;
  #disposedReported = false;
  #stopped = false;
  /** Who waits for the fallback, and must not any more when time is up. */
  readonly #interrupts = new Set<() => void>();

  constructor(parts: WayOutParts) {
    this.#parts = parts;
    this.#reports = new Reports(parts.report);
  }

  /** Gives batches up, in order. Resolves when the fallback has taken them. Neither throws nor rejects. */
  async giveUp(batches: readonly Abandoned[], reason: LossReason, error: unknown): Promise<void> {
    const { fallback } = this.#parts;
    if (fallback === undefined) this.lose(batches, reason, error);
    else this.#tell(await this.#handOver(fallback, batches, reason, error), reason, error);
  }

  /** Gives one record up that has not come into a batch. Never throws. */
  refuse(one: Abandoned, reason: LossReason, error: unknown): void {
    const { fallback, maxWaiting } = this.#parts;
    // After dispose the fallback may have been disposed of as well.
    if (fallback === undefined || reason === 'disposed' || this.#waiting >= maxWaiting) {
      this.lose([one], reason, error);
      return;
    }
    this.#waiting++;
    void this.#handOver(fallback, [one], reason, error).then(outcome => {
      this.#waiting--;
      this.#tell(outcome, reason, error);
    });
  }

  /** Loses records, even if there is a fallback. */
  lose(given: readonly Abandoned[], reason: LossReason, error: unknown): void {
    let count = 0;
    for (const one of given) {
      for (let row = 0; row < one.size; row++) this.#loseOne(one, row, reason, error);
      count += one.size;
    }
    this.#reportLoss(count, reason, error);
  }

  /** Loses a record that was dropped to make room for others. */
  loseDropped({ level, time, ticket }: Dropped): void {
    const { ledger, marker, name } = this.#parts;
    ledger.lose(level, 'queue full');
    marker.note(level, time, 'queue full');
    ticket?.settle({ target: name(), outcome: 'lost', reason: 'queue full', attempts: 0 });
    this.#reportLoss(1, 'queue full', undefined);
  }

  /** There is no more time: what the fallback has not taken yet is lost. */
  stop(): void {
    this.#stopped = true;
    for (const interrupt of this.#interrupts) interrupt();
    this.#reports.flush();
  }

  /** Tells at once what was kept back to be told together. */
  flushReports(): void {
    this.#reports.flush();
  }

  async #handOver(
    fallback: LogTarget,
    batches: readonly Abandoned[],
    reason: LossReason,
    error: unknown
  ): Promise<Outcome> {
    const outcome: Outcome = { taken: 0, lost: 0, error: undefined };
    for (const batch of batches) {
      for (let row = 0; row < batch.size; row++) {
        try {
          if (this.#stopped) throw outOfTime;
          const record = detoured(batch.record(row), this.#parts.name(), reason);
          const ticket = batch.tickets?.get(row);
          const sending = ticket === undefined ? undefined : send(fallback, record);
          const taken = sending === undefined ? fallback.log(record) : sending.taken;
          // The promise for the next turn says that the record has been taken, and that there are many.
          if (taken !== undefined && !isNextTurn(taken)) await this.#unlessStopped(taken);
          outcome.taken++;
          this.#parts.ledger.fellBack++;
          if (sending !== undefined) void this.#settle(ticket, batch, reason, error, sending.receipt);
        } catch (lossError) {
          outcome.lost++;
          outcome.error = lossError;
          this.#loseOne(batch, row, reason, error);
        }
      }
    }
    return outcome;
  }

  #unlessStopped(taken: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const interrupt = () => reject(outOfTime);
      this.#interrupts.add(interrupt);
      const settle = (action: () => void) => {
        this.#interrupts.delete(interrupt);
        action();
      };
      Promise.resolve(taken).then(
        () => settle(resolve),
        error => settle(() => reject(error))
      );
    });
  }

  #loseOne(one: Abandoned, row: number, reason: LossReason, error: unknown): void {
    const { ledger, marker } = this.#parts;
    const level = one.level(row);
    ledger.lose(level, reason);
    if (reason !== 'disposed' && !isForNobody(error)) marker.note(level, one.time(row), reason);
    one.tickets?.get(row)?.settle(this.#receipt(one, 'lost', reason, error));
  }

  async #settle(
    ticket: Ticket | undefined,
    one: Abandoned,
    reason: LossReason,
    error: unknown,
    fallback: Promise<TargetReceipt> | undefined
  ): Promise<void> {
    if (ticket === undefined) return;
    ticket.isPassedOn = true;
    const there = await fallback;
    ticket.settle({
      ...this.#receipt(one, 'fell back', reason, error),
      ...(there !== undefined && { fallback: there })
    });
  }

  #receipt(
    { id, attempt = 0, earlier = 0 }: Abandoned,
    outcome: 'fell back' | 'lost',
    reason: LossReason,
    error: unknown
  ): TargetReceipt {
    return {
      target: this.#parts.name(),
      outcome,
      reason,
      ...(id !== undefined && { chunk: id }),
      attempts: attempt + earlier,
      ...(error !== undefined && { error: textOf(error) })
    };
  }

  #tell({ taken, lost, error: lossError }: Outcome, reason: LossReason, error: unknown): void {
    const name = this.#parts.fallback?.name ?? '';
    const target = this.#parts.name();
    if (taken > 0) this.#reports.tell({ kind: 'fell back', target, count: taken, reason, fallback: name, error });
    if (lost === 0) return;
    const both = new AggregateError([error, lossError].filter(Boolean), `the fallback ${name} has failed too`);
    this.#reportLoss(lost, reason, both);
  }

  #reportLoss(count: number, reason: LossReason, error: unknown): void {
    if (reason === 'disposed') {
      if (this.#disposedReported) return;
      this.#disposedReported = true;
    }
    this.#reports.tell({ kind: 'lost', target: this.#parts.name(), count, reason, error });
  }
}

/** A target that will never take anything again cannot be told of losses either. */
function isForNobody(error: unknown): boolean {
  return error instanceof PermanentDeliveryError && !error.isDivisible;
}
