import { LogLevel } from '../core/level.js';
import { ExceptionLogRecord, type LogData, LogRecord } from '../core/record.js';

/** The parts of a record that a test cares about. */
export interface SomeRecord {
  readonly timestamp?: number;
  readonly sequence?: number;
  readonly loggerName?: string;
  readonly level?: LogLevel;
  readonly message?: unknown;
  readonly args?: readonly unknown[];
  readonly data?: LogData;
  /** Makes an `ExceptionLogRecord` of it. */
  readonly exception?: unknown;
}

let records = 0;

/**
 * A record as a logger makes them, with what a test does not care about filled in: 2023-11-14T22:13:20.123Z, logger
 * `Shop`, INFORMATION, `something happened`. The sequence counts up.
 */
export function someRecord(overrides: SomeRecord = {}): LogRecord {
  const {
    timestamp = 1_700_000_000_123,
    sequence = ++records,
    loggerName = 'Shop',
    level = LogLevel.INFORMATION,
    message = 'something happened',
    args,
    data
  } = overrides;
  return 'exception' in overrides
    ? new ExceptionLogRecord(timestamp, sequence, loggerName, level, message, args, data, overrides.exception)
    : new LogRecord(timestamp, sequence, loggerName, level, message, args, data);
}
