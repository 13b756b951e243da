import { checkOptions, integer } from '../core/check.js';
import { isoTime, type LogRecord } from '../core/record.js';
import { escapeJson, unsafeInLines } from '../core/text.js';
import { defaultMaxDepth, isPlainObject, type Plain, plainFields } from '../core/values.js';
import type { ByteWriter } from './bytes.js';
import type { Encoder } from './encoder.js';
import { restoreRecord } from './restore.js';
import { defaultMaxRecordBytes, leastMaxRecordBytes, type RecordLimits, shrink } from './shrink.js';

/** The rules of `RecordLimits`, for the encoders and for targets that hand these options on. */
export const recordLimitRules = {
  maxDepth: integer(1, defaultMaxDepth, 60),
  maxRecordBytes: integer(leastMaxRecordBytes, defaultMaxRecordBytes)
};

/** Bytes that `{"time":"…",` and the line's end take, for any year that a `Date` has. */
const frameSize = 50;

/**
 * Writes a record as one line of JSON: `time` (ISO 8601), then the fields of `LogRecord.toJSON`. No line holds a control
 * character, U+2028 or U+2029: they are escaped.
 */
export class JsonEncoder implements Encoder {
  readonly #maxDepth: number;
  readonly #maxRecordBytes: number;

  constructor(options?: RecordLimits) {
    const { maxDepth, maxRecordBytes } = checkOptions('JsonEncoder', recordLimitRules, options);
    this.#maxDepth = maxDepth;
    this.#maxRecordBytes = maxRecordBytes;
  }

  encode(record: LogRecord, into: ByteWriter): void {
    const max = this.#maxRecordBytes;
    const fields = plainFields(record, { maxDepth: this.#maxDepth, maxString: max });
    if (!append(line(record.timestamp, fields), max, into)) {
      into.text(escapeJson(line(record.timestamp, shrink(fields, max - frameSize, stringSize))));
    }
  }

  /** Throws if `bytes` are no line of ours. */
  decode(bytes: Uint8Array): LogRecord {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    if (!isPlainObject(value)) throw new TypeError('a log record must be a JSON object');
    const { time, ...fields } = value;
    const timestamp = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    if (Number.isNaN(timestamp)) throw new TypeError("a log record must have an ISO 8601 time in 'time'");
    return restoreRecord(timestamp, fields);
  }
}

/** `fields` are never empty, so that `time` can be put before the first of them. */
function line(timestamp: number, fields: Record<string, Plain>): string {
  return `{"time":"${isoTime(timestamp)}",${JSON.stringify(fields).slice(1)}\n`;
}

/** Appends a line; returns false, and leaves the bytes as they were, if it takes more than `max`. */
function append(text: string, max: number, into: ByteWriter): boolean {
  if (text.length > max) return false;
  const start = into.length;
  into.text(text);
  const size = into.length - start;
  // As many bytes as characters: it is ASCII, which need not be searched for the rest of them.
  const isSafe = size === text.length ? !text.includes('\u007f') : !unsafeInLines.test(text);
  if (isSafe && size <= max) return true;
  into.truncate(start);
  return !isSafe && append(escapeJson(text), max, into);
}

function stringSize(text: string): number {
  return Buffer.byteLength(escapeJson(JSON.stringify(text)));
}
