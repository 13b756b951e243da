import type { Clock } from '../core/clock.js';
import { LogLevel } from '../core/level.js';
import type { QueuedBatch } from './batch.js';
import type { Ledger } from './ledger.js';
import { type Bounds, Overflow, type Verdict } from './overflow.js';
import type { Dropped, Stock } from './stock.js';
import { Waiting } from './waiting.js';

/** What a room works with. */
export interface RoomParts<B extends QueuedBatch> {
  readonly limits: Bounds & { readonly maxWait: number };
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly stock: Stock<B>;
  /** Drops the oldest record of a level out of the open batch; undefined if that must be cut first, as it is on disk. */
  readonly dropOpen: (level: number) => Dropped | undefined;
  /** Puts what stands in the open batch into the stock; but for the record that is being taken, if there is one. */
  readonly cutOpen: () => void;
  /** A record was dropped to make room. */
  readonly onDrop: (dropped: Dropped) => void;
}

/** The room in a queue: how much of it is taken, who gets it, and who waits for it. Here records become accepted. */
export class Room<B extends QueuedBatch> {
  readonly #parts: RoomParts<B>;
  readonly #overflow: Overflow;
  readonly #waiting: Waiting;
  /** Asked for by every log call. */
  readonly #halfCount: number;
  readonly #halfBytes: number;
  /** Records that were accepted and have not left, and their bytes. */
  #count = 0;
  #bytes = 0;
  /** What is about to leave, and how many records that are. */
  readonly #leaving = new Set<B>();
  #leavingCount = 0;
  /** Whether what goes on to disk finds little room there: it is kept for warnings and worse. */
  isCrowded = false;

  constructor(parts: RoomParts<B>) {
    const { clock, limits } = parts;
    this.#parts = parts;
    this.#overflow = new Overflow(limits);
    this.#halfCount = limits.maxQueued / 2;
    this.#halfBytes = limits.maxQueuedBytes / 2;
    this.#waiting = new Waiting(clock, limits, () => this.#drop(LogLevel.CRITICAL));
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Log calls that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether there is room for everybody: the normal case. */
  get isAmple(): boolean {
    const { easyCount, easyBytes } = this.#overflow;
    return this.#count < easyCount && this.#bytes < easyBytes && this.#waiting.size === 0 && !this.isCrowded;
  }

  /** Whether a record of this size is nothing to think about, when there is ample room. */
  fits(size: number): boolean {
    return this.#bytes + size <= this.#overflow.easyBytes;
  }

  get isHalfFull(): boolean {
    return this.#count > this.#halfCount || this.#bytes > this.#halfBytes;
  }

  get isNearlyFull(): boolean {
    return this.#isFuller(3 / 4);
  }

  get isQuarterFull(): boolean {
    return this.#isFuller(1 / 4);
  }

  /** Decides on a record of this level and size; 0 while it is not known, which can make the answer only milder. */
  judge(level: number, size: number): Verdict {
    if (this.isCrowded && level < LogLevel.WARNING) {
      return this.#parts.limits.overflow === 'fallback' ? 'fall back' : 'refuse';
    }
    const mayWait = this.#waiting.hasPlace(size);
    const verdict = this.#overflow.judge(level, size, { count: this.#count, bytes: this.#bytes }, mayWait);
    // Who comes later does not overtake those who wait.
    return verdict === 'take' && this.#waiting.size > 0 ? (mayWait ? 'wait' : 'make room') : verdict;
  }

  /** Decides on the record that was just put into the open batch, and makes room for it if it may have it. */
  find(level: number, size: number): Exclude<Verdict, 'make room'> {
    for (;;) {
      const verdict = this.judge(level, size);
      if (verdict !== 'make room') return verdict;
      const missing = this.#bytes + size - this.#parts.limits.maxQueuedBytes;
      if (missing > this.#parts.stock.bytesUpTo(level) || !this.#drop(level)) return 'refuse';
    }
  }

  /** A record is accepted. */
  accept(size: number): void {
    this.#parts.ledger.accepted++;
    this.#count++;
    this.#bytes += size;
  }

  /** A record waits to be accepted. Resolves when it is, or when it has waited long enough. */
  wait(size: number): Promise<void> {
    return this.#waiting.add(size);
  }

  /** A batch is about to leave, maybe with others: those of their records that wait for that are accepted. */
  leaving(batch: B): void {
    if (this.#leaving.has(batch)) return;
    this.#leaving.add(batch);
    this.#leavingCount += batch.size;
    while (this.#count < this.#leavingCount && this.#waiting.size > 0) this.#acceptWaiting();
  }

  /** A batch has left. */
  left(batch: B): void {
    if (this.#leaving.delete(batch)) this.#leavingCount -= batch.size;
    this.#count -= batch.size;
    this.#bytes -= batch.bytes;
    this.#admit();
  }

  close(): void {
    this.#waiting.close();
  }

  #isFuller(share: number): boolean {
    const { maxQueued, maxQueuedBytes } = this.#parts.limits;
    return this.#count > maxQueued * share || this.#bytes > maxQueuedBytes * share;
  }

  /** Loses one record: of the lowest level, and of that the oldest; none if all are above `level`, or on their way. */
  #drop(level: number): boolean {
    const { stock, dropOpen, cutOpen, onDrop } = this.#parts;
    const lowest = stock.lowest();
    if (lowest === undefined || lowest > level) return false;
    let dropped = stock.drop(lowest) ?? dropOpen(lowest);
    if (dropped === undefined) {
      cutOpen();
      dropped = stock.drop(lowest);
    }
    if (dropped === undefined) return false;
    if (this.#count === 0) this.#acceptWaiting();
    this.#count--;
    this.#bytes -= dropped.bytes;
    onDrop(dropped);
    this.#admit();
    return true;
  }

  /** Accepts those that wait, as far as there is room now. */
  #admit(): void {
    const { maxQueued, maxQueuedBytes } = this.#parts.limits;
    const hasRoom = () => this.#count < maxQueued && this.#bytes + this.#waiting.firstBytes <= maxQueuedBytes;
    while (this.#waiting.size > 0 && hasRoom()) this.#acceptWaiting();
  }

  #acceptWaiting(): void {
    this.accept(this.#waiting.firstBytes);
    this.#waiting.accept();
  }
}
