import type { WireBatch } from '../../wire/batch.js';
import type { Transport } from '../../wire/transport.js';
import { type Output, OutputClosed, type Piece } from './output.js';

/** Where the records of a level go. */
export interface Outputs {
  readonly stdout: Output;
  /** The same as `stdout` if both are the same stream. */
  readonly stderr: Output;
  /** Records from this level up go to `stderr`; `Infinity` for none. */
  readonly stderrLevel: number;
}

/** Writes batches of lines to stdout and stderr: consecutive lines for the same one in one write. */
export class ConsoleTransport implements Transport {
  readonly #outputs: Outputs;
  /**
   * What is left of the batch that was begun last: the next attempt, or the end of the process, goes on where it stopped.
   * Nothing is left of one that has gone; the process may end before the queue has heard of that.
   */
  #begun: { readonly id: string; readonly pieces: readonly Piece[] } | undefined;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  /**
   * Resolves when the system, or the user's stream, has all lines. Rejects with an `OutputClosed` if nobody reads some
   * of them any more; the others have then been written.
   */
  async send(batch: WireBatch): Promise<void> {
    let closed: OutputClosed | undefined;
    for (const piece of this.#pieces(batch)) {
      try {
        if (piece.written < piece.bytes.length) await piece.output.write(piece, batch.signal);
      } catch (error) {
        if (!(error instanceof OutputClosed)) throw error;
        closed = error;
      }
    }
    if (closed !== undefined) throw closed;
    this.#begun = { id: batch.id, pieces: [] };
  }

  sendNow(batch: WireBatch): boolean {
    for (const piece of this.#pieces(batch)) {
      if (piece.written < piece.bytes.length && piece.output.writeNow?.(piece) !== true) return false;
    }
    this.#begun = { id: batch.id, pieces: [] };
    return true;
  }

  sendSync(batch: WireBatch): boolean | 'unwanted' {
    let outcome: boolean | 'unwanted' = true;
    for (const piece of this.#pieces(batch)) {
      try {
        if (piece.written < piece.bytes.length && !piece.output.writeSync(piece)) outcome = false;
      } catch (error) {
        outcome = error instanceof OutputClosed && outcome !== false ? 'unwanted' : false;
      }
    }
    return outcome;
  }

  /** Lets output that waits for a reader try again at once. */
  hurry(): void {
    this.#outputs.stdout.hurry();
    this.#outputs.stderr.hurry();
  }

  close(): void {
    this.#outputs.stdout.close();
    this.#outputs.stderr.close();
  }

  #pieces(batch: WireBatch): readonly Piece[] {
    if (this.#begun?.id !== batch.id) this.#begun = { id: batch.id, pieces: split(batch, this.#outputs) };
    return this.#begun.pieces;
  }
}

function split(batch: WireBatch, { stdout, stderr, stderrLevel }: Outputs): Piece[] {
  const pieces: Piece[] = [];
  for (let first = 0, next = 0; first < batch.size; first = next) {
    const isError = batch.level(first) >= stderrLevel;
    while (next < batch.size && (batch.level(next) >= stderrLevel === isError || stdout === stderr)) next++;
    const bytes = batch.payload.subarray(batch.start(first), batch.start(next));
    pieces.push({ output: isError ? stderr : stdout, bytes, written: 0 });
  }
  return pieces;
}
