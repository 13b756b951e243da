import { checkOptions, integer } from '../core/check.js';
import { isoTime, type LogRecord } from '../core/record.js';
import { escapeJson, isWellFormed, wellFormed } from '../core/text.js';
import { defaultMaxDepth, isPlainObject, type Plain, plainFields } from '../core/values.js';
import { type FlushOptions, flushRules } from '../delivery/flush-target.js';
import type { ByteWriter } from './bytes.js';
import type { Encoder } from './encoder.js';
import { appendLine } from './json-line.js';
import { JsonRecords, type LineForm } from './json-records.js';
import { restoreRecord } from './restore.js';
import { defaultMaxRecordBytes, leastMaxRecordBytes, mostMaxRecordBytes, type RecordLimits, shrink } from './shrink.js';
import { jsonSizes } from './sizes.js';

/** The rules of `RecordLimits`, for the encoders and for targets that hand these options on. */
export const recordLimitRules = {
  maxDepth: integer(1, defaultMaxDepth, 60),
  maxRecordBytes: integer(leastMaxRecordBytes, defaultMaxRecordBytes, mostMaxRecordBytes)
};

/** Refuses records that may be larger than all that may wait: no such record would ever be taken. */
export function checkRecordLimit(
  owner: string,
  { maxRecordBytes, maxQueuedBytes = flushRules.maxQueuedBytes.fallback }: RecordLimits & FlushOptions
): void {
  if (maxRecordBytes === undefined || maxQueuedBytes === undefined || maxRecordBytes <= maxQueuedBytes) return;
  throw new RangeError(
    `${owner}: maxRecordBytes must not be above maxQueuedBytes, got ${maxRecordBytes} and ${maxQueuedBytes}`
  );
}

/** Bytes that `"time":"…",` and the line's end take, for any year that a `Date` has. */
const frameSize = 38;

/**
 * Writes a record as one line of JSON: `time` (ISO 8601), then the fields of `LogRecord.toJSON`. No line holds a control
 * character or anything else that `unsafeInLines` finds: they are escaped.
 */
export class JsonEncoder implements Encoder {
  readonly format = 'json';
  readonly #maxDepth: number;
  readonly #maxRecordBytes: number;
  readonly #records: JsonRecords;

  constructor(options?: RecordLimits) {
    const { maxDepth, maxRecordBytes } = checkOptions('JsonEncoder', recordLimitRules, options);
    this.#maxDepth = maxDepth;
    this.#maxRecordBytes = maxRecordBytes;
    this.#records = new JsonRecords(form, maxDepth, maxRecordBytes);
  }

  encode(record: LogRecord, into: ByteWriter): void {
    if (this.#records.write(record, into)) return;
    const max = this.#maxRecordBytes;
    const fields = plainFields(record, { maxDepth: this.#maxDepth, maxString: max });
    if (!appendLine(line(record.timestamp, fields), max, into)) {
      into.text(escapeJson(line(record.timestamp, shrink(fields, max - frameSize, jsonSizes))));
    }
  }

  /** Throws if `bytes` are no line of ours. */
  decode(bytes: Uint8Array, level?: number): LogRecord {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    if (!isPlainObject(value)) throw new TypeError('a log record must be a JSON object');
    const { time, ...fields } = value;
    const timestamp = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    if (Number.isNaN(timestamp)) throw new TypeError("a log record must have an ISO 8601 time in 'time'");
    return restoreRecord(timestamp, fields, level);
  }
}

const form: LineForm = {
  beforeTime: '{"time":"',
  afterTime: ({ levelName, loggerName }) =>
    `",${JSON.stringify({ level: levelName, logger: wellFormed(loggerName) }).slice(1, -1)},`,
  templateName: 'template',
  write: (walk, record, into) => {
    const { data, exception } = record;
    walk.message(into, record);
    walk.data(into, data, exception);
    if (exception !== undefined) walk.exception(into, exception, record);
  },
  isTidy: isWellFormed
};

/** `fields` are never empty, so that `time` can be put before the first of them. */
function line(timestamp: number, fields: Record<string, Plain>): string {
  return `{"time":"${isoTime(timestamp)}",${JSON.stringify(fields).slice(1)}\n`;
}
