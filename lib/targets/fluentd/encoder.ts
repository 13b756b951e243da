import { callable, checkOptions, oneOf, type Rule, text } from '../../core/check.js';
import { atOnce } from '../../core/failures.js';
import type { LogRecord } from '../../core/record.js';
import { defaultShape, type RecordShape, recordShape } from '../../core/shape.js';
import { isPlainObject, type Plain, plainMap, textOf } from '../../core/values.js';
import type { ByteWriter } from '../../wire/bytes.js';
import type { Encoder } from '../../wire/encoder.js';
import { recordLimitRules } from '../../wire/json.js';
import { writeArrayHeader, writeEventTime, writeExactTime, writeNumber, writeSeconds } from '../../wire/msgpack.js';
import { decode, EventTime } from '../../wire/msgpack-read.js';
import { RecordWriter } from '../../wire/msgpack-values.js';
import { restoreRecord } from '../../wire/restore.js';
import type { RecordLimits } from '../../wire/shrink.js';
import { FluentdEvent, fieldsOf } from './event.js';

/** The tag of all records, or of one. */
export type Tag = string | ((record: LogRecord) => string);

/** How records are written as events. */
export interface EventOptions {
  /**
   * Whether times have nanoseconds (EventTime; the milliseconds of records are kept) or whole seconds, for Fluentd up to
   * 0.12. Default: `nanoseconds`.
   */
  readonly timePrecision?: 'nanoseconds' | 'seconds';
  /** Fields that every record gets. A field of a record with such a name gets a `_` behind it. Default: none. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** What the rendered message is called. Default: `message`. */
  readonly messageKey?: string;
  /** What the name of the level is called. Default: `level`. */
  readonly levelKey?: string;
  /** What the name of the logger is called. Default: `logger`. */
  readonly loggerKey?: string;
  /**
   * The whole event of a record, in place of the map that this target makes: nothing is added to it and nothing renamed.
   * A record for which it throws is given up as not encodable. Not together with `fields` and the keys.
   */
  readonly recordFormat?: (record: LogRecord) => object;
}

export interface FluentdEncoderOptions extends RecordLimits, EventOptions {
  /**
   * Words of letters, digits, `_` and `-`, separated by dots. A function may give every record its own: records of a
   * batch are sent as one message per tag.
   */
  readonly tag: Tag;
  /** Is told when the tag function throws or gives a wrong tag; the record is sent under a tag that is made right. */
  readonly onWrongTag?: (error: unknown) => void;
}

/** The alphabet that is safe in every receiver: tags become paths and patterns there. */
const rightTag = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** Characters of a tag at most: our own bound, far above any path that is made of one. */
const maxTag = 1000;

const tagWords = `words of letters, digits, '_' and '-', separated by dots, of ${maxTag} characters at most`;

const isRightTag = (tag: string) => tag.length <= maxTag && rightTag.test(tag);

/** The tag of a record for which there is none that could be made right. */
const fallbackTag = 'logflume';

/** The rule for the option `tag`, for the target too. */
export const tagRule: Rule<Tag> = {
  words: `${tagWords}, or a function that gives such a tag`,
  isRequired: true,
  schema: { type: 'string', pattern: rightTag.source, maxLength: maxTag },
  judge: value => {
    if (typeof value === 'function') return 'right';
    if (typeof value !== 'string') return 'wrong type';
    return isRightTag(value) ? 'right' : 'out of range';
  }
};

/** A name that a user's field cannot get by having a `_` put behind it. */
const isKey = (name: string) => name !== '' && !name.endsWith('_');

function key(name: string): Rule<string> {
  const { schema, judge } = text(name);
  return {
    words: "a string that is not empty and does not end in '_'",
    schema: { ...schema, pattern: '[^_]$' },
    fallback: name,
    judge: value => (judge(value) === 'right' && !isKey(String(value)) ? 'out of range' : judge(value))
  };
}

/** The rules for the options of `EventOptions`, for the target too. */
export const eventRules = {
  timePrecision: oneOf(['nanoseconds', 'seconds'], 'nanoseconds'),
  fields: {
    words: "an object whose names do not end in '_'",
    schema: { type: 'object', propertyNames: { pattern: '[^_]$' } },
    judge: (value: unknown) => {
      if (!isPlainObject(value)) return 'wrong type';
      return Object.keys(value).every(isKey) ? 'right' : 'out of range';
    }
  } satisfies Rule<Readonly<Record<string, unknown>> | undefined> as Rule<
    Readonly<Record<string, unknown>> | undefined
  >,
  messageKey: key('message'),
  levelKey: key('level'),
  loggerKey: key('logger'),
  recordFormat: callable<(record: LogRecord) => object>('a function of a record')
};

/**
 * Writes a record as an entry of the forward protocol, `[time, map]` in MessagePack, the map being that of
 * `LogRecord.toJSON` without `time`, or as the options have it. An event that was emitted is written as it is.
 */
export class FluentdEncoder implements Encoder {
  readonly format = 'msgpack';
  readonly #tag: Tag;
  readonly #onWrongTag: ((error: unknown) => void) | undefined;
  readonly #format: ((record: LogRecord) => object) | undefined;
  readonly #shape: RecordShape;
  readonly #writer: RecordWriter;
  readonly #inSeconds: boolean;
  /** Absent where records have a format that only the user knows. */
  readonly decode?: (bytes: Uint8Array, level: number, topic: string) => LogRecord;

