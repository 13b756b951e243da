import type { ExitOptions } from '../../lib/core/exit.js';
import { LoggerFactory } from '../../lib/core/factory.js';
import { PermanentDeliveryError } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import type { Receipt } from '../../lib/core/receipt.js';
import type { LogTarget, TargetStats } from '../../lib/core/target.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import { FakeDisk } from './fake-disk.js';
import { FakeHost } from './fake-host.js';
import { OddTarget } from './odd-target.js';
import type { Random } from './random.js';
import { type Mood, Receiver, Sender } from './receiver.js';

/** A target that was added to a factory, and what its records may end at. */
export interface Way {
  readonly sender: Sender;
  readonly fallback: Sender | OddTarget | undefined;
  /** The numbers of the records that were logged to it. */
  readonly logged: number[];
  readonly spool: FlushOptions['spool'];
}

/** A factory, and how it takes part in the end. */
export interface Part {
  readonly factory: LoggerFactory;
  readonly exit: ExitOptions | undefined;
  readonly ways: readonly Way[];
}

/** A record that was logged with a receipt, and that, when it has come. */
export interface Delivery {
  readonly n: number;
  settled: Receipt | undefined;
}

const onFailure = () => undefined;

/** A program in memory that logs through one or two factories, to targets of all kinds; all of it chosen by chance. */
export class RandomProgram {
  readonly host = new FakeHost();
  readonly disk: FakeDisk;
  /** Whether everybody takes what he is given in the end, and there is time enough. */
  readonly isPeaceful: boolean;
  readonly parts: readonly Part[];
  /** What the records do to a receiver, by their numbers. */
  readonly poison = new Map<number, Error>();
  readonly deliveries: Delivery[] = [];
  /** Whether a record may be at two places, as the protocol's answer was lost. */
  isAmbiguous = false;
  /** Records are numbered from 0. */
  logged = 0;
  /** The longest of all targets. */
  exitTimeout = 0;
  readonly #random: Random;
  readonly #shared: Sender | OddTarget | undefined;
  #names = 0;

