import { AssertionError } from 'node:assert';
import { type LogFailure, PermanentDeliveryError } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import { send, type TargetReceipt } from '../../lib/core/receipt.js';
import type { LogRecord } from '../../lib/core/record.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { FakeDisk, type FakeProcess } from './fake-disk.js';
import type { Random } from './random.js';
import { type Mood, numbersOf, Receiver, Sender } from './receiver.js';

/** One process after the other logs to the same receiver, over the same disk. */
export class SpoolSimulation {
  readonly #random: Random;
  readonly #disk: FakeDisk;
  readonly #poison = new Map<number, Error>();
  readonly #receiver = new Receiver(n => this.#poison.get(n));
  readonly #mode: 'outage' | 'always';
  readonly #hasFallback: boolean;
  #fallback: MemoryTarget | undefined;
  readonly #there: LogRecord[] = [];
  #clock = new FakeClock();
  #process: FakeProcess | undefined;
  #target: Sender;
  #options: FlushOptions = {};
  #failures: LogFailure[] = [];
  #logged = 0;
  /** The first record of each process. */
  readonly #starts: number[] = [];
  /** Records that were logged to the process that runs. */
  #loggedHere = 0;
  /** Records that are in the spool when their log call has resolved. */
  readonly #safe = new Set<number>();
  /** Records that were lost with the memory of a process, or may have been. */
  #mayMiss = 0;
  #lostBefore = 0;
  #diskFails = false;
  /** Records were given up because the disk failed to read them: the next process may find and send them all the same. */
  #hasGivenUpReading = false;
  /** Something was written at once: if what was being written then failed, it stands on disk before that. */
  #hasSpilled = false;
  #waiting = 0;
  #isDisposing = false;
  readonly #receipts = new Map<number, TargetReceipt>();
  #step = '';
  readonly #trace: string[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#mode = random.pick(['outage', 'always']);
    this.#hasFallback = random.chance(0.4);
    this.#disk = new FakeDisk(() => random.random());
    this.#disk.fault = ({ kind }) => {
      this.#hasSpilled ||= kind === 'createSync';
      return this.#diskFails && random.chance(0.7) ? random.pick(['EIO', 'ENOSPC', 'EMFILE', 'EACCES']) : undefined;
    };
    this.#target = this.#start();
  }

  async run(): Promise<readonly string[]> {
    const steps = this.#random.int(5, 30);
    for (let step = 0; step < steps; step++) {
      await this.#act();
      this.#check();
    }
    await this.#finish();
    return this.#trace;
  }

  #start(): Sender {
    const random = this.#random;
    this.#clock = new FakeClock(this.#clock.now() + 1000);
    this.#process = this.#disk.process();
    this.#isDisposing = false;
    const failures: LogFailure[] = [];
    this.#failures = failures;
    this.#loggedHere = 0;
    this.#starts.push(this.#logged);
    this.#there.push(...(this.#fallback?.records ?? []));
    this.#fallback = this.#hasFallback ? new MemoryTarget({ name: 'last', maxRecords: 100_000 }) : undefined;
    const overflow = random.pick(['drop', 'wait'] as const);
    this.#options = {
      name: 'target',
      maxSize: random.pick([1, 2, 7, 100]),
      flushInterval: random.pick([0, 10, 1000]),
      flushLevel: random.pick([LogLevel.TRACE, LogLevel.ERROR]),
      retryDelay: random.pick([0, 20, 600]),
      maxRetryDelay: random.pick([600, 2000]),
      ...(random.chance(0.5) && { maxRetries: random.int(0, 3) }),
      maxQueued: random.pick([20, 100_000]),
      maxQueuedBytes: random.pick([20_000, 64 * 1024 * 1024]),
      overflow,
      ...(overflow === 'wait' && { maxWait: random.pick([0, 50, 2000]) }),
      spool: { directory: '/spool', mode: this.#mode, store: this.#process },
      ...(this.#fallback !== undefined && { fallbackTarget: this.#fallback }),
      onFailure: failure => {
        failures.push(failure);
        if (failure.kind === 'lost' && failure.reason === 'unreadable') this.#hasGivenUpReading = true;
      }
    };
    return new Sender(this.#clock, random, this.#receiver, this.#options);
  }

  async #act(): Promise<void> {
    const random = this.#random;
    const actions: readonly [string, () => void | Promise<void>][] = [
      ['log', () => this.#log(random.int(1, 5))],
      ['log', () => this.#log(random.int(1, 5))],
      ['log a burst', () => this.#log(random.int(10, 60))],
      ['log one after the other', () => void this.#logInTurn(random.int(2, 6))],
      ['log poison', () => this.#logPoison()],
      ['deliver', () => this.#deliver()],
      ['wait a little', () => this.#clock.advance(random.int(0, 50))],
      ['wait', () => this.#clock.advance(random.int(100, 3000))],
      ['wait', () => this.#clock.advance(random.int(100, 3000))],
      ['flush', () => this.#flush()],
      ['be moody', () => this.#cheerUp(random.pick(['down', 'silent', 'forgetful']))],
      ['be well', () => this.#cheerUp('well')],
      ['disk trouble', () => this.#trouble()],
      ['disk well', () => this.#heal()],
      ['crash', () => this.#crash()],
      ['restart', () => this.#restart()]
    ];
    const [name, action] = actions[random.int(0, actions.length - 1)] ?? this.#fail('no action');
    this.#step = name;
    await action();
    const { accepted, delivered, fellBack, lost, pending, spool } = this.#target.stats();
    this.#trace.push(
      `${this.#clock.now()} ${name}: ${[accepted, delivered, fellBack, lost, pending, spool?.records].join(' ')}`
    );
  }

  #cheerUp(mood: Mood): void {
    this.#receiver.mood = mood;
  }

  #trouble(): void {
    this.#diskFails = true;
    this.#receiver.isLenient = true;
  }

  #heal(): void {
    this.#diskFails = false;
  }

  #log(count: number): void {
    for (let index = 0; index < count; index++) {
      const record = this.#record();
      this.#await(this.#target.log(record), record.sequence);
    }
  }

  /** As one caller does who awaits each call. */
  async #logInTurn(count: number): Promise<void> {
    const target = this.#target;
    for (let index = 0; index < count && target === this.#target && !this.#isDisposing; index++) {
      const record = this.#record();
      const taken = target.log(record);
      this.#await(taken, record.sequence);
      await taken;
    }
  }

  #logPoison(): void {
    const error = this.#random.chance(0.5) ? new PermanentDeliveryError('poison') : new Error('broken off');
    this.#poison.set(this.#logged, error);
    this.#log(1);
  }

  #deliver(): void {
    const n = this.#logged;
    const { taken, ticket } = send(this.#target, this.#record());
    this.#await(taken, n);
    void ticket?.receipt.then(settled => this.#receipts.set(n, settled));
  }

  #record(): LogRecord {
    const level = this.#random.pick([LogLevel.DEBUG, LogLevel.INFORMATION, LogLevel.WARNING, LogLevel.ERROR]);
    const data = { n: this.#logged++, text: 'x'.repeat(this.#random.int(0, 300)) };
    this.#loggedHere++;
    return someRecord({ level, data, sequence: data.n, timestamp: this.#clock.now() });
  }

  #await(taken: void | Promise<void>, n: number): void {
    if (taken === undefined) return;
    const target = this.#target;
    this.#waiting++;
    void taken.then(() => {
      if (target !== this.#target) return;
      this.#waiting--;
      if (this.#mode === 'always' && !this.#receiver.isLenient) this.#safe.add(n);
    });
  }

  async #flush(): Promise<void> {
    let flushed = false;
    const timeout = this.#random.int(0, 2000);
    void this.#target.flush({ timeout }).then(() => {
      flushed = true;
    });
    await this.#clock.advance(timeout + 1);
    if (!flushed) this.#fail(`flush has missed its deadline of ${timeout} ms`);
  }

  /** The process dies: what is in its memory is gone. */
  async #crash(): Promise<void> {
    const { lost, fellBack, delivered, accepted } = this.#target.stats();
    this.#target.isDead = true;
    this.#disk.crash({ power: this.#random.chance(0.5) });
    this.#mayMiss += Math.max(0, accepted - lost - delivered - fellBack) + (this.#target.stats().waiting ?? 0);
    this.#lostBefore += lost;
    this.#waiting = 0;
    this.#target = this.#start();
    await this.#clock.settle();
  }

  async #restart(): Promise<void> {
    await this.#dispose(this.#random.int(0, 3000));
    const { lost } = this.#target.stats();
    this.#lostBefore += lost;
    this.#process?.kill();
    this.#target = this.#start();
    this.#waiting = 0;
  }

  async #dispose(timeout: number): Promise<void> {
    let disposed = false;
    this.#isDisposing = true;
    void this.#target.dispose({ timeout }).then(() => {
      disposed = true;
    });
    await this.#clock.advance(timeout + 2);
    await this.#clock.settle();
    if (!disposed) this.#fail(`dispose has missed its deadline of ${timeout} ms`);
    const stats = this.#check();
    if (stats.pending !== (stats.spool?.records ?? 0))
      this.#fail(`not all that is pending is on disk: ${JSON.stringify(stats)}`);
    if (this.#waiting !== 0) this.#fail(`${this.#waiting} log calls have not resolved`);
    if (this.#clock.timers > 0) this.#fail(`${this.#clock.timers} timers are left: ${JSON.stringify(stats)}`);
    const kept = this.#failures.reduce((sum, failure) => sum + (failure.kind === 'kept' ? failure.count : 0), 0);
    if (kept !== stats.pending) this.#fail(`${stats.pending} records are kept, ${kept} reported`);
  }

  #check() {
    const stats = this.#target.stats();
    const { accepted, delivered, fellBack, lost, pending, pendingBytes, waiting = 0, spool } = stats;
    const shown = JSON.stringify(stats);
    if (accepted !== delivered + fellBack + lost + pending) this.#fail(`the ledger does not close: ${shown}`);
    if (Math.min(delivered, fellBack, lost, pending, pendingBytes) < 0) this.#fail(`a count is negative: ${shown}`);
    const markers = this.#receiver.told.length;
    const given = accepted + waiting - (spool?.recovered ?? 0);
    if (given < this.#loggedHere || given > this.#loggedHere + markers)
      this.#fail(`${this.#loggedHere} records were logged: ${shown}`);
    const { maxQueued = 0, maxQueuedBytes = 0 } = this.#options;
    if (pending - (spool?.records ?? 0) > maxQueued) this.#fail(`more than ${maxQueued} records wait: ${shown}`);
    if (pendingBytes > maxQueuedBytes) this.#fail(`${pendingBytes} bytes wait, more than ${maxQueuedBytes}`);
    const sum = (counts: Readonly<Record<string, number>> = {}) => Object.values(counts).reduce((a, b) => a + b, 0);
    if (sum(stats.lostByLevel) !== lost || sum(stats.lostByReason) !== lost) this.#fail(`not all is told: ${shown}`);
    const reported = this.#failures.reduce((all, one) => all + (one.kind === 'lost' ? one.count : 0), 0);
    if (reported > lost) this.#fail(`${reported} losses are reported: ${shown}`);
    if (this.#receiver.broken.length > 0) this.#fail(this.#receiver.broken.join('; '));
    return stats;
  }

  /** The last process has all the time it needs, and everything works. */
  async #finish(): Promise<void> {
    this.#step = 'the end';
    this.#cheerUp('well');
    this.#heal();
    await this.#clock.advance(120_000);
    await this.#dispose(3_600_000);
    const stats = this.#target.stats();
    if (stats.pending !== 0) this.#fail(`something is left: ${JSON.stringify(stats)}`);
    const here = this.#receiver.numbers;
    const there = new Set(numbersOf([...this.#there, ...(this.#fallback?.records ?? [])]));
    this.#checkOrder();
    const missing = Array.from({ length: this.#logged }, (_, n) => n).filter(n => !here.has(n) && !there.has(n));
    const lost = this.#lostBefore + stats.lost;
    if (missing.length > lost + this.#mayMiss)
      this.#fail(`records ${missing.join()} are missing, ${lost} were lost, ${this.#mayMiss} may be`);
    const unsafe = missing.filter(n => this.#safe.has(n));
    if (unsafe.length > lost) this.#fail(`records ${unsafe.join()} were on disk and are missing, ${lost} were lost`);
    for (const [n, { outcome }] of this.#receipts)
      if (outcome === 'delivered' && !here.has(n)) this.#fail(`record ${n} has a receipt, and has not arrived`);
  }

  /** Of all processes together, unless one could not look at what another had left. */
  #checkOrder(): void {
    if (this.#hasGivenUpReading || (this.#hasSpilled && this.#receiver.isLenient)) return;
    const seen = new Set<number>();
    const last = new Map<number, number>();
    for (const { data, loggerName } of this.#receiver.arrived) {
      const n = Number(data['n']);
      if (loggerName === 'logflume' || seen.has(n)) continue;
      const line = this.#receiver.isLenient ? this.#starts.findLastIndex(start => start <= n) : 0;
      seen.add(n);
      if (n < (last.get(line) ?? -1)) this.#fail(`record ${n} has arrived after record ${last.get(line)}`);
      last.set(line, n);
    }
  }

  #fail(message: string): never {
    throw new AssertionError({ message: `${message} (after: ${this.#step})\n${this.#trace.join('\n')}` });
  }
}
