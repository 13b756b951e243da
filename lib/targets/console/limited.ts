import type { LogRecord } from '../../core/record.js';
import { type Plain, plainFields } from '../../core/values.js';
import { type RecordLimits, shrink } from '../../wire/shrink.js';
import { jsonSizes } from '../../wire/sizes.js';
import type { LineFormat } from './line-encoder.js';

/** A record as text, with the fields that `plainFields` has made of it, or fewer and shorter ones. */
export type FieldsFormat = (record: LogRecord, fields: Record<string, Plain>) => string;

/**
 * Texts within limits, the newline behind them included. How much longer than JSON a format is depends on the record
 * (keys with dots, indented stacks), so what is too long is made again of less, until it fits.
 */
export function limited(format: FieldsFormat, { maxDepth, maxRecordBytes }: Required<RecordLimits>): LineFormat {
  const max = maxRecordBytes - 1;
  return record => {
    const fields = plainFields(record, { maxDepth, maxString: maxRecordBytes });
    const text = made(format, record, fields);
    return text !== undefined && fits(text, max) ? text : shortened(format, record, fields, max);
  };
}

function shortened(format: FieldsFormat, record: LogRecord, fields: Record<string, Plain>, max: number): string {
  for (let room = max; room >= leastRoom; ) {
    const text = made(format, record, shrink(fields, room, jsonSizes));
    if (text !== undefined && fits(text, max)) return text;
    room = Math.floor(room * (text === undefined ? 0.1 : Math.min(0.9, (max * 0.95) / Buffer.byteLength(text))));
  }
  const { level = null, logger = null, message = null } = fields;
  const dropped = Object.keys(fields).length > 3 ? { truncated: true } : {};
  return format(record, shrink({ level, logger, message, ...dropped }, leastRoom, jsonSizes));
}

/** The text, or undefined if it would be longer than a string can be: 20 causes deep, every line of a stack is indented. */
function made(format: FieldsFormat, record: LogRecord, fields: Record<string, Plain>): string | undefined {
  try {
    return format(record, fields);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Bytes of JSON with which every format stays below the least that `maxRecordBytes` may be. */
const leastRoom = 512;

function fits(text: string, max: number): boolean {
  return text.length * 3 <= max || (text.length <= max && Buffer.byteLength(text) <= max);
}
