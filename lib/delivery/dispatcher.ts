import { type LossReason, PermanentDeliveryError } from '../core/failures.js';
import type { QueuedBatch } from './batch.js';
import type { Circuit } from './circuit.js';
import { Courier, type CourierParts, type Decide, type Outcome } from './courier.js';
import type { Meter } from './meter.js';
import type { RetryPolicy } from './retry.js';
import { SameFailure, Trial, type Verdict } from './trial.js';
import { type Abandoned, someOf } from './way-out.js';

/** What a dispatcher works with. */
export interface DispatcherParts<B extends QueuedBatch> extends CourierParts<B> {
  readonly name: () => string;
  readonly retry: RetryPolicy;
  readonly circuit: Circuit;
  readonly meter: Meter;
  readonly hasFallback: boolean;
  readonly giveUp: (given: readonly Abandoned[], reason: LossReason, error: unknown) => Promise<void> | undefined;
  /** The next batch to be sent; undefined if there is none that is due. */
  readonly next: () => B | undefined;
  /** All batches that have not been asked for. */
  readonly rest: () => B[];
  readonly slice: (batch: B, from: number, to: number) => B;
  /** A batch that tells of the trouble with another one; undefined if it cannot be written. */
  readonly notice: (batch: B, error: unknown) => B | undefined;
  /** A batch is about to leave: its records must have been accepted. */
  readonly leaving: (batch: B) => void;
  /** A batch has left. `isGone` is false for one that tells of losses and is to do so later. */
  readonly left: (batch: B, isGone: boolean) => void;
}

/**
 * How long what comes behind a probe waits for its outcome before it goes to the fallback, in milliseconds: a connection
 * that is refused, or a receiver that is back, answers sooner.
 */
const probeGrace = 100;

/** Attempts after which a target whose retries do not end is thought to be down: as many as others have by default. */
const patience = 4;

/**
 * Sends the batches of a queue one at a time, each as often as the retry policy wants, and sees to what becomes of them:
 * arrived, refused, given up. Knows of the circuit, and of batches that must be divided.
 */
export class Dispatcher<B extends QueuedBatch> {
  readonly #parts: DispatcherParts<B>;
  readonly #courier: Courier<B>;
  readonly #trial: Trial<B>;
  /** Parts of a batch that was divided, in order: they come before all others. */
  #front: B[] = [];
  /** What has been taken out and has not left: the batch that is sent, and while that is a probe, what is given up. */
  readonly #out = new Set<B>();
  #isWell = true;
  #working = false;
  #probing = false;

