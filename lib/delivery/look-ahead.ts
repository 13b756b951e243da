import type { QueuedBatch } from './batch.js';

/** What a look-ahead works with. */
export interface LookAheadParts<B extends QueuedBatch> {
  /** Is told of the batch that comes next, while another is on its way. Left out where nothing can be made ready. */
  readonly prepare?: (batch: B) => void;
  /** Takes the first batch out of the stock, if that is what comes next; undefined if there is none. */
  readonly following: () => B | undefined;
  /** Puts a batch before all others of the stock again. */
  readonly putBack: (batch: B) => void;
}

/**
 * The batch behind the one that is on its way, so that it can be made ready to be sent: compressed, say. It is taken out of
 * the stock for that, as nothing may be dropped out of it any more; and put back when the other one fails, as it may then
 * have long to wait.
 */
export class LookAhead<B extends QueuedBatch> {
  readonly #parts: LookAheadParts<B>;
  #next: B | undefined;
  #isOn = false;
  #isSoon = false;

  constructor(parts: LookAheadParts<B>) {
    this.#parts = parts;
  }

  /** The batch that was taken out; undefined if there is none. */
  get batch(): B | undefined {
    return this.#next;
  }

  /** A batch is on its way, for the first time. */
  begin(): void {
    this.#isOn = true;
    this.#look();
  }

  /** It has failed, or others come before what was taken out. */
  stop(): void {
    this.#isOn = false;
    const next = this.take();
    if (next !== undefined) this.#parts.putBack(next);
  }

  /** It has left. */
  end(): void {
    this.#isOn = false;
  }

  /** There is something new in the stock. Looks at it later: this may be the stack of a log call. */
  wake(): void {
    if (!this.#isOn || this.#isSoon || this.#next !== undefined || this.#parts.prepare === undefined) return;
    this.#isSoon = true;
    queueMicrotask(() => {
      this.#isSoon = false;
      this.#look();
    });
  }

  take(): B | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }

  #look(): void {
    const { prepare, following } = this.#parts;
    if (prepare === undefined || !this.#isOn || this.#next !== undefined) return;
    this.#next = following();
    if (this.#next !== undefined) prepare(this.#next);
  }
}
