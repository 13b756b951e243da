import { isMainThread, threadId } from 'node:worker_threads';
import { checkOptions, oneOf, type Rule, text } from '../../core/check.js';
import { freeName, put } from '../../core/read.js';
import type { LogRecord } from '../../core/record.js';
import { type Plain, plain, plainFields } from '../../core/values.js';
import type { LineForm } from '../../wire/json-records.js';
import { isEcsField } from './ecs-names.js';
import {
  type EventFormatter,
  eventOf,
  type FieldFormatter,
  hostFields,
  mapRule,
  programName,
  stringsRule
} from './formatter.js';
import { type Fields, isMap, nest, ownField } from './keys.js';
import { logstashForm } from './logstash-form.js';

export interface LogstashFormatterOptions {
  /** The field `type`. Default: `nodejs`. */
  readonly type?: string;
  /** The field `tags`. Default: none. */
  readonly tags?: readonly string[];
  /**
   * Under which name a record's fields are put, and `extra`. The empty string puts them beside the formatter's own, whose
   * names then get a `_` behind them. Default: `extra`.
   */
  readonly extraPrefix?: string;
  /** Fields for every event, unless the record has one of the same name. Default: none. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** The field `@metadata`, which Logstash can use and does not pass on. Default: none. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The name of this host. Default: what the system says. */
  readonly hostname?: string;
  /**
   * `host` as a map `{ hostname, name }`, or as a string, which only pipelines with `ecs_compatibility => disabled` can
   * take. Default: `object`.
   */
  readonly hostForm?: 'object' | 'string';
}

/** A string, which may be empty. */
const prefixRule: Rule<string> = {
  words: 'a string without dots and brackets',
  schema: { type: 'string', pattern: '^[^.[\\]]*$', default: 'extra' },
  fallback: 'extra',
  judge: value => {
    if (typeof value !== 'string') return 'wrong type';
    return /[.[\]]/.test(value) ? 'out of range' : 'right';
  }
};

/** The rules for the options of a `LogstashFormatter`. */
export const logstashFormatterRules = {
  type: text('nodejs'),
  tags: stringsRule,
  extraPrefix: prefixRule,
  extra: mapRule,
  metadata: mapRule,
  hostname: text(),
  hostForm: oneOf(['object', 'string'], 'object')
};

/** Names that are the formatter's own, whether an event has them or not. */
const own: ReadonlySet<string> = new Set([
  '@timestamp',
  '@version',
  '@metadata',
  'message',
  'message_template',
  'level',
  'logger_name',
  'host',
  'logsource',
  'pid',
  'program',
  'type',
  'tags',
  'error_type',
  'error_message',
  'stack_trace',
  'error'
]);

/** Fields that Elasticsearch keeps of a document itself: an index refuses one that brings them. */
const ofElasticsearch: ReadonlySet<string> = new Set([
  '_data_stream_timestamp',
  '_doc_count',
  '_field_names',
  '_id',
  '_ignored',
  '_index',
  '_nested_path',
  '_primary_term',
  '_routing',
  '_seq_no',
  '_size',
  '_source',
  '_tier',
  '_type',
  '_version'
]);

/** Where the fields of a record are put, and what is put beside them; told to our own encoder only. */
let placesOf: (formatter: LogstashFormatter) => { readonly prefix: string; readonly extra: Fields };

/**
 * Makes events of the schema "v1", as python-logstash-async does: `@timestamp` (ISO 8601 in UTC, milliseconds),
 * `@version`, `message`, `level` (its name), `logger_name`, `host`, `logsource` (the host's name), `pid`, `program`, `type`,
 * `tags`; `message_template` if rendering changed the message; `error_type`, `error_message` and `stack_trace` of an
 * exception, what else it holds in `error`; and, under `extra`, the record's fields, `extra`, `interpreter`,
 * `interpreter_version`, `process_name` and `thread_name`. All names are in snake case.
 *
 * Fields of a record never replace those of the formatter. Dots in their names make maps, and brackets become `_`.
 */
