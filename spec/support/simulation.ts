import { AssertionError } from 'node:assert';
import type { LogFailure } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import { send, type TargetReceipt } from '../../lib/core/receipt.js';
import type { LogRecord } from '../../lib/core/record.js';
import type { TargetStats } from '../../lib/core/target.js';
import type { OverflowPolicy } from '../../lib/delivery/overflow.js';
import { FluentdTarget } from '../../lib/targets/fluentd/target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { ForwardReceiver } from '../../lib/testing/forward-receiver.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { MemoryNetwork } from './memory-network.js';
import { Random } from './random.js';
import {
  type Action,
  anyWeather,
  chooseAction,
  firstOvertaken,
  live,
  meetsDeadline,
  networkActions,
  traceOf
} from './simulated.js';

/** How a run ends: by a dispose that has all the time it needs on a healthy network, or by one that has not. */
type Ending = 'in peace' | 'in a hurry';

/**
 * One run of the real Fluentd target against a real receiver's protocol code, over a network and a clock in memory, with
 * everything chosen by a seed: options, load, faults, and the end. `run` throws if a promise is broken, and returns the
 * trace of what happened.
 */
export class Simulation {
  readonly #random: Random;
  readonly #clock = new FakeClock();
  readonly #network: MemoryNetwork;
  readonly #receiver: ForwardReceiver;
  readonly #fallback: MemoryTarget | undefined;
  readonly #overflow: OverflowPolicy;
  readonly #maxWait: number;
  readonly #maxAge: number | undefined;
  readonly #target: FluentdTarget;
  readonly #failures: LogFailure[] = [];
  /** Whether records of one batch and tag may travel in several messages. */
  readonly #hasParts: boolean;
  readonly #maxQueued: number;
  readonly #maxQueuedBytes: number;
  readonly #ending: Ending;
  readonly #tags: readonly [string, ...string[]];
  /** Log calls whose promise has not resolved. */
  #waiting = 0;
  /** Records are numbered from 0. */
  #logged = 0;
  /** Receipts that have come, by the number of the record. */
  readonly #receipts = new Map<number, TargetReceipt>();
  #receiptsWanted = 0;
  #step = '';

