import { Recent } from '../core/recent.js';
import type { LogData } from '../core/record.js';
import { piecesOf } from '../core/template.js';
import { escapeJson, isWellFormed, lengthOf } from '../core/text.js';
import { ByteWriter } from './bytes.js';
import type { LineForm } from './json-records.js';
import { writeAscii, writeNumber, writeText } from './json-text.js';
import { Stamp } from './stamp.js';

/** A message with fields to fill in. */
interface Template {
  /** Literal text, and names of fields. */
  readonly pieces: readonly (Stamp | string)[];
  /** What stands behind the text: a quote, the template under its name, and a comma. */
  readonly end: Stamp;
}

/** The templates of a program, filled in where the bytes go, as `lib/wire/templates.ts` does it for MessagePack. */
export class JsonTemplates {
  readonly #before: string;
  readonly #known = new Recent<string, Template>(maxTemplates);

  constructor({ templateName, beforeTemplate = '' }: Pick<LineForm, 'templateName' | 'beforeTemplate'>) {
    this.#before = `",${beforeTemplate}${json(templateName)}:`;
  }

  /** A message without arguments as a template; undefined if nothing is filled in, or it is not worth keeping. */
  of(message: string): Template | undefined {
    if (lengthOf(message) > maxLength) return undefined;
    return this.#known.get(message) ?? (message.includes('{') ? this.#learn(message) : undefined);
  }

  #learn(message: string): Template | undefined {
    const pieces = piecesOf(message);
    if (pieces === undefined || !isWellFormed(message)) return undefined;
    const template = {
      pieces: pieces.map(piece => (typeof piece === 'string' ? stampOf(json(piece).slice(1, -1)) : piece.field)),
      end: stampOf(`${this.#before}${json(message)},`)
    };
    this.#known.set(message, template);
    return template;
  }
}

/**
 * Appends the text of a template filled in from `data`, from behind its first quote on, and what stands behind it: if all of
 * the fields are there, are texts, numbers or booleans, and the text is another one than the template for sure. If not,
 * returns false and leaves the bytes as they were.
 */
export function writeFilled(into: ByteWriter, { pieces, end }: Template, data: LogData): boolean {
  const start = into.length;
  try {
    for (const piece of pieces) {
      if (typeof piece !== 'string') piece.write(into);
      else if (!Object.hasOwn(data, piece) || !writePiece(into, data[piece])) {
        into.truncate(start);
        return false;
      }
    }
  } catch {
    into.truncate(start); // a getter threw: what stands in its place is for `render` to say
    return false;
  }
  end.write(into);
  return true;
}

/** Appends the text of a value; returns false if that is not simple enough. */
function writePiece(into: ByteWriter, value: unknown): boolean {
  if (typeof value === 'string') {
    const length = lengthOf(value);
    if (length > maxPiece) return false;
    // The quotes go where there is something else already, and where something else will be.
    const before = into.length - 1;
    const byte = into.bytes[before] ?? 0;
    into.truncate(before);
    writeText(into, value);
    into.bytes[before] = byte;
    into.length--;
    // It could be the placeholder itself; and half of a pair of surrogates would be one with what stands beside it.
    const size = into.length - before - 1;
    return into.bytes[before + 1] !== openBrace && (size === length || isWellFormed(value));
  }
  if (typeof value === 'number' && Number.isFinite(value)) writeNumber(into, value);
  else if (typeof value === 'number' || typeof value === 'boolean') writeAscii(into, String(value));
  else return false;
  return true;
}

function json(text: string): string {
  return escapeJson(JSON.stringify(text));
}

function stampOf(text: string): Stamp {
  const into = new ByteWriter(64);
  into.text(text);
  return new Stamp(into.copy(0, into.length));
}

const openBrace = 0x7b;
/** A program that makes up its messages must not fill the memory. */
const maxTemplates = 1000;
/** Characters of a template that is kept. */
const maxLength = 200;
/** Characters of a text that is filled in. */
const maxPiece = 1000;
