import type { Writable } from 'node:stream';
import { asOutputError, type Output, OutputClosed, type Piece } from './output.js';

/**
 * Tells of the errors of one stream. Node warns of a leak from the eleventh listener on, and there may be more targets than
 * ten that share a stream: they share its listener too.
 */
class StreamErrors {
  static readonly #all = new WeakMap<Writable, StreamErrors>();
  readonly #stream: Writable;
  readonly #hearers = new Set<(error: Error) => void>();

  /** The one of `stream`. */
  static of(stream: Writable): StreamErrors {
    const known = StreamErrors.#all.get(stream) ?? new StreamErrors(stream);
    StreamErrors.#all.set(stream, known);
    return known;
  }

  private constructor(stream: Writable) {
    this.#stream = stream;
  }

  add(hearer: (error: Error) => void): void {
    if (this.#hearers.size === 0) this.#stream.on('error', this.#tell);
    this.#hearers.add(hearer);
  }

  delete(hearer: (error: Error) => void): void {
    if (this.#hearers.delete(hearer) && this.#hearers.size === 0) this.#stream.off('error', this.#tell);
  }

  readonly #tell = (error: Error): void => {
    for (const hear of this.#hearers) hear(error);
  };
}

/**
 * Writes to a stream of the user's: a piece at a time, and the next only when the stream is done with it, so that a slow
 * stream buffers no more than one piece and the rest is bounded by the target's queue.
 */
export class StreamOutput implements Output {
  readonly #stream: Writable;
  readonly #onError: (error: unknown) => void;
  /** Errors that `write` has been told of: the stream emits them once more. */
  readonly #told = new WeakSet<Error>();
  /** What the stream has been given, and is not done with. */
  #given: Piece | undefined;

  /** `onError` is told of errors that are of no write of ours; nobody else may be listening, and they must not throw. */
  constructor(stream: Writable, onError: (error: unknown) => void) {
    this.#stream = stream;
    this.#onError = onError;
    StreamErrors.of(stream).add(this.#heard);
  }

  async write(piece: Piece): Promise<void> {
    this.#checkOpen();
    this.#given = piece;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#stream.write(piece.bytes, error => {
          if (error) {
            this.#told.add(error);
            reject(asOutputError(error));
          } else resolve();
        });
      });
      piece.written = piece.bytes.length;
    } finally {
      this.#given = undefined;
    }
  }

  /** True if the stream has been given the piece: what it does with it in the end is not for us to know. */
  writeSync(piece: Piece): boolean {
    this.#checkOpen();
    if (this.#given !== piece) this.#stream.write(piece.bytes);
    piece.written = piece.bytes.length;
    return true;
  }

  hurry(): void {
    // The stream says itself when it is done.
  }

  close(): void {
    // A stream that has failed may still have to emit the error.
    if (!this.#stream.destroyed) StreamErrors.of(this.#stream).delete(this.#heard);
  }

  #checkOpen(): void {
    const { destroyed, writableEnded } = this.#stream;
    if (destroyed || writableEnded) throw new OutputClosed('the output has been closed');
  }

  readonly #heard = (error: Error): void => {
    if (!this.#told.has(error) && !(asOutputError(error) instanceof OutputClosed)) this.#onError(error);
  };
}
