import { LogLevel } from '../../core/level.js';
import { isError } from '../../core/read.js';
import { type LogData, LogRecord } from '../../core/record.js';
import { maxSeconds } from '../../wire/msgpack.js';

/** When an event was: a `Date`, milliseconds since the Unix epoch, or seconds and nanoseconds. */
export type EventMoment = Date | number | { readonly seconds: number; readonly nanoseconds: number };

/**
 * An event that was emitted and not logged: sent under its own tag, and with its own fields only. To a fallback that knows
 * no events it is a record of level INFORMATION without a message, whose logger is the tag.
 */
export class FluentdEvent extends LogRecord {
  readonly tag: string;
  readonly seconds: number;
  readonly nanoseconds: number;

  constructor(tag: string, fields: object, seconds: number, nanoseconds: number) {
    super(
      seconds * 1000 + Math.floor(nanoseconds / 1e6),
      0,
      tag,
      LogLevel.INFORMATION,
      '',
      undefined,
      fields as LogData
    );
    this.tag = tag;
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }
}

/**
 * Seconds and nanoseconds of `moment`, if an EventTime holds it: from 1970 to 2106. Microseconds of a number of milliseconds
 * are kept, what is smaller is rounding.
 */
export function exactTime(moment: unknown): { seconds: number; nanoseconds: number } | undefined {
  const given = moment as { seconds?: unknown; nanoseconds?: unknown };
  if (typeof moment === 'object' && moment !== null && !(moment instanceof Date)) {
    const { seconds, nanoseconds } = given;
    return isWhole(seconds, maxSeconds) && isWhole(nanoseconds, 999_999_999) ? { seconds, nanoseconds } : undefined;
  }
  const milliseconds = typeof moment === 'number' || moment instanceof Date ? Number(moment) : Number.NaN;
  const microseconds = Math.round((milliseconds % 1000) * 1000);
  const seconds = Math.floor(milliseconds / 1000) + Math.floor(microseconds / 1e6);
  if (!(milliseconds >= 0) || seconds > maxSeconds) return undefined;
  return { seconds, nanoseconds: (microseconds % 1e6) * 1000 };
}

function isWhole(value: unknown, most: number): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
}

/** What is emitted, as fields: itself if it can have some, else under `message`. */
export function fieldsOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !isError(value) && !Array.isArray(value)
    ? value
    : { message: value };
}
