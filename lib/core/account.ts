import { type FailureListener, type LossReason, tell } from './failures.js';
import type { TargetStats } from './target.js';

/** Records that a target takes at one moment. */
interface Wait {
  readonly taken: Promise<void>;
  records: number;
  done: Promise<void>;
}

/** The account of a target that keeps none: what was handed over to it, and what became of that as far as it says. */
export class Account {
  readonly #name: () => string;
  readonly #listener: FailureListener;
  #accepted = 0;
  #lost = 0;
  readonly #lostByReason: Partial<Record<LossReason, number>> = {};
  /** What the target has not taken yet, but for the last of it. */
  readonly #waits = new Set<Wait>();
  /** Mostly the only one. In the Set, each would leave a table to the next full collection, half a MiB in 15 ms of a busy loop. */
  #last: Wait | undefined;

  constructor(name: () => string, listener: FailureListener) {
    this.#name = name;
    this.#listener = listener;
  }

  get #pending(): number {
    let pending = this.#last?.records ?? 0;
    for (const { records } of this.#waits) pending += records;
    return pending;
  }

  get stats(): TargetStats {
    const pending = this.#pending;
    return {
      name: this.#name(),
      accepted: this.#accepted,
      delivered: this.#accepted - this.#lost - pending,
      fellBack: 0,
      lost: this.#lost,
      pending,
      lostByReason: { ...this.#lostByReason },
      retries: 0,
      pendingBytes: 0,
      oldestPendingAge: 0
    };
  }

  /** A record is handed over. */
  accept(): void {
    this.#accepted++;
  }

  /**
   * The target takes a record; resolves when it has, or has failed. It may give one promise for many records: ours do,
   * for the next turn of the event loop.
   */
  wait(taken: Promise<void>): Promise<void> {
    if (this.#last?.taken === taken) {
      this.#last.records++;
      return this.#last.done;
    }
    const wait: Wait = { taken, records: 1, done: Promise.resolve() };
    const end = () => {
      if (this.#last !== wait) return this.#waits.delete(wait);
      this.#last = undefined;
      return true;
    };
    wait.done = Promise.resolve(taken).then(
      () => void end(),
      error => {
        if (end()) this.lose(wait.records, 'target failed', error);
      }
    );
    if (this.#last !== undefined) this.#waits.add(this.#last);
    this.#last = wait;
    return wait.done;
  }

  lose(count: number, reason: LossReason, error: unknown): void {
    const before = this.#lostByReason[reason] ?? 0;
    this.#lost += count;
    this.#lostByReason[reason] = before + count;
    if (reason === 'disposed' && before > 0) return; // reported once
    tell(this.#listener, { kind: 'lost', target: this.#name(), count, reason, error });
  }

  /** There is no more time: what the target has not taken is lost. */
  giveUp(): void {
    const pending = this.#pending;
    this.#waits.clear();
    this.#last = undefined;
    if (pending > 0) this.lose(pending, 'out of time', undefined);
  }

  /** Resolves when the target has taken all that it was given so far. Never rejects. */
  async settled(): Promise<void> {
    await Promise.all([this.#last, ...this.#waits].map(wait => wait?.done));
  }
}
