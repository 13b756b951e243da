import { atWork } from '../core/at-work.js';
import {
  boolean,
  type Checked,
  callable,
  checkOptions,
  clockRule,
  integer,
  integerOrInfinity,
  milliseconds,
  number,
  text
} from '../core/check.js';
import { type Clock, systemClock } from '../core/clock.js';
import { checkTimeout, disposeTimeout, within } from '../core/deadline.js';
import { type FailureListener, type LogFailure, tell } from '../core/failures.js';
import type { LastResort } from '../core/last-resort.js';
import { LogLevel } from '../core/level.js';
import { hold, release } from '../core/ownership.js';
import { forget, remember, watchProcess } from '../core/process-end.js';
import type { LogRecord } from '../core/record.js';
import { level } from '../core/routes.js';
import { type Deadline, LogTarget, type TargetStats, targetRule } from '../core/target.js';
import type { Batch, Packer, QueuedBatch } from './batch.js';
import { LastWords } from './last-words.js';
import { Ledger } from './ledger.js';
import { observed } from './observe.js';
import { DeliveryQueue } from './queue.js';
import { type RecordBatch, RecordPacker } from './record-batch.js';
import { type RetryOptions, RetryPolicy } from './retry.js';
import { WayOut } from './way-out.js';

export interface FlushOptions extends RetryOptions {
  /** How the target is called in failures and stats. Default: the name of its class. */
  readonly name?: string;
  /** Records in a batch at most; a batch is sent as soon as it has so many. Default: 500. */
  readonly maxSize?: number;
  /**
   * Bytes in a batch at most; only a single record can be larger. Default: 1 MiB for wire targets, no limit for others,
   * whose bytes are an estimate.
   */
  readonly maxBytes?: number;
  /** Milliseconds that a record waits at most for its batch to fill. 0 is the end of the tick. Default: 1000. */
  readonly flushInterval?: number;
  /** Records from this level up do not wait for their batch to fill. Default: ERROR. */
  readonly flushLevel?: LogLevel;
  /** Records that wait at most. More are given up, reason `queue full`. Default: 100 000. */
  readonly maxQueued?: number;
  /** Bytes that wait at most; an estimate where records are kept as objects. Default: 64 MiB. */
  readonly maxQueuedBytes?: number;
  /**
   * Milliseconds for which pending records keep a process alive that has nothing else to do. Default: 5000.
   */
  readonly exitTimeout?: number;
  /** Gets what cannot be delivered. Disposed of with this target, unless others hold it too. Default: none. */
  readonly fallbackTarget?: LogTarget;
  /** Is told of this target's failures, in place of the factory's listener. */
  readonly onFailure?: FailureListener;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Where `jitter` takes its chance from: numbers from 0 to below 1. Default: `Math.random`. */
  readonly random?: () => number;
}

export const flushRules = {
  name: text(),
  maxSize: integer(1, 500),
  maxBytes: integerOrInfinity(1, Number.POSITIVE_INFINITY),
  flushInterval: milliseconds(0, 1000),
  flushLevel: level(LogLevel.ERROR),
  maxQueued: integer(1, 100_000),
  maxQueuedBytes: integer(1, 64 * 1024 * 1024),
  maxRetries: integerOrInfinity(0),
  retryDelay: milliseconds(0, 600),
  progressiveDelay: boolean(true),
  maxRetryDelay: milliseconds(0, 30_000),
  jitter: number(0, 1, 0.2),
  exitTimeout: milliseconds(0, 5000),
  fallbackTarget: targetRule,
  onFailure: callable<FailureListener>('a function of a failure'),
  clock: clockRule,
  random: callable<() => number>()
};

/** How a target keeps its records and sends them: for targets that do not work on live records. */
export interface Form<B extends QueuedBatch> {
  readonly packer: Packer<B>;
  /** Resolves when the batch has arrived; rejects to have it tried again. */
  deliver(batch: B): Promise<void>;
  /**
   * Sends a batch on the stack of the process's `exit` event; false if it could not, and `unwanted` if nobody is there to
   * take it: lost then, too, but without a word.
   */
  deliverSync?(batch: B): boolean | 'unwanted';
}

