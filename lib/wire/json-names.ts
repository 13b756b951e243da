import { Recent } from '../core/recent.js';
import type { LogData } from '../core/record.js';
import { defaultShape, fieldName, type RecordShape } from '../core/shape.js';
import { isWellFormed } from '../core/text.js';
import { ByteWriter } from './bytes.js';
import { copy } from './heads.js';
import { writeAscii, writeText } from './json-text.js';

/** Thrown when a record cannot be written straight away; made once, as nobody sees its stack. The tree knows what to do. */
export const needsTree = new Error('the record has to be written by way of a tree');

/**
 * Names of fields as they stand in a line, `"name":`. Those of the last record from the same place are known by comparing
 * them one by one, which most of the time is enough: a place in a program logs the same fields each time.
 */
export class JsonNames {
  readonly #isTidy: (name: string) => boolean;
  readonly #shape: RecordShape;
  readonly #known = new Recent<string, Uint8Array>(maxKnown);
  readonly #templates = new Recent<string, Uint8Array>(maxTemplates);

  /** `isTidy`: which names can be written as they are. Default: all but those with lone surrogates. */
  constructor(isTidy = isWellFormed, shape = defaultShape) {
    this.#isTidy = isTidy;
    this.#shape = shape;
  }

  /** Appends a name and a colon. `data`: the fields of a record, if it is one of theirs. */
  write(into: ByteWriter, name: string, data: LogData | undefined, last: LastNames | undefined, place: number): void {
    if (last === undefined) this.#write(into, name, data);
    else if (last.names[place] === name) append(into, last.bytes[place] as Uint8Array);
    else {
      const known = this.#write(into, name, data);
      if (known !== undefined && place < maxPlaces) last.set(place, name, known);
    }
  }

  /** Appends a template under `name`, always the same, and a comma; false if it is too long to be known again. */
  writeTemplate(into: ByteWriter, name: string, template: string): boolean {
    if (template.length > maxTemplate) return false;
    const known = this.#templates.get(template);
    if (known !== undefined) {
      copy(into, known);
      return true;
    }
    const start = into.length;
    writeText(into, name);
    writeAscii(into, ':');
    writeText(into, template);
    writeAscii(into, ',');
    this.#templates.set(template, into.copy(start, into.length));
    return true;
  }

  #write(into: ByteWriter, name: string, data: LogData | undefined): Uint8Array | undefined {
    if (data !== undefined && this.#shape.isReserved(name)) {
      append(into, this.#make(fieldName(name, data, this.#shape)));
      return undefined;
    }
    const known = this.#known.get(name);
    const bytes = known ?? this.#make(name);
    append(into, bytes);
    if (known !== undefined) return known;
    if (name.length > maxLength) return undefined;
    this.#known.set(name, bytes);
    return bytes;
  }

  #make(name: string): Uint8Array {
    if (!this.#isTidy(name)) throw needsTree;
    const bytes = new ByteWriter(name.length + 3);
    writeText(bytes, name);
    writeAscii(bytes, ':');
    return bytes.copy(0, bytes.length);
  }
}

/** The names of the last map from a place, in their order, and of the maps in it. */
export class LastNames {
  readonly names: (string | undefined)[] = [];
  readonly bytes: (Uint8Array | undefined)[] = [];
  readonly #inner: (LastNames | undefined)[] | undefined;

  /** `hasInner`: whether maps inside the map are known, too. Those in them are not: data from outside can be deep. */
  constructor(hasInner = true) {
    this.#inner = hasInner ? [] : undefined;
  }

  set(place: number, name: string, bytes: Uint8Array): void {
    while (this.names.length < place) {
      this.names.push(undefined);
      this.bytes.push(undefined);
    }
    this.names[place] = name;
    this.bytes[place] = bytes;
  }

  /** Those of the map at `place`. */
  inner(place: number): LastNames | undefined {
    if (this.#inner === undefined || place >= maxPlaces) return undefined;
    this.#inner[place] ??= new LastNames(false);
    return this.#inner[place];
  }
}

function append(into: ByteWriter, name: Uint8Array): void {
  const { length } = name;
  into.reserve(length);
  const { bytes } = into;
  const start = into.length;
  for (let index = 0; index < length; index++) bytes[start + index] = name[index] as number;
  into.length = start + length;
}

/** A program that makes its names up must not fill the memory. */
const maxKnown = 2000;
const maxTemplates = 1000;
/** Characters of a template that is kept. */
const maxTemplate = 200;
/** Characters of a name that is kept. */
const maxLength = 64;
/** Names of one map that are compared; those behind them are looked up. */
const maxPlaces = 16;
