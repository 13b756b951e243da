import { Recent } from '../core/recent.js';
import type { LogData } from '../core/record.js';
import { piecesOf } from '../core/template.js';
import { isWellFormed, lengthOf } from '../core/text.js';
import { ByteWriter, ensure } from './bytes.js';
import type { Head } from './heads.js';
import { writeAscii, writeNumber } from './json-text.js';
import { endString, stringHeader, writeString } from './msgpack.js';
import { Stamp } from './stamp.js';
import { putText } from './utf8.js';

/** A message that has come before. */
export interface Template {
  /** `template` and the message itself; of a message that nothing is filled into, only that. */
  readonly stamp: Stamp;
  /** Literal text, and names of fields; undefined for a message that nothing is filled into. */
  readonly pieces: readonly (Stamp | string)[] | undefined;
  /** The size of the header of the text that was written last. */
  header: number;
  /** What the last record with this message began with, by its level: mostly a message is logged in one place. */
  readonly heads: (Head | undefined)[];
}

/**
 * The templates of a program, ready to be written: filled in where the bytes go, without a text in between, which V8 would
 * first make of pieces and then make flat.
 */
export class Templates {
  readonly #known = new Recent<string, Template>(maxTemplates);
  /** How often a message has come that is not known and has no fields. */
  #unknown = 0;

  /** The template that a message without arguments is; undefined if it is not known. */
  of(message: string): Template | undefined {
    if (lengthOf(message) > maxLength) return undefined;
    return this.#known.get(message) ?? this.#learn(message);
  }

  #learn(message: string): Template | undefined {
    const pieces = message.includes('{') ? piecesOf(message) : undefined;
    // What the program has put together itself does not come again: it must neither cost much nor push out what does.
    if (pieces === undefined && ++this.#unknown % learnt !== 0) return undefined;
    if (!isWellFormed(message)) return undefined;
    const template = {
      stamp: stampOf(into => (pieces === undefined ? writeString(into, message) : writeTemplate(into, message))),
      pieces: pieces?.map(piece => (typeof piece === 'string' ? stampOf(into => into.text(piece)) : piece.field)),
      header: 1,
      heads: []
    };
    this.#known.set(message, template);
    return template;
  }
}

/**
 * Puts a template filled in from `data` from `at` on: the text that `LogRecord.render` would make, if all of its fields are
 * there, are texts, numbers or booleans, and the text is another one than the template for sure. Returns where it ends, or
 * `at` if it is not to be filled in.
 */
export function putFilled(into: ByteWriter, at: number, template: Template, data: LogData): number {
  const { pieces } = template;
  if (pieces === undefined) return at;
  const start = at + template.header;
  const end = putPieces(into, start, pieces, data);
  if (end === unfilled) return at;
  ensure(into, end, longestHeader);
  template.header = stringHeader(end - start);
  return endString(into.bytes, at, start, end);
}

/** Where a text ends that is not to be filled in. */
const unfilled = -1;

function putPieces(into: ByteWriter, start: number, pieces: readonly (Stamp | string)[], data: LogData): number {
  let at = start;
  try {
    for (let index = 0; index < pieces.length && at !== unfilled; index++) {
      const piece = pieces[index] as Stamp | string;
      if (typeof piece !== 'string') at = putStamp(into, at, piece);
      else at = Object.hasOwn(data, piece) ? putPiece(into, at, data[piece]) : unfilled;
    }
    return at;
  } catch {
    return unfilled; // a getter threw: what stands in its place is for `render` to say
  }
}

/** Puts a stamp where there may be no room for it yet. */
export function putStamp(into: ByteWriter, at: number, stamp: Stamp): number {
  ensure(into, at, stamp.room);
  return stamp.put(into, at);
}

/** Appends a template as it is, with its key. */
export function writeTemplate(into: ByteWriter, template: string): void {
  writeString(into, 'template');
  writeString(into, template);
}

/** Puts the text of a value from `at` on; returns where it ends, or `unfilled` if it is not simple enough. */
function putPiece(into: ByteWriter, at: number, value: unknown): number {
  if (typeof value === 'string') {
    const length = lengthOf(value);
    if (length > maxPiece) return unfilled;
    ensure(into, at, length * 3);
    const { bytes } = into;
    const end = putText(bytes, at, value);
    // It could be the placeholder itself; and half of a pair of surrogates would be one with what stands beside it.
    return bytes[at] !== openBrace && (end - at === length || isWellFormed(value)) ? end : unfilled;
  }
  if (typeof value !== 'number' && typeof value !== 'boolean') return unfilled;
  into.length = at;
  if (typeof value === 'number' && Number.isFinite(value)) writeNumber(into, value);
  else writeAscii(into, String(value));
  return into.length;
}

function stampOf(write: (into: ByteWriter) => void): Stamp {
  const into = new ByteWriter(64);
  write(into);
  return new Stamp(into.copy(0, into.length));
}

const openBrace = 0x7b;
/** A program that makes up its messages must not fill the memory. */
const maxTemplates = 1000;
/** Of so many messages that are not known, one is learnt. */
const learnt = 16;
/** Characters of a template that is kept. */
const maxLength = 200;
/** Characters of a text that is filled in. */
const maxPiece = 1000;
/** Bytes of the header of a str of 64 KiB. */
const longestHeader = 5;
