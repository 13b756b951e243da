import { freeName, put } from '../../core/read.js';
import type { Plain } from '../../core/values.js';

/** Fields of an event, or a map inside one. */
export type Fields = Record<string, Plain>;

/** Names that were found tidy. Programs have hundreds; one that makes its names up must not fill the memory. */
const known = new Set<string>();
const maxKnown = 2000;

/** Parts that a name with dots may have; one of more keeps its dots, as `_`. */
const maxParts = 8;

/** How deep names with dots are looked for and unfolded: as deep as any encoder of ours writes. */
const maxDepth = 64;

/**
 * `fields` with names that Logstash and Elasticsearch take for what they are, at any depth. Fields that have only such
 * names are returned as they are.
 *
 * A dot in a name makes a map, as Elasticsearch would do it: `a.b` becomes `b` in `a`. A name that is both a value and a
 * map is the map's, and the value gets a `_` behind its name; so does the second of two values. Brackets, by which
 * Logstash refers to fields, become `_`, as does a name without any letter.
 */
export function nest(fields: Fields): Fields {
  return isTidy(fields, 0) ? fields : nested(fields, 0);
}

export function isMap(value: Plain | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own field `key`: one named `__proto__` or `constructor` is a field like any other, or there is none. */
export function ownField<T>(fields: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** Puts `value` under `key`, where there may be something already, by the rule of `nest`. Maps in `into` are changed. */
export function merge(into: Fields, key: string, value: Plain): void {
  const there = ownField(into, key);
  if (there === undefined) put<Plain>(into, key, value);
  else if (!isMap(value)) put<Plain>(into, freeName(key, into), value);
  else if (isMap(there)) for (const [name, part] of Object.entries(value)) merge(there, name, part);
  else {
    put<Plain>(into, freeName(key, into), there);
    put<Plain>(into, key, value);
  }
}

function isTidy(value: Plain, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return true;
  if (Array.isArray(value)) {
    for (const item of value) if (!isTidy(item, depth + 1)) return false;
    return true;
  }
  for (const key in value) {
    if (!isTidyName(key) || !isTidy(value[key] ?? null, depth + 1)) return false;
  }
  return true;
}

/** Whether `nest` leaves this name as it is. */
export function isTidyName(name: string): boolean {
  if (known.has(name)) return true;
  if (name === '' || /[.[\]]/.test(name)) return false;
  if (known.size < maxKnown && name.length <= 64) known.add(name);
  return true;
}

function nested(fields: Fields, depth: number): Fields {
  const tidy: Fields = {};
  for (const [name, value] of Object.entries(fields)) {
    const [first = '_', ...rest] = parts(name);
    merge(
      tidy,
      first,
      rest.reduceRight<Plain>((inner, part) => fieldNamed(part, inner), nestedValue(value, depth))
    );
  }
  return tidy;
}

function nestedValue(value: Plain, depth: number): Plain {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value;
  return Array.isArray(value) ? value.map(item => nestedValue(item, depth + 1)) : nested(value, depth + 1);
}

function parts(name: string): string[] {
  const words = name
    .replace(/[[\]]/g, '_')
    .split('.')
    .filter(word => word !== '');
  return words.length > maxParts ? [words.join('_')] : words;
}

function fieldNamed(name: string, value: Plain): Fields {
  const field: Fields = {};
  put(field, name, value);
  return field;
}
