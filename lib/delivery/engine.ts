import { atWork } from '../core/at-work.js';
import { chance } from '../core/chance.js';
import type { Checked } from '../core/check.js';
import { type Clock, systemClock } from '../core/clock.js';
import { within } from '../core/deadline.js';
import type { LogFailure } from '../core/failures.js';
import { release } from '../core/ownership.js';
import { type Program, programOf } from '../core/program.js';
import { type LogTarget, nameOf, type TargetStats } from '../core/target.js';
import type { QueuedBatch } from './batch.js';
import { Circuit } from './circuit.js';
import type { Form } from './form.js';
import { LastWords } from './last-words.js';
import { Ledger } from './ledger.js';
import { LossMarker } from './marker.js';
import { Meter } from './meter.js';
import { Observer } from './observe.js';
import type { flushRules } from './options.js';
import { DeliveryQueue } from './queue.js';
import { RetryPolicy } from './retry.js';
import { setUpSpool } from './spool-setup.js';
import { WayOut } from './way-out.js';

/** What an engine works with. */
export interface EngineParts {
  /** The target whose engine it is. */
  readonly owner: LogTarget;
  readonly options: Checked<typeof flushRules>;
  readonly form: Form<QueuedBatch>;
  readonly report: (failure: LogFailure) => void;
  /** Frees what `form` uses to deliver. */
  readonly close: () => void | Promise<void>;
}

/** The share of `dispose`'s time that is kept back for the fallback target. */
const fallbackShare = 0.25;

/** The share of its time that the fallback is told of, so that its account is closed when the time is over. */
const inTime = 0.9;

/** What is behind a flush target: a queue, the way out of it, the account, and how all of that comes to its end. */
export class Engine {
  readonly queue: DeliveryQueue<QueuedBatch>;
  readonly lastWords: LastWords;
  readonly #parts: EngineParts;
  readonly #clock: Clock;
  readonly #ledger = new Ledger();
  readonly #meter = new Meter();
  readonly #circuit: Circuit;
  readonly #marker: LossMarker;
  readonly #wayOut: WayOut;
  #closed: Promise<void> | undefined;

  constructor(parts: EngineParts) {
    const { owner, options, form, report } = parts;
    const { fallbackTarget: fallback, flushInterval, exitTimeout } = options;
    const clock = options.clock ?? systemClock;
    const program = programOf(clock);
    const random = chance(options.random, error =>
      report({ kind: 'error', target: nameOf(owner), what: 'random', error })
    );
    this.#parts = parts;
    this.#clock = clock;
    this.#circuit = new Circuit(options, clock, random);
    this.#marker = new LossMarker(clock, flushInterval);
    this.#wayOut = new WayOut({
      name: () => nameOf(owner),
      ledger: this.#ledger,
      marker: this.#marker,
      fallback,
      limits: options,
      report,
      rescue: (given, reason, error) => this.lastWords.rescue(given, reason, error)
    });
    this.lastWords = new LastWords(
      { owner, exitTimeout, end: program?.end, form, ledger: this.#ledger, wayOut: this.#wayOut, report },
      () => this.queue.end
    );
    this.queue = this.#makeQueue(random, program);
    program?.end.watch();
  }

  get stats(): TargetStats {
    const { accepted, delivered, fellBack, lost, pending, lostByReason, lostByLevel, retries, lastError } =
      this.#ledger;
    const { since, bytes, spool, waiting } = this.queue;
    const { batches, latency } = this.#meter;
    const { owner, options } = this.#parts;
    const fallback = options.fallbackTarget?.stats();
    return {
      name: nameOf(owner),
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

  /** Flushes, the fallback too; resolves at the deadline at the latest. */
  async flush(timeout: number | undefined): Promise<void> {
    const flush = async () => {
      await this.queue.flush();
      await this.#parts.options.fallbackTarget?.flush();
    };
    await within(this.#clock, timeout, flush());
  }

  /**
   * What is not delivered when the fallback's share of the time begins goes there; what it has not taken in the end is kept
   * by the last resort, or lost.
   */
  async dispose(timeout: number): Promise<void> {
    const own = this.#parts.options.fallbackTarget === undefined ? timeout : timeout * (1 - fallbackShare);
    const begin = this.#clock.now();
    // The fallback may have taken its time to take what was given up.
    const left = () => Math.max(0, Math.min(timeout - own, begin + timeout - this.#clock.now()));
    const { end } = this.queue;
    const done = end.dispose(own).then(() => this.#release(left() * inTime));
    await within(this.#clock, timeout, done);
    await end.save();
    this.#wayOut.stop((given, reason, error) => this.lastWords.keep(given, reason, error));
    await this.#close();
    await end.close();
  }

  async #release(timeout: number): Promise<void> {
    await this.#close();
    const { options, report } = this.#parts;
    const { fallbackTarget } = options;
    if (fallbackTarget === undefined) return;
    try {
      await release(fallbackTarget, { timeout });
    } catch (error) {
      report({ kind: 'error', target: nameOf(fallbackTarget), what: 'dispose', error });
    }
  }

  #close(): Promise<void> {
    const { owner, report, close } = this.#parts;
    this.#closed ??= (async () => close())().catch(error =>
      report({ kind: 'error', target: nameOf(owner), what: 'close', error })
    );
    return this.#closed;
  }

  #makeQueue(random: () => number, program: Program | undefined): DeliveryQueue<QueuedBatch> {
    const { owner, options, form, report } = this.#parts;
    const { lastWords } = this;
    const wayOut = this.#wayOut;
    const clock = this.#clock;
    const hasFallback = options.fallbackTarget !== undefined;
    const maxRetries = options.maxRetries ?? (hasFallback ? 3 : Number.POSITIVE_INFINITY);
    const observer = new Observer(() => nameOf(owner), clock);
    return new DeliveryQueue<QueuedBatch>({
      name: () => nameOf(owner),
      limits: { ...options, overflow: options.overflow ?? (hasFallback ? 'fallback' : 'drop') },
      maxAge: options.maxAge,
      packer: form.packer,
      retry: new RetryPolicy({ ...options, maxRetries }, random),
      ledger: this.#ledger,
      circuit: this.#circuit,
      marker: this.#marker,
      meter: this.#meter,
      clock,
      hasFallback,
      spool: options.spool && setUpSpool(owner, options.spool, { codec: form.codec, clock, report }),
      deliver: observer.deliver(batch => atWork(() => form.deliver(batch))),
      ...(form.prepare !== undefined && { prepare: batch => this.#prepare(batch) }),
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
        report({ kind: 'retrying', target: nameOf(owner), count: size, batch: id, attempt, delay, error }),
      onPending: pending => {
        if (pending) program?.end.remember(lastWords);
        else program?.end.forget(lastWords);
      }
    });
  }

  #prepare(batch: QueuedBatch): void {
    const { owner, form, report } = this.#parts;
    try {
      atWork(() => form.prepare?.(batch));
    } catch (error) {
      report({ kind: 'error', target: nameOf(owner), what: 'prepare', error });
    }
  }
}