  constructor(options: FluentdEncoderOptions) {
    const { tag, onWrongTag, maxDepth, maxRecordBytes, ...own } = checkOptions('FluentdEncoder', rules, options);
    this.#tag = tag;
    this.#onWrongTag = onWrongTag;
    this.#format = own.recordFormat;
    this.#inSeconds = own.timePrecision === 'seconds';
    this.#shape = shapeOf(options);
    this.#writer = new RecordWriter({ maxDepth, maxRecordBytes }, this.#shape);
    if (own.recordFormat === undefined) this.decode = (bytes, level, topic) => this.#decode(bytes, level, topic);
  }

  encode(record: LogRecord, into: ByteWriter): void {
    writeArrayHeader(into, 2);
    if (record instanceof FluentdEvent) {
      if (this.#inSeconds) writeNumber(into, record.seconds);
      else writeExactTime(into, record.seconds, record.nanoseconds);
      this.#writer.writeMap(record.data, into);
      return;
    }
    if (this.#inSeconds) writeSeconds(into, record.timestamp);
    else writeEventTime(into, record.timestamp);
    if (this.#format === undefined) this.#writer.write(record, into);
    else this.#writer.writeMap(fieldsOf(atOnce(this.#format(record))), into);
  }

  /** The tag. Never throws: a record without a right one is sent under one that is made right. */
  topic(record: LogRecord): string {
    let tag: unknown = this.#tag;
    if (record instanceof FluentdEvent) tag = record.tag;
    else if (typeof this.#tag === 'string') return this.#tag;
    else {
      try {
        tag = atOnce(this.#tag(record));
      } catch (error) {
        this.#onWrongTag?.(error);
        return fallbackTag;
      }
    }
    if (typeof tag === 'string' && isRightTag(tag)) return tag;
    this.#onWrongTag?.(new RangeError(`tag must be ${tagWords}, got ${textOf(tag).slice(0, 80)}`));
    return typeof tag === 'string' ? madeRight(tag) : fallbackTag;
  }

  /** Throws if `bytes` are no entry of ours. */
  #decode(bytes: Uint8Array, level: number, topic: string): LogRecord {
    const entry = decode(bytes);
    if (!Array.isArray(entry) || entry.length !== 2) throw new TypeError('a log record must be an array of two');
    const [time, map]: unknown[] = entry;
    const { seconds, nanoseconds } = timeOf(time);
    if (!isPlainObject(map)) throw new TypeError('a log record must be a map');
    const fields = this.#commonFields(map);
    if (fields === undefined) return new FluentdEvent(topic, map, seconds, nanoseconds);
    return restoreRecord(seconds * 1000 + Math.round(nanoseconds / 1_000_000), fields, level);
  }

  /** The fields of a record's map under the names that all targets know; undefined for the map of an event. */
  #commonFields(map: Record<string, unknown>): Record<string, unknown> | undefined {
    const shape = this.#shape;
    const { [shape.level]: level, [shape.logger]: logger, [shape.message]: message, ...rest } = map;
    if (typeof level !== 'string' || typeof logger !== 'string' || typeof message !== 'string') return undefined;
    for (const name of Object.keys(shape.fields)) delete rest[name];
    return { level, logger, message, ...rest };
  }
}

const rules = {
  tag: tagRule,
  onWrongTag: callable<(error: unknown) => void>(),
  ...recordLimitRules,
  ...eventRules
};

/** The shape that the options ask for. Throws if names in it are not distinct, or beside `recordFormat`. */
function shapeOf(options: FluentdEncoderOptions): RecordShape {
  const { levelKey = 'level', loggerKey = 'logger', messageKey = 'message', fields = {}, recordFormat } = options;
  const given = (['fields', 'levelKey', 'loggerKey', 'messageKey'] as const).filter(
    name => options[name] !== undefined
  );
  if (given.length === 0) return defaultShape;
  if (recordFormat !== undefined) {
    throw new TypeError(`FluentdTarget: ${given[0]} must be left out where recordFormat is given`);
  }
  const names = [levelKey, loggerKey, messageKey, 'template', 'error', 'time', ...Object.keys(fields)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new RangeError(
      `FluentdTarget: fields, levelKey, loggerKey and messageKey must be distinct, and other than template, error and time, got '${twice}' twice`
    );
  }
  const plainFields: Record<string, Plain> = plainMap(fields);
  return recordShape({ level: levelKey, logger: loggerKey, message: messageKey, fields: plainFields });
}

function timeOf(time: unknown): { readonly seconds: number; readonly nanoseconds: number } {
  if (time instanceof EventTime) return time;
  if (typeof time !== 'number') throw new TypeError('a log record must begin with a time');
  return { seconds: time, nanoseconds: 0 };
}

function madeRight(tag: string): string {
  const words = tag
    .slice(0, maxTag)
    .replace(/[^A-Za-z0-9_.-]/g, '_')
    .split('.')
    .filter(word => word !== '');
  return words.length === 0 ? fallbackTag : words.join('.');
}
