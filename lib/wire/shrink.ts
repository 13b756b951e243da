import { freeName, put } from '../core/read.js';
import { cut } from '../core/text.js';
import type { Plain } from '../core/values.js';
import type { Sizes } from './sizes.js';

/** Limits of one record, which every encoder takes as options. */
export interface RecordLimits {
  /** How many arrays and maps may be inside each other; what is deeper becomes "[Object]" or "[Array]". Default: 32. */
  readonly maxDepth?: number;
  /** Bytes of one record, from 1024 to 64 Mi. What is longer is cut as `shrink` says. Default: 1 MiB. */
  readonly maxRecordBytes?: number;
}

/** Fluentd refuses a record above 8 MiB, Fluent Bit a message above 6 MB, for ever: 1 MiB leaves both in peace. */
export const defaultMaxRecordBytes = 1024 * 1024;

/** The least that `maxRecordBytes` may be: below it, what must stay in every record might not fit. */
export const leastMaxRecordBytes = 1024;

/** The most that `maxRecordBytes` may be: a record that is escaped throughout is then still a string that V8 can make. */
export const mostMaxRecordBytes = 64 * 1024 * 1024;

/** Bytes to which a string is cut before any field is dropped. */
const minString = 96;

/** Bytes that a mark takes at most: "… [n bytes cut]". */
const markSize = 36;

/** Fields that are cut, but never dropped. */
const kept: ReadonlySet<string> = new Set(['time', 'level', 'logger', 'message']);

/**
 * `fields` made so small that they take at most `maxBytes` bytes: the longest strings are cut, all to the same length,
 * and end in "… [n bytes cut]" (bytes of UTF-8). If that is not enough, the fields go of which most would be left, and
 * the field `truncated` lists their names. Fields that fit are returned as they are.
 *
 * `sizes` are those of the encoder that will write them, and `keep` names the fields that never go.
 */
export function shrink(
  fields: Readonly<Record<string, Plain>>,
  maxBytes: number,
  sizes: Sizes,
  keep: ReadonlySet<string> = kept
): Record<string, Plain> {
  const measure = (text: string) => (text.length > maxBytes ? text.length : sizes.text(text));
  const entries = Object.entries(fields);
  const parts = entries.map(([key, value]) => measured(key, value, measure, sizes));
  const frame = sizes.map(entries.length + 1);
  if (sizes.map(entries.length) + sum(parts.map(part => part.fixed + sum(part.strings))) <= maxBytes) return fields;

  const { left, names, room } = drop(parts, maxBytes - frame, measure, sizes, keep);
  const small: Record<string, Plain> = {};
  const longest = waterline(
    left.flatMap(part => part.strings),
    room - sum(left.map(part => part.fixed))
  );
  for (const { key, value } of left) put(small, key, cutStrings(value, longest, measure));
  if (names.length > 0) small[truncatedName(fields)] = names;
  return small;
}

/** A field, with the sizes of the strings in it and of all else, its name included. */
interface Part {
  readonly key: string;
  readonly value: Plain;
  readonly fixed: number;
  readonly strings: readonly number[];
}

type Measure = (text: string) => number;

function measured(key: string, value: Plain, measure: Measure, sizes: Sizes): Part {
  const strings: number[] = [];
  let fixed = measure(key);
  const add = (part: Plain): void => {
    if (typeof part === 'string') {
      strings.push(measure(part));
    } else if (typeof part !== 'object' || part === null) {
      fixed += sizes.scalar(part);
    } else if (Array.isArray(part)) {
      fixed += sizes.array(part.length);
      for (const item of part) add(item);
    } else {
      const entries = Object.entries(part);
      fixed += sizes.map(entries.length);
      for (const [name, item] of entries) {
        fixed += measure(name);
        add(item);
      }
    }
  };
  add(value);
  return { key, value, fixed, strings };
}

/** What is left after dropping, the names of what is not, and how many bytes there are for the former. */
interface Left {
  readonly left: readonly Part[];
  readonly names: Plain[];
  readonly room: number;
}

/** Drops fields, those first of which most bytes would be left, until the rest fits with its strings cut to `minString`. */
function drop(
  parts: readonly Part[],
  maxBytes: number,
  measure: Measure,
  sizes: Sizes,
  keep: ReadonlySet<string>
): Left {
  const leastOf = (part: Part) => part.fixed + sum(part.strings.map(size => Math.min(size, minString)));
  const bySize = parts.map(part => ({ part, least: leastOf(part) })).sort((a, b) => b.least - a.least);
  let total = sum(bySize.map(({ least }) => least));
  const dropped = new Set<Part>();
  // Room for the list of names: at most a quarter, which may be more than the fields have that it lists.
  let listed = 0;
  for (const { part, least } of bySize) {
    if (total + listed <= maxBytes) break;
    if (keep.has(part.key)) continue;
    dropped.add(part);
    total -= least;
    const name = measure(shortName(part.key)) + sizes.array(2);
    listed = Math.min(namesRoom(maxBytes), (listed === 0 ? namesFrame : listed) + name);
  }
  const names = namesOf(dropped, maxBytes, measure, sizes);
  return { left: parts.filter(part => !dropped.has(part)), names, room: maxBytes - listed };
}

/** Bytes for the field `truncated`. */
function namesRoom(maxBytes: number): number {
  return Math.floor(maxBytes / 4);
}

/** Bytes of that field for its own name, the brackets and the last line. */
const namesFrame = 100;

/** The names of the dropped fields, as many as there is room for, the largest field first. */
function namesOf(dropped: ReadonlySet<Part>, maxBytes: number, measure: Measure, sizes: Sizes): Plain[] {
  const names: Plain[] = [];
  let room = namesRoom(maxBytes) - namesFrame;
  for (const { key } of dropped) {
    const name = shortName(key);
    room -= measure(name) + sizes.array(2);
    if (room < 0) {
      names.push(`… [${dropped.size - names.length} more]`);
      break;
    }
    names.push(name);
  }
  return names;
}

/** Characters of a dropped field's name. */
const maxName = 64;

function shortName(key: string): string {
  return key.length > maxName ? cut(key, maxName) : key;
}

function truncatedName(fields: object): string {
  return Object.hasOwn(fields, 'truncated') ? freeName('truncated', fields) : 'truncated';
}

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
