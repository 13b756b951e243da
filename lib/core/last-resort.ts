import { resolve } from 'node:path';
import type { LossReason } from './failures.js';
import type { LastOutput } from './last-output.js';
import { LogRecord } from './record.js';
import { escapeJson } from './text.js';

/** Takes the records that a target has no time left for when the process ends. */
export interface LastResort {
  /** Where they go, as failures tell it: `stderr`, or the path of a file. */
  readonly name: string;
  /**
   * Writes the records, on the caller's stack, and returns how many of them are safe: all, or the first ones.
   * `target` and `reason` are written with each. Never throws.
   */
  keep(records: Iterable<LogRecord>, target: string, reason: LossReason): number;
}

/** Bytes that are written at once: whole lines, so that those of several processes do not mix in one file. */
const chunkBytes = 64 * 1024;

/**
 * Appends records to a file as JSON lines: what `LogRecord.toJSON` makes of them, and `fellBack`, a list of `{ from, reason }`
 * that names the target that could not deliver the record, and why; those before it in a chain of fallbacks first.
 * Without a path, or where the file cannot be written, they go to stderr.
 */
export class ExitFile implements LastResort {
  readonly #path: string | undefined;
  readonly #output: LastOutput;

  constructor(path: string | undefined, output: LastOutput) {
    this.#path = path === undefined ? undefined : resolve(path); // the program may go elsewhere before it ends
    this.#output = output;
  }

  get name(): string {
    return this.#path ?? 'stderr';
  }

  keep(records: Iterable<LogRecord>, target: string, reason: LossReason): number {
    return this.#output.appendLines(this.#path, chunks(records, { from: target, reason }), error => {
      this.#output.tell(`${target}: the exitFile cannot be written, its records follow here: ${String(error)}`);
    });
  }
}

/** The records as lines, some at a time. */
function* chunks(records: Iterable<LogRecord>, mark: object): Generator<Buffer> {
  let lines = '';
  for (const record of records) {
    lines += line(record, mark);
    if (lines.length < chunkBytes) continue;
    yield Buffer.from(lines);
    lines = '';
  }
  if (lines !== '') yield Buffer.from(lines);
}

/** A record of a class of its own may have a `toJSON` that throws, or returns what JSON has no form for. */
function line(record: LogRecord, mark: object): string {
  try {
    return lineOf(record.toJSON(), mark);
  } catch {
    return lineOf(LogRecord.prototype.toJSON.call(record), mark);
  }
}

function lineOf({ fellBack, ...fields }: Record<string, unknown>, mark: object): string {
  const before: unknown[] = Array.isArray(fellBack) ? fellBack : [];
  const own = fellBack === undefined || Array.isArray(fellBack) ? fields : { ...fields, fellBack_: fellBack };
  return `${escapeJson(JSON.stringify({ ...own, fellBack: [...before, mark] }))}\n`;
}