  constructor(random: Random) {
    this.#random = random;
    this.disk = new FakeDisk(() => random.random());
    this.host.capacity = random.pick([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 1500]);
    this.host.isReadOnly = random.chance(0.1);
    this.host.pipe = random.pick(['open', 'open', 'full', 'closed']);
    if (random.chance(0.2)) this.host.files.set('/one.jsonl', '{"message":"cut');
    this.isPeaceful = random.chance(0.3);
    this.#shared = random.chance(0.3) ? this.#makeFallback('shared') : undefined;
    this.parts = Array.from({ length: random.int(1, 2) }, () => this.#makePart());
  }

  /** All targets that were added. */
  get ways(): readonly Way[] {
    return this.parts.flatMap(({ ways }) => ways);
  }

  /** Those whose records are kept by `handleExit`. */
  get kept(): readonly Way[] {
    return this.parts.filter(({ exit }) => exit !== undefined).flatMap(({ ways }) => ways);
  }

  /** Every sender, once. */
  get senders(): readonly Sender[] {
    const fallbacks = this.ways.map(({ fallback }) => fallback).filter(one => one instanceof Sender);
    return [...new Set([...this.ways.map(({ sender }) => sender), ...fallbacks])];
  }

  /** The accounts of all senders. */
  stats(): readonly TargetStats[] {
    return this.senders.map(sender => sender.stats());
  }

  anyPart(): Part {
    const [first] = this.parts;
    if (first === undefined) throw new Error('there is no factory');
    return this.#random.pick([first, ...this.parts.slice(1)]);
  }

  log(count: number): void {
    for (let index = 0; index < count; index++) {
      if (!this.host.isAlive) return; // it has ended within a log call
      const { factory, ways } = this.anyPart();
      const n = this.logged++;
      for (const { logged } of ways) logged.push(n);
      const level = this.#random.pick([LogLevel.DEBUG, LogLevel.WARNING, LogLevel.ERROR]);
      void factory.getLogger('Program').log(level, 'record', { n, text: 'x'.repeat(this.#random.int(0, 300)) });
    }
  }

  logPoison(): void {
    const error = this.#random.chance(0.5) ? new PermanentDeliveryError('poison') : new Error('broken off');
    this.poison.set(this.logged, error);
    this.log(1);
  }

  deliver(): void {
    const { factory, ways } = this.anyPart();
    const n = this.logged++;
    for (const { logged } of ways) logged.push(n);
    const one: Delivery = { n, settled: undefined };
    this.deliveries.push(one);
    void factory
      .getLogger('Program')
      .deliver(LogLevel.INFORMATION, 'record', { n })
      .then(receipt => {
        one.settled = receipt;
      });
  }

  cheerUp(mood: Mood): void {
    for (const { receiver } of this.senders) {
      if (!this.#random.chance(0.6)) continue;
      receiver.mood = mood;
      if (mood === 'forgetful') this.isAmbiguous = true;
    }
  }

  #makePart(): Part {
    const random = this.#random;
    const factory = new LoggerFactory({ clock: this.host.clock, env: {}, onFailure });
    const ways = Array.from({ length: random.int(1, 2) }, () => this.#makeWay());
    for (const { sender } of ways) factory.addTarget(sender);
    const exit = random.chance(0.25)
      ? undefined
      : {
          timeout: this.isPeaceful ? 60_000 : random.pick([0, 100, 1000, 10_000]),
          uncaught: random.chance(0.8),
          ...(random.chance(0.2) && { signals: ['SIGTERM'] as const }),
          ...(random.chance(0.7) && { exitFile: random.pick(['/one.jsonl', '/other.jsonl']) })
        };
    if (exit !== undefined) factory.handleExit(exit);
    return { factory, exit, ways };
  }

  #makeWay(): Way {
    const random = this.#random;
    const name = `target ${++this.#names}`;
    const fallback = random.chance(0.4) ? undefined : (this.#shared ?? this.#makeFallback(`behind ${name}`));
    const mode = random.pick(['outage', 'always'] as const);
    const directory = `/spool/${this.#names}`;
    const spool = random.chance(0.2) ? { directory, mode, store: this.disk.process() } : undefined;
    const options = { ...this.#options(name), ...(spool && { spool }) };
    return { sender: this.#makeSender(options, fallback), fallback, logged: [], spool };
  }

  #makeFallback(name: string): Sender | OddTarget {
    const random = this.#random;
    const oddity = this.isPeaceful ? 'none' : random.pick(['none', 'none', 'slow', 'failing', 'hanging'] as const);
    if (oddity === 'slow') this.isAmbiguous = true;
    const last = new OddTarget(oddity, this.host.clock, random);
    return random.chance(0.5) ? last : this.#makeSender(this.#options(name), random.chance(0.5) ? last : undefined);
  }

  #makeSender(options: FlushOptions, fallbackTarget: LogTarget | undefined): Sender {
    const receiver = new Receiver(n => this.poison.get(n));
    const all = { ...options, ...(fallbackTarget && { fallbackTarget }), onFailure };
    return new Sender(this.host.clock, this.#random, receiver, all);
  }

  #options(name: string): FlushOptions {
    const random = this.#random;
    const retryDelay = random.pick([0, 20, 600]);
    const exitTimeout = this.isPeaceful ? 60_000 : random.pick([0, 100, 5000]);
    this.exitTimeout = Math.max(this.exitTimeout, exitTimeout);
    return {
      name,
      exitTimeout,
      maxSize: random.pick([1, 2, 7, 100]),
      flushInterval: random.pick([0, 10, 1000]),
      retryDelay,
      maxRetryDelay: retryDelay + random.pick([50, 2000]),
      maxQueued: random.pick([3, 100_000, 100_000]),
      overflow: random.pick(['drop', 'wait'] as const),
      ...(random.chance(0.5) && { maxRetries: random.int(0, 3) })
    };
  }
}
