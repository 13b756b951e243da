import type { LossReason } from '../core/failures.js';
import type { TargetReceipt, Ticket } from '../core/receipt.js';
import type { LogRecord } from '../core/record.js';
import { textOf } from '../core/values.js';
import { levelOf } from './batch.js';

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

/** The records of a packed batch from this row on. */
export function restOf(batch: Abandoned, from: number): Abandoned {
  if (from === 0) return batch;
  return someOf(
    batch,
    Array.from({ length: batch.size - from }, (_, index) => from + index)
  );
}

/** The receipt of a record that a target has given up. */
export function receiptOf(
  target: string,
  { id, attempt = 0, earlier = 0 }: Abandoned,
  outcome: 'fell back' | 'lost',
  reason: LossReason,
  error: unknown
): TargetReceipt {
  return {
    target,
    outcome,
    reason,
    ...(id !== undefined && { chunk: id }),
    attempts: attempt + earlier,
    ...(error !== undefined && { error: textOf(error) })
  };
}
