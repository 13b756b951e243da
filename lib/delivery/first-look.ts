import type { Clock } from '../core/clock.js';
import { Pause } from './pause.js';

/** What a first look works with. */
export interface FirstLookParts {
  readonly clock: Clock;
  /** Takes up what earlier processes have left. Rejects if that cannot be done now. */
  readonly open: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** What was left is known; or it is not, and nobody waits for it any more. */
  readonly onOver: () => void;
}

/** Milliseconds that it may take: a disk that hangs must not keep all records. */
const timeout = 5000;

/**
 * Attempts in quick succession, and the milliseconds between the first two: what is newer waits meanwhile, and would
 * overtake what an earlier process has left if a single operation of the disk failed.
 */
const quickAttempts = 4;
const quickPause = 50;

/** The first look at what earlier processes have left, and, if that fails, the next ones. */
export class FirstLook {
  readonly #parts: FirstLookParts;
  readonly #pause: Pause;
  #attempts = 0;
  #timer: unknown;
  #quickTimer: unknown;
  #isOver = false;
  #isStopped = false;

  constructor(parts: FirstLookParts) {
    this.#parts = parts;
    this.#pause = new Pause(parts.clock, () => void this.#look());
    this.#timer = parts.clock.setTimeout(() => this.#end(), timeout);
    void this.#look();
  }

  /** Whether nobody waits for it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Looks no more. */
  stop(): void {
    const { clock } = this.#parts;
    this.#isStopped = true;
    for (const timer of [this.#timer, this.#quickTimer]) clock.clearTimeout(timer);
    this.#pause.stop();
  }

  async #look(): Promise<void> {
    const { open, onError, clock } = this.#parts;
    try {
      this.#attempts++;
      await open();
    } catch (error) {
      if (this.#isStopped) return;
      if (this.#attempts < quickAttempts) {
        this.#quickTimer = clock.setTimeout(() => void this.#look(), quickPause * this.#attempts);
        return;
      }
      this.#pause.begin();
      onError(error);
    }
    this.#end();
  }

  #end(): void {
    this.#parts.clock.clearTimeout(this.#timer);
    this.#isOver = true;
    this.#parts.onOver();
  }
}
