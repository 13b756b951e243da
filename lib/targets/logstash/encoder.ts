import { checkOptions } from '../../core/check.js';
import { atOnce } from '../../core/failures.js';
import { put } from '../../core/read.js';
import { isoTime, type LogRecord } from '../../core/record.js';
import { escapeJson } from '../../core/text.js';
import { isPlainObject, type Plain, plain, plainFields } from '../../core/values.js';
import type { ByteWriter } from '../../wire/bytes.js';
import type { Encoder } from '../../wire/encoder.js';
import { recordLimitRules } from '../../wire/json.js';
import { appendLine } from '../../wire/json-line.js';
import { JsonRecords } from '../../wire/json-records.js';
import { restoreRecord } from '../../wire/restore.js';
import { type RecordLimits, shrink } from '../../wire/shrink.js';
import { jsonSizes } from '../../wire/sizes.js';
import { ecsFormOf } from './ecs-formatter.js';
import { type EventFormatter, type FieldFormatter, isFieldFormatter, isFit } from './formatter.js';
import type { Fields } from './keys.js';
import { formOf } from './logstash-formatter.js';

export interface EventEncoderOptions extends RecordLimits {
  readonly formatter: EventFormatter;
  /** Writes records that `formatter` fails on. */
  readonly instead: FieldFormatter;
  /** What `@metadata` is in events whose formatter gives none. */
  readonly metadata?: Fields;
  /** Is told when the formatter throws or returns no object. */
  readonly onError: (error: unknown) => void;
}

/** An encoder of JSON lines, each an event, for a formatter of ours or of the user's. */
export function eventEncoder(options: EventEncoderOptions): Encoder {
  const { formatter, instead, metadata, onError, ...limits } = options;
  return isFieldFormatter(formatter)
    ? new FieldEncoder(formatter, metadata, limits)
    : new FormatEncoder(formatter, new FieldEncoder(instead, metadata, limits), metadata, onError, limits);
}

/** Writes what a formatter of ours makes of a record, and can read it back. */
class FieldEncoder implements Encoder {
  readonly format = 'json';
  readonly #formatter: FieldFormatter;
  /** What is the same in every event. */
  readonly #constant: Fields;
  /** The same, as it stands in an event between the time and what is its own. */
  readonly #constantBytes: Buffer;
  readonly #maxDepth: number;
  readonly #maxRecordBytes: number;
  /** What writes most records. */
  readonly #records: JsonRecords | undefined;
  /** Bytes that the formatter's own fields take, and the newline. */
  readonly #ownSize: number;