  constructor(parts: DispatcherParts<B>) {
    this.#parts = parts;
    const onRetry = (batch: B, delay: number, error: unknown) => {
      if (batch.attempt >= patience && !parts.circuit.isOpen) parts.circuit.fail();
      parts.onRetry(batch, delay, error);
    };
    this.#courier = new Courier({ ...parts, onRetry });
    this.#trial = new Trial({
      courier: this.#courier,
      retry: parts.retry,
      hasArrived: () => parts.ledger.delivered > 0,
      notice: parts.notice,
      arrived: batch => {
        parts.circuit.succeed();
        this.#arrived(batch);
      },
      onRetry
    });
  }

  get courier(): Courier<B> {
    return this.#courier;
  }

  /** The batches that were taken out and have not left, in order. */
  get batches(): readonly B[] {
    return [...this.#out, ...this.#front];
  }

  /** Whether the last batch has arrived. */
  get isWell(): boolean {
    return this.#isWell;
  }

  /** Whether the fallback gets what comes now. */
  get isDetouring(): boolean {
    const { circuit, hasFallback } = this.#parts;
    return hasFallback && circuit.isOpen && (this.#probing || circuit.delay > 0);
  }

  /** Sees to it that somebody works, though not on this stack. */
  start(): void {
    if (this.#working) return;
    this.#working = true;
    queueMicrotask(() => void this.#work());
  }

  async #work(): Promise<void> {
    for (let batch = this.#next(); batch !== undefined; batch = this.#next()) {
      this.#out.add(batch);
      const { circuit, hasFallback } = this.#parts;
      if (this.#courier.isStopped) await this.#giveUpAll(batch);
      else if (!circuit.isOpen || !hasFallback) await this.#send(batch);
      else if (this.isDetouring) await this.giveUp(batch, 'circuit open');
      else await this.#probe(batch);
    }
    this.#working = false;
  }

  #next(): B | undefined {
    return this.#front.shift() ?? this.#parts.next();
  }

  /** Sends a batch until it has arrived or is given up: for as long as it takes, if the target is known to be down. */
  async #send(batch: B): Promise<void> {
    const { circuit, retry } = this.#parts;
    const failures = new SameFailure();
    const isDown = circuit.isOpen && !retry.isEndless;
    const isEndless = isDown || retry.isEndless;
    const decide: Decide = (attempt, error) => {
      const decision = retry.after(attempt, error);
      if ('giveUp' in decision && decision.giveUp === 'rejected') return decision;
      failures.note(error);
      if (batch.isSuspect && (batch.size > 1 || !isEndless)) return exhausted;
      if (isEndless && batch.isOwn === undefined && this.#trial.isSuspect(batch, failures)) return exhausted;
      if (!isDown) return decision;
      if (batch.isOwn !== undefined) return exhausted; // to be made anew, with what has been lost meanwhile
      circuit.fail();
      return { delay: circuit.delay };
    };
    const outcome = await this.#courier.deliver(batch, decide, circuit.delay);
    await this.#settle(batch, await this.#judge(batch, outcome, failures, isEndless));
  }

  /** Sees to it that a batch is not given up, or tried for ever, for a few records in it that the receiver chokes on. */
  async #judge(batch: B, outcome: Outcome, failures: SameFailure, isEndless: boolean): Promise<Verdict> {
    if (outcome.kind !== 'refused' || outcome.reason === 'rejected' || batch.isOwn !== undefined) return outcome;
    const { error } = outcome;
    if (batch.isSuspect && (batch.size > 1 || !isEndless)) return { kind: 'guilty', reason: outcome.reason, error };
    return isEndless || this.#trial.isWorthwhile(batch, failures) ? this.#trial.hear(batch, error, isEndless) : outcome;
  }

  /** Tries a batch once. What comes behind it need not wait long for that. */
  async #probe(batch: B): Promise<void> {
    const { retry, clock } = this.#parts;
    const once: Decide = (_, error) => {
      return error instanceof PermanentDeliveryError ? retry.after(1, error) : exhausted;
    };
    this.#probing = true;
    const probe = this.#courier
      .deliver(batch, once)
      .then(outcome => this.#settle(batch, outcome))
      .then(() => {
        this.#probing = false;
        this.start(); // for what it was divided into, or what waited for it
      });
    let timer: unknown;
    const grace = new Promise<void>(resolve => {
      timer = clock.setTimeout(resolve, probeGrace);
    });
    await Promise.race([probe, grace]);
    clock.clearTimeout(timer);
  }

  async #settle(batch: B, outcome: Verdict): Promise<void> {
    const { circuit } = this.#parts;
    this.#isWell = outcome.kind === 'arrived';
    switch (outcome.kind) {
      case 'arrived':
        circuit.succeed();
        this.#arrived(batch);
        return;
      case 'stopped':
        return this.#giveUpAll(batch);
      case 'too old':
        return this.#giveUpOld(batch);
      case 'guilty':
        circuit.succeed();
        if (batch.size > 1) for (const part of this.#divide(batch, batch.size >>> 1)) part.isSuspect = true;
        else await this.giveUp(batch, outcome.reason, outcome.error);
        return;
      case 'refused': {
        if (outcome.reason === 'rejected') {
          circuit.succeed();
          const refused = refusedOf(outcome.error, batch);
          if (refused.length > 0) await this.#partlyArrived(batch, refused, outcome.error);
          else if (batch.size > 1 && isDivisible(outcome.error)) this.#divide(batch, batch.size >>> 1);
          else await this.giveUp(batch, 'rejected', outcome.error);
          return;
        }
        const reason = circuit.isOpen ? 'circuit open' : outcome.reason;
        circuit.fail();
        await this.giveUp(batch, reason, outcome.error);
      }
    }
  }

  #arrived(batch: B): void {
    const { ledger, leaving, left } = this.#parts;
    leaving(batch);
    if (batch.isOwn !== undefined) ledger.accepted++;
    else this.#trial.noteArrival(batch);
    this.#count(batch, []);
    this.#out.delete(batch);
    left(batch, true);
  }

  /** All have arrived but those at these rows, which never will. */
  async #partlyArrived(batch: B, refused: readonly number[], error: unknown): Promise<void> {
    const { leaving, left, giveUp } = this.#parts;
    leaving(batch);
    this.#count(batch, refused);
    await giveUp([someOf(batch, refused)], 'rejected', error);
    this.#out.delete(batch);
    left(batch, true);
  }

  #count(batch: B, refused: readonly number[]): void {
    const { ledger, meter, clock, name } = this.#parts;
    ledger.delivered += batch.size - refused.length;
    meter.note(batch, clock.now());
    const attempts = batch.earlier + batch.attempt;
    for (const [row, ticket] of batch.tickets ?? []) {
      if (refused.includes(row)) continue;
      ticket.settle({ target: name(), outcome: 'delivered', chunk: batch.id, attempts });
    }
  }

  /** Gives a batch up, for the reason of the last error. */
  async giveUp(batch: B, reason: LossReason, error: unknown = this.#courier.lastError): Promise<void> {
    const { giveUp, leaving, left } = this.#parts;
    this.#out.add(batch);
    leaving(batch);
    if (batch.isOwn === undefined) await giveUp([batch], reason, error);
    this.#out.delete(batch);
    left(batch, reason === 'rejected');
  }

  /** Gives up this batch and all that come after it together: one loss, one report. */
  async #giveUpAll(batch: B): Promise<void> {
    const { giveUp, leaving, left, rest } = this.#parts;
    const batches = [batch, ...this.#front, ...rest()];
    this.#front = [];
    for (const one of batches) {
      this.#out.add(one);
      leaving(one);
    }
    const given = batches.filter(one => one.isOwn === undefined);
    if (given.length > 0) await giveUp(given, 'out of time', this.#courier.lastError);
    for (const one of batches) {
      this.#out.delete(one);
      left(one, false);
    }
  }

  async #giveUpOld(batch: B): Promise<void> {
    const { clock, maxAge } = this.#parts;
    const limit = clock.now() - maxAge;
    let old = 1;
    while (old < batch.rows && batch.time(old) < limit) old++;
    if (old < batch.rows) {
      this.#divide(batch, old);
      const first = this.#front.shift();
      if (first !== undefined) await this.giveUp(first, 'too old');
    } else {
      await this.giveUp(batch, 'too old');
    }
  }

  /** Makes two batches of one, to be sent in its place. */
  #divide(batch: B, at: number): B[] {
    const { slice } = this.#parts;
    const parts = [slice(batch, 0, at), slice(batch, at, batch.rows)];
    for (const part of parts) {
      part.ordinal = batch.ordinal;
      part.earlier = batch.earlier + batch.attempt;
      part.isSuspect = batch.isSuspect;
    }
    this.#out.delete(batch);
    this.#front.unshift(...parts);
    return parts;
  }
}

const exhausted = { giveUp: 'retries exhausted' } as const;

function isDivisible(error: unknown): boolean {
  return !(error instanceof PermanentDeliveryError) || error.isDivisible;
}

/** The rows that the error names, if it names some and all of them are there. */
function refusedOf(error: unknown, batch: QueuedBatch): readonly number[] {
  const refused = error instanceof PermanentDeliveryError ? error.refused : undefined;
  if (refused === undefined || batch.isOwn !== undefined) return [];
  const rows = [...new Set(refused)].sort((a, b) => a - b);
  return rows.every(row => Number.isInteger(row) && row >= 0 && row < batch.size) ? rows : [];
}
