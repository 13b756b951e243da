import { writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Clock } from '../../core/clock.js';
import { asOutputError, codeOf, type Output, OutputClosed, type Piece } from './output.js';

/** The system as `DescriptorOutput` needs it. */
export interface DescriptorSystem {
  /** How many bytes went. Throws EAGAIN if none could. */
  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number): number;
  /** Stops the thread for so many milliseconds: at the process's end, when no timer fires any more. */
  sleep(delay: number): void;
}

const realSystem: DescriptorSystem = {
  writeSync,
  sleep: delay => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delay);
  }
};

/**
 * The milliseconds before a full pipe is tried again: at first the shortest that a timer can do, then twice as long each
 * time, up to what nobody who watches the output notices.
 */
const firstDelay = 1;
const longestDelay = 32;

/** Milliseconds without progress after which the end of the process does not wait for a reader any longer. */
const stuckTimeout = 2000;

/** What is to be finished before other lines go to the same stream: two targets may share the process's stdout. */
const unfinished = new WeakMap<Writable, Piece>();

/**
 * Writes to the descriptor of the process's stdout or stderr, past its stream: then it is known at any time how much has
 * gone, and the end of the process can go on from there. (Of what is in the stream's own buffer, `process.exit()` loses
 * all that a pipe has no room for; measured on Linux.)
 *
 * Node has set a pipe not to block as soon as `process.stdout` has been looked at. A full one is tried again a little
 * later; lines wait until the stream's own buffer is empty, so that they do not cut into those of `console.log`. (The
 * other way round cannot be helped: a line that a full pipe has cut in two may get one of `console.log` between.)
 */
export class DescriptorOutput implements Output {
  readonly #stream: Writable;
  readonly #descriptor: number;
  readonly #clock: Clock;
  readonly #system: DescriptorSystem;
  #isStuck = false;
  /** Ends the wait before the next try. */
  #wake: (() => void) | undefined;

  constructor(stream: Writable, descriptor: number, clock: Clock, system = realSystem) {
    this.#stream = stream;
    this.#descriptor = descriptor;
    this.#clock = clock;
    this.#system = system;
  }

  async write(piece: Piece, signal: AbortSignal): Promise<void> {
    let delay = firstDelay;
    for (let before = piece.written; !this.#isFree(piece) || !this.#goOn(piece); before = piece.written) {
      if (piece.written > before) delay = firstDelay;
      await this.#pause(delay, signal, piece);
      delay = Math.min(delay * 2, longestDelay);
    }
  }

  writeNow(piece: Piece): boolean {
    return this.#isFree(piece) && this.#goOn(piece);
  }

  writeSync(piece: Piece): boolean {
    const cut = unfinished.get(this.#stream);
    return (cut === undefined || this.#finish(cut)) && this.#finish(piece);
  }

  hurry(): void {
    this.#wake?.();
  }

  close(): void {
    // The process's own streams are left as they were found.
  }

  #isFree(piece: Piece): boolean {
    if (this.#stream.destroyed) throw new OutputClosed('the output has been closed');
    const cut = unfinished.get(this.#stream);
    return this.#stream.writableLength === 0 && (cut === undefined || cut === piece);
  }

  /** Writes as much as can be written now; whether that was all. */
  #goOn(piece: Piece): boolean {
    const { bytes } = piece;
    try {
      while (piece.written < bytes.length) {
        piece.written += this.#system.writeSync(this.#descriptor, bytes, piece.written, bytes.length - piece.written);
      }
      unfinished.delete(this.#stream);
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') {
        unfinished.delete(this.#stream);
        throw this.#hasHungUp(error)
          ? new OutputClosed('the terminal has gone', { cause: error })
          : asOutputError(error);
      }
      if (piece.written > 0) unfinished.set(this.#stream, piece);
      return false;
    }
  }

  /** A terminal that has gone gives EIO for ever; a disk gives it too, and is another matter. */
  #hasHungUp(error: unknown): boolean {
    return codeOf(error) === 'EIO' && 'isTTY' in this.#stream && this.#stream.isTTY === true;
  }

  #finish(piece: Piece): boolean {
    let waited = 0;
    let delay = firstDelay;
    for (let before = piece.written; !this.#isStuck && !this.#goOn(piece); before = piece.written) {
      if (piece.written > before) [waited, delay] = [0, firstDelay];
      this.#system.sleep(delay);
      waited += delay;
      delay = Math.min(delay * 2, longestDelay);
      this.#isStuck = waited >= stuckTimeout;
    }
    return !this.#isStuck;
  }

  /** Rejects when `signal` is aborted: the rest of the piece will not be written. */
  #pause(delay: number, signal: AbortSignal, piece: Piece): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#clock.clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        this.#wake = undefined;
      };
      const wake = () => {
        end();
        resolve();
      };
      const abort = () => {
        end();
        if (unfinished.get(this.#stream) === piece) unfinished.delete(this.#stream);
        reject(signal.reason);
      };
      const timer = this.#clock.setTimeout(wake, delay);
      signal.addEventListener('abort', abort);
      this.#wake = wake;
      if (signal.aborted) abort();
    });
  }
}
