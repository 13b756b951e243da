import { type LogFailure, type LossReason, PermanentDeliveryError } from '../core/failures.js';
import type { Ticket } from '../core/receipt.js';
import { type LogTarget, nameOf } from '../core/target.js';
import { type Abandoned, receiptOf, someOf } from './abandoned.js';
import { estimateBytes } from './estimate.js';
import { HandOver } from './hand-over.js';
import type { Ledger } from './ledger.js';
import type { LossMarker } from './marker.js';
import { Reports } from './reports.js';

/** A record that is gone, as far as it is known. */
export interface LostRow {
  readonly level: number;
  /** When it was logged. */
  readonly time: number;
  readonly ticket: Ticket | undefined;
}

/** What a way out works with. */
export interface WayOutParts {
  readonly name: () => string;
  readonly ledger: Ledger;
  readonly marker: LossMarker;
  readonly fallback: LogTarget | undefined;
  /** What may wait in the queue. */
  readonly limits: { readonly maxQueued: number; readonly maxQueuedBytes: number };
  readonly report: (failure: LogFailure) => void;
  /** Takes charge of what the fallback refuses, if there is no time for anything else. */
  readonly rescue: Keep;
}

/** How much may wait for a fallback that does not take it at once, besides batches: a share of what may in the queue. */
const waitingShare = 0.25;

/** Takes charge of records for which the fallback has had no time; returns whether it did. */
export type Keep = (given: readonly Abandoned[], reason: LossReason, error: unknown) => boolean;

/**
 * The one way out for records that cannot be delivered: to the fallback target, or lost, counted and reported as lost.
 */
export class WayOut {
  readonly #parts: WayOutParts;
  readonly #reports: Reports;
  /** Records that were refused and that the fallback has not taken yet. */
  #waiting = 0;
  #waitingBytes = 0;
  #disposedReported = false;
  readonly #underWay = new Set<HandOver>();
  /** Set when there is no more time to wait for the fallback. */
  #keep: Keep | undefined;

  constructor(parts: WayOutParts) {
    this.#parts = parts;
    this.#reports = new Reports(parts.report);
  }

  /** Gives batches up, in order. Resolves when the fallback has taken them. Neither throws nor rejects. */
  async giveUp(batches: readonly Abandoned[], reason: LossReason, error: unknown): Promise<void> {
    const { fallback } = this.#parts;
    if (fallback === undefined) this.lose(batches, reason, error);
    else await this.#handOver(fallback, batches, reason, error);
  }

