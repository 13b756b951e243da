import { atWork } from '../core/at-work.js';
import { chance } from '../core/chance.js';
import { type Checked, checkOptions } from '../core/check.js';
import { type Clock, systemClock } from '../core/clock.js';
import { checkTimeout, disposeTimeout, within } from '../core/deadline.js';
import { type FailureListener, type LogFailure, tell } from '../core/failures.js';
import type { LastResort } from '../core/last-resort.js';
import { hold, release } from '../core/ownership.js';
import { type Program, programOf } from '../core/program.js';
import type { LogRecord } from '../core/record.js';
import { type Deadline, LogTarget, nameOf, type TargetStats } from '../core/target.js';
import type { Batch, Packer, QueuedBatch } from './batch.js';
import { Circuit } from './circuit.js';
import { LastWords } from './last-words.js';
import { Ledger } from './ledger.js';
import { LossMarker } from './marker.js';
import { Meter } from './meter.js';
import { Observer } from './observe.js';
import { checkTogether, type FlushOptions, flushRules } from './options.js';
import { DeliveryQueue } from './queue.js';
import { type RecordBatch, RecordPacker } from './record-batch.js';
import { recordCodec } from './record-codec.js';
import { RetryPolicy } from './retry.js';
import type { SpoolCodec } from './spool-codec.js';
import { setUpSpool } from './spool-setup.js';
import { WayOut } from './way-out.js';

export { type FlushOptions, flushRules } from './options.js';

/** How a target keeps its records and sends them: for targets that do not work on live records. */
export interface Form<B extends QueuedBatch> {
  readonly packer: Packer<B>;
  /** How batches are written into a spool. */
  readonly codec: SpoolCodec<B>;
  /** Resolves when the batch has arrived; rejects to have it tried again. */
  deliver(batch: B): Promise<void>;
  /** Is told of the batch that comes next, while another is on its way: what must be made of it may be made now. */
  prepare?(batch: B): void;
  /**
   * Sends a batch on the stack of a log call, without waiting; false if it could not send all of it, and `deliver` gets it
   * again. Called only while nothing is being sent.
   */
  deliverNow?(batch: B): boolean;
  /**
   * Sends a batch on the stack of the process's `exit` event; false if it could not, and `unwanted` if nobody is there to
   * take it: lost then, too, but without a word.
   */
  deliverSync?(batch: B): boolean | 'unwanted';
}

/** What the shell needs of its engine, whatever the form of its batches. */
type Engine = Pick<
  DeliveryQueue<QueuedBatch>,
  | 'add'
  | 'flush'
  | 'flushAtEnd'
  | 'dispose'
  | 'save'
  | 'close'
  | 'abandon'
  | 'drain'
  | 'bytes'
  | 'since'
  | 'spool'
  | 'waiting'
>;

/** The share of `dispose`'s time that is kept back for the fallback target. */
const fallbackShare = 0.25;

