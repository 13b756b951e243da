import type { Clock } from '../core/clock.js';
import type { Aside } from './aside.js';
import type { Holdings } from './holdings.js';
import { lossOf, type SpoolLog } from './log.js';
import { fileName } from './names.js';
import type { SpooledBatch, SpoolListener } from './spool.js';

/** What a reader works with. */
export interface ReaderParts {
  readonly holdings: Holdings;
  readonly aside: Aside;
  readonly clock: Clock;
  /** Milliseconds after which a record is given up; `Infinity` for never. */
  readonly maxAge: number;
  readonly listener: SpoolListener;
  /** It is to be written down that something is done with. */
  readonly onDone: () => void;
}

/** Reads the batches of a spool in their order, past what is too old and what cannot be read. */
export class Reader {
  readonly #parts: ReaderParts;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** The next batch, which is held from then on; undefined if there is none. Rejects if it cannot be read now. */
  async take(): Promise<SpooledBatch | undefined> {
    const { holdings, listener } = this.#parts;
    await this.expire();
    for (;;) {
      const log = holdings.logs.find(({ next }) => next !== undefined);
      const kept = log?.next;
      if (log === undefined || kept === undefined) return undefined;
      const { batch, loss, remains } = await log.read(kept);
      if (loss !== undefined) {
        listener.onLoss(loss);
        await this.#keep(kept.id, remains).catch(error => listener.onError('keeping a damaged part', error));
        this.#done(log, loss.id, loss.numbers);
      }
      if (batch === undefined) continue;
      kept.isHeld = true;
      kept.isTried = true;
      return batch;
    }
  }

  /** Gives up what is too old. */
  async expire(): Promise<void> {
    const { holdings, clock, maxAge, listener } = this.#parts;
    const limit = clock.now() - maxAge;
    for (const log of holdings.logs) {
      for (const kept of log.batches.values()) {
        if (kept.until >= limit) break;
        if (kept.isHeld) continue;
        const loss = lossOf(kept, kept.numbers(), 'too old');
        const read = await log.read(kept).catch(() => undefined); // then it is known less exactly when each was logged
        const isWhole = read?.batch?.numbers.length === loss.numbers.length;
        listener.onLoss(isWhole ? { ...loss, times: Array.from(read?.batch?.times ?? []) } : loss);
        this.#done(log, kept.id);
      }
    }
  }

  /** Keeps a batch that nobody understands for inspection. Rejects if that fails. */
  async setAside(id: string): Promise<void> {
    const { logs } = this.#parts.holdings;
    const log = logs.find(({ batches }) => batches.has(id));
    const kept = log?.batches.get(id);
    if (log === undefined || kept === undefined) return;
    const { batch, remains } = await log.read(kept);
    await this.#keep(id, batch === undefined ? remains : [batch.payload, ...remains]);
    for (const one of logs) this.#done(one, id);
  }

  async #keep(id: string, parts: readonly Uint8Array[]): Promise<void> {
    if (parts.length > 0) await this.#parts.aside.keep(`batch-${fileName(id)}`, parts);
  }

  #done(log: SpoolLog, id: string, numbers?: readonly number[]): void {
    log.done(id, numbers);
    this.#parts.onDone();
  }
}
