import { types } from 'node:util';
import { errorFields } from '../../core/error-fields.js';
import { isError } from '../../core/read.js';
import type { LogData } from '../../core/record.js';
import { fieldName } from '../../core/shape.js';
import { escapeJson, isWellFormed, wellFormed } from '../../core/text.js';
import { maxValues } from '../../core/values.js';
import { ByteWriter } from '../../wire/bytes.js';
import type { LineForm } from '../../wire/json-records.js';
import { type JsonWalk, needsTree, writeKey } from '../../wire/json-walk.js';
import { Keys } from '../../wire/keys.js';
import { ecsLevel, idField, isEcsField } from './ecs-names.js';
import { type Fields, isTidyName } from './keys.js';

/**
 * How lines of the Elastic Common Schema are written: with `constant`, and the record's fields as labels, beside `labels`,
 * which are in every event. What is rare (fields that share a name or are lists, errors with fields of their own) is left to
 * the tree.
 */
export function ecsForm(constant: Fields, labels: Readonly<Record<string, string>>): LineForm {
  const pairs = JSON.stringify(labels).slice(1, -1);
  const labelBytes = Buffer.from(pairs === '' ? '' : `${escapeJson(pairs)},`);
  const isTaken = (name: string) => name === templateName || Object.hasOwn(labels, name);
  const writer = new LabelWriter(
    name => isTidy(name) && !isTaken(name),
    name => name === 'log' || Object.hasOwn(constant, name)
  );
  return {
    beforeTime: '{"@timestamp":"',
    afterTime: ({ levelName, loggerName }) => {
      const head = { ...constant, log: { level: ecsLevel(levelName), logger: wellFormed(loggerName) } };
      return `",${JSON.stringify(head).slice(1, -1)},`;
    },
    templateName,
    beforeTemplate: labelsStart,
    write: (walk, record, into) => {
      const { data, exception } = record;
      if (exception !== undefined) writeError(walk, into, exception);
      const hasTemplate = walk.message(into, record);
      if (!hasTemplate) walk.open(into, 'labels');
      const start = into.length;
      const apart = writer.write(walk, into, data, exception);
      into.append(labelBytes);
      if (hasTemplate || into.length > start) walk.close(into);
      else into.truncate(start - labelsStart.length);
      if (apart !== undefined) writer.append(apart, into);
    },
    isTidy
  };
}

const templateName = 'message_template';
const labelsStart = '"labels":{';

function isTidy(name: string): boolean {
  return isTidyName(name) && isWellFormed(name);
}

/** `error`, of an error that has a type, a message, a stack and a code, and nothing else. */
function writeError(walk: JsonWalk, into: ByteWriter, exception: unknown): void {
  if (!isError(exception) || types.isProxy(exception)) throw needsTree;
  const { type, message, stack, code, ...others } = errorFields(exception, maxValues);
  for (const _ in others) throw needsTree;
  walk.open(into, 'error');
  walk.text(into, 'type', String(type));
  walk.text(into, 'message', String(message));
  if (typeof stack === 'string' && stack !== '') walk.text(into, 'stack_trace', stack);
  if (typeof code === 'string') walk.text(into, 'code', code);
  else if (Number.isFinite(code)) walk.text(into, 'code', String(code));
  else if (code !== undefined) throw needsTree;
  walk.close(into);
}

/** What has been found in a record while its labels were written. */
interface Found {
  readonly data: LogData;
  /** What stands behind the labels, at the top of the event. */
  apart: ByteWriter | undefined;
  /** The names there. */
  readonly top: string[];
  /** Names of labels that were put together of several. */
  readonly joined: string[];
}

/** Writes fields as labels: flat, and all of them texts. */
class LabelWriter {
  /** Which names of labels can be written as they are. */
  readonly #isFree: (name: string) => boolean;
  /** Whether a name at the top of an event is taken. */
  readonly #isTaken: (name: string) => boolean;
  readonly #keys = new Keys(writeKey);
  /** Names of labels, by that of the map that a field is in and its own; those that may be written. */
  readonly #names = new Map<string, Map<string, string>>();
  /** Memory for what stands at the top of an event; undefined while it is in use. */
  #spare: ByteWriter | undefined = new ByteWriter(256);

  constructor(isFree: (name: string) => boolean, isTaken: (name: string) => boolean) {
    this.#isFree = isFree;
    this.#isTaken = isTaken;
  }

  /** Appends the fields of a record, with a comma behind each; returns those that stand at the top of the event. */
  write(walk: JsonWalk, into: ByteWriter, data: LogData, exception: unknown): ByteWriter | undefined {
    const found: Found = { data, apart: undefined, top: [], joined: [] };
    this.#keys.begin();
    walk.enter(data);
    for (const key in data) {
      if (!isOwn.call(data, key)) continue;
      const value = data[key];
      if (typeof value !== 'object' || value === null) this.#field(walk, into, key, value, found);
      else if (value !== exception) this.#object(walk, into, key, value, found);
    }
    walk.leave();
    return found.apart;
  }

