import type { Clock } from '../../lib/core/clock.js';
import type { LogRecord } from '../../lib/core/record.js';
import type { Batch } from '../../lib/delivery/batch.js';
import { FlushLogTarget, type FlushOptions } from '../../lib/delivery/flush-target.js';
import type { Random } from './random.js';

/** How a receiver treats batches; one that is `forgetful` takes them and then breaks off. */
export type Mood = 'well' | 'down' | 'silent' | 'forgetful';

/** What takes batches: it outlives the programs that send them, and notes what they must not do. */
export class Receiver {
  mood: Mood = 'well';
  readonly arrived: LogRecord[] = [];
  readonly broken: string[] = [];
  /** Whether only the first records of a batch may come again, as the disk failed after these. */
  isLenient = false;
  readonly #contents = new Map<string, string>();
  readonly #harm: (n: number) => Error | undefined;

  /** `harm` tells what the record of a number does to it. */
  constructor(harm: (n: number) => Error | undefined = () => undefined) {
    this.#harm = harm;
  }

  /** The numbers of the user's records that have arrived. */
  get numbers(): Set<number> {
    return new Set(numbersOf(this.arrived));
  }

  /** The records by which it was told of losses and trouble. */
  get told(): LogRecord[] {
    return this.arrived.filter(({ loggerName }) => loggerName === 'logflume');
  }

  /** A batch is sent: the same id stands for the same records. */
  note(records: readonly LogRecord[], { id, size }: Batch): void {
    if (size !== records.length || size === 0) this.broken.push(`a batch of ${size} has ${records.length} records`);
    const content = records.map(({ sequence }) => sequence).join();
    const before = this.#contents.get(id) ?? content;
    if (before !== content && !(this.isLenient && before.startsWith(`${content},`)))
      this.broken.push(`batch ${id} is used again: ${before} and ${content}`);
    this.#contents.set(id, before);
  }

  /** Takes records, or throws. */
  take(records: readonly LogRecord[]): void {
    const { mood } = this;
    if (mood === 'down' || mood === 'silent') throw new Error(mood);
    for (const { data } of records) {
      const harm = this.#harm(Number(data['n']));
      if (harm !== undefined) throw harm;
    }
    this.arrived.push(...records);
    if (mood === 'forgetful') throw new Error('the answer is lost');
  }
}

/** A target that sends to a receiver, and is slow by chance. */
export class Sender extends FlushLogTarget {
  /** Whether its program has ended: nothing arrives any more. */
  isDead = false;
  /** Is called at the beginning of every attempt. */
  onAttempt: () => void = () => undefined;
  readonly receiver: Receiver;
  readonly #clock: Clock;
  readonly #random: Random;
  #running = 0;

  constructor(clock: Clock, random: Random, receiver: Receiver, options: FlushOptions) {
    super({ clock, random: () => random.random(), ...options });
    this.receiver = receiver;
    this.#clock = clock;
    this.#random = random;
  }

  override async logRecords(records: readonly LogRecord[], batch: Batch): Promise<void> {
    if (++this.#running > 1) this.receiver.broken.push('two batches are sent at the same time');
    this.receiver.note(records, batch);
    try {
      this.onAttempt();
      if (this.isDead) await new Promise(() => undefined);
      const { mood } = this.receiver;
      if (this.#random.chance(0.5)) await this.#pause(this.#random.int(1, 200), batch.signal);
      if (mood === 'silent') await this.#pause(5000, batch.signal);
      if (this.isDead) await new Promise(() => undefined);
      this.receiver.take(records);
    } finally {
      this.#running--;
    }
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const timer = this.#clock.setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        this.#clock.clearTimeout(timer);
        reject(signal.reason as Error);
      });
    });
  }
}

/** The numbers of the user's records among these. */
export function numbersOf(records: readonly LogRecord[]): number[] {
  return records.filter(({ loggerName }) => loggerName !== 'logflume').map(({ data }) => Number(data['n']));
}