  constructor(formatter: FieldFormatter, metadata: Fields | undefined, limits: RecordLimits) {
    const { maxDepth, maxRecordBytes } = checkOptions('LogstashTarget', recordLimitRules, limits);
    this.#formatter = formatter;
    this.#constant = { ...(metadata !== undefined && { '@metadata': metadata }), ...formatter.constant };
    this.#constantBytes = Buffer.from(`",${escapeJson(JSON.stringify(this.#constant).slice(1, -1))},`);
    this.#maxDepth = maxDepth;
    this.#maxRecordBytes = maxRecordBytes;
    const form = formOf(formatter, this.#constant) ?? ecsFormOf(formatter, this.#constant);
    this.#records = form === undefined || maxDepth === 1 ? undefined : new JsonRecords(form, maxDepth, maxRecordBytes);
    const own = formatter.own({ level: 'INFORMATION', logger: '', message: '' });
    this.#ownSize = timeSize + this.#constantBytes.length + Buffer.byteLength(escapeJson(JSON.stringify(own)));
    if (this.#ownSize > maxRecordBytes / 2) {
      throw new RangeError(
        `LogstashTarget: the fields that the formatter gives every event take ${this.#ownSize} bytes, more than half of the ${maxRecordBytes} that an event may have`
      );
    }
  }

  encode(record: LogRecord, into: ByteWriter): void {
    if (this.#records?.write(record, into)) return;
    const fields = plainFields(record, { maxDepth: this.#maxDepth, maxString: this.#maxRecordBytes });
    if (!this.#append(record.timestamp, fields, into)) this.#appendLarge(record.timestamp, fields, into);
  }

  /** Throws if `bytes` are no line of ours. */
  decode(bytes: Uint8Array): LogRecord {
    const event: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    if (!isPlainObject(event)) throw new TypeError('an event must be a JSON object');
    const time = event['@timestamp'];
    const timestamp = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    if (Number.isNaN(timestamp)) throw new TypeError("an event must have an ISO 8601 time in '@timestamp'");
    return restoreRecord(timestamp, this.#formatter.fields(event as Fields));
  }

  /** How much the formatter makes of a field cannot be foreseen: it is given less until it fits. */
  #appendLarge(timestamp: number, fields: Fields, into: ByteWriter): void {
    let room = this.#maxRecordBytes - this.#ownSize;
    do {
      if (this.#append(timestamp, shrink(fields, room, jsonSizes), into)) return;
      room = Math.floor(room * 0.8);
    } while (room > leastRoom);
    const { level = null, logger = null, message = null } = fields;
    const least = shrink({ level, logger, message }, lastRoom, jsonSizes);
    if (!this.#append(timestamp, least, into)) throw new Error('the event is too large');
  }

  /** Appends an event; returns false, and leaves the bytes as they were, if it takes more than an event may. */
  #append(timestamp: number, fields: Fields, into: ByteWriter): boolean {
    const own = this.#formatter.own(fields);
    const start = into.length;
    into.text(`{"@timestamp":"${isoTime(timestamp)}`);
    let rest: string;
    if (this.#isApart(own)) {
      const { length } = this.#constantBytes;
      into.reserve(length);
      this.#constantBytes.copy(into.bytes, into.length);
      into.length += length;
      rest = JSON.stringify(own).slice(1);
    } else rest = `",${JSON.stringify({ ...this.#constant, ...own }).slice(1)}`;
    if (appendLine(`${rest}\n`, this.#maxRecordBytes - (into.length - start), into)) return true;
    into.truncate(start);
    return false;
  }

  /** Whether an event has none of the constant fields for itself: then these are not written anew. */
  #isApart(own: Fields): boolean {
    for (const key in own) if (Object.hasOwn(this.#constant, key)) return false;
    return true;
  }
}

/** Bytes of `{"@timestamp":"…` and of the newline, for any year that a `Date` has. */
const timeSize = 45;

/** Bytes of a record's own fields below which nothing but its level, logger and message are written of it. */
const leastRoom = 700;

/** Bytes that these get then: with the formatter's own fields, they always fit. */
const lastRoom = 400;

/** Writes what a user's formatter makes of a record. Nothing can be read back from it. */
class FormatEncoder implements Encoder {
  readonly format = 'json';
  readonly #formatter: EventFormatter;
  readonly #instead: FieldEncoder;
  readonly #metadata: Fields | undefined;
  readonly #onError: (error: unknown) => void;
  readonly #maxDepth: number;
  readonly #maxRecordBytes: number;

  constructor(
    formatter: EventFormatter,
    instead: FieldEncoder,
    metadata: Fields | undefined,
    onError: (error: unknown) => void,
    limits: RecordLimits
  ) {
    const { maxDepth, maxRecordBytes } = checkOptions('LogstashTarget', recordLimitRules, limits);
    this.#formatter = formatter;
    this.#instead = instead;
    this.#metadata = metadata;
    this.#onError = onError;
    this.#maxDepth = maxDepth;
    this.#maxRecordBytes = maxRecordBytes;
  }

  encode(record: LogRecord, into: ByteWriter): void {
    const event = this.#event(record);
    const max = this.#maxRecordBytes;
    if (event === undefined) this.#instead.encode(record, into);
    else if (!appendLine(lineOf(event), max, into)) {
      // One byte is the newline's.
      if (!appendLine(lineOf(shrink(event, max - 1, jsonSizes, keptOfEvent)), max, into))
        this.#instead.encode(record, into);
    }
  }

  #event(record: LogRecord): Fields | undefined {
    try {
      const form = plain(atOnce(this.#formatter.format(record)), {
        maxDepth: this.#maxDepth,
        maxString: this.#maxRecordBytes
      });
      if (!isPlainObject(form)) throw new TypeError('format must return an object');
      return this.#completed(record, form as Fields);
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  /** With a time, and at its top nothing that makes inputs of Logstash fail, every time. */
  #completed(record: LogRecord, fields: Fields): Fields {
    const event: Fields = { '@timestamp': isoTime(record.timestamp) };
    for (const [key, value] of Object.entries(fields)) {
      const fit = isFit(key, value) ? key.replace(/[[\]]/g, '_') : `${key}_`;
      let name = fit;
      if (fit !== key) while (Object.hasOwn(fields, name) || Object.hasOwn(event, name)) name += '_';
      put<Plain>(event, name, value);
    }
    if (this.#metadata !== undefined) event['@metadata'] ??= this.#metadata;
    return event;
  }
}

/** Fields of a user's event that are cut, but never dropped. */
const keptOfEvent: ReadonlySet<string> = new Set(['@timestamp', '@metadata', 'message', 'level']);

function lineOf(event: Fields): string {
  return `${JSON.stringify(event)}\n`;
}
