import { freeName } from '../../core/read.js';
import { isoTime, type LogRecord } from '../../core/record.js';
import { unsafeInText } from '../../core/text.js';
import type { Plain } from '../../core/values.js';
import { valueText } from './escape.js';

/**
 * A record, with what `plainFields` made of it, as one line of `key=value` pairs: `time level logger msg`, then its fields.
 *
 * Maps inside become keys with dots (`user.name=Ada`), lists compact JSON. A value is a JSON string in quotes if it is
 * empty or holds a space, `=`, `"` or something that is escaped; what a key cannot hold becomes `_`. A field `msg` gets a
 * `_` behind it, as do those named like the other parts.
 */
export function logfmt(record: LogRecord, plain: Record<string, Plain>): string {
  const { level, logger, message, template, ...fields } = plain;
  let line = `time=${isoTime(record.timestamp)}${pairs('level', level)}${pairs('logger', logger)}${pairs('msg', message)}`;
  for (const [key, value] of Object.entries(fields)) {
    line += pairs(keyText(key === 'msg' ? freeName(key, fields) : key), value);
  }
  return line;
}

/**
 * The pairs of one field, with a space before each. Put together without an array to join: a long key above many others
 * is then repeated in the line's length, but not in memory.
 */
function pairs(key: string, value: Plain | undefined): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return ` ${key}=${plainText(value)}`;
  const inner = Object.entries(value);
  if (inner.length === 0) return ` ${key}={}`;
  let text = '';
  for (const [name, part] of inner) text += pairs(`${key}.${keyText(name)}`, part);
  return text;
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
