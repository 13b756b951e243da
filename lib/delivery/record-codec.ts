import { isLogLevel, LogLevel } from '../core/level.js';
import { isError, keysOf, put, read, threw } from '../core/read.js';
import { LogRecord } from '../core/record.js';
import { restoreError } from '../core/restore-error.js';
import { isPlainObject, plain, plainMap } from '../core/values.js';
import type { SpooledBatch } from '../spool/spool.js';
import { estimateBytes } from './estimate.js';
import { RecordBatch } from './record-batch.js';
import type { Rows, SpoolCodec } from './spool-codec.js';

/**
 * Writes live records as JSON, one line each, so that they can be made again: with their times, texts, arguments, fields
 * and exceptions, the values in the forms that all encoders give them.
 */
export const recordCodec: SpoolCodec<RecordBatch> = {
  format: 'record',
  // Some 10 us each: so many keep the event loop for 2 ms.
  maxRows: 200,
  write: writeRecords,
  read: readRecords
};

function writeRecords(batch: RecordBatch, from: number, to: number): Rows {
  const rows = Array.from({ length: to - from }, (_, index) => from + index);
  const lines = rows.map(row => Buffer.from(safeLineOf(batch.record(row))));
  let end = 0;
  const ends = lines.map(({ length }) => {
    end += length;
    return end;
  });
  return {
    payload: Buffer.concat(lines),
    ends,
    levels: rows.map(row => batch.level(row)),
    times: rows.map(row => batch.time(row)),
    topics: [{ topic: '', end: rows.length }]
  };
}

function readRecords({ payload, ends, format }: SpooledBatch): RecordBatch {
  if (format !== recordCodec.format) throw new TypeError(`it holds '${format}', not records`);
  const records: LogRecord[] = [];
  const sizes: number[] = [];
  let begin = 0;
  let bytes = 0;
  for (let row = 0; row < ends.length; row++) {
    const end = ends[row] ?? begin;
    const record = restore(JSON.parse(Buffer.from(payload.subarray(begin, end)).toString()));
    begin = end;
    bytes += estimateBytes(record);
    records.push(record);
    sizes.push(bytes);
  }
  return new RecordBatch(records, sizes);
}

/** A record of a class of the user's may throw where ours do not. */
function safeLineOf(record: LogRecord): string {
  try {
    return lineOf(record);
  } catch (error) {
    const { timestamp, sequence, level, loggerName: logger } = record;
    return `${JSON.stringify({ timestamp, sequence, level, logger, message: threw(error) })}\n`;
  }
}

/** One record. `same` names those of its fields that hold the exception itself. */
function lineOf(record: LogRecord): string {
  const { timestamp, sequence, level, loggerName: logger, message, args, data, exception } = record;
  const text = record.render();
  const names = keysOf(data);
  const same =
    exception === undefined || typeof names === 'string' ? [] : names.filter(key => read(data, key) === exception);
  const form = {
    timestamp,
    sequence,
    level,
    logger,
    message: plain(message),
    ...(text !== message && { text }),
    ...(args.length > 0 && { args: plain(args) }),
    ...(names.length > 0 && { data: plainMap(data) }),
    ...(exception !== undefined && { [isError(exception) ? 'error' : 'thrown']: plain(exception) }),
    ...(same.length > 0 && { same })
  };
  return `${JSON.stringify(form)}\n`;
}

function restore(form: unknown): LogRecord {
  if (!isPlainObject(form)) throw new TypeError('a record must be a map');
  const { timestamp, sequence, level, logger, message, text = message, args, data, error, thrown, same } = form;
  const exception = isPlainObject(error) ? restoreError(error) : (error ?? thrown);
  const fields = isPlainObject(data) ? data : {};
  if (Array.isArray(same)) for (const key of same) put(fields, String(key), exception);
  return LogRecord.restore({
    timestamp: Number(timestamp),
    sequence: Number(sequence),
    loggerName: String(logger),
    level: isLogLevel(level) ? level : LogLevel.INFORMATION,
    message,
    text: String(text),
    ...(Array.isArray(args) && { args }),
    data: fields,
    exception
  });
}
