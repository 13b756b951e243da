import { atOnce } from '../../core/failures.js';
import type { LogRecord } from '../../core/record.js';
import type { ByteWriter } from '../../wire/bytes.js';
import type { Encoder } from '../../wire/encoder.js';

/** A record as text, without the newline at its end. */
export type LineFormat = (record: LogRecord) => string;

/** Writes what a format makes of a record, and a newline. Nothing can be read back from it. */
export class LineEncoder implements Encoder {
  readonly #format: LineFormat;

  constructor(format: LineFormat) {
    this.#format = format;
  }

  encode(record: LogRecord, into: ByteWriter): void {
    into.text(`${this.#format(record)}\n`);
  }
}

/**
 * A user's formatter that may fail: its text without newlines at the end, and otherwise as it is. Where it throws, or
 * makes no text, `onError` is told and `instead` writes the record.
 */
export function guarded(format: LineFormat, instead: LineFormat, onError: (error: unknown) => void): LineFormat {
  return record => {
    try {
      const text: unknown = atOnce(format(record));
      if (typeof text !== 'string') throw new TypeError(`format must return a string, not ${typeof text}`);
      return withoutNewlines(text);
    } catch (error) {
      onError(error);
      return instead(record);
    }
  };
}

function withoutNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return text.slice(0, end);
}