  /** Gives one record up that has not come into a batch. Never throws. */
  refuse(one: Abandoned, reason: LossReason, error: unknown): void {
    const { fallback } = this.#parts;
    const bytes = fallback === undefined ? 0 : estimateBytes(one.record(0));
    // After dispose the fallback may have been disposed of as well.
    if (fallback === undefined || reason === 'disposed' || !this.#hasPlace(bytes)) {
      this.lose([one], reason, error);
      return;
    }
    this.#waiting++;
    this.#waitingBytes += bytes;
    void this.#handOver(fallback, [one], reason, error).then(() => {
      this.#waiting--;
      this.#waitingBytes -= bytes;
    });
  }

  /** At least one may wait, however large. */
  #hasPlace(bytes: number): boolean {
    const { maxQueued, maxQueuedBytes } = this.#parts.limits;
    if (this.#waiting === 0) return true;
    return this.#waiting < maxQueued * waitingShare && this.#waitingBytes + bytes <= maxQueuedBytes * waitingShare;
  }

  /** Loses records, even if there is a fallback. */
  lose(given: readonly Abandoned[], reason: LossReason, error: unknown): void {
    this.#loseAll(given, reason, error);
    this.#reportLoss(sizeOf(given), reason, error);
  }

  /** Loses records that are in no batch any more: dropped to make room for others, or gone from the disk. */
  loseRows(rows: readonly LostRow[], reason: LossReason): void {
    const { ledger, marker, name } = this.#parts;
    for (const { level, time, ticket } of rows) {
      ledger.lose(level, reason);
      marker.note(level, time, reason);
      ticket?.settle({ target: name(), outcome: 'lost', reason, attempts: 0 });
    }
    this.#reportLoss(rows.length, reason, undefined);
  }

  /** There is no more time: what the fallback has not taken yet is lost, unless `keep` takes it. */
  stop(keep: Keep): void {
    this.#keep = keep;
    for (const handOver of this.#underWay) {
      this.#underWay.delete(handOver);
      const { reason, error } = handOver;
      const left = handOver.stop();
      this.#tell(handOver);
      this.#leave(left, reason, error, keep);
    }
    this.#reports.flush();
  }

  /** Bytes of single records that wait for the fallback; an estimate. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Tells at once what was kept back to be told together. */
  flushReports(): void {
    this.#reports.flush();
  }

  async #handOver(fallback: LogTarget, given: readonly Abandoned[], reason: LossReason, error: unknown): Promise<void> {
    if (this.#keep !== undefined) {
      this.#leave(given, reason, error, this.#keep);
      return;
    }
    const { name, ledger, rescue } = this.#parts;
    const onTaken = () => {
      ledger.fellBack++;
    };
    const onRefused = (one: Abandoned, row: number) => {
      if (rescue([someOf(one, [row])], reason, error)) return false;
      this.#loseOne(one, row, reason, error);
      return true;
    };
    const handOver = new HandOver({ name, fallback, onTaken, onRefused }, given, reason, error);
    this.#underWay.add(handOver);
    await handOver.run();
    if (this.#underWay.delete(handOver)) this.#tell(handOver);
  }

  #leave(given: readonly Abandoned[], reason: LossReason, error: unknown, keep: Keep): void {
    if (given.length === 0 || keep(given, reason, error)) return;
    this.#loseAll(given, reason, error);
    this.#reportLoss(sizeOf(given), reason, this.#both(error, new Error('out of time')));
  }

  #loseAll(given: readonly Abandoned[], reason: LossReason, error: unknown): void {
    for (const one of given) for (let row = 0; row < one.size; row++) this.#loseOne(one, row, reason, error);
  }

  #loseOne(one: Abandoned, row: number, reason: LossReason, error: unknown): void {
    const { ledger, marker } = this.#parts;
    const level = one.level(row);
    ledger.lose(level, reason);
    if (reason !== 'disposed' && !isForNobody(error)) marker.note(level, one.time(row), reason);
    one.tickets?.get(row)?.settle(receiptOf(this.#parts.name(), one, 'lost', reason, error));
  }

  #tell({ outcome: { taken, lost, error: lossError }, reason, error }: HandOver): void {
    const fallback = this.#heir;
    const target = this.#parts.name();
    if (taken > 0) this.#reports.tell({ kind: 'fell back', target, count: taken, reason, fallback, error });
    if (lost > 0) this.#reportLoss(lost, reason, this.#both(error, lossError));
  }

  get #heir(): string {
    const { fallback } = this.#parts;
    return fallback === undefined ? '' : nameOf(fallback);
  }

  #both(error: unknown, lossError: unknown): AggregateError {
    return new AggregateError([error, lossError].filter(Boolean), `the fallback ${this.#heir} has failed too`);
  }

  #reportLoss(count: number, reason: LossReason, error: unknown): void {
    if (reason === 'disposed') {
      if (this.#disposedReported) return;
      this.#disposedReported = true;
    }
    this.#reports.tell({ kind: 'lost', target: this.#parts.name(), count, reason, error });
  }
}

function sizeOf(given: readonly Abandoned[]): number {
  return given.reduce((sum, { size }) => sum + size, 0);
}

/** A target that will never take anything again cannot be told of losses either. */
function isForNobody(error: unknown): boolean {
  return error instanceof PermanentDeliveryError && !error.isDivisible;
}
