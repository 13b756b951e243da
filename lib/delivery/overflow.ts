import { LogLevel } from '../core/level.js';

/** What becomes of records for which there is no room. */
export type OverflowPolicy = 'drop' | 'wait' | 'fallback';

/** What may wait in a queue. */
export interface Bounds {
  readonly overflow: OverflowPolicy;
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
}

/** What is to be done with a record. */
export type Verdict =
  | 'take'
  /** A record of a lower level, or an older one of its own, has to make room. */
  | 'make room'
  | 'refuse'
  | 'fall back'
  /** Its log call waits. */
  | 'wait';

/** How full a queue is from which `drop` keeps what is left of the room for warnings and worse. */
const reserved = 0.8;

/** Decides on records when room is short. Knows no records and no time. */
export class Overflow {
  /** Up to here there is room for everybody: the normal case, told by two comparisons. */
  readonly easyCount: number;
  readonly easyBytes: number;
  readonly #bounds: Bounds;

  constructor(bounds: Bounds) {
    const share = bounds.overflow === 'drop' ? reserved : 1;
    this.#bounds = bounds;
    this.easyCount = bounds.maxQueued * share;
    this.easyBytes = bounds.maxQueuedBytes * share;
  }

  /**
   * A record of this level has come, when so many records and bytes wait in the queue. `bytes` are its own; 0 while they
   * are not known, which can make the answer only milder. `mayWait`: whether its log call may still wait.
   */
  judge(level: number, bytes: number, queue: { count: number; bytes: number }, mayWait: boolean): Verdict {
    const { overflow, maxQueued, maxQueuedBytes } = this.#bounds;
    const isCrowded = queue.count >= this.easyCount || queue.bytes >= this.easyBytes;
    if (overflow === 'drop' && isCrowded && level < LogLevel.WARNING) return 'refuse';
    if (queue.count < maxQueued && queue.bytes + bytes <= maxQueuedBytes) return 'take';
    if (bytes > maxQueuedBytes) return overflow === 'fallback' ? 'fall back' : 'refuse';
    if (overflow === 'fallback') return 'fall back';
    return overflow === 'wait' && mayWait ? 'wait' : 'make room';
  }
}
