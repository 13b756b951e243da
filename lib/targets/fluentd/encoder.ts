import { callable, checkOptions, type Rule } from '../../core/check.js';
import type { LogRecord } from '../../core/record.js';
import { textOf } from '../../core/values.js';
import type { ByteWriter } from '../../wire/bytes.js';
import type { Encoder } from '../../wire/encoder.js';
import { recordLimitRules } from '../../wire/json.js';
import { writeArrayHeader, writeEventTime } from '../../wire/msgpack.js';
import { decode, EventTime } from '../../wire/msgpack-lite.js';
import { RecordWriter } from '../../wire/msgpack-values.js';
import { restoreRecord } from '../../wire/restore.js';
import type { RecordLimits } from '../../wire/shrink.js';

/** The tag of all records, or of one. */
export type Tag = string | ((record: LogRecord) => string);

export interface FluentdEncoderOptions extends RecordLimits {
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

const tagWords = "words of letters, digits, '_' and '-', separated by dots";

/** The tag of a record for which there is none that could be made right. */
const fallbackTag = 'logflume';

/** The rule for the option `tag`, for the target too. */
export const tagRule: Rule<Tag | undefined> = {
  words: `${tagWords}, or a function that gives such a tag`,
  schema: { type: 'string', pattern: rightTag.source },
  judge: value => {
    if (typeof value === 'function') return 'right';
    if (typeof value !== 'string') return 'wrong type';
    return rightTag.test(value) ? 'right' : 'out of range';
  }
};

/**
 * Writes a record as an entry of the forward protocol, `[EventTime, map]` in MessagePack, the map being that of
 * `LogRecord.toJSON` without `time`.
 */
export class FluentdEncoder implements Encoder {
  readonly #tag: Tag;
  readonly #onWrongTag: ((error: unknown) => void) | undefined;
  readonly #writer: RecordWriter;

  constructor(options: FluentdEncoderOptions) {
    const { tag, onWrongTag, ...limits } = checkOptions('FluentdEncoder', rules, options);
    if (tag === undefined) throw new TypeError(`FluentdEncoder: tag must be ${tagRule.words}`);
    this.#tag = tag;
    this.#onWrongTag = onWrongTag;
    this.#writer = new RecordWriter(limits);
  }

  encode(record: LogRecord, into: ByteWriter): void {
    writeArrayHeader(into, 2);
    writeEventTime(into, record.timestamp);
    this.#writer.write(record, into);
  }

  /** Throws if `bytes` are no entry of ours. */
  decode(bytes: Uint8Array, level?: number): LogRecord {
    const entry = decode(bytes);
    if (!Array.isArray(entry) || entry.length !== 2) throw new TypeError('a log record must be an array of two');
    const [time, fields]: unknown[] = entry;
    if (!(time instanceof EventTime)) throw new TypeError('a log record must begin with an EventTime');
    return restoreRecord(time.seconds * 1000 + Math.round(time.nanoseconds / 1_000_000), fields, level);
  }

  /** The tag. Never throws: a record without a right one is sent under one that is made right. */
  topic(record: LogRecord): string {
    if (typeof this.#tag === 'string') return this.#tag;
    let tag: unknown;
    try {
      tag = this.#tag(record);
    } catch (error) {
      this.#onWrongTag?.(error);
      return fallbackTag;
    }
    if (typeof tag === 'string' && rightTag.test(tag)) return tag;
    this.#onWrongTag?.(new RangeError(`tag must return ${tagWords}, got ${textOf(tag).slice(0, 80)}`));
    return typeof tag === 'string' ? madeRight(tag) : fallbackTag;
  }
}

const rules = {
  tag: tagRule,
  onWrongTag: callable<(error: unknown) => void>(),
  ...recordLimitRules
};

function madeRight(tag: string): string {
  const words = tag
    .slice(0, 1000)
    .replace(/[^A-Za-z0-9_.-]/g, '_')
    .split('.')
    .filter(word => word !== '');
  return words.length === 0 ? fallbackTag : words.join('.');
}
