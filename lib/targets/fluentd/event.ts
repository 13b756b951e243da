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

interface ExactTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/**
 * Seconds and nanoseconds of `moment`, if an EventTime holds it: from 1970 to 2106. Microseconds of a number of milliseconds
 * are kept, what is smaller is rounding. Never throws.
 */
export function exactTime(moment: unknown): ExactTime | undefined {
  try {
    const time = typeof moment === 'object' && !(moment instanceof Date) ? partsOf(moment) : timeOf(moment);
    return time === undefined || isMark(time) ? undefined : time;
  } catch {
    return undefined; // what cannot be read is no time
  }
}

function partsOf(moment: { seconds?: unknown; nanoseconds?: unknown } | null): ExactTime | undefined {
  const { seconds, nanoseconds } = moment ?? {};
  return isWhole(seconds, maxSeconds) && isWhole(nanoseconds, 999_999_999) ? { seconds, nanoseconds } : undefined;
}

function timeOf(moment: unknown): ExactTime | undefined {
  const milliseconds = typeof moment === 'number' || moment instanceof Date ? Number(moment) : Number.NaN;
  const microseconds = Math.round((milliseconds % 1000) * 1000);
  const seconds = Math.floor(milliseconds / 1000) + Math.floor(microseconds / 1e6);
  if (!(milliseconds >= 0) || seconds > maxSeconds) return undefined;
  return { seconds, nanoseconds: (microseconds % 1e6) * 1000 };
}

/** Fluent Bit takes the last two seconds that there are for marks of its own, and loses what is sent with them. */
function isMark({ seconds, nanoseconds }: ExactTime): boolean {
  return seconds >= maxSeconds - 1 && nanoseconds === 0;
}

function isWhole(value: unknown, most: number): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
}

/** What is emitted, as fields: itself if it can have some, else under `message`. Never throws. */
export function fieldsOf(value: unknown): object {
  return typeof value === 'object' && value !== null && !isError(value) && !isList(value) ? value : { message: value };
}

function isList(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return true; // a proxy that was revoked: no name can be read of it
  }
}
