import { hostname } from 'node:os';
import type { Rule } from '../../core/check.js';
import { isoTime, type LogRecord } from '../../core/record.js';
import { isPlainObject, type Plain } from '../../core/values.js';
import { type Fields, isMap } from './keys.js';

/**
 * Makes the event that Logstash gets of a record. What it returns is written by the rules of all our encoders, whatever
 * it holds; if it throws or returns no object, this is reported, and `LogstashFormatter` writes the record.
 *
 * Without `@timestamp` an event gets the record's. Of what would make an input of Logstash close the connection, the name is
 * changed: brackets become `_`; an `@timestamp` that is no time in ISO 8601, `@metadata` and `event` that are no maps and
 * `tags` that are no strings get a `_` behind their names. All else is sent as it is: of `host`, `url`, `http` and
 * `user_agent` that are no maps, the `http` and `udp` inputs of Logstash 8 lose the event, and over HTTP those behind it.
 */
export interface EventFormatter {
  format(record: LogRecord): object;
}

/**
 * A formatter of ours: a function of the record's flat map (that of `LogRecord.toJSON` without `time`), that can be undone.
 * Its events consist of the time, of what is the same in all of them, and of what is an event's own.
 */
export interface FieldFormatter extends EventFormatter {
  /** What is in every event, unless the event has a field of the same name. */
  readonly constant: Fields;
  /** What is in the event of a record besides that and `@timestamp`. */
  own(fields: Fields): Fields;
  /** The flat map of an event. */
  fields(event: Fields): Fields;
}

/** The event of a record's flat map. */
export function eventOf(formatter: FieldFormatter, timestamp: number, fields: Fields): Fields {
  return { '@timestamp': isoTime(timestamp), ...formatter.constant, ...formatter.own(fields) };
}

export function isFieldFormatter(formatter: EventFormatter): formatter is FieldFormatter {
  return 'own' in formatter && 'constant' in formatter && 'fields' in formatter;
}

/** Whether Logstash can take the field `key` at the top of an event: the names that mean something to it have a type. */
export function isFit(key: string, value: Plain): boolean {
  if (key === '@timestamp') return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value);
  if (key === 'tags') return value === null || isStrings(value);
  return (key !== '@metadata' && key !== 'event') || isMap(value);
}

/** Whether `value` is a string, or a list of them. */
export function isStrings(value: Plain): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every(item => typeof item === 'string'));
}

/** The rule for an option that is a list of strings: `tags`. */
export const stringsRule: Rule<readonly string[] | undefined> = {
  words: 'an array of strings that are not empty',
  schema: { type: 'array', items: { type: 'string', minLength: 1 } },
  judge: value => {
    if (!Array.isArray(value)) return 'wrong type';
    return value.every(item => typeof item === 'string' && item !== '') ? 'right' : 'wrong type';
  }
};

/** The rule for an option that is a map of whatever: `extra`, `metadata`. */
export const mapRule: Rule<object | undefined> = {
  words: 'an object',
  schema: { type: 'object' },
  judge: value => (isPlainObject(value) ? 'right' : 'wrong type')
};

/**
 * The host as Elasticsearch knows it, a map. As a plain string, the http and udp inputs of Logstash 8 cannot add its
 * address to it, and the whole event ends unparsed in `message`.
 */
export function hostFields(name: string | undefined): { readonly hostname: string; readonly name: string } {
  const known = name ?? hostname();
  return { hostname: known, name: known };
}

/** What runs: the path of the script, or of Node.js where there is none. */
export function programName(): string {
  return process.argv[1] ?? process.execPath;
}
