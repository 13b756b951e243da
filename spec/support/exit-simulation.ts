import { AssertionError } from 'node:assert';
import type { LogRecord } from '../../lib/core/record.js';
import type { LogTarget, TargetStats } from '../../lib/core/target.js';
import { FakeHost } from './fake-host.js';
import { OddTarget } from './odd-target.js';
import type { Random } from './random.js';
import { RandomProgram, type Way } from './random-program.js';
import { numbersOf, Sender } from './receiver.js';
import { type Action, chooseAction, firstOvertaken } from './simulated.js';

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Milliseconds that the last steps of a target, of its factory and of its spool may take beyond a deadline. */
const grace = 200;

const onFailure = () => undefined;

/**
 * One run of a program that logs through one or two factories and ends at some moment: naturally, by `process.exit`, a
 * signal or two, or an error, with everything chosen by a seed. `run` throws if a record has vanished, and returns the
 * trace.
 */
export class ExitSimulation {
  readonly #random: Random;
  readonly #program: RandomProgram;
  /** The accounts when the program ended. */
  #last: readonly TargetStats[] = [];
  /** The last deadline that somebody waits for. */
  #awaited = 0;
  /** Records that were logged when the program had nothing but its last turn. */
  readonly #late: number[] = [];
  /** Nobody listened to the signal that ended it: no code of the program has run. */
  #isKilled = false;
  /** Whether it ended in a way that leaves time, and nobody logged meanwhile. */
  #hasTime = false;
  readonly #broken: string[] = [];
  #step = '';
  readonly #trace: string[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#program = new RandomProgram(random);
    this.#program.host.onEnd = () => this.#end();
  }

  async run(): Promise<readonly string[]> {
    const steps = this.#random.int(1, 20);
    for (let step = 0; step < steps && this.#program.host.isAlive; step++) {
      await this.#act();
      this.#checkAccounts(this.#program.stats());
    }
    if (this.#program.isPeaceful) for (const { receiver } of this.#program.senders) receiver.mood = 'well';
    const begin = this.#program.host.clock.now();
    const longest = await this.#finish();
    this.#note();
    const took = this.#program.host.clock.now() - begin;
    if (this.#program.host.isAlive) this.#fail(`the program has not ended within ${took} ms`);
    if (took > longest + grace) this.#fail(`the end has taken ${took} ms, more than ${longest}`);
    await this.#check();
    return this.#trace;
  }

  /** Something happens. */
  async #act(): Promise<void> {
    const { clock } = this.#program.host;
    const random = this.#random;
    const actions: [Action, ...Action[]] = [
      [10, 'log', () => this.#program.log(random.int(1, 5))],
      [4, 'log a burst', () => this.#program.log(random.int(10, 60))],
      [3, 'log poison', () => this.#program.logPoison()],
      [3, 'deliver', () => this.#program.deliver()],
      [6, 'wait a little', () => clock.advance(random.int(0, 50))],
      [2, 'wait', () => clock.advance(random.int(100, 3000))],
      [2, 'flush', () => this.#await(500, timeout => this.#program.anyPart().factory.flush({ timeout }))],
      [5, 'be moody', () => this.#program.cheerUp(random.pick(['down', 'silent', 'forgetful']))],
      [5, 'be well', () => this.#program.cheerUp('well')],
      [1, 'dispose', () => this.#await(3000, timeout => this.#dispose(timeout))]
    ];
    const [, name, run] = chooseAction(random, actions);
    this.#step = name;
    await run();
    await clock.settle();
    this.#note();
  }

  /** Somebody waits for a deadline: the program lives on until then. */
  #await(most: number, work: (timeout: number) => Promise<unknown>): void {
    const timeout = this.#program.isPeaceful ? 60_000 : this.#random.int(0, most);
    this.#awaited = Math.max(this.#awaited, this.#program.host.clock.now() + timeout);
    void work(timeout);
  }

  async #dispose(timeout: number): Promise<void> {
    const { factory, ways } = this.#program.anyPart();
    await factory.dispose({ timeout });
    for (const { sender, spool } of ways) {
      const { pending } = sender.stats();
      if (pending > 0 && spool === undefined && this.#program.host.isAlive)
        this.#broken.push(`${pending} records of ${sender.name} are pending after dispose`);
    }
  }

  #logLate(): void {
    this.#late.push(this.#program.logged);
    this.#program.log(1);
  }

  /** The program comes to its end, in some way. Returns how long that may take. */
  async #finish(): Promise<number> {
    const host = this.#program.host;
    const random = this.#random;
    const handled = this.#program.parts.flatMap(({ exit }) => exit ?? []);
    const longest = Math.max(0, ...handled.map(({ timeout = 5000 }) => timeout));
    if (random.chance(0.3)) host.on('exit', () => this.#logLate());
    let most = longest;
    const ends: [Action, ...Action[]] = [
      [
        3,
        'run out',
        async () => {
          const isTalkative = random.chance(0.3);
          if (isTalkative) host.on('beforeExit', () => this.#program.log(1));
          const awaited = Math.max(0, this.#awaited - host.clock.now());
          most = awaited + 2 * Math.max(longest, this.#program.exitTimeout);
          await host.runOut();
          this.#hasTime = !isTalkative;
        }
      ],
      [3, 'exit', () => this.#endNow(() => host.exit(3))],
      [
        1,
        'exit in an attempt',
        async () => {
          for (const sender of this.#program.senders) sender.onAttempt = () => host.exit(3);
          this.#program.log(2);
          await host.clock.advance(2000);
          host.exit(3);
          most = 2000;
        }
      ],
      [4, 'signal', () => this.#endBySignal(random.pick(signals))],
      [
        1,
        'signal, with a listener that exits',
        async () => {
          host.on('SIGTERM', () => void host.clock.setTimeout(() => host.exit(7), 50));
          most = Math.max(longest, 50);
          await this.#endBySignal('SIGTERM');
          this.#hasTime = false;
        }
      ],
      [
        1,
        'signal, with a listener that disposes, slowly',
        async () => {
          host.on('SIGTERM', () => void this.#program.anyPart().factory.dispose({ timeout: 60_000 }));
          if (host.listenerCount('SIGTERM') === 1) host.on('SIGTERM', () => host.exit(0));
          await this.#endBySignal('SIGTERM');
        }
      ],
      [1, 'Ctrl-C twice', () => this.#interruptTwice()],
      [
        3,
        'uncaught exception',
        async () => {
          host.throwUncaught(new TypeError('nobody catches this'));
          await this.#liveOn(longest + grace);
        }
      ],
      [
        1,
        'uncaught exception, with another listener',
        async () => {
          host.on('uncaughtException', () => undefined);
          const isHandled = host.listenerCount('uncaughtException') > 1;
          host.throwUncaught(new TypeError('somebody catches this'), 'unhandledRejection');
          await this.#liveOn(longest + grace);
          if (!isHandled) host.exit(0);
        }
      ],
      [
        1,
        'uncaught exception after a signal',
        async () => {
          this.#isKilled = host.listenerCount('SIGTERM') === 0;
          host.signal('SIGTERM');
          host.throwUncaught(new TypeError('on the way out'));
          await this.#liveOn(longest + grace);
        }
      ]
    ];
    const [, name, run] = chooseAction(random, ends);
    this.#step = name;
    await run();
    return most;
  }

  async #endNow(end: () => void): Promise<void> {
    end();
    if (this.#program.host.isAlive) this.#fail('the program has not ended at once');
    await this.#program.host.clock.settle();
  }

  async #endBySignal(signal: NodeJS.Signals): Promise<void> {
    this.#isKilled = this.#program.host.listenerCount(signal) === 0;
    this.#program.host.signal(signal);
    await this.#liveOn(60_000 + grace);
  }

  async #interruptTwice(): Promise<void> {
    const host = this.#program.host;
    this.#isKilled = host.listenerCount('SIGINT') === 0;
    host.signal('SIGINT');
    await this.#liveOn(this.#random.int(0, 50));
    this.#hasTime = false;
    await this.#endNow(() => host.signal('SIGINT'));
  }

  /** The program goes on while it is ending; some log. */
  async #liveOn(time: number): Promise<void> {
    const { clock } = this.#program.host;
    const isBusy = this.#random.chance(0.3);
    this.#hasTime =
      this.#program.host.isAlive && !isBusy && this.#program.parts.every(({ exit }) => exit !== undefined);
    for (let left = time; left > 0 && this.#program.host.isAlive; ) {
      const step = Math.min(left, this.#random.int(1, 50));
      left -= step;
      await clock.advance(step);
      if (!this.#program.host.isAlive) return;
      if (isBusy) this.#program.log(1);
      this.#checkAccounts(this.#program.stats());
    }
  }

  /** The program has ended: nothing of it happens any more. */
  #end(): void {
    for (const sender of this.#program.senders) sender.isDead = true;
    this.#program.disk.crash({ power: false });
    this.#last = this.#program.stats();
  }

  #checkAccounts(all: readonly TargetStats[]): void {
    for (const stats of all) {
      const { accepted, delivered, fellBack, lost, pending } = stats;
      if (accepted !== delivered + fellBack + lost + pending) this.#fail(`it does not close: ${JSON.stringify(stats)}`);
      if (Math.min(delivered, fellBack, lost, pending) < 0) this.#fail(`a count is negative: ${JSON.stringify(stats)}`);
    }
    for (const { receiver } of this.#program.senders)
      if (receiver.broken.length > 0) this.#fail(receiver.broken.join('; '));
  }

  async #check(): Promise<void> {
    this.#checkAccounts(this.#last);
    if (this.#broken.length > 0) this.#fail(this.#broken.join('; '));
    this.#checkReasons();
    for (const { name, pending, spool } of this.#last) {
      if (pending > 0 && !this.#isKilled && spool === undefined)
        this.#fail(`${pending} records of ${name} are pending`);
    }
    const hasPoison = this.#program.poison.size > 0;
    await this.#recover();
    const written = this.#written();
    let missing = 0;
    for (const way of this.#program.ways) {
      const { name } = way.sender;
      const kept = written.get(name) ?? [];
      if (new Set(kept).size < kept.length) this.#fail(`records of ${name} are kept twice: ${kept.join()}`);
      const here = way.sender.receiver.numbers;
      const there = new Set(this.#behind(way));
      const late = firstOvertaken(numbersOf(way.sender.receiver.arrived));
      if (late !== undefined) this.#fail(`record ${late.late} has arrived after record ${late.last} at ${name}`);
      const places = (n: number) => [here.has(n), there.has(n), kept.includes(n)].filter(Boolean).length;
      // What has left a spool is sent again by the next process, if there was no time to note it.
      if (!this.#program.isAmbiguous && way.spool === undefined) {
        const twice = way.logged.filter(n => places(n) > 1);
        if (twice.length > 0) this.#fail(`records ${twice.join()} of ${name} are at two places`);
      }
      const isKept = this.#program.kept.includes(way) && this.#program.host.pipe !== 'closed';
      const gone = this.#late.filter(n => way.logged.includes(n) && places(n) === 0);
      if (isKept && gone.length > 0) this.#fail(`${name} has lost what was logged in the last turn: ${gone.join()}`);
      missing += way.logged.filter(n => places(n) === 0).length;
    }
    const lost = this.#last.reduce((sum, stats) => sum + stats.lost, 0);
    if (this.#isKilled) return;
    if (this.#program.isPeaceful && this.#hasTime && !hasPoison && this.#late.length === 0) this.#checkPeace(written);
    if (missing > lost) this.#fail(`${missing} records are missing, ${lost} are lost`);
    // What nobody caught was logged too, at every target.
    const isExact = !this.#program.isAmbiguous && this.#program.ways.every(({ spool }) => spool === undefined);
    if (isExact && missing < lost - this.#program.ways.length)
      this.#fail(`${lost} records are lost, and only ${missing} missing`);
    this.#checkReceipts(written);
  }

  /** Nothing is lost for lack of time where somebody keeps it. */
  #checkReasons(): void {
    if (this.#program.host.pipe === 'closed') return;
    for (const { sender } of this.#program.kept) {
      const lost = sender.stats().lostByReason;
      if ((lost['out of time'] ?? 0) > 0) this.#fail(`${sender.name} has lost records for lack of time`);
    }
  }

  /** Everybody has taken what he was given. */
  #checkPeace(written: ReadonlyMap<string, readonly number[]>): void {
    if (written.size > 0) this.#fail('there was time enough, and records were written down');
    const late = this.#last.filter(({ lostByReason }) => (lostByReason['out of time'] ?? 0) > 0);
    if (late.length > 0) this.#fail('there was time enough, and records were lost');
  }

  #checkReceipts(written: ReadonlyMap<string, readonly number[]>): void {
    for (const { n, settled } of this.#program.deliveries) {
      for (const { target, outcome } of settled?.targets ?? []) {
        const way = this.#program.ways.find(({ sender }) => sender.name === target);
        if (way === undefined) this.#fail(`a receipt names ${target}`);
        const isHere = way.sender.receiver.numbers.has(n);
        if (outcome === 'delivered' && !isHere) this.#fail(`record ${n} has a receipt, and has not arrived`);
        const isWritten = written.get(target)?.includes(n) ?? false;
        if (outcome === 'lost' && isWritten)
          this.#fail(`record ${n} is lost by its receipt, and written down: ${JSON.stringify(settled)}`);
      }
    }
  }

  /** The numbers of the records that the fallback has from a way. */
  #behind({ sender, fallback }: Way): number[] {
    const records: LogRecord[] = [];
    for (let next: LogTarget | undefined = fallback; next !== undefined; next = next.fallback) {
      if (next instanceof Sender) records.push(...next.receiver.arrived);
      else if (next instanceof OddTarget) records.push(...next.records);
    }
    return numbersOf(records.filter(({ data }) => originOf(data) === sender.name));
  }

  /** What was written to files and to stderr at the end: the numbers of the records, by the target that they were logged to. */
  #written(): Map<string, number[]> {
    const { files, stderr } = this.#program.host;
    const written = new Map<string, number[]>();
    for (const line of [...files.values(), stderr].flatMap(text => text.split('\n').slice(0, -1))) {
      const entry = parsed(line);
      const from = entry && originOf(entry);
      if (from === undefined || entry?.['n'] === undefined) continue;
      written.set(from, [...(written.get(from) ?? []), Number(entry['n'])]);
    }
    return written;
  }

  /** The next program sends what is on disk. */
  async #recover(): Promise<void> {
    this.#program.poison.clear();
    for (const { sender, spool } of this.#program.ways) {
      if (spool === undefined) continue;
      const { clock } = new FakeHost();
      sender.receiver.mood = 'well';
      const own = { ...spool, store: this.#program.disk.process() };
      const next = new Sender(clock, this.#random, sender.receiver, {
        name: sender.name,
        retryDelay: 0,
        spool: own,
        onFailure
      });
      await clock.advance(60_000);
      const disposed = next.dispose({ timeout: 60_000 });
      await clock.advance(60_000);
      await disposed;
    }
  }

  #note(): void {
    const { clock, end } = this.#program.host;
    const counts = this.#program
      .stats()
      .map(one => [one.accepted, one.delivered, one.fellBack, one.lost, one.pending].join(' '));
    this.#trace.push(`${clock.now()} ${this.#step} ${JSON.stringify(end ?? '')}: ${counts.join(', ')}`);
  }

  #fail(message: string): never {
    throw new AssertionError({ message: `${message} (after: ${this.#step})\n${this.#trace.join('\n')}` });
  }
}

/** The target that a record was logged to, if another one has it. */
function originOf(data: Readonly<Record<string, unknown>>): string | undefined {
  const { fellBack } = data as { readonly fellBack?: readonly { readonly from: string }[] };
  return fellBack?.[0]?.from;
}

/** A line of JSON; undefined if it is none, or was cut. */
function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
