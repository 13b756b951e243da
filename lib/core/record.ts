import { type LogLevel, levelName } from './level.js';
import { renderMessage } from './template.js';
import { plainFields } from './values.js';

/** The fields of a record: names and values of any kind. */
export type LogData = Readonly<Record<string, unknown>>;

const noArgs: readonly unknown[] = Object.freeze([]);
const noData: LogData = Object.freeze({});

/** The text of a record if it has been made, or is made in another way than `LogRecord` does it; else undefined. */
export let madeText: (record: LogRecord) => string | undefined;

/** One call of a logger, as targets get it. `message`, `args` and `data` are the caller's own, not copies. */
export class LogRecord {
  /** When it was logged, in milliseconds since the Unix epoch. */
  readonly timestamp: number;
  /** Counts the records of this process: breaks ties inside a millisecond. */
  readonly sequence: number;
  readonly loggerName: string;
  readonly level: LogLevel;
  /** The message as given: mostly a string, which may be a template. `render()` makes the text of it. */
  readonly message: unknown;
  /** What was given after the message and is neither fields nor the exception. */
  readonly args: readonly unknown[];
  /** The fields: the plain object that was given last. A getter among them is asked again by `render` and each target. */
  readonly data: LogData;
  #text: string | undefined;

  static {
    const { render } = LogRecord.prototype;
    madeText = record => (record.render === render ? record.#text : record.render());
  }

  constructor(
    timestamp: number,
    sequence: number,
    loggerName: string,
    level: LogLevel,
    message: unknown,
    args: readonly unknown[] = noArgs,
    data: LogData = noData
  ) {
    this.timestamp = timestamp;
    this.sequence = sequence;
    this.loggerName = loggerName;
    this.level = level;
    this.message = message;
    this.args = args;
    this.data = data;
  }

  /** `timestamp` as a `Date`, a new one each time. */
  get time(): Date {
    return new Date(this.timestamp);
  }

  /** The name of the level: `INFORMATION`. */
  get levelName(): string {
    return levelName(this.level);
  }

  /** What was thrown, for an `ExceptionLogRecord`; else undefined. */
  get exception(): unknown {
    return undefined;
  }

  /**
   * The message as text: `{name}` filled from `data`, `%s %d %i %f %j %o %O` from `args`, and what is left of `args`
   * appended. Of a text that is put together so, 16 Mi characters are kept, and a mark that says how much was cut. Never
   * throws. The text is made once, at the first call.
   */
  render(): string {
    this.#text ??= renderMessage(this.message, this.args, this.data);
    return this.#text;
  }

  /**
   * The record as one flat map of plain values, for `JSON.stringify`: `time` (ISO 8601), `level` (its name), `logger`,
   * `message` (rendered), `template` if rendering changed it, the fields, and `error`. A field with one of these names
   * gets a `_` behind it.
   */
  toJSON(): Record<string, unknown> {
    return { time: isoTime(this.timestamp), ...plainFields(this) };
  }

  /** A record from its parts, with its text already made: what decoders of wire forms use, and copies. */
  static restore(parts: RestoredParts): LogRecord {
    const {
      timestamp,
      sequence = 0,
      loggerName,
      level,
      message,
      args = noArgs,
      text,
      data = noData,
      exception
    } = parts;
    const record =
      exception === undefined
        ? new LogRecord(timestamp, sequence, loggerName, level, message, args, data)
        : new ExceptionLogRecord(timestamp, sequence, loggerName, level, message, args, data, exception);
    record.#text = text;
    return record;
  }

  /** `record` with other parts, and with its text already made if `text` is given: what redaction leaves of it. */
  static revise(record: LogRecord, parts: RevisedParts): LogRecord {
    const { timestamp, sequence, loggerName, level } = record;
    const { message, args, data, exception, text } = parts;
    const revised =
      record instanceof ExceptionLogRecord
        ? new ExceptionLogRecord(timestamp, sequence, loggerName, level, message, args, data, exception)
        : new LogRecord(timestamp, sequence, loggerName, level, message, args, data);
    revised.#text = text;
    return revised;
  }
}

/** What `LogRecord.revise` puts in the place of a record's own. */
export interface RevisedParts {
  readonly message: unknown;
  readonly args: readonly unknown[];
  readonly data: LogData;
  readonly exception: unknown;
  readonly text?: string;
}

/** What `LogRecord.restore` makes a record of. */
export interface RestoredParts {
  readonly timestamp: number;
  readonly sequence?: number;
  readonly loggerName: string;
  readonly level: LogLevel;
  /** The message as given, or the template. */
  readonly message: unknown;
  /** What the text was made with; decoders have none. */
  readonly args?: readonly unknown[];
  /** The rendered message. */
  readonly text: string;
  readonly data?: LogData;
  readonly exception?: unknown;
}

/** A record with something that was thrown: mostly an `Error`, but anything can be thrown. */
export class ExceptionLogRecord extends LogRecord {
  readonly #exception: unknown;

  constructor(
    timestamp: number,
    sequence: number,
    loggerName: string,
    level: LogLevel,
    message: unknown,
    args: readonly unknown[] | undefined,
    data: LogData | undefined,
    exception: unknown
  ) {
    super(timestamp, sequence, loggerName, level, message, args, data);
    this.#exception = exception;
  }

  override get exception(): unknown {
    return this.#exception;
  }
}

/** The last second that was written, and how: most records share it with the one before. */
let second = Number.NaN;
let secondText = '';

/** ISO 8601 in UTC with milliseconds, or the epoch for a time that a `Date` cannot hold. */
export function isoTime(timestamp: number): string {
  const time = Math.trunc(timestamp);
  const whole = Math.floor(time / 1000);
  if (whole !== second) {
    const date = new Date(whole * 1000);
    if (Number.isNaN(date.getTime())) return '1970-01-01T00:00:00.000Z';
    second = whole;
    secondText = date.toISOString().slice(0, -4);
  }
  return `${secondText}${String(time - whole * 1000).padStart(3, '0')}Z`;
}
