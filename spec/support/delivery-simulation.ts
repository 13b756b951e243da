import { AssertionError } from 'node:assert';
import { type LogFailure, PermanentDeliveryError } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import { send, type TargetReceipt } from '../../lib/core/receipt.js';
import type { LogRecord } from '../../lib/core/record.js';
import type { LogTarget, TargetStats } from '../../lib/core/target.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import type { OverflowPolicy } from '../../lib/delivery/overflow.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { OddTarget, Shelf } from './odd-target.js';
import type { Random } from './random.js';
import { type Mood, numbersOf, Receiver, Sender } from './receiver.js';
import { firstOvertaken, meetsDeadline } from './simulated.js';

/**
 * One run of the engine behind `FlushLogTarget`, with everything chosen by a seed: the options, the load, poison, what
 * the destination and its fallback do, receipts, and the end. `run` throws if a promise is broken, and returns the trace.
 */
export class DeliverySimulation {
  readonly #random: Random;
  readonly #clock = new FakeClock();
  readonly #options: FlushOptions;
  readonly #target: Sender;
  readonly #fallback: Sender | undefined;
  readonly #last: OddTarget | undefined;
  readonly #shelf: Shelf | undefined;
  /** The last fallback may take nothing any more some day, and hold up what comes before it. */
  readonly #hangs: boolean;
  readonly #failures: LogFailure[] = [];
  /** What the records do to a receiver, by their numbers. */
  readonly #poison = new Map<number, Error>();
  readonly #receipts = new Map<number, TargetReceipt>();
  #wanted = 0;
  #waiting = 0;
  #logged = 0;
  /** Whether an answer may have been lost. */
  #forgets = false;
  #step = '';
  readonly #trace: string[] = [];