  constructor(seed: number) {
    const random = new Random(seed);
    this.#random = random;
    const latency = random.pick([1, 5, 50]);
    this.#network = new MemoryNetwork(this.#clock, random, {
      latency: [0, latency],
      ...anyWeather(random),
      window: random.pick([200, 5000, 65_536])
    });
    this.#hasParts = random.chance(0.2);
    const sharedKey = random.chance(0.3) ? 'k' : undefined;
    this.#receiver = new ForwardReceiver({
      clock: this.#clock,
      // Fluent Bit wants a PING in one piece, which this network does not grant.
      kind: sharedKey === undefined ? random.pick(['fluentd', 'fluent-bit']) : 'fluentd',
      // A reset takes with it what is on its way here: over a long way no acknowledgement would arrive before it.
      keepAlive: latency > 5 || random.chance(0.8),
      ...(sharedKey !== undefined && { security: { sharedKey } })
    });
    this.#network.listen(stream => this.#receiver.accept(stream));
    this.#fallback = random.chance(0.4) ? new MemoryTarget({ maxRecords: 100_000 }) : undefined;
    this.#ending = random.pick(['in peace', 'in peace', 'in a hurry']);
    this.#overflow = random.pick(
      this.#fallback === undefined ? ['drop', 'drop', 'wait'] : ['drop', 'wait', 'fallback']
    );
    this.#maxWait = random.pick([0, 20, 1000]);
    const flushInterval = random.pick([0, 10, 1000]);
    const retryDelay = random.pick([0, 10, 600]);
    this.#maxAge = random.chance(0.2) ? flushInterval + random.pick([50, 1000, 20_000]) : undefined;
    this.#maxQueued = random.pick([5, 50, 100_000]);
    this.#maxQueuedBytes = random.pick([2000, 20_000, 64 * 1024 * 1024]);
    this.#tags = random.pick([['one'], ['one'], ['one', 'two', 'three']]);
    this.#target = new FluentdTarget({
      tag: ({ data }) => String(data['tag']),
      dial: this.#network.dial,
      ...(sharedKey !== undefined && { sharedKey }),
      mode: this.#hasParts ? random.pick(['PackedForward', 'Message']) : random.pick(['PackedForward', 'Forward']),
      maxMessageBytes: this.#hasParts ? 2500 : 2_000_000,
      reconnectInterval: random.pick([0, 500, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]),
      idleTimeout: random.pick([100, Number.POSITIVE_INFINITY]),
      clock: this.#clock,
      random: () => random.random(),
      maxSize: random.pick([1, 3, 10, 500]),
      maxBytes: random.pick([100, 1000, 1024 * 1024]),
      flushInterval,
      flushLevel: random.pick([LogLevel.TRACE, LogLevel.ERROR, LogLevel.CRITICAL]),
      maxQueued: this.#maxQueued,
      maxQueuedBytes: this.#maxQueuedBytes,
      overflow: this.#overflow,
      ...(this.#overflow === 'wait' && { maxWait: this.#maxWait }),
      ...(this.#maxAge !== undefined && { maxAge: this.#maxAge }),
      retryDelay,
      progressiveDelay: random.chance(0.5),
      maxRetryDelay: retryDelay + random.pick([50, 2000]),
      jitter: random.pick([0, 0.2, 1]),
      ackTimeout: random.pick([100, 1000]),
      connectTimeout: sharedKey === undefined ? random.pick([50, 500]) : 500,
      ...(random.chance(0.3) && { maxRetries: random.int(0, 4) }),
      ...(this.#fallback !== undefined && { fallbackTarget: this.#fallback }),
      onFailure: failure => this.#failures.push(failure)
    });
  }

  async run(): Promise<readonly string[]> {
    await live(
      this.#random,
      () => this.#act(),
      () => this.#checkLedger()
    );
    await this.#end();
    this.#checkEnd();
    return traceOf(this.#network, this.#failures);
  }

  /** Something happens. */
  async #act(): Promise<void> {
    const random = this.#random;
    const receiver = this.#receiver;
    const actions: [Action, ...Action[]] = [
      [10, 'log', () => this.#log(random.int(1, 5))],
      [4, 'log a burst', () => this.#log(random.int(20, 200))],
      [8, 'wait a little', () => this.#clock.advance(random.int(0, 50))],
      [4, 'wait', () => this.#clock.advance(random.int(100, 3000))],
      [2, 'flush', () => this.#flush()],
      [3, 'log and wait for a receipt', () => this.#deliver()],
      ...networkActions(this.#network, receiver),
      [1, 'reset after some bytes', () => receiver.resetAfter({ bytes: random.int(1, 500) })],
      [1, 'reset after some messages', () => receiver.resetAfter({ messages: random.int(1, 3) })],
      [1, 'half-close', () => receiver.halfClose()],
      [1, 'stall', () => receiver.stall()],
      [1, 'delay acknowledgements', () => receiver.delayAcks(random.int(1, 2000))],
      [1, 'forget acknowledgements', () => receiver.forgetAcks(random.int(1, 3))],
      [1, 'wrong acknowledgements', () => receiver.wrongAcks(random.int(1, 3))],
      [1, 'merge acknowledgements', () => receiver.mergeAcks()],
      [1, 'split acknowledgements', () => receiver.splitAcks()],
      [1, 'cut acknowledgements', () => receiver.cutAcks(random.int(1, 3))],
      // Who drops a message and stores the next one has changed the order himself.
      [this.#hasParts ? 0 : 1, 'discard', () => receiver.discard(random.int(1, 3))],
      [6, 'heal', () => this.#heal()]
    ];
    const [, name, run] = chooseAction(random, actions);
    this.#step = name;
    await run();
  }

  #log(count: number): void {
    for (let index = 0; index < count; index++) {
      const logged = this.#clock.now();
      const record = this.#record();
      const taken = this.#target.log(record);
      this.#await(taken);
      if (taken === undefined) continue;
      const longest = this.#overflow === 'wait' ? this.#maxWait : 0;
      void taken.then(() => {
        const waited = this.#clock.now() - logged;
        if (waited > longest + 1) this.#fail(`a log call has waited for ${waited} ms, more than ${longest}`);
      });
    }
  }

  #record(): LogRecord {
    const level = this.#random.pick([LogLevel.DEBUG, LogLevel.INFORMATION, LogLevel.WARNING, LogLevel.ERROR]);
    const n = this.#logged++;
    const data = { n, tag: this.#random.pick(this.#tags), text: 'x'.repeat(this.#random.int(0, 300)) };
    return someRecord({ level, data, timestamp: this.#clock.now() });
  }

  #await(taken: void | Promise<void>): void {
    if (taken === undefined) return;
    this.#waiting++;
    void taken.then(() => this.#waiting--);
  }

  /** As `Logger.deliver` does it. */
  #deliver(): void {
    const n = this.#logged;
    this.#receiptsWanted++;
    const { taken, ticket } = send(this.#target, this.#record());
    this.#await(taken);
    void ticket?.receipt.then(settled => {
      if (this.#receipts.has(n)) this.#fail(`the receipt of record ${n} has come twice`);
      this.#receipts.set(n, settled);
    });
  }

  async #flush(): Promise<void> {
    const timeout = this.#random.int(0, 2000);
    await meetsDeadline('flush', this.#clock, this.#target.flush({ timeout }), timeout + 1);
  }

  async #heal(): Promise<void> {
    this.#network.heal();
    await this.#receiver.heal();
  }

  async #end(): Promise<void> {
    const inPeace = this.#ending === 'in peace';
    if (inPeace) {
      await this.#heal();
      this.#network.calm();
    }
    const timeout = inPeace ? 3_600_000 : this.#random.int(0, 3000);
    this.#step = `dispose ${this.#ending} within ${timeout} ms`;
    await meetsDeadline('dispose', this.#clock, this.#target.dispose({ timeout }), timeout + 2);
    this.#log(2);
    await this.#clock.settle();
    this.#network.reset(); // what was swallowed stays open at the receiver's end
    await this.#clock.advance(5000);
  }

  /** accepted = delivered + fellBack + lost + pending, at every moment, within the bounds. */
  #checkLedger(): TargetStats {
    const stats = this.#target.stats();
    const { accepted, delivered, fellBack, lost, pending, pendingBytes, waiting = 0 } = stats;
    const told = this.#told.length;
    // What the receiver has stored without our knowing may be among what was told, and be accepted later, or again.
    if (accepted + waiting < this.#logged || accepted + waiting > this.#logged + told) {
      this.#fail(`accepted must be ${this.#logged} to ${this.#logged + told}, is ${accepted} with ${waiting} waiting`);
    }
    if (accepted !== delivered + fellBack + lost + pending)
      this.#fail(`the ledger does not close: ${JSON.stringify(stats)}`);
    if (Math.min(delivered, fellBack, lost, pending) < 0) this.#fail(`a count is negative: ${JSON.stringify(stats)}`);
    if (pending > this.#maxQueued) this.#fail(`${pending} records wait, more than ${this.#maxQueued}`);
    if (pendingBytes > this.#maxQueuedBytes)
      this.#fail(`${pendingBytes} bytes wait, more than ${this.#maxQueuedBytes}`);
    const byLevel = Object.values(stats.lostByLevel ?? {}).reduce((sum, count) => sum + count, 0);
    const byReason = Object.values(stats.lostByReason).reduce((sum, count) => sum + count, 0);
    if (byLevel !== lost || byReason !== lost) this.#fail(`${lost} lost, ${byLevel} by level, ${byReason} by reason`);
    return stats;
  }

  /** The records by which the target was told of losses. */
  get #told() {
    return this.#receiver.events.filter(({ record }) => record['logger'] === 'logflume').map(({ record }) => record);
  }

  /** The records of the user that have arrived. */
  get #arrived() {
    return this.#receiver.events.filter(({ record }) => record['logger'] !== 'logflume');
  }

  #checkEnd(): void {
    const { delivered, fellBack, lost, pending, lostByReason, retries, accepted } = this.#checkLedger();
    if (pending !== 0)
      this.#fail(`${pending} records are pending after dispose: ${JSON.stringify(this.#target.stats())}`);
    if (this.#waiting !== 0) this.#fail(`${this.#waiting} log calls have not resolved`);
    this.#checkFailures(lost, fellBack, retries);
    const markers = accepted - this.#logged;
    const here = new Set(this.#arrived.map(({ record }) => Number(record['n'])));
    const there = new Set(this.#fallback?.records.map(({ data }) => Number(data['n'])));
    if (here.size < delivered - markers)
      this.#fail(`${delivered - markers} records are said to be delivered, ${here.size} have arrived`);
    if (there.size !== fellBack) this.#fail(`${fellBack} records are said to have fallen back, ${there.size} have`);
    const missing = Array.from({ length: this.#logged }, (_, n) => n).filter(n => !here.has(n) && !there.has(n));
    if (missing.length > lost) this.#fail(`records ${missing.join()} are missing, and ${lost} lost`);
    if ((lostByReason.rejected ?? 0) > 0) this.#fail('records are rejected, and no receiver has done so');
    if (this.#ending === 'in peace' && (lostByReason['out of time'] ?? 0) > 0) this.#fail('there was time enough');
    if (this.#ending === 'in peace') this.#checkClosed();
    this.#checkOrder(this.#arrived.map(({ record, tag }) => [tag, Number(record['n'])]));
    this.#checkChunks();
    this.#checkReceipts(here, there);
    this.#checkTold(lost, lostByReason);
  }

  #checkReceipts(here: ReadonlySet<number>, there: ReadonlySet<number>): void {
    if (this.#receipts.size !== this.#receiptsWanted)
      this.#fail(`${this.#receiptsWanted} receipts are due, ${this.#receipts.size} have come`);
    for (const [n, { outcome, fallback }] of this.#receipts) {
      if (outcome === 'delivered' && !here.has(n)) this.#fail(`record ${n} has a receipt and has not arrived`);
      if (outcome === 'fell back' && !there.has(n))
        this.#fail(`record ${n} has a receipt of the fallback, which has not`);
      if (outcome === 'fell back' && fallback?.outcome !== 'delivered') this.#fail(`record ${n} has no receipt there`);
      if (outcome === 'lost' && there.has(n)) this.#fail(`record ${n} is lost by its receipt and at the fallback`);
    }
  }

  /** No more is told than was lost. */
  #checkTold(lost: number, lostByReason: TargetStats['lostByReason']): void {
    const told = new Map(this.#told.map(record => [JSON.stringify(record), Number(record['lost'])]));
    // One whose acknowledgement was lost may be told again, together with what was lost since.
    const sum = Math.max(0, ...told.values());
    const untold = (lostByReason.disposed ?? 0) + (lostByReason['out of time'] ?? 0);
    if (sum > lost - untold) this.#fail(`${sum} records were told to be lost, ${lost - untold} are`);
  }

  #checkFailures(lost: number, fellBack: number, retries: number): void {
    const sum = (kind: LogFailure['kind']) =>
      this.#failures.reduce(
        (total, failure) => total + (failure.kind === kind && 'count' in failure ? failure.count : 0),
        0
      );
    // What is logged after dispose is reported once.
    const silent = (this.#target.stats().lostByReason.disposed ?? 0) > 1 ? 1 : 0;
    if (sum('lost') !== lost - silent) this.#fail(`${lost} records are lost, ${sum('lost')} reported as lost`);
    if (sum('fell back') !== fellBack) this.#fail(`${fellBack} records fell back, ${sum('fell back')} are reported`);
    const retrying = this.#failures.filter(({ kind }) => kind === 'retrying').length;
    if (retries > retrying) this.#fail(`${retries} retries were made, ${retrying} announced`);
  }

  #checkClosed(): void {
    if (this.#network.openConnections > 0) this.#fail('connections are left open');
    if (this.#clock.timers > 0) this.#fail(`${this.#clock.timers} timers are left`);
  }

  /** Within a tag, records arrive for the first time in the order in which they were logged. */
  #checkOrder(arrivals: readonly (readonly [tag: string, n: number])[]): void {
    for (const tag of this.#tags) {
      const late = firstOvertaken(arrivals.filter(([of]) => of === tag).map(([, n]) => n));
      if (late !== undefined) this.#fail(`record ${late.late} has arrived after record ${late.last}`);
    }
  }

  /** A record comes again only in the same message, which has always the same id, or in a part of it. */
  #checkChunks(): void {
    const contents = new Map<unknown, string>();
    const homes = new Map<unknown, unknown>();
    for (const { chunk, events } of this.#receiver.messages) {
      if (typeof chunk !== 'string') this.#fail('a message has no chunk');
      const numbers = events.map(({ record }) => record['n']).join();
      if ((contents.get(chunk) ?? numbers) !== numbers) this.#fail(`chunk ${String(chunk)} is used again`);
      contents.set(chunk, numbers);
      const whole = chunk.replace(/(\/\d+-\d+)?(\/again)?$/, '');
      // What is too old is parted from the rest, and a batch that fails again and again is divided.
      if (this.#maxAge !== undefined || this.#told.some(record => 'attempts' in record)) continue;
      for (const { record } of events) {
        if (record['logger'] === 'logflume') continue;
        if ((homes.get(record['n']) ?? whole) !== whole)
          this.#fail(`record ${String(record['n'])} comes in two chunks`);
        homes.set(record['n'], whole);
      }
    }
  }

  #fail(message: string): never {
    throw new AssertionError({ message: `${message} (after: ${this.#step})` });
  }
}
