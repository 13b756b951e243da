import { freeName } from '../../core/read.js';
import { isoTime, type LogRecord } from '../../core/record.js';
import { unsafeInText } from '../../core/text.js';
import { type Plain, plainFields } from '../../core/values.js';
import { valueText } from './escape.js';

/**
 * A record as one line of `key=value` pairs: `time level logger msg`, then its fields.
 *
 * Maps inside become keys with dots (`user.name=Ada`), lists compact JSON. A value is a JSON string in quotes if it is
 * empty or holds a space, `=`, `"` or something that is escaped; what a key cannot hold becomes `_`. A field `msg` gets a
 * `_` behind it, as do those named like the other parts.
 */
export function logfmt(record: LogRecord): string {
  const { level, logger, message, template, ...fields } = plainFields(record);
  const pairs = [`time=${isoTime(record.timestamp)}`];
  add('level', level, pairs);
  add('logger', logger, pairs);
  add('msg', message, pairs);
  for (const [key, value] of Object.entries(fields)) {
    add(keyText(key === 'msg' ? freeName(key, fields) : key), value, pairs);
  }
  return pairs.join(' ');
}

function add(key: string, value: Plain | undefined, pairs: string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    pairs.push(`${key}=${plainText(value)}`);
    return;
  }
  const inner = Object.entries(value);
  if (inner.length === 0) pairs.push(`${key}={}`);
  for (const [name, part] of inner) add(`${key}.${keyText(name)}`, part, pairs);
}

/** A value behind `key=`: strings quoted if need be, lists and maps as compact JSON. */
export function plainText(value: Plain | undefined): string {
  if (typeof value === 'string') return valueText(value);
  if (Array.isArray(value)) return valueText(JSON.stringify(value));
  return String(value);
}

/** White space, `=`, `"`, and what is unsafe. */
const everyWrong = new RegExp(`[\\s="]|${unsafeInText.source}`, 'gu');

function keyText(key: string): string {
  return key === '' ? '_' : key.replace(everyWrong, '_');
}
