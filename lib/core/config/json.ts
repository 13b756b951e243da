import { put } from '../read.js';

/**
 * Parses JSON as `JSON.parse` does, but for two things: its errors tell the line and column, and nothing of the text, which
 * may hold secrets; and no map may have a name twice, of which `JSON.parse` takes the last.
 */
export function parseJson(text: string): unknown {
  return new JsonReader(text).read();
}

const space = /[ \t\n\r]*/y;

/** A mark; or a string, or whatever else could be a value. */
const token = /([{}[\],:])|("[^"\\]*(?:\\.[^"\\]*)*"|[^\s"{}[\],:]+)/y;

/** Reads one text, from its beginning to its end. */
class JsonReader {
  readonly #text: string;
  #mark: string | undefined;
  #scalar: string | undefined;
  /** Where the token begins. */
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    this.#next();
    const value = this.#value();
    if (this.#at < this.#text.length) throw this.#error('the end was expected');
    return value;
  }

  #value(): unknown {
    if (this.#mark === '{') return this.#map();
    if (this.#mark === '[') return this.#list();
    if (this.#scalar === undefined) throw this.#error('a value was expected');
    const value = this.#parsed(this.#scalar);
    this.#next();
    return value;
  }

  #map(): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    this.#members('}', () => {
      if (!this.#scalar?.startsWith('"')) throw this.#error('a name in double quotes was expected');
      const name = String(this.#parsed(this.#scalar));
      if (Object.hasOwn(fields, name)) throw this.#error(`the name ${this.#scalar} is there twice`);
      this.#next();
      if (this.#mark !== ':') throw this.#error("':' was expected");
      this.#next();
      put(fields, name, this.#value());
    });
    return fields;
  }

  #list(): unknown[] {
    const items: unknown[] = [];
    this.#members(']', () => items.push(this.#value()));
    return items;
  }

  #members(end: string, read: () => void): void {
    this.#next();
    if (this.#mark !== end) {
      read();
      while (this.#mark === ',') {
        this.#next();
        read();
      }
      if (this.#mark !== end) throw this.#error(`',' or '${end}' was expected`);
    }
    this.#next();
  }

  #parsed(scalar: string): unknown {
    try {
      return JSON.parse(scalar);
    } catch {
      throw this.#error(scalar.startsWith('"') ? 'the string is not one of JSON' : 'a value was expected');
    }
  }

  #next(): void {
    space.lastIndex = this.#at + (this.#mark ?? this.#scalar ?? '').length;
    space.test(this.#text);
    this.#at = space.lastIndex;
    token.lastIndex = this.#at;
    const [, mark, scalar] = token.exec(this.#text) ?? [];
    this.#mark = mark;
    this.#scalar = scalar;
  }

  #error(problem: string): SyntaxError {
    const lines = this.#text.slice(0, this.#at).split('\n');
    return new SyntaxError(`line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: ${problem}`);
  }
}
