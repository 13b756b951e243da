import { basename } from 'node:path';
import { checkOptions } from '../../core/check.js';
import { freeName, put } from '../../core/read.js';
import type { LogRecord } from '../../core/record.js';
import { type Plain, plain, plainFields } from '../../core/values.js';
import type { LineForm } from '../../wire/json-records.js';
import { errorDetails, errorField } from './ecs-error.js';
import { ecsForm } from './ecs-form.js';
import { ecsLevel, idField, isEcsField, levelName } from './ecs-names.js';
import { type EcsFormatterOptions, ecsRules, serviceFields, streamFields } from './ecs-options.js';
import { type EventFormatter, eventOf, type FieldFormatter, hostFields, isStrings, programName } from './formatter.js';
import { type Fields, isMap, merge, nest, ownField } from './keys.js';

/** What is written as labels: the fields of a record, if there is no prefix, and these; told to our own encoder only. */
let placesOf: (formatter: EcsFormatter) => {
  readonly prefix: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
};

/**
 * Makes events of the Elastic Common Schema 8, nested: `@timestamp`, `message`, `ecs.version`, `log.level` (`trace`,
 * `debug`, `info`, `warning`, `error`, `critical`), `log.logger`, `host.name` and `host.hostname`, `process.pid`,
 * `process.name`, `process.executable`, `service.*`, `data_stream.*`, `labels`, `tags`; and of an exception `error.type`,
 * `error.message`, `error.stack_trace` (with its causes) and `error.code`.
 *
 * A field of a record that ECS has as a map (`http`, `user`, `event`, …), if it is one, is put there, and never replaces
 * what the formatter writes itself. `trace_id` or `traceId`, and the same of spans and transactions, become `trace.id` and
 * so on. All others become `labels`, which are flat and strings: `customer: { id: 7 }` is the label `customer_id` of `"7"`.
 * With `extraPrefix` they keep types and nesting under a name of yours. Dots in names make maps, and brackets become `_`.
 */
