import { AssertionError } from 'node:assert';
import type { LogFailure } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import type { TargetStats } from '../../lib/core/target.js';
import { LogstashTarget } from '../../lib/targets/logstash/target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { LogstashReceiver } from '../../lib/testing/logstash-receiver.js';
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

/**
 * One run of the real Logstash target over the real code of its transports, against a receiver that misbehaves, over a
 * network and a clock in memory, with everything chosen by a seed. `run` throws if a promise is broken, and returns the
 * trace of what happened.
 */
export class LogstashSimulation {
  readonly #random: Random;
  readonly #clock = new FakeClock();
  readonly #network: MemoryNetwork;
  readonly #input: 'tcp' | 'beats' | 'http';
  readonly #receiver: LogstashReceiver;
  readonly #fallback: MemoryTarget | undefined;
  readonly #target: LogstashTarget;
  readonly #failures: LogFailure[] = [];
  readonly #isPeaceful: boolean;
  readonly #maxQueued: number;
  #logged = 0;
  #step = '';

  constructor(seed: number) {
    const random = new Random(seed);
    this.#random = random;
    this.#input = random.pick(['tcp', 'beats', 'beats', 'http']);
    this.#network = new MemoryNetwork(this.#clock, random, {
      latency: [0, random.pick([1, 5, 50])],
      ...anyWeather(random),
      window: random.pick([500, 5000, 65_536])
    });
    this.#receiver = new LogstashReceiver(this.#input, this.#clock);
    this.#network.listen(stream => this.#receiver.accept(stream));
    this.#fallback = random.chance(0.4) ? new MemoryTarget({ maxRecords: 100_000 }) : undefined;
    this.#isPeaceful = random.chance(0.66);
    this.#maxQueued = random.pick([5, 50, 100_000]);
    const retryDelay = random.pick([0, 10, 600]);
    this.#target = new LogstashTarget({
      transport: this.#input,
      dial: this.#network.dial,
      clock: this.#clock,
      random: () => random.random(),
      ...(this.#input === 'beats' && { compress: false }), // threads of zlib's do not keep to the clock
      ...(this.#input !== 'http' && { reconnectInterval: random.pick([50, 5000, Number.POSITIVE_INFINITY]) }),
      maxSize: random.pick([1, 3, 10, 500]),
      maxBytes: random.pick([100, 3000, 1024 * 1024]),
      flushInterval: random.pick([0, 10, 1000]),
      flushLevel: random.pick([LogLevel.TRACE, LogLevel.ERROR, LogLevel.CRITICAL]),
      maxQueued: this.#maxQueued,
      retryDelay,
      maxRetryDelay: retryDelay + random.pick([50, 2000]),
      jitter: random.pick([0, 0.2, 1]),
      ackTimeout: random.pick([100, 1000]),
      connectTimeout: random.pick([50, 500]),
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
    return [this.#input, ...traceOf(this.#network, this.#failures)];
  }

  async #act(): Promise<void> {
    const random = this.#random;
    const receiver = this.#receiver;
    const count = random.int(1, 3);
    const status = random.pick([200, 302, 401, 429, 500, 503]);
    const headers: Record<string, string> = random.chance(0.5) ? { 'retry-after': '2' } : {};
    const actions: [Action, ...Action[]] = [
      [10, 'log', () => this.#log(random.int(1, 5))],
      [4, 'log a burst', () => this.#log(random.int(20, 100))],
      [8, 'wait a little', () => this.#clock.advance(random.int(0, 50))],
      [4, 'wait', () => this.#clock.advance(random.int(100, 3000))],
      [2, 'flush', () => this.#flush()],
      ...networkActions(this.#network, receiver),
      [1, 'reset after some bytes', () => receiver.resetAfter({ bytes: random.int(1, 2000) })],
      [1, 'reset after some windows', () => receiver.resetAfter({ windows: count })],
      [1, 'half-close', () => receiver.halfClose()],
      [1, 'stall', () => receiver.stall()],
      [1, 'block', () => receiver.block(random.int(20, 200))],
      [1, 'delay acknowledgements', () => receiver.delayAcks(random.int(1, 2000))],
      [1, 'forget acknowledgements', () => receiver.forgetAcks(count)],
      [1, 'wrong acknowledgements', () => receiver.wrongAcks(count)],
      [1, 'partial acknowledgements', () => receiver.partialAcks(count)],
      [1, 'halve windows', () => receiver.halveWindows(count)],
      [1, 'split acknowledgements', () => receiver.splitAcks()],
      [1, 'discard', () => receiver.discard(count)],
      [1, 'answer', () => this.#answer(status, headers, count)],
      [1, 'limit bodies', () => receiver.limitBody(3000)],
      [6, 'heal', () => this.#heal()]
    ];
    const [, name, run] = chooseAction(random, actions);
    this.#step = name;
    await run();
  }

  /** A 200 is none: what it answers is not stored. */
  #answer(status: number, headers: Readonly<Record<string, string>>, count: number): void {
    if (status !== 200) this.#receiver.answer({ status, headers }, count);
  }

  #log(count: number): void {
    for (let index = 0; index < count; index++) {
      const level = this.#random.pick([LogLevel.DEBUG, LogLevel.INFORMATION, LogLevel.WARNING, LogLevel.ERROR]);
      const data = { n: this.#logged++, text: 'x'.repeat(this.#random.int(0, 300)) };
      void this.#target.log(someRecord({ level, data, timestamp: this.#clock.now() }));
    }
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
    if (this.#isPeaceful) {
      await this.#heal();
      this.#network.calm();
    }
    const timeout = this.#isPeaceful ? 600_000 : this.#random.int(0, 3000);
    this.#step = `dispose within ${timeout} ms`;
    // In steps: what takes turns of the event loop, and no time, is overtaken by a clock that jumps.
    await meetsDeadline('dispose', this.#clock, this.#target.dispose({ timeout }), timeout + 2, 100);
    this.#log(2);
    await this.#clock.advance(200); // what was sent last is still on its way
    this.#network.reset();
    await this.#clock.advance(5000);
  }

  #checkLedger(): TargetStats {
    const stats = this.#target.stats();
    const { accepted, delivered, fellBack, lost, pending } = stats;
    // What is beyond tells of losses, or of a batch that fails again and again, and is no record of ours.
    const own = accepted - this.#logged;
    if (own < 0 || (own > 0 && lost === 0 && stats.retries === 0))
      this.#fail(`accepted must be ${this.#logged}, is ${accepted}`);
    if (accepted !== delivered + fellBack + lost + pending) this.#fail(`it does not close: ${JSON.stringify(stats)}`);
    if (pending > this.#maxQueued + own) this.#fail(`${pending} records wait, more than ${this.#maxQueued}`);
    return stats;
  }

  #checkEnd(): void {
    const { accepted, delivered, lost, pending, lostByReason } = this.#checkLedger();
    const own = accepted - this.#logged;
    if (pending !== 0) this.#fail(`${pending} records are pending after dispose`);
    const arrivals = this.#receiver.events.flatMap(({ event }) => numberOf(event));
    const here = new Set(arrivals);
    const there = new Set(this.#fallback?.records.map(({ data }) => Number(data['n'])));
    if (this.#input !== 'tcp') {
      if (here.size < delivered - own) this.#fail(`${delivered} are said to be delivered, ${here.size} have arrived`);
      const missing = Array.from({ length: this.#logged }, (_, n) => n).filter(n => !here.has(n) && !there.has(n));
      if (missing.length > lost) this.#fail(`records ${missing.join()} are missing, and ${lost} lost`);
    }
    if (this.#isPeaceful && (lostByReason['out of time'] ?? 0) > 0) this.#fail('there was time enough');
    if (this.#isPeaceful && this.#network.openConnections > 0) this.#fail('connections are left open');
    if (this.#isPeaceful && this.#clock.timers > 0) this.#fail(`${this.#clock.timers} timers are left`);
    if (this.#receiver.errors.length > 0)
      this.#fail(`the receiver was sent ${String(this.#receiver.errors[0]?.error)}`);
    // Over TCP nobody waits for an answer: what two connections bring may overtake each other.
    const connections =
      this.#input === 'tcp' ? Array.from({ length: this.#receiver.connections }, (_, id) => id + 1) : [0];
    for (const id of connections) {
      const events = this.#receiver.events.filter(({ connection }) => id === 0 || connection === id);
      this.#checkOrder(events.flatMap(({ event }) => numberOf(event)));
    }
  }

  /** Records arrive for the first time in the order in which they were logged. */
  #checkOrder(arrivals: readonly number[]): void {
    const late = firstOvertaken(arrivals);
    if (late !== undefined) this.#fail(`record ${late.late} has arrived after record ${late.last}`);
  }

  #fail(message: string): never {
    throw new AssertionError({ message: `${this.#input}: ${message} (after: ${this.#step})` });
  }
}

/** The number of a record; none of a line that was cut. */
function numberOf(event: Readonly<Record<string, unknown>>): number[] {
  const { extra } = event as { extra?: { n?: number } };
  return extra?.n === undefined ? [] : [extra.n];
}
