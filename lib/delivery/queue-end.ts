import { within } from '../core/deadline.js';
import type { Aging } from './aging.js';
import { isSafe, type QueuedBatch } from './batch.js';
import type { Dispatcher } from './dispatcher.js';
import type { Intake } from './intake.js';
import type { QueueParts } from './queue-parts.js';
import type { Room } from './room.js';
import type { Spooling } from './spooling.js';
import type { Supply } from './supply.js';

/** The share of `dispose`'s time that is kept back for writing to disk what is left; at least so many milliseconds, and at most half. */
const diskShare = 0.1;
const leastForDisk = 250;

/** Milliseconds that writing may take longer: a timeout of nothing must not cost what a moment would keep. */
const diskGrace = 50;

/** What the end of a queue works with. */
export interface QueueEndParts<B extends QueuedBatch>
  extends Pick<QueueParts<B>, 'clock' | 'circuit' | 'marker' | 'wayOut'> {
  readonly intake: Intake<B>;
  readonly room: Room<B>;
  readonly supply: Supply<B>;
  readonly dispatcher: Dispatcher<B>;
  readonly spooling: Spooling<B> | undefined;
  readonly aging: Aging;
  readonly flush: () => Promise<void>;
  /** A batch has left for good. */
  readonly left: (batch: B) => void;
  /** Something has left, in whatever way. */
  readonly check: () => void;
}

/** How a queue ends: in time, by `dispose`; or with the process, which waits for nobody. */
export class QueueEnd<B extends QueuedBatch> {
  readonly #parts: QueueEndParts<B>;
  #isDisposing = false;
  #onFailedAttempt: () => void = () => undefined;

  constructor(parts: QueueEndParts<B>) {
    this.#parts = parts;
  }

  /** Takes no more records, and resolves when all have left: given up, if need be, `timeout` milliseconds from now. */
  async dispose(timeout: number): Promise<void> {
    const { clock, intake, marker, dispatcher, aging, room, spooling, flush, check } = this.#parts;
    intake.close();
    this.#isDisposing = true;
    // An answer that was lost on its way must not cost all that waits behind it.
    const half = clock.setTimeout(dispatcher.courier.interrupter(), timeout / 2);
    const forDisk = Math.min(timeout / 2, Math.max(timeout * diskShare, leastForDisk));
    const deadline = clock.setTimeout(() => this.#end(), spooling === undefined ? timeout : timeout - forDisk);
    await flush();
    // What was lost meanwhile is told to a target that listens; another is not waited for.
    if (marker.hasLosses && dispatcher.isWell) await flush();
    clock.clearTimeout(half);
    clock.clearTimeout(deadline);
    this.#stop();
    aging.stop();
    room.close();
    await spooling?.close();
    check();
  }

  /** The deadline of `dispose` has come: resolves when what is left is on disk, or that takes too long. */
  async save(): Promise<void> {
    const { clock, spooling } = this.#parts;
    if (spooling === undefined || spooling.isClosed) return;
    await within(clock, diskGrace, spooling.stop());
    this.#stop();
  }

  /** Resolves when everything has been given up that has not left: there is no more time, for the fallback neither. */
  async close(): Promise<void> {
    const { wayOut, intake, room, dispatcher, spooling, check } = this.#parts;
    const given = spooling?.giveUp() ?? [];
    if (given.length > 0) wayOut.lose(given, 'out of time', new Error('the disk takes too long'));
    for (const batch of given) {
      room.leaving(batch);
      room.left(batch);
    }
    this.#stop();
    await dispatcher.idle();
    check();
    intake.closeTickets(); // there is nobody left who could tell what becomes of a record
  }

  /** An attempt has failed, and another will follow. */
  attemptFailed(): void {
    const { circuit, spooling } = this.#parts;
    this.#onFailedAttempt();
    // A target that is down is not waited for when everything can stay on disk.
    if (this.#isDisposing && circuit.isOpen && spooling?.isAble) this.#end();
  }

  /** Flushes; with a spool only until an attempt fails, as what waits will be on disk when the process exits. */
  async flushAtEnd(): Promise<void> {
    const { spooling, flush } = this.#parts;
    const failed = new Promise<void>(resolve => {
      this.#onFailedAttempt = resolve;
    });
    if (spooling?.isAble) await Promise.race([flush(), failed]);
    else await flush();
  }

  /** Asks the attempt that runs to end. */
  abandon(): void {
    this.#parts.dispatcher.courier.abandon();
  }

  /**
   * Takes all batches out, for a last attempt that cannot wait: what `send` returns false for, and the disk cannot keep,
   * is left to `leave`; both see to it that records are counted. The process ends: one that is being packed will not go on.
   */
  drain(send: (batch: B) => boolean, leave: (batches: readonly B[]) => void): void {
    const { wayOut, marker, intake, room, supply, dispatcher, spooling, left } = this.#parts;
    intake.abort();
    marker.close();
    const rest = supply.takeAll();
    const batches = [...dispatcher.letGo(), ...(spooling?.unwritten ?? []), ...rest];
    const unsent: B[] = [];
    for (const batch of batches) {
      if (batch.isOwn !== undefined || isSafe(batch)) continue;
      room.leaving(batch);
      if (!send(batch)) unsent.push(batch);
    }
    const kept = new Set(unsent.slice(0, spooling?.keepNow(unsent) ?? 0));
    leave(unsent.filter(batch => !kept.has(batch)));
    for (const batch of batches) {
      if (kept.has(batch)) room.left(batch);
      else if (batch.isOwn === undefined && !isSafe(batch)) left(batch);
    }
    wayOut.flushReports();
  }

  /** Writes down what is left, if there is a spool, and then stops. */
  #end(): void {
    const { spooling } = this.#parts;
    if (spooling === undefined) this.#stop();
    else void spooling.stop().then(() => this.#stop());
  }

  #stop(): void {
    const { marker, dispatcher, supply, check } = this.#parts;
    marker.close();
    dispatcher.courier.stop();
    if (supply.hasMore) dispatcher.start();
    check();
  }
}