/** What the shell needs of its engine, whatever the form of its batches. */
type Engine = Pick<DeliveryQueue<QueuedBatch>, 'add' | 'flush' | 'dispose' | 'abandon' | 'drain' | 'bytes' | 'since'>;

/** The share of `dispose`'s time that is kept back for the fallback target. */
const fallbackShare = 0.25;

/**
 * A target that delivers in batches, in order, with retries and a fallback. A subclass writes `logRecords`:
 *
 * ```ts
 * class WebhookTarget extends FlushLogTarget {
 *   constructor(private readonly url: string) { super({ maxSize: 100 }); }
 *   async logRecords(records: readonly LogRecord[]) {
 *     const { ok, status } = await fetch(this.url, { method: 'POST', body: JSON.stringify(records) });
 *     if (!ok) throw new Error(`${this.url} answered ${status}`);
 *   }
 * }
 * ```
 *
 * A log call never waits for the delivery, and never learns of its failure: that is what `flush`, `stats` and
 * `onFailure` are for. Everything but the options, the fallback and the reports is the engine's: `DeliveryQueue`.
 */
export abstract class FlushLogTarget extends LogTarget {
  readonly #options: Checked<typeof flushRules>;
  readonly #clock: Clock;
  readonly #ledger = new Ledger();
  readonly #engine: Engine;
  readonly #wayOut: WayOut;
  readonly #lastWords: LastWords;
  #disposal: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: FlushOptions = {}, form?: Form<QueuedBatch>) {
    super();
    this.#options = checkOptions(new.target.name, flushRules, options);
    this.#clock = this.#options.clock ?? systemClock;
    if (this.#options.fallbackTarget !== undefined) hold(this.#options.fallbackTarget);
    this.#wayOut = new WayOut({
      name: () => this.name,
      ledger: this.#ledger,
      fallback: this.#options.fallbackTarget,
      maxWaiting: this.#options.maxQueued,
      report: failure => this.report(failure)
    });
    const parts = form ?? {
      packer: new RecordPacker(),
      deliver: batch => this.logRecords((batch as RecordBatch).list, batch)
    };
    this.#lastWords = new LastWords(
      {
        owner: this,
        exitTimeout: this.#options.exitTimeout,
        form: parts,
        ledger: this.#ledger,
        report: failure => this.report(failure)
      },
      () => this.#engine
    );
    this.#engine = this.#start(parts);
    if (this.#clock === systemClock) watchProcess(); // a test's time does not end with the process
  }

  override get name(): string {
    return this.#options.name ?? super.name;
  }

  override get fallback(): LogTarget | undefined {
    return this.#options.fallbackTarget;
  }

  /**
   * Sends a batch: records in the order in which they were logged. Resolve when the destination has all of it; reject to
   * have the same batch tried again, with a `PermanentDeliveryError` to have it given up. Only one call runs at a time.
   * `batch.signal` is aborted when there is no more time.
   */
  abstract logRecords(records: readonly LogRecord[], batch: Batch): Promise<void>;

  /** Frees what `logRecords` uses; called once, after the last batch. */
  protected close(): void | Promise<void> {}

  override log(record: LogRecord): void | Promise<void> {
    return this.#engine.add(record);
  }

  /**
   * Resolves when every record taken before this call has arrived or been given up, and the fallback has been flushed
   * too, or at the deadline. A retry that waits for its delay is made at once.
   */
  override async flush(deadline: Deadline = {}): Promise<void> {
    const timeout = checkTimeout('flush', deadline);
    await within(this.#clock, timeout, this.#flush());
  }

  /**
   * Flushes, then frees everything, the fallback included unless others hold it. Resolves at the deadline (default:
   * 8000 ms) at the latest, with what could not be delivered given up. A second call returns the same promise.
   */
  override dispose(deadline: Deadline = {}): Promise<void> {
    this.#disposal ??= this.#dispose(checkTimeout('dispose', deadline) ?? disposeTimeout);
    return this.#disposal;
  }

  override stats(): TargetStats {
    const { accepted, delivered, fellBack, lost, pending, lostByReason, retries, lastError } = this.#ledger;
    const { since, bytes } = this.#engine;
    const fallback = this.#options.fallbackTarget?.stats();
    return {
      name: this.name,
      accepted,
      delivered,
      fellBack,
      lost,
      pending,
      lostByReason,
      retries,
      pendingBytes: bytes,
      oldestPendingAge: since === undefined ? 0 : Math.max(0, this.#clock.now() - since),
      ...(lastError !== undefined && { lastError }),
      ...(fallback !== undefined && { fallback })
    };
  }

  override reportTo(listener: FailureListener): void {
    super.reportTo(listener);
    this.#options.fallbackTarget?.reportTo(listener);
  }

  override keepAtExit(resort: LastResort): void {
    this.#lastWords.resort ??= resort;
    this.#options.fallbackTarget?.keepAtExit(resort);
  }

  protected override report(failure: LogFailure): void {
    if (this.#options.onFailure === undefined) super.report(failure);
    else tell(this.#options.onFailure, failure);
  }

  async #flush(): Promise<void> {
    await this.#engine.flush();
    await this.#options.fallbackTarget?.flush();
  }

  /** What is not delivered when the fallback's share of the time begins goes there; what it has not taken in the end is lost. */
  async #dispose(timeout: number): Promise<void> {
    const own = this.fallback === undefined ? timeout : timeout * (1 - fallbackShare);
    const done = this.#engine.dispose(own).then(() => this.#release(timeout - own));
    await within(this.#clock, timeout, done);
    this.#wayOut.stop();
    await this.#close();
  }

  async #release(timeout: number): Promise<void> {
    await this.#close();
    if (this.fallback === undefined) return;
    try {
      await release(this.fallback, { timeout });
    } catch (error) {
      this.report({ kind: 'error', target: this.fallback.name, what: 'dispose', error });
    }
  }

  #close(): Promise<void> {
    this.#closed ??= (async () => this.close())().catch(error =>
      this.report({ kind: 'error', target: this.name, what: 'close', error })
    );
    return this.#closed;
  }

  #start(form: Form<QueuedBatch>): Engine {
    const { maxRetries, retryDelay, progressiveDelay, maxRetryDelay, jitter, fallbackTarget, random } = this.#options;
    const policy = {
      maxRetries: maxRetries ?? (fallbackTarget === undefined ? Number.POSITIVE_INFINITY : 3),
      retryDelay,
      progressiveDelay,
      maxRetryDelay,
      jitter
    };
    const wayOut = this.#wayOut;
    const lastWords = this.#lastWords;
    return new DeliveryQueue<QueuedBatch>({
      limits: this.#options,
      packer: form.packer,
      retry: new RetryPolicy(policy, random),
      ledger: this.#ledger,
      clock: this.#clock,
      deliver: observed(
        () => this.name,
        this.#clock,
        batch => atWork(() => form.deliver(batch))
      ),
      wayOut: {
        giveUp: async (batches, reason, error) => {
          if (!lastWords.take(batches, reason, error)) await wayOut.giveUp(batches, reason, error);
        },
        refuse: (record, reason, error) => {
          const one = { size: 1, record: () => record };
          if (!lastWords.take([one], reason, error)) wayOut.refuse(record, reason, error);
        }
      },
      onRetry: ({ id, size, attempt }, delay, error) =>
        this.report({ kind: 'retrying', target: this.name, count: size, batch: id, attempt, delay, error }),
      onPending: pending => {
        if (this.#clock !== systemClock) return;
        if (pending) remember(this.#lastWords);
        else forget(this.#lastWords);
      }
    });
  }
}
