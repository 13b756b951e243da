import type { LossReason } from '../core/failures.js';
import type { Spool, SpoolDamage, SpooledBatch, SpoolListener, SpoolLoss } from '../spool/spool.js';
import type { QueuedBatch } from './batch.js';
import type { Ledger } from './ledger.js';
import type { SpoolLine } from './spool-line.js';
import type { SpoolReports } from './spool-reports.js';
import type { LostRow } from './way-out.js';

/** What is concerned by what happens in a spool. */
export interface SpoolEventsParts<B extends QueuedBatch> {
  readonly ledger: Ledger;
  readonly reports: SpoolReports;
  readonly spool: () => Spool;
  readonly line: () => SpoolLine<B>;
  /** Loses records that are in no batch any more. */
  readonly lose: (lost: readonly LostRow[], reason: LossReason) => void;
  /** Records from an earlier process are there. */
  readonly onRecovered: () => void;
  /** What is in memory and was on disk is so no more. */
  readonly onGone: () => void;
}

/** What happens in a spool without anybody waiting for it: records are found, lost or damaged, something fails. */
export class SpoolEvents<B extends QueuedBatch> implements SpoolListener {
  readonly #parts: SpoolEventsParts<B>;
  readonly onGone: () => void;
  /** Records that were taken over from earlier processes. */
  recovered = 0;

  constructor(parts: SpoolEventsParts<B>) {
    this.#parts = parts;
    this.onGone = parts.onGone;
  }

  readonly onRecovered = (records: number): void => {
    const { ledger, line, onRecovered } = this.#parts;
    ledger.accepted += records;
    this.recovered += records;
    line().recover(records);
    line().readAhead(); // it may be found at any time
    onRecovered();
  };

  readonly onLoss = ({ reason, id, numbers, levels, times }: SpoolLoss): void => {
    const { line, lose } = this.#parts;
    const tickets = line().lose(id, numbers);
    const rows = levels.map((level, index) => ({ level, time: times[index] ?? 0, ticket: tickets[index] }));
    lose(rows, reason);
  };

  readonly onDamage = ({ path, position, length, setAside }: SpoolDamage): void => {
    const part =
      length === undefined ? `${path} cannot be read` : `${length} bytes of ${path}, from ${position} on, are damaged`;
    const where = setAside === undefined ? 'it could not be set aside' : `kept in ${setAside}`;
    this.#parts.reports.tell('reading', new Error(`${part}; ${where}`));
  };

  readonly onError = (what: string, error: unknown): void => this.#parts.reports.tell(what, error);

  /** A batch was read that cannot be understood: it is lost, and kept for inspection. */
  unreadable({ id, numbers, levels, times }: SpooledBatch, error: unknown): void {
    const { spool, reports } = this.#parts;
    spool()
      .setAside(id)
      .catch(failure => reports.tell('setting a batch aside', failure));
    reports.tell('reading a batch', error);
    const lists = { numbers: Array.from(numbers), levels: Array.from(levels), times: Array.from(times) };
    this.onLoss({ reason: 'unreadable', id, ...lists });
  }
}
