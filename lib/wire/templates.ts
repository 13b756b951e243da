import { Recent } from '../core/recent.js';
import type { LogData } from '../core/record.js';
import { piecesOf } from '../core/template.js';
import { isWellFormed, lengthOf } from '../core/text.js';
import { ByteWriter } from './bytes.js';
import type { Head } from './heads.js';
import { writeAscii, writeNumber } from './json-text.js';
import { endString, writeString } from './msgpack.js';
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
  /** What the last record with this message began with: mostly a message is logged in one place. */
  head: Head | undefined;
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
      head: undefined
    };
    this.#known.set(message, template);
    return template;
  }
}

/**
 * Appends a template filled in from `data`: the text that `LogRecord.render` would make, if all of its fields are there, are
 * texts, numbers or booleans, and the text is another one than the template for sure. If not, appends nothing and returns
 * false.
 */
export function writeFilled(into: ByteWriter, template: Template, data: LogData): boolean {
  const { pieces } = template;
  if (pieces === undefined) return false;
  const before = into.length;
  const start = before + template.header;
  into.reserve(template.header);
  into.length = start;
  const isFilled = writePieces(into, pieces, data);
  const size = into.length - start;
  into.reserve(longestHeader); // while all that was written counts, and is kept
  into.length = before;
  if (isFilled) template.header = endString(into, start, size);
  return isFilled;
}

function writePieces(into: ByteWriter, pieces: readonly (Stamp | string)[], data: LogData): boolean {
  try {
    for (const piece of pieces) {
      if (typeof piece !== 'string') piece.write(into);
      else if (!Object.hasOwn(data, piece) || !writePiece(into, data[piece])) return false;
    }
    return true;
  } catch {
    return false; // a getter threw: what stands in its place is for `render` to say
  }
}

/** Appends a template as it is, with its key. */
export function writeTemplate(into: ByteWriter, template: string): void {
  writeString(into, 'template');
  writeString(into, template);
}

/** Appends the text of a value; returns false if that is not simple enough. */
function writePiece(into: ByteWriter, value: unknown): boolean {
  if (typeof value === 'string') {
    const length = lengthOf(value);
    if (length > maxPiece) return false;
    into.reserve(length * 3);
    const { bytes } = into;
    const start = into.length;
    const end = putText(bytes, start, value);
    into.length = end;
    // It could be the placeholder itself; and half of a pair of surrogates would be one with what stands beside it.
    return bytes[start] !== openBrace && (end - start === length || isWellFormed(value));
  }
  if (typeof value === 'number' && Number.isFinite(value)) writeNumber(into, value);
  else if (typeof value === 'number' || typeof value === 'boolean') writeAscii(into, String(value));
  else return false;
  return true;
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
