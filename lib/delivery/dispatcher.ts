import { type LossReason, PermanentDeliveryError } from '../core/failures.js';
import type { QueuedBatch } from './batch.js';
import type { Circuit } from './circuit.js';
import { Courier, type CourierParts, type Decide, type Outcome } from './courier.js';
import { LookAhead, type LookAheadParts } from './look-ahead.js';
import { Outbound, type OutboundParts } from './outbound.js';
import type { RetryPolicy } from './retry.js';
import { SameFailure, Trial, type Verdict } from './trial.js';
import { hasListened, isDivisible, isToBlame, refusedOf } from './verdict.js';

/** What can be done with a batch beside sending it, where its target can. */
export interface SendingParts<B extends QueuedBatch> extends Pick<LookAheadParts<B>, 'prepare'> {
  /** Sends a batch without waiting; false if it could not send all of it. */
  readonly deliverNow?: (batch: B) => boolean;
}

/** What a dispatcher works with. */
export interface DispatcherParts<B extends QueuedBatch>
  extends CourierParts<B>,
    OutboundParts<B>,
    LookAheadParts<B>,
    SendingParts<B> {
  readonly retry: RetryPolicy;
  readonly circuit: Circuit;
  readonly hasFallback: boolean;
  /** Whether a batch that cannot be sent is safe on disk, or will be: it is then sent for as long as it takes. */
  readonly keeps: (batch?: B) => boolean;
  /** The next batch to be sent; undefined if there is none that is due. */
  readonly next: () => B | undefined;
  /** All batches that have not been asked for. */
  readonly rest: () => B[];
  /** A batch that tells of the trouble with another one; undefined if it cannot be written. */
  readonly notice: (batch: B, error: unknown) => B | undefined;
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
  readonly #out: Outbound<B>;
  readonly #ahead: LookAhead<B>;
  #isWell = true;
  #hasLetGo = false;
  /** What sends, one batch after the other; undefined while there is nothing to be sent. */
  #work: Promise<void> | undefined;
  #probing: Promise<void> | undefined;

  constructor(parts: DispatcherParts<B>) {
    this.#parts = parts;
    this.#out = new Outbound(parts);
    this.#ahead = new LookAhead(parts);
    const onRetry = (batch: B, delay: number, error: unknown) => {
      this.#ahead.stop();
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
    return this.#withAhead(this.#out.batches);
  }

  /** Those of them of which it is not decided what becomes of them. */
  get undecided(): readonly B[] {
    return this.#withAhead(this.#out.undecided);
  }

  /** Whether the target has listened to the last batch, be it that it refused what is in it. */
  get isWell(): boolean {
    return this.#isWell;
  }

  /** Whether the fallback gets what comes now. */
  get isDetouring(): boolean {
    const { circuit, hasFallback, keeps } = this.#parts;
    return hasFallback && !keeps() && circuit.isOpen && (this.#probing !== undefined || circuit.delay > 0);
  }

  /**
   * Lets go of the batches that are undecided, and returns them: another one decides. The process ends, though not before
   * an answer may come for the one that is on its way.
   */
  letGo(): readonly B[] {
    const left = this.undecided;
    this.#hasLetGo = true;
    return left;
  }

  /** Sees to it that somebody works, though not on this stack. */
  start(): void {
    this.#ahead.wake();
    this.#work ??= Promise.resolve().then(() => this.#sendAll());
  }

  /** Resolves when nothing is sent or given up any more: after `stop`, as soon as the fallback is not waited for. */
  async idle(): Promise<void> {
    while (this.#work !== undefined || this.#probing !== undefined) await Promise.all([this.#work, this.#probing]);
  }

  /** What comes next, and what was taken out for that. */
  get ahead(): LookAhead<B> {
    return this.#ahead;
  }

  /** Sends what can be sent without waiting, on this stack; nothing while a batch is on its way. */
  sendNow(): void {
    const { deliverNow, circuit } = this.#parts;
    if (deliverNow === undefined || this.#out.isBusy || circuit.isOpen || this.#courier.isStopped) return;
    for (let batch = this.#next(); batch !== undefined; batch = this.#next()) {
      if (!tryNow(deliverNow, batch)) {
        this.#out.putBack(batch);
        return;
      }
      batch.attempt++;
      this.#isWell = true;
      this.#arrived(batch);
    }
  }

  async #sendAll(): Promise<void> {
    for (let batch = this.#next(); batch !== undefined; batch = this.#next()) {
      this.#out.add(batch);
      const { circuit, hasFallback, keeps } = this.#parts;
      const isDetouring = this.isDetouring;
      if (!isDetouring || keeps(batch)) await this.#probing;
      if (this.#courier.isStopped) await this.#giveUpAll(batch);
      else if (!circuit.isOpen || !hasFallback || keeps(batch)) await this.#send(batch);
      else if (isDetouring) await this.giveUp(batch, 'circuit open');
      else await this.#probe(batch);
    }
    this.#work = undefined;
  }

  #withAhead(batches: readonly B[]): readonly B[] {
    const { batch } = this.#ahead;
    return batch === undefined ? batches : [...batches, batch];
  }

  #next(): B | undefined {
    return this.#out.shift() ?? this.#ahead.take() ?? this.#parts.next();
  }

  /**
   * Sends a batch until it has arrived or is given up: for as long as it takes, if the target is known to be down and
   * there is no fallback, or if the batch is safe on disk.
   */
  async #send(batch: B): Promise<void> {
    const { circuit, retry, hasFallback, keeps } = this.#parts;
    const failures = new SameFailure();
    const isDown = circuit.isOpen && !retry.isEndless && !hasFallback;
    const isEndless = () => isDown || retry.isEndless || keeps(batch);
    const decide: Decide = (attempt, error) => {
      const decision = retry.after(attempt, error);
      if ('giveUp' in decision && decision.giveUp === 'rejected') return decision;
      failures.note(error);
      if (isToBlame(batch, error, isEndless())) return exhausted;
      if (isEndless() && batch.isOwn === undefined && this.#trial.isSuspect(batch, failures)) return exhausted;
      if (!isDown && !('giveUp' in decision && keeps(batch))) return decision;
      if (batch.isOwn !== undefined) return exhausted; // to be made anew, with what has been lost meanwhile
      circuit.fail();
      return { delay: circuit.delay };
    };
    const delivery = this.#courier.deliver(batch, decide, circuit.delay);
    if (!circuit.isOpen) this.#ahead.begin();
    const outcome = await delivery;
    this.#ahead.end();
    await this.#settle(batch, await this.#judge(batch, outcome, failures, isEndless()));
  }

  /** Sees to it that a batch is not given up, or tried for ever, for a few records in it that the receiver chokes on. */
  async #judge(batch: B, outcome: Outcome, failures: SameFailure, isEndless: boolean): Promise<Verdict> {
    if (outcome.kind !== 'refused' || outcome.reason === 'rejected' || batch.isOwn !== undefined) return outcome;
    const { error } = outcome;
    if (isToBlame(batch, error, isEndless)) return { kind: 'guilty', reason: outcome.reason, error };
    return isEndless || this.#trial.isWorthwhile(batch, failures) ? this.#trial.hear(batch, error, isEndless) : outcome;
  }

  /** Tries a batch once. What comes behind it need not wait long for that. */
  async #probe(batch: B): Promise<void> {
    const { retry, clock } = this.#parts;
    const once: Decide = (_, error) => {
      return error instanceof PermanentDeliveryError ? retry.after(1, error) : exhausted;
    };
    this.#probing = this.#courier
      .deliver(batch, once)
      .then(outcome => this.#settle(batch, outcome, true))
      .then(() => {
        this.#probing = undefined;
        this.start(); // for what it was divided into, or what waited for it
      });
    let timer: unknown;
    const grace = new Promise<void>(resolve => {
      timer = clock.setTimeout(resolve, probeGrace);
    });
    await Promise.race([this.#probing, grace]);
    clock.clearTimeout(timer);
  }

  /** `isProbe`: earlier batches have found out that the target is down. */
  async #settle(batch: B, outcome: Verdict, isProbe = false): Promise<void> {
    if (this.#hasLetGo) return;
    const { circuit, clock, maxAge, keeps } = this.#parts;
    this.#isWell = hasListened(outcome);
    switch (outcome.kind) {
      case 'arrived':
        circuit.succeed();
        this.#arrived(batch);
        return;
      case 'stopped':
        return this.#giveUpAll(batch);
      case 'too old':
        return this.#out.giveUpBefore(batch, clock.now() - maxAge, this.#courier.lastError);
      case 'guilty':
        circuit.succeed();
        if (batch.size > 1) for (const part of this.#out.divide(batch, batch.size >>> 1)) part.isSuspect = true;
        else await this.giveUp(batch, outcome.reason, outcome.error);
        return;
      case 'refused': {
        if (outcome.reason === 'rejected') {
          const refused = refusedOf(outcome.error, batch);
          if (refused.length === 0 && !isDivisible(outcome.error) && keeps(batch)) {
            this.#keep(batch, outcome.error);
            return;
          }
          circuit.succeed();
          if (refused.length > 0) await this.#out.partlyArrived(batch, refused, outcome.error);
          else if (batch.size > 1 && isDivisible(outcome.error)) this.#out.divide(batch, batch.size >>> 1);
          else await this.giveUp(batch, 'rejected', outcome.error);
          return;
        }
        circuit.fail();
        await this.giveUp(batch, isProbe ? 'circuit open' : outcome.reason, outcome.error);
      }
    }
  }

  /** It is not about this batch, which can wait until somebody has seen to it. */
  #keep(batch: B, error: unknown): void {
    const { circuit, onRetry } = this.#parts;
    circuit.fail();
    this.#out.again(batch);
    onRetry(batch, circuit.delay, error);
  }

  #arrived(batch: B): void {
    if (batch.isOwn === undefined) this.#trial.noteArrival(batch);
    this.#out.arrived(batch);
  }

  /** Gives a batch up, for the reason of the last error. */
  giveUp(batch: B, reason: LossReason, error: unknown = this.#courier.lastError): Promise<void> {
    return this.#out.giveUp(batch, reason, error);
  }

  /** Gives up this batch and all that come after it. */
  #giveUpAll(batch: B): Promise<void> {
    this.#ahead.stop();
    return this.#out.giveUpAll(batch, this.#parts.rest(), this.#courier.lastError);
  }
}

const exhausted = { giveUp: 'retries exhausted' } as const;

function tryNow<B>(deliverNow: (batch: B) => boolean, batch: B): boolean {
  try {
    return deliverNow(batch);
  } catch {
    return false; // the same batch is sent in the usual way, and will fail in the same
  }
}