  /** Appends what `write` has returned. */
  append(apart: ByteWriter, into: ByteWriter): void {
    into.append(apart.bytes.subarray(0, apart.length));
    apart.truncate(0);
    if (apart.bytes.length <= maxSpare) this.#spare = apart;
  }

  #object(walk: JsonWalk, into: ByteWriter, key: string, value: object, found: Found): void {
    const form = walk.formOf(value);
    if (typeof form !== 'object' || form === null) {
      this.#field(walk, into, key, form, found);
      return;
    }
    const name = fieldName(key, found.data);
    if (Array.isArray(form) || name === 'labels' || name === 'tags' || !isTidyName(name)) throw needsTree;
    walk.spend(into, 0);
    walk.enter(value);
    if (isEcsField(name)) {
      walk.map(this.#apart(name, found), name, form);
    } else this.#map(walk, into, name, form, found);
    walk.leave();
  }

  /** The fields of a map in the record, at any depth. */
  #map(walk: JsonWalk, into: ByteWriter, name: string, map: object, found: Found): void {
    const fields = map as Readonly<Record<string, unknown>>;
    for (const key in fields) {
      if (!isOwn.call(fields, key)) continue;
      const value = fields[key];
      const form = typeof value === 'object' && value !== null ? walk.formOf(value) : value;
      if (form === undefined) continue;
      const joined = this.#joined(name, key);
      if (isNothing(form)) continue;
      walk.spend(into, joined.length);
      if (typeof form === 'object') {
        if (Array.isArray(form)) throw needsTree;
        walk.enter(value as object);
        this.#map(walk, into, joined, form as object, found);
        walk.leave();
        continue;
      }
      if (Object.hasOwn(found.data, joined) || found.joined.includes(joined)) throw needsTree;
      found.joined.push(joined);
      if (!this.#keys.write(into, joined)) this.#newKey(into, joined);
      walk.asText(into, form);
    }
  }

  /** A field of the record itself that is no map. */
  #field(walk: JsonWalk, into: ByteWriter, key: string, value: unknown, found: Found): void {
    if (isNothing(value)) {
      // A name with dots makes a map, and puts a value of that name aside, whatever stands in it.
      if (value !== undefined && !isTidyName(key)) throw needsTree;
      return;
    }
    walk.spend(into, key.length);
    if (!this.#keys.write(into, key)) {
      const id = idField(key);
      if (id !== undefined && typeof value !== 'number' && typeof value !== 'boolean') {
        if (typeof value !== 'string') throw needsTree; // it may become a text
        const apart = this.#apart(id, found);
        walk.open(apart, id);
        walk.text(apart, 'id', value);
        walk.close(apart);
        return;
      }
      if (key === 'tags') throw needsTree;
      const name = fieldName(key, found.data);
      if (!this.#isFree(name)) throw needsTree;
      // Whether one is renamed depends on the others.
      if (name === key && id === undefined) this.#newKey(into, key);
      else writeKey(into, name);
    }
    walk.asText(into, value);
  }

  #newKey(into: ByteWriter, name: string): void {
    writeKey(into, name);
    this.#keys.learn(name);
  }

  #joined(name: string, key: string): string {
    const known = this.#names.get(name)?.get(key);
    if (known !== undefined) return known;
    const joined = `${name}_${key}`;
    if (!isTidyName(key) || !this.#isFree(joined)) throw needsTree;
    if (this.#names.size >= maxNames) this.#names.clear();
    const names = this.#names.get(name) ?? new Map<string, string>();
    if (names.size < maxNames) names.set(key, joined);
    this.#names.set(name, names);
    return joined;
  }

  /** Where to write what stands at the top of the event under a name that is free there. */
  #apart(name: string, found: Found): ByteWriter {
    if (this.#isTaken(name) || found.top.includes(name)) throw needsTree;
    found.top.push(name);
    if (found.apart === undefined) {
      found.apart = this.#spare ?? new ByteWriter(256);
      this.#spare = undefined;
    }
    return found.apart;
  }
}

/** What is no label, as it is written as `null` or not at all. */
function isNothing(value: unknown): value is null | undefined {
  return value === undefined || value === null || (typeof value === 'number' && !Number.isFinite(value));
}

/** A program that makes its names up must not fill the memory. */
const maxNames = 256;
/** Bytes of memory that is kept. */
const maxSpare = 64 * 1024;

const { hasOwnProperty: isOwn } = Object.prototype;
