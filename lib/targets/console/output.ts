import { PermanentDeliveryError } from '../../core/failures.js';

/** Consecutive lines that go to the same place, and how many of their bytes have gone. */
export interface Piece {
  readonly output: Output;
  readonly bytes: Uint8Array;
  written: number;
}

/** One end of the line: the process's stdout or stderr, or a stream of the user's. */
export interface Output {
  /**
   * Writes the rest of a piece. Resolves when all of it has gone, which may take as long as its reader does. Rejects with
   * an `OutputClosed` when nobody reads any more, and with other errors if the same piece can be tried again. Called
   * again only after the last promise has settled, or its `signal` was aborted.
   */
  write(piece: Piece, signal: AbortSignal): Promise<void>;
  /**
   * Writes of a piece what can be written at once, on the stack of a log call; whether that was all. Throws what `write`
   * rejects with. Left out where a stream has a buffer of its own.
   */
  writeNow?(piece: Piece): boolean;
  /** As `write`, on the stack of the process's `exit` event: throws what `write` rejects with, false after waiting long. */
  writeSync(piece: Piece): boolean;
  /** More has come: a `write` that waits before it tries again does so now. */
  hurry(): void;
  /** Lets go of the stream, which stays open: it is not ours. */
  close(): void;
}

/** Nobody reads any more, as after `| head -1`: no fault of the program, and nothing to be told about. */
export class OutputClosed extends PermanentDeliveryError {
  override name = 'OutputClosed';

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, { ...options, isDivisible: false });
  }
}

/**
 * The codes of errors that say it: of pipes (EPIPE; EOF on Windows), of sockets in the place of pipes (ECONNRESET), and
 * of Node's streams.
 */
const closingCodes: ReadonlySet<unknown> = new Set([
  'EPIPE',
  'EOF',
  'ECONNRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_WRITE_AFTER_END'
]);

/** `error`, or an `OutputClosed` if that is what it means. */
export function asOutputError(error: unknown): unknown {
  if (!closingCodes.has(codeOf(error))) return error;
  return new OutputClosed('the output has been closed', { cause: error });
}

/** `EAGAIN` and the like; undefined for what is no error of the system or of Node. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
