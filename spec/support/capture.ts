import { Writable } from 'node:stream';

/** A stream that keeps what is written to it, and can be slow, fail, or be a terminal. */
export class Capture extends Writable {
  /** What each write brought. */
  readonly writes: string[] = [];
  readonly isTTY: boolean;
  /** Makes writes wait until `release` is called. */
  held = false;
  /** Makes the next write fail. */
  failure: Error | undefined;
  #waiting: (() => void) | undefined;

  constructor({ isTTY = false }: { readonly isTTY?: boolean } = {}) {
    super();
    this.isTTY = isTTY;
  }

  get text(): string {
    return this.writes.join('');
  }

  /** The lines; all of them must have ended. */
  get lines(): string[] {
    const lines = this.text.split('\n');
    if (lines.pop() !== '') throw new Error(`there must be a newline at the end of ${JSON.stringify(this.text)}`);
    return lines;
  }

  /** Ends the write that waits. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) {
      done(failure);
      return;
    }
    this.writes.push(chunk.toString());
    if (this.held) this.#waiting = done;
    else done();
  }
}