export class EcsFormatter implements FieldFormatter {
  static {
    placesOf = formatter => ({ prefix: formatter.#prefix, labels: formatter.#labels });
  }

  /** What is in every event. */
  readonly constant: Fields;
  readonly #prefix: string | undefined;
  readonly #labels: Readonly<Record<string, string>>;

  constructor(options?: EcsFormatterOptions) {
    const given = checkOptions('EcsFormatter', ecsRules, options);
    const { service, dataStream, labels = {}, tags = [], metadata, hostname, extraPrefix } = given;
    this.#prefix = extraPrefix;
    this.constant = plain({
      '@version': '1',
      ecs: { version: ecsVersion },
      host: hostFields(hostname),
      process: { pid: process.pid, name: basename(programName()), executable: process.execPath },
      ...(service !== undefined && { service: serviceFields(service) }),
      ...(dataStream !== undefined && streamFields(dataStream)),
      ...(tags.length > 0 && { tags }),
      ...(metadata !== undefined && { '@metadata': metadata })
    }) as Fields;
    const flat: Record<string, string> = {};
    addLabels(flat, nest(plain(labels) as Fields));
    this.#labels = flat;
  }

  /** The event of a record. Never throws. */
  format(record: LogRecord): Fields {
    return eventOf(this, record.timestamp, plainFields(record));
  }

  /** What is in the event of a record's flat map besides `constant` and `@timestamp`. */
  own(fields: Fields): Fields {
    const { level, logger, message, template, error } = fields;
    const event: Fields = { log: { level: ecsLevel(String(level)), logger: logger ?? '' } };
    const labels: Record<string, string> = {};
    const others: Fields = {};
    if (typeof template === 'string') labels['message_template'] = template;
    if (error !== undefined) {
      event['error'] = errorField(error);
      const details = errorDetails(error);
      if (details !== undefined) merge(others, 'error', details);
    }
    const data: Fields = {};
    for (const key in fields) if (!isOfRecord(key)) put<Plain>(data, key, fields[key] ?? null);
    const nested = nest(data);
    for (const key in nested) {
      const value = nested[key] ?? null;
      if (key === 'labels' && isMap(value)) addLabels(labels, value);
      else this.#place(event, others, key, value);
    }
    if (this.#prefix === undefined) addLabels(labels, others);
    else if (Object.keys(others).length > 0) event[this.#prefix] = others;
    for (const key in this.#labels) if (!Object.hasOwn(labels, key)) put(labels, key, this.#labels[key] ?? '');
    const { log = null, error: thrown, ...placed } = event;
    return {
      log,
      ...(thrown !== undefined && { error: thrown }),
      message: message ?? '',
      ...(Object.keys(labels).length > 0 && { labels }),
      ...placed
    };
  }

  /**
   * The flat map of an event. What became labels is strings in it, and where it was nested its names are joined by `_`.
   */
  fields(event: Fields): Fields {
    const { '@timestamp': _, '@version': _version, '@metadata': _metadata, message, log, error, ...rest } = event;
    const { level, logger, ...origin } = isMap(log) ? log : {};
    const fields: Fields = { level: levelName(level) ?? null, logger: logger ?? null, message: message ?? null };
    const { labels, ...others } = rest;
    const { message_template: template, ...own } = isMap(labels) ? labels : {};
    if (template !== undefined) fields['template'] = template;
    for (const [key, value] of Object.entries(own)) if (value !== ownField(this.#labels, key)) put(fields, key, value);
    const { [this.#prefix ?? '']: extra, ...known } = others;
    for (const [key, value] of Object.entries(isMap(extra) ? extra : {})) put(fields, key, value);
    for (const [key, value] of Object.entries(known)) {
      const left = without(value, ownField(this.constant, key));
      if (left !== undefined) merge(fields, key, left);
    }
    if (Object.keys(origin).length > 0) merge(fields, 'log', origin);
    if (isMap(error)) {
      const { stack_trace: stack, ...parts } = error;
      fields['error'] = { ...parts, ...(stack !== undefined && { stack }) };
    }
    return fields;
  }

  /** Puts a record's field into the event if ECS has a place for it that is free, and to the others if not. */
  #place(event: Fields, others: Fields, key: string, value: Plain): void {
    const id = typeof value === 'string' ? idField(key) : undefined;
    const name = id ?? key;
    if (key === 'tags' && isStrings(value)) {
      event['tags'] = [...strings(event['tags'] ?? this.constant['tags']), ...strings(value)];
    } else if (id === undefined && !(isMap(value) && isEcsField(key))) {
      if (isMap(value)) merge(others, key, value);
      else put<Plain>(others, Object.hasOwn(others, key) ? freeName(key, others) : key, value);
    } else {
      const there = ownField(this.constant, name);
      if (there !== undefined) event[name] ??= copied(there);
      placeIn(event, others, name, id === undefined ? (value as Fields) : { id: value });
    }
  }
}

/** The version of ECS that the events are by; 9 has them as well. */
const ecsVersion = '8.11.0';

/** Puts what `value` has into the map `key` of the event; what is there already stays, and the new goes to the others. */
function placeIn(event: Fields, others: Fields, key: string, value: Fields): void {
  const there = ownField(event, key);
  if (there === undefined || !isMap(there)) {
    if (there === undefined) put<Plain>(event, key, copied(value));
    else merge(others, key, value);
    return;
  }
  const rest: Fields = {};
  for (const [name, part] of Object.entries(value)) {
    if (isMap(part)) placeIn(there, rest, name, part);
    else if (Object.hasOwn(there, name)) put<Plain>(rest, name, part);
    else put<Plain>(there, name, part);
  }
  if (Object.keys(rest).length > 0) merge(others, key, rest);
}

/** Whether a field of a flat map is the record's own. */
function isOfRecord(key: string): boolean {
  return key === 'level' || key === 'logger' || key === 'message' || key === 'template' || key === 'error';
}

function addLabels(labels: Record<string, string>, fields: Fields): void {
  for (const key in fields) addLabel(labels, key, fields[key] ?? null);
}

/** Makes a flat string of whatever it is: maps become several labels, lists and the like are written as JSON. */
function addLabel(labels: Record<string, string>, name: string, value: Plain): void {
  if (value === null) return;
  if (isMap(value)) {
    for (const [key, part] of Object.entries(value)) addLabel(labels, `${name}_${key}`, part);
    return;
  }
  const label = typeof value === 'string' ? value : JSON.stringify(value);
  put(labels, Object.hasOwn(labels, name) ? freeName(name, labels) : name, label);
}

function strings(value: Plain | undefined): Plain[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** A copy into which can be merged. */
function copied(value: Plain): Plain {
  if (!isMap(value)) return value;
  const copy: Fields = {};
  for (const [key, part] of Object.entries(value)) put<Plain>(copy, key, copied(part));
  return copy;
}

/** What `value` has beyond `constant`; undefined if that is nothing. */
function without(value: Plain, constant: Plain | undefined): Plain | undefined {
  if (constant === undefined) return value;
  if (isMap(value) && isMap(constant)) {
    const left: Fields = {};
    for (const [key, part] of Object.entries(value)) {
      const more = without(part, ownField(constant, key));
      if (more !== undefined) put(left, key, more);
    }
    return Object.keys(left).length > 0 ? left : undefined;
  }
  if (Array.isArray(value) && Array.isArray(constant)) {
    return value.length > constant.length ? value.slice(constant.length) : undefined;
  }
  return value === constant ? undefined : value;
}

/**
 * How lines of a formatter's events are written without making the events first, `constant` being what is the same in all
 * of them. Undefined if the fields have a place of their own there, or the formatter makes events of its own.
 */
export function ecsFormOf(formatter: EventFormatter, constant: Fields): LineForm | undefined {
  if (!(formatter instanceof EcsFormatter) || formatter.own !== EcsFormatter.prototype.own) return undefined;
  const { prefix, labels } = placesOf(formatter);
  return prefix === undefined ? ecsForm(constant, labels) : undefined;
}