/** The share of its time that the fallback is told of, so that its account is closed when the time is over. */
const inTime = 0.9;

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
  readonly #program: Program | undefined;
  readonly #random: () => number;
  readonly #ledger = new Ledger();
  readonly #meter = new Meter();
  readonly #circuit: Circuit;
  readonly #marker: LossMarker;
  readonly #engine: Engine;
  readonly #wayOut: WayOut;
  readonly #lastWords: LastWords;
  #disposal: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: FlushOptions = {}, form?: Form<QueuedBatch>) {
    super();
    this.#options = checkOptions(new.target.name, flushRules, options);
    this.#clock = this.#options.clock ?? systemClock;
    this.#program = programOf(this.#clock);
    this.#random = chance(this.#options.random, error =>
      this.report({ kind: 'error', target: nameOf(this), what: 'random', error })
    );
    const { fallbackTarget, retryDelay, maxRetryDelay, flushInterval } = this.#options;
    checkTogether(new.target.name, options, this.#options);
    checkChain(new.target.name, fallbackTarget);
    if (fallbackTarget !== undefined) hold(fallbackTarget);
    this.#circuit = new Circuit({ retryDelay, maxRetryDelay }, this.#clock, this.#random);
    this.#marker = new LossMarker(this.#clock, flushInterval);
    this.#wayOut = new WayOut({
      name: () => nameOf(this),
      ledger: this.#ledger,
      marker: this.#marker,
      fallback: fallbackTarget,
      limits: this.#options,
      report: failure => this.report(failure),
      rescue: (given, reason, error) => this.#lastWords.rescue(given, reason, error)
    });
    const parts = form ?? {
      packer: new RecordPacker(),
      codec: recordCodec,
      deliver: batch => this.logRecords((batch as RecordBatch).list, batch)
    };
    this.#lastWords = new LastWords(
      {
        owner: this,
        exitTimeout: this.#options.exitTimeout,
        end: this.#program?.end,
        form: parts,
        ledger: this.#ledger,
        wayOut: this.#wayOut,
        report: failure => this.report(failure)
      },
      () => this.#engine
    );
    this.#engine = this.#start(parts);
    this.#program?.end.watch();
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
   * 8000 ms) at the latest, with what could not be delivered given up, or on disk: writing that may take 50 ms longer. A second call returns the same promise.
   */
  override dispose(deadline: Deadline = {}): Promise<void> {
    this.#disposal ??= this.#dispose(checkTimeout('dispose', deadline) ?? disposeTimeout);
    return this.#disposal;
  }

  override stats(): TargetStats {
    const { accepted, delivered, fellBack, lost, pending, lostByReason, lostByLevel, retries, lastError } =
      this.#ledger;
    const { since, bytes, spool, waiting } = this.#engine;
    const { batches, latency } = this.#meter;
    const fallback = this.#options.fallbackTarget?.stats();
    return {
      name: nameOf(this),
      accepted,
      delivered,
      fellBack,
      lost,
      pending,
      lostByReason,
      lostByLevel,
      waiting,
      retries,
      circuit: this.#circuit.stats,
      batches,
      latency,
      pendingBytes: bytes + this.#wayOut.waitingBytes,
      oldestPendingAge: since === undefined ? 0 : Math.max(0, this.#clock.now() - since),
      ...(spool !== undefined && { spool }),
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

  /** What is not delivered when the fallback's share of the time begins goes there; what it has not taken in the end is kept by the last resort, or lost. */
  async #dispose(timeout: number): Promise<void> {
    const own = this.fallback === undefined ? timeout : timeout * (1 - fallbackShare);
    const begin = this.#clock.now();
    // The fallback may have taken its time to take what was given up.
    const left = () => Math.max(0, Math.min(timeout - own, begin + timeout - this.#clock.now()));
    const done = this.#engine.dispose(own).then(() => this.#release(left() * inTime));
    await within(this.#clock, timeout, done);
    await this.#engine.save();
    this.#wayOut.stop((given, reason, error) => this.#lastWords.keep(given, reason, error));
    await this.#close();
    await this.#engine.close();
  }

  async #release(timeout: number): Promise<void> {
    await this.#close();
    if (this.fallback === undefined) return;
    try {
      await release(this.fallback, { timeout });
    } catch (error) {
      this.report({ kind: 'error', target: nameOf(this.fallback), what: 'dispose', error });
    }
  }

  #close(): Promise<void> {
    this.#closed ??= (async () => this.close())().catch(error =>
      this.report({ kind: 'error', target: nameOf(this), what: 'close', error })
    );
    return this.#closed;
  }

  #prepare(form: Form<QueuedBatch>, batch: QueuedBatch): void {
    try {
      atWork(() => form.prepare?.(batch));
    } catch (error) {
      this.report({ kind: 'error', target: nameOf(this), what: 'prepare', error });
    }
  }

  #start(form: Form<QueuedBatch>): Engine {
    const { maxRetries, retryDelay, progressiveDelay, maxRetryDelay, jitter, fallbackTarget } = this.#options;
    const policy = {
      maxRetries: maxRetries ?? (fallbackTarget === undefined ? Number.POSITIVE_INFINITY : 3),
      retryDelay,
      progressiveDelay,
      maxRetryDelay,
      jitter
    };
    const wayOut = this.#wayOut;
    const lastWords = this.#lastWords;
    const observer = new Observer(() => nameOf(this), this.#clock);
    const hasFallback = fallbackTarget !== undefined;
    return new DeliveryQueue<QueuedBatch>({
      name: () => nameOf(this),
      limits: { ...this.#options, overflow: this.#options.overflow ?? (hasFallback ? 'fallback' : 'drop') },
      maxAge: this.#options.maxAge,
      packer: form.packer,
      retry: new RetryPolicy(policy, this.#random),
      ledger: this.#ledger,
      circuit: this.#circuit,
      marker: this.#marker,
      meter: this.#meter,
      clock: this.#clock,
      hasFallback,
      spool: setUpSpool(this, this.#options.spool, {
        codec: form.codec,
        clock: this.#clock,
        report: failure => this.report(failure)
      }),
      deliver: observer.deliver(batch => atWork(() => form.deliver(batch))),
      ...(form.prepare !== undefined && { prepare: batch => this.#prepare(form, batch) }),
      ...(form.deliverNow !== undefined && {
        deliverNow: observer.deliverNow(batch => atWork(() => form.deliverNow?.(batch) ?? false))
      }),
      wayOut: {
        giveUp: async (batches, reason, error) => {
          if (!lastWords.take(batches, reason, error)) await wayOut.giveUp(batches, reason, error);
        },
        refuse: (one, reason, error) => {
          if (!lastWords.take([one], reason, error)) wayOut.refuse(one, reason, error);
        },
        lose: (given, reason, error) => wayOut.lose(given, reason, error),
        loseRows: (rows, reason) => wayOut.loseRows(rows, reason),
        flushReports: () => wayOut.flushReports()
      },
      onRetry: ({ id, size, attempt }, delay, error) =>
        this.report({ kind: 'retrying', target: nameOf(this), count: size, batch: id, attempt, delay, error }),
      onPending: pending => {
        if (pending) this.#program?.end.remember(lastWords);
        else this.#program?.end.forget(lastWords);
      }
    });
  }
}

/** Refuses a chain of fallbacks that comes back to where it was. */
function checkChain(owner: string, first: LogTarget | undefined): void {
  const chain: LogTarget[] = [];
  for (let next = first; next !== undefined; next = next.fallback) {
    if (chain.includes(next)) {
      const names = [...chain, next].map(({ name }) => name).join(' → ');
      throw new TypeError(`${owner}: fallbackTarget must not lead back to itself: ${names}`);
    }
    chain.push(next);
  }
}
