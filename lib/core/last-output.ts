import type { Host } from './host.js';

/** Milliseconds after which a full pipe is tried again. */
const retryDelay = 5;

/** Milliseconds without progress after which nobody is believed to read any more. */
const stuckTimeout = 2000;

const stderr = 2;
const newline = 0x0a;

/** What is written when the process ends, on the stack of its last turn. It blocks for as long as that takes. */
export class LastOutput {
  readonly #host: Host;
  /** Milliseconds since the last progress: a reader that has gone costs the process this time once, not for each write. */
  #waited = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Writes a line to stderr, if that is open and somebody reads it. */
  tell(line: string): void {
    this.#write(stderr, Buffer.from(`logflume: ${line}\n`));
  }

  /**
   * Appends whole lines to a file, and to stderr those that it does not take; without a path, all of them. Returns how many
   * of them went, from the first. `onError` is told why the file does not take them. Never throws.
   */
  appendLines(path: string | undefined, chunks: Iterable<Buffer>, onError: (error: unknown) => void): number {
    let file = path === undefined ? undefined : this.#open(path, onError);
    let count = 0;
    for (const chunk of chunks) {
      let rest = chunk;
      if (file !== undefined) {
        const { left, error } = this.#writeLines(file, rest);
        rest = left;
        if (rest.length > 0) {
          onError(error);
          this.#close(file);
          file = undefined;
        }
      }
      if (rest.length > 0) rest = this.#writeLines(stderr, rest).left;
      count += linesIn(chunk) - linesIn(rest);
      if (rest.length > 0) break;
    }
    if (file !== undefined) this.#close(file);
    return count;
  }

  /** Writes lines; returns those that did not go, and why. */
  #writeLines(descriptor: number, lines: Buffer): { readonly left: Buffer; readonly error: unknown } {
    const { written, error } = this.#write(descriptor, lines);
    const whole = written === 0 ? 0 : lines.lastIndexOf(newline, written - 1) + 1;
    return { left: lines.subarray(whole), error };
  }

  #write(descriptor: number, bytes: Buffer): { readonly written: number; readonly error: unknown } {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += this.#host.write(descriptor, bytes, written);
        this.#waited = 0;
      } catch (error) {
        // Node sets pipes not to block. Anything else than a full one (EPIPE, EBADF, ENOSPC) stays as it is.
        if (!isFull(error) || this.#waited >= stuckTimeout) return { written, error };
        this.#host.block(retryDelay);
        this.#waited += retryDelay;
      }
    }
    return { written, error: undefined };
  }

  /** Opens a file to append lines to it; what an earlier write has left there of a line becomes a line of its own. */
  #open(path: string, onError: (error: unknown) => void): number | undefined {
    let file: number;
    try {
      file = this.#host.openFile(path);
    } catch (error) {
      onError(error);
      return undefined;
    }
    if (!this.#host.endsInLine(path)) return file;
    const { error } = this.#write(file, Buffer.of(newline));
    if (error === undefined) return file;
    onError(error);
    this.#close(file);
    return undefined;
  }

  #close(file: number): void {
    try {
      this.#host.closeFile(file);
    } catch {
      // It has taken the bytes; the end of the process closes it.
    }
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count++;
  return count;
}