  constructor(random: Random) {
    this.#random = random;
    const receiver = () => new Receiver(n => this.#poison.get(n));
    const depth = random.pick([0, 0, 1, 2]);
    const oddity = random.pick(['none', 'none', 'slow', 'failing', 'hanging'] as const);
    this.#hangs = depth > 0 && oddity === 'hanging';
    this.#last = depth === 0 ? undefined : new OddTarget(oddity, this.#clock, random);
    this.#shelf = random.chance(0.2) ? new Shelf(random.pick([3, 1000])) : undefined;
    const common = () => {
      const retryDelay = random.pick([0, 20, 600]);
      return {
        maxSize: random.pick([1, 2, 7, 100]),
        flushInterval: random.pick([0, 10, 1000]),
        flushLevel: random.pick([LogLevel.TRACE, LogLevel.ERROR]),
        retryDelay,
        maxRetryDelay: retryDelay + random.pick([50, 2000]),
        ...(random.chance(0.5) && { maxRetries: random.int(0, 3) })
      };
    };
    if (depth === 2 && this.#last !== undefined) {
      this.#fallback = new Sender(this.#clock, random, receiver(), {
        ...common(),
        name: 'middle',
        maxQueued: random.pick([3, 100_000]),
        maxQueuedBytes: random.pick([3000, 64 * 1024 * 1024]),
        overflow: random.pick(['drop', 'wait', 'fallback']),
        fallbackTarget: this.#last,
        onFailure: () => undefined
      });
    }
    const next: LogTarget | undefined = this.#fallback ?? this.#last;
    const own = common();
    const overflow: OverflowPolicy =
      next === undefined ? random.pick(['drop', 'wait']) : random.pick(['drop', 'wait', 'fallback']);
    this.#options = {
      ...own,
      name: 'first',
      maxQueued: random.pick([3, 20, 100_000]),
      maxQueuedBytes: random.pick([3000, 20_000, 64 * 1024 * 1024]),
      overflow,
      ...(overflow === 'wait' && { maxWait: random.pick([0, 50, 2000]) }),
      ...(random.chance(0.3) && { maxAge: own.flushInterval + random.pick([100, 3000]) }),
      ...(next !== undefined && { fallbackTarget: next }),
      onFailure: failure => this.#failures.push(failure)
    };
    this.#target = new Sender(this.#clock, random, receiver(), this.#options);
    if (this.#shelf !== undefined) this.#target.keepAtExit(this.#shelf);
  }

  async run(): Promise<readonly string[]> {
    const steps = this.#random.int(5, 30);
    for (let step = 0; step < steps; step++) {
      await this.#act();
      this.#check();
    }
    const inPeace = this.#random.chance(0.6);
    if (inPeace) this.#cheerUp('well');
    await this.#dispose(inPeace ? 3_600_000 : this.#random.int(0, 3000));
    this.#checkEnd(inPeace);
    return this.#trace;
  }

  async #act(): Promise<void> {
    const random = this.#random;
    const actions: readonly [string, () => void | Promise<void>][] = [
      ['log', () => this.#log(random.int(1, 5))],
      ['log', () => this.#log(random.int(1, 5))],
      ['log a burst', () => this.#log(random.int(10, 60))],
      ['log poison', () => this.#logPoison()],
      ['deliver', () => this.#deliver()],
      ['wait a little', () => this.#clock.advance(random.int(0, 50))],
      ['wait', () => this.#clock.advance(random.int(100, 3000))],
      ['flush', () => this.#flush()],
      ['be moody', () => this.#cheerUp(random.pick(['down', 'silent', 'forgetful']))],
      ['be well', () => this.#cheerUp('well')]
    ];
    const [name, action] = actions[random.int(0, actions.length - 1)] ?? this.#fail('no action');
    this.#step = name;
    await action();
    const { accepted, delivered, fellBack, lost, pending } = this.#target.stats();
    this.#trace.push(`${this.#clock.now()} ${name}: ${[accepted, delivered, fellBack, lost, pending].join(' ')}`);
  }

  #cheerUp(mood: Mood): void {
    if (mood === 'forgetful') this.#forgets = true;
    if (mood === 'well' || this.#random.chance(0.7)) this.#target.receiver.mood = mood;
    if (this.#fallback !== undefined && (mood === 'well' || this.#random.chance(0.3)))
      this.#fallback.receiver.mood = mood;
  }

  #log(count: number): void {
    for (let index = 0; index < count; index++) this.#await(this.#target.log(this.#record()));
  }

  #logPoison(): void {
    this.#addPoison();
    this.#log(1);
  }

  /** The next record will be refused, or make the receiver break off every time. */
  #addPoison(): void {
    const error = this.#random.chance(0.5) ? new PermanentDeliveryError('poison') : new Error('broken off');
    this.#poison.set(this.#logged, error);
  }

  #deliver(): void {
    const n = this.#logged;
    if (this.#random.chance(0.2)) this.#addPoison();
    this.#wanted++;
    const { taken, ticket } = send(this.#target, this.#record());
    this.#await(taken);
    void ticket?.receipt.then(settled => this.#receipts.set(n, settled));
  }

  #record(): LogRecord {
    const level = this.#random.pick([LogLevel.DEBUG, LogLevel.INFORMATION, LogLevel.WARNING, LogLevel.ERROR]);
    const data = { n: this.#logged++, text: 'x'.repeat(this.#random.int(0, 300)) };
    return someRecord({ level, data, sequence: data.n, timestamp: this.#clock.now() });
  }

  #await(taken: void | Promise<void>): void {
    if (taken === undefined) return;
    this.#waiting++;
    void taken.then(() => this.#waiting--);
  }

  async #flush(): Promise<void> {
    const timeout = this.#random.int(0, 2000);
    await meetsDeadline('flush', this.#clock, this.#target.flush({ timeout }), timeout + 1);
  }

  async #dispose(timeout: number): Promise<void> {
    this.#step = `dispose within ${timeout} ms`;
    await meetsDeadline('dispose', this.#clock, this.#target.dispose({ timeout }), timeout + 2);
    this.#log(1);
    await this.#clock.settle();
  }

  #check(): TargetStats {
    const stats = this.#target.stats();
    const { accepted, delivered, fellBack, lost, pending, pendingBytes, waiting = 0 } = stats;
    const { maxQueued = 0, maxQueuedBytes = 0 } = this.#options;
    const shown = JSON.stringify(stats);
    if (accepted !== delivered + fellBack + lost + pending) this.#fail(`the ledger does not close: ${shown}`);
    if (Math.min(delivered, fellBack, lost, pending, pendingBytes) < 0) this.#fail(`a count is negative: ${shown}`);
    const markers = this.#target.receiver.told.length;
    if (accepted + waiting < this.#logged || accepted + waiting > this.#logged + markers)
      this.#fail(`${this.#logged} records were logged: ${shown}`);
    // What waits for the fallback comes on top: a quarter, and at least one record.
    if (pending > maxQueued * 1.25 + 1) this.#fail(`${pending} records wait, more than ${maxQueued}`);
    if (pendingBytes > maxQueuedBytes * 1.25 + 2000)
      this.#fail(`${pendingBytes} bytes wait, more than ${maxQueuedBytes}`);
    const sum = (counts: Readonly<Record<string, number>> = {}) => Object.values(counts).reduce((a, b) => a + b, 0);
    if (sum(stats.lostByLevel) !== lost || sum(stats.lostByReason) !== lost) this.#fail(`not all is told: ${shown}`);
    for (const { receiver } of [this.#target, this.#fallback].filter(one => one !== undefined))
      if (receiver.broken.length > 0) this.#fail(receiver.broken.join('; '));
    return stats;
  }

  #checkEnd(inPeace: boolean): void {
    const stats = this.#check();
    if (stats.pending !== 0 || stats.waiting !== 0) this.#fail(`something is left: ${JSON.stringify(stats)}`);
    if (this.#waiting !== 0) this.#fail(`${this.#waiting} log calls have not resolved`);
    void this.#last?.dispose(); // it may be left waiting
    if (this.#clock.timers > 0) this.#fail(`${this.#clock.timers} timers are left`);
    if (inPeace && !this.#hangs && (stats.lostByReason['out of time'] ?? 0) > 0) this.#fail('there was time enough');
    const { arrived, numbers: here } = this.#target.receiver;
    const kept = this.#shelf?.kept.map(({ record }) => record) ?? [];
    const fallen = this.#fallback?.receiver.arrived ?? [];
    const there = new Set(numbersOf([...fallen, ...(this.#last?.records ?? []), ...kept]));
    this.#checkOrder(arrived);
    const markers = stats.accepted - this.#logged;
    if (here.size < stats.delivered - markers) this.#fail(`${stats.delivered} delivered, ${here.size} have arrived`);
    const missing = Array.from({ length: this.#logged }, (_, n) => n).filter(n => !here.has(n) && !there.has(n));
    const lostThere = this.#fallback?.stats().lost ?? 0;
    if (missing.length > stats.lost + lostThere)
      this.#fail(`records ${missing.join()} are missing, ${stats.lost} lost`);
    for (const n of this.#poison.keys()) if (here.has(n)) this.#fail(`poison ${n} has arrived`);
    this.#checkTold(stats, inPeace);
    const taken = this.#fallback?.stats().accepted ?? this.#last?.records.length ?? 0;
    if (stats.fellBack > taken + kept.length) this.#fail(`${stats.fellBack} fell back, ${taken} were taken`);
    this.#checkFailures(stats);
    this.#checkReceipts(here, there);
  }

  /** What was lost is told once, and all of it if there is time. */
  #checkTold({ lost, lostByReason }: TargetStats, inPeace: boolean): void {
    const told = this.#target.receiver.told.flatMap(({ data }) => ('lost' in data ? [Number(data['lost'])] : []));
    const untold = (lostByReason.disposed ?? 0) + (lostByReason['out of time'] ?? 0);
    // One whose answer was lost is told again, together with what was lost since.
    const sum = this.#forgets ? Math.max(0, ...told) : told.reduce((all, count) => all + count, 0);
    if (sum > lost) this.#fail(`${told.join()} were told to be lost, ${lost} are`);
    // A target that did not take the last batch in any attempt is not told, as nobody waits for it.
    const isHeard = lostByReason['retries exhausted'] === undefined && lostByReason['too old'] === undefined;
    const isAllTold = inPeace && isHeard && !this.#forgets && this.#last === undefined;
    if (isAllTold && sum < lost - untold) this.#fail(`${told.join()} were told to be lost, ${lost - untold} are`);
  }

  #checkOrder(records: readonly LogRecord[]): void {
    const late = firstOvertaken(numbersOf(records));
    if (late !== undefined) this.#fail(`record ${late.late} has arrived after record ${late.last}`);
  }

  #checkFailures({ lost, fellBack, lostByReason }: TargetStats): void {
    const sum = (kind: LogFailure['kind']) =>
      this.#failures.reduce(
        (all, failure) => all + (failure.kind === kind && 'count' in failure ? failure.count : 0),
        0
      );
    const silent = Math.max(0, (lostByReason.disposed ?? 0) - 1);
    if (sum('lost') !== lost - silent) this.#fail(`${lost} are lost, ${sum('lost')} reported`);
    if (sum('fell back') !== fellBack) this.#fail(`${fellBack} fell back, ${sum('fell back')} reported`);
    for (const record of [...(this.#fallback?.receiver.arrived ?? []), ...(this.#last?.records ?? [])]) {
      if (record.loggerName !== 'logflume' && !JSON.stringify(record.data['fellBack'] ?? '').includes('"from":"first"'))
        this.#fail('a record has come to a fallback without the name of the target');
    }
  }

  #checkReceipts(here: ReadonlySet<number>, there: ReadonlySet<number>): void {
    if (this.#receipts.size !== this.#wanted)
      this.#fail(`${this.#wanted} receipts are due, ${this.#receipts.size} have come`);
    for (const [n, { outcome, fallback }] of this.#receipts) {
      if (outcome === 'delivered' && !here.has(n)) this.#fail(`record ${n} has a receipt, and has not arrived`);
      if (outcome !== 'fell back') continue;
      const isThere = fallback?.outcome === 'delivered' || fallback?.fallback?.outcome === 'delivered';
      if (isThere && !there.has(n)) this.#fail(`record ${n} has a receipt of a fallback, and is not there`);
      if (fallback === undefined && this.#shelf === undefined)
        this.#fail(`record ${n} fell back, and nobody knows more`);
    }
  }

  #fail(message: string): never {
    throw new AssertionError({ message: `${message} (after: ${this.#step})` });
  }
}