export class LogstashFormatter implements FieldFormatter {
  static {
    placesOf = formatter => ({ prefix: formatter.#prefix, extra: formatter.#extra });
  }

  /** What is in every event. */
  readonly constant: Fields;
  readonly #prefix: string;
  /** What is added to the fields of every record. */
  readonly #extra: Fields;

  constructor(options?: LogstashFormatterOptions) {
    const given = checkOptions('LogstashFormatter', logstashFormatterRules, options);
    const { type, tags = [], extraPrefix, extra = {}, metadata, hostname, hostForm } = given;
    if (own.has(extraPrefix)) {
      throw new RangeError(`LogstashFormatter: extraPrefix must not be '${extraPrefix}', which is the formatter's own`);
    }
    const host = hostFields(hostname);
    this.#prefix = extraPrefix;
    this.constant = plain({
      '@version': '1',
      host: hostForm === 'string' ? host.name : host,
      logsource: host.name,
      pid: process.pid,
      program: programName(),
      type,
      ...(tags.length > 0 && { tags }),
      ...(metadata !== undefined && { '@metadata': metadata })
    }) as Fields;
    const added = nest(plain({ ...interpreter(), ...extra }) as Fields);
    this.#extra = extraPrefix === '' ? topLevel(added) : added;
  }

  /** The event of a record. Never throws. */
  format(record: LogRecord): Fields {
    return eventOf(this, record.timestamp, plainFields(record));
  }

  /** What is in the event of a record's flat map besides `constant` and `@timestamp`. */
  own(fields: Fields): Fields {
    const event: Fields = {};
    const data: Fields = {};
    for (const key in fields) {
      const value = fields[key] ?? null;
      if (key === 'message' || key === 'level') event[key] = value;
      else if (key === 'logger') event['logger_name'] = value;
      else if (key === 'template') event['message_template'] = value;
      else if (key === 'error') addError(event, value);
      else put<Plain>(data, key, value);
    }
    const nested = nest(data);
    if (this.#prefix !== '') event[this.#prefix] = withDefaults(nested, this.#extra);
    else
      for (const [key, value] of Object.entries(withDefaults(topLevel(nested), this.#extra)))
        put<Plain>(event, key, value);
    return event;
  }

  /** The flat map of an event. */
  fields(event: Fields): Fields {
    const { message, message_template: template, level, logger_name: logger, ...rest } = event;
    const fields: Fields = { level: level ?? null, logger: logger ?? null, message: message ?? null };
    if (template !== undefined) fields['template'] = template;
    const extra = this.#prefix === '' ? rest : event[this.#prefix];
    for (const [key, value] of Object.entries(isMap(extra) ? extra : {})) {
      if (this.#prefix === '' && own.has(key)) continue;
      if (!isSame(value, ownField(this.#extra, key))) put(fields, key, value);
    }
    const error = errorOf(event);
    if (error !== undefined) fields['error'] = error;
    return fields;
  }
}

/**
 * How lines of a formatter's events are written without making the events first, `constant` being what is the same in all
 * of them. Undefined if the fields have no place of their own there, or the formatter makes events of its own.
 */
export function formOf(formatter: EventFormatter, constant: Fields): LineForm | undefined {
  if (!(formatter instanceof LogstashFormatter) || formatter.own !== LogstashFormatter.prototype.own) return undefined;
  const { prefix, extra } = placesOf(formatter);
  return prefix === '' ? undefined : logstashForm(constant, prefix, extra);
}

function interpreter(): Record<string, string> {
  return {
    interpreter: process.execPath,
    interpreter_version: process.versions.node,
    process_name: process.title,
    thread_name: isMainThread ? 'main' : `worker-${threadId}`
  };
}

function withDefaults(fields: Fields, defaults: Fields): Fields {
  for (const key in defaults) if (!Object.hasOwn(fields, key)) put<Plain>(fields, key, defaults[key] ?? null);
  return fields;
}

function addError(event: Fields, error: Fields[string]): void {
  if (!isMap(error)) {
    event['error_message'] = error;
    return;
  }
  const { type, message, stack, ...rest } = error;
  if (type !== undefined) event['error_type'] = type;
  if (message !== undefined) event['error_message'] = message;
  if (stack !== undefined) event['stack_trace'] = stack;
  if (Object.keys(rest).length > 0) event['error'] = nest(rest);
}

function errorOf(event: Fields): Fields | undefined {
  const { error_type: type, error_message: message, stack_trace: stack, error } = event;
  if (type === undefined && message === undefined) return undefined;
  return {
    ...(type !== undefined && { type }),
    ...(message !== undefined && { message }),
    ...(stack !== undefined && { stack }),
    ...(isMap(error) && error)
  };
}

/**
 * Fields under names that an event can have at its top: not those of the formatter and of Elasticsearch; and a field of ECS, which must be a map there, only if it is one.
 */
function topLevel(fields: Fields): Fields {
  const moved: Fields = {};
  for (const [key, value] of Object.entries(fields)) {
    const isTaken = own.has(key) || ofElasticsearch.has(key) || (isEcsField(key) && !isMap(value));
    put(moved, isTaken ? freeName(key, fields) : key, value);
  }
  return moved;
}

function isSame(value: Fields[string], other: Fields[string] | undefined): boolean {
  return value === other || (typeof value === 'object' && JSON.stringify(value) === JSON.stringify(other));
}
