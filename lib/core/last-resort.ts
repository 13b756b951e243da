import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LossReason } from './failures.js';
import type { LogRecord } from './record.js';
import { escapeJson } from './text.js';
import { writeAllSync } from './write-sync.js';

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

const stderr = 2;

/**
 * Appends records to a file as JSON lines: what `LogRecord.toJSON` makes of them, and `fellBack`, a list of `{ from, reason }`
 * that names the target that could not deliver the record, and why; those before it in a chain of fallbacks first.
 * Without a path, or where the file cannot be written, they go to stderr.
 */
export class ExitFile implements LastResort {
  readonly #path: string | undefined;

  constructor(path: string | undefined) {
    this.#path = path === undefined ? undefined : resolve(path); // the program may go elsewhere before it ends
  }

  get name(): string {
    return this.#path ?? 'stderr';
  }

  keep(records: Iterable<LogRecord>, target: string, reason: LossReason): number {
    const descriptor = this.#open(target);
    let kept = 0;
    for (const { bytes, size } of chunks(records, { from: target, reason })) {
      if (!write(descriptor, bytes)) break;
      kept += size;
    }
    if (descriptor !== stderr) close(descriptor);
    return kept;
  }

  /** For the owner only: a log may hold what is nobody else's business. */
  #open(target: string): number {
    if (this.#path === undefined) return stderr;
    try {
      return openSync(this.#path, 'a', 0o600);
    } catch (error) {
      const line = `logflume: ${target}: the exitFile cannot be written, its records follow here: ${String(error)}\n`;
      writeAllSync(stderr, Buffer.from(line));
      return stderr;
    }
  }
}

/** Writes to the descriptor, and what that does not take to stderr. */
function write(descriptor: number, bytes: Uint8Array): boolean {
  const written = writeAllSync(descriptor, bytes);
  if (written === bytes.length) return true;
  return descriptor !== stderr && writeAllSync(stderr, bytes) === bytes.length;
}

function close(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // It has taken all bytes; the end of the process closes it.
  }
}

/** The records as lines, some at a time. */
function* chunks(records: Iterable<LogRecord>, mark: object): Generator<{ bytes: Uint8Array; size: number }> {
  let lines = '';
  let size = 0;
  for (const record of records) {
    lines += line(record, mark);
    size++;
    if (lines.length < chunkBytes) continue;
    yield { bytes: Buffer.from(lines), size };
    lines = '';
    size = 0;
  }
  if (size > 0) yield { bytes: Buffer.from(lines), size };
}

function line(record: LogRecord, mark: object): string {
  const { fellBack, ...fields } = record.toJSON();
  const before: unknown[] = Array.isArray(fellBack) ? fellBack : [];
  const own = fellBack === undefined || Array.isArray(fellBack) ? fields : { ...fields, fellBack_: fellBack };
  return `${escapeJson(JSON.stringify({ ...own, fellBack: [...before, mark] }))}\n`;
}
