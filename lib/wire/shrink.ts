import { freeName, put } from '../core/read.js';
import { cut } from '../core/text.js';
import type { Plain } from '../core/values.js';

/** Limits of one record, which every encoder takes as options. */
export interface RecordLimits {
  /** How many arrays and maps may be inside each other; what is deeper becomes "[Object]" or "[Array]". Default: 32. */
  readonly maxDepth?: number;
  /** Bytes of one record, 1024 or more. What is longer is cut as `shrink` says. Default: 1 MiB. */
  readonly maxRecordBytes?: number;
}

/** Fluentd refuses a record above 8 MiB, Fluent Bit a message above 6 MB, for ever: 1 MiB leaves both in peace. */
export const defaultMaxRecordBytes = 1024 * 1024;

/** The least that `maxRecordBytes` may be: below it, what must stay in every record might not fit. */
export const leastMaxRecordBytes = 1024;

/** Bytes to which a string is cut before any field is dropped. */
const minString = 96;

/** Bytes that a mark takes at most: "… [n bytes cut]". */
const markSize = 36;

/** Fields that are cut, but never dropped. */
const kept: ReadonlySet<string> = new Set(['time', 'level', 'logger', 'message']);

/**
 * `fields` made so small that they take at most `maxBytes` bytes: the longest strings are cut, all to the same length,
 * and end in "… [n bytes cut]" (bytes of UTF-8). If that is not enough, the largest fields go, and the field `truncated`
 * lists their names. Fields that fit are returned as they are.
 *
 * `sizeOf` tells how many bytes a string takes on the wire. Of everything else the upper bound of all our wire forms is
 * taken.
 */
export function shrink(
  fields: Readonly<Record<string, Plain>>,
  maxBytes: number,
  sizeOf: (text: string) => number
): Record<string, Plain> {
  const measure = (text: string) => (text.length > maxBytes ? text.length : sizeOf(text));
  const parts = Object.entries(fields).map(([key, value]) => measured(key, value, measure));
  const whole = containerSize + sum(parts.map(part => part.fixed + sum(part.strings)));
  if (whole <= maxBytes) return fields;

  const { left, dropped } = drop(parts, maxBytes - containerSize);
  const small: Record<string, Plain> = {};
  const names = dropped.length === 0 ? undefined : namesOf(dropped, maxBytes, measure);
  const namesSize = names === undefined ? 0 : namesRoom(maxBytes);
  const room = maxBytes - containerSize - namesSize - sum(left.map(part => part.fixed));
  const longest = waterline(
    left.flatMap(part => part.strings),
    room
  );
  for (const { key, value } of left) put(small, key, cutStrings(value, longest, measure));
  if (names !== undefined)
    small[Object.hasOwn(fields, 'truncated') ? freeName('truncated', fields) : 'truncated'] = names;
  return small;
}

/** A field, with the sizes of the strings in it and the upper bound of all else, its name included. */
interface Part {
  readonly key: string;
  readonly value: Plain;
  readonly fixed: number;
  readonly strings: readonly number[];
}

/** Upper bounds: a header or brackets; a separator after a key and one after a value; a number or literal. */
const containerSize = 5;
const itemSize = 2;
const scalarSize = 25;

function measured(key: string, value: Plain, measure: (text: string) => number): Part {
  const strings: number[] = [];
  let fixed = measure(key) + itemSize;
  const add = (part: Plain): void => {
    if (typeof part === 'string') {
      strings.push(measure(part));
    } else if (typeof part !== 'object' || part === null) {
      fixed += scalarSize;
    } else {
      fixed += containerSize;
      for (const [name, item] of Object.entries(part)) {
        fixed += itemSize + (Array.isArray(part) ? 0 : measure(name));
        add(item);
      }
    }
  };
  add(value);
  return { key, value, fixed, strings };
}

/** Drops the largest fields until the rest fits with its strings cut to `minString`. */
function drop(parts: readonly Part[], maxBytes: number): { left: readonly Part[]; dropped: readonly Part[] } {
  const least = new Map(
    parts.map(part => [part, part.fixed + sum(part.strings.map(size => Math.min(size, minString)))])
  );
  let total = sum([...least.values()]);
  if (total <= maxBytes) return { left: parts, dropped: [] };
  const room = maxBytes - namesRoom(maxBytes);
  const bySize = parts
    .filter(part => !kept.has(part.key))
    .map(part => ({ part, size: part.fixed + sum(part.strings) }))
    .sort((a, b) => b.size - a.size);
  const dropped = new Set<Part>();
  for (const { part } of bySize) {
    if (total <= room) break;
    dropped.add(part);
    total -= least.get(part) ?? 0;
  }
  return { left: parts.filter(part => !dropped.has(part)), dropped: [...dropped] };
}

/** Bytes for the field `truncated`. */
function namesRoom(maxBytes: number): number {
  return Math.floor(maxBytes / 4);
}

/** The names of the dropped fields, as many as there is room for, the largest field first. */
function namesOf(dropped: readonly Part[], maxBytes: number, measure: (text: string) => number): Plain[] {
  const names: Plain[] = [];
  // What is kept back is for the name of the field, the brackets and the last line.
  let room = namesRoom(maxBytes) - 100;
  for (const { key } of dropped) {
    const name = key.length > maxName ? cut(key, maxName) : key;
    room -= measure(name) + itemSize;
    if (room < 0) {
      names.push(`… [${dropped.length - names.length} more]`);
      break;
    }
    names.push(name);
  }
  return names;
}

/** Characters of a dropped field's name. */
const maxName = 64;

/** The size to which all larger ones must be cut for the sum to fit into `room`; infinite if it does anyway. */
function waterline(sizes: readonly number[], room: number): number {
  let left = room;
  const ascending = sizes.toSorted((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (size > share) return Math.floor(share);
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

function cutStrings(value: Plain, longest: number, measure: (text: string) => number): Plain {
  if (typeof value === 'string') return measure(value) > longest ? cutTo(value, longest, measure) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(item => cutStrings(item, longest, measure));
  const fields: Record<string, Plain> = {};
  for (const [key, item] of Object.entries(value)) put(fields, key, cutStrings(item, longest, measure));
  return fields;
}

/** `text` cut so that it takes at most `size` bytes with its mark. */
function cutTo(text: string, size: number, measure: (text: string) => number): string {
  const room = size - markSize;
  let length = Math.min(text.length, room);
  while (length > 0) {
    const actual = measure(text.slice(0, length));
    if (actual <= room) break;
    length = Math.floor((length * room) / actual);
  }
  return cut(text, Math.max(length, 0));
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
