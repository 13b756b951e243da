import type { Clock } from './clock.js';
import { within } from './deadline.js';
import type { Host } from './host.js';
import { LastOutput } from './last-output.js';
import { textOf } from './values.js';

/** Something with records that the end of the process would lose. */
export interface Pending {
  /** Whose records they are: a target. */
  readonly owner: object;
  /** Milliseconds for which its records may keep a process alive that has nothing else to do. */
  readonly exitTimeout: number;
  /** Resolves when what is pending has left. */
  flush(): Promise<unknown>;
  /** Asks what still runs to end, as it may keep the process alive: `exitTimeout` is over. */
  abandon(): void;
  /** The last chance, on the stack of the process's `exit` event: a line for stderr if records are lost. */
  atExit(): string | undefined;
}

/** What is flushed when the process has nothing else to do, though nothing is known to be pending there. */
export type Idle = Pick<Pending, 'exitTimeout' | 'flush'> & Partial<Pick<Pending, 'abandon'>>;

/**
 * How often the process is held in a row. The second time is for what was logged when the first one ended, as by a
 * listener of `beforeExit`; that one would be called again, and log again, for ever.
 */
const maxHolds = 2;

/** Milliseconds after a hold within which the next one follows in a row: nothing else has been going on. */
const closeBehind = 50;

/** Sees to it that what is pending when the process ends gets the time, or the last chance, that it needs. */
export class ProcessEnd {
  readonly output: LastOutput;
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #pending = new Set<Pending>();
  /** Those that have had their time, and have not delivered all of it since. */
  readonly #spent = new WeakSet<Pending>();
  readonly #idle = new Set<Idle>();
  readonly #lastActions: (() => void)[] = [];
  #isWatching = false;
  #isEnding = false;
  #isOver = false;
  #holds = 0;
  #holdEnd = Number.NEGATIVE_INFINITY;

  constructor(host: Host, clock: Clock) {
    this.output = new LastOutput(host);
    this.#host = host;
    this.#clock = clock;
  }

  /** Whether the process is ending: what is logged now can wait for nobody. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Listens to the end of the process; before anything is pending, as the first record may be the last. */
  watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const host = this.#host;
    host.on('beforeExit', () => host.nextTick(() => this.#hold())); // the other listeners may log
    host.on('exit', () => this.finish());
  }

  /**
   * Remembers that something is pending. No timer or socket of ours keeps the process alive; records do: when nothing else
   * is left to do they are flushed, and the process is held for as long as that takes, for `exitTimeout` at most.
   */
  remember(one: Pending): void {
    if (this.#isOver) this.#giveLastChance(one);
    else this.#pending.add(one);
  }

  forget(one: Pending): void {
    this.#pending.delete(one);
    this.#spent.delete(one);
  }

  /** Whether records of `owner` are pending, so that they are flushed before an idle process ends. */
  isPending(owner: object): boolean {
    return Array.from(this.#pending).some(one => one.owner === owner);
  }

  /** Flushes `one` too whenever the process has nothing else to do, until the returned function is called. */
  flushWhenIdle(one: Idle): () => void {
    this.#idle.add(one);
    this.watch();
    return () => this.#idle.delete(one);
  }

  /** Calls `action` when the process ends, after all that is pending has had its last chance. */
  atEnd(action: () => void): void {
    this.#lastActions.push(action);
    this.watch();
  }

  /** From now on, what is logged can wait for nobody. */
  begin(): void {
    this.#isEnding = true;
  }

  /** Gives all that is pending its last chance, now; and what is logged later, when it is. */
  finish(): void {
    this.begin();
    this.#isOver = true;
    for (const one of this.#pending) this.#giveLastChance(one);
    for (const action of this.#lastActions) action();
  }

  /** What goes wrong with one must not take the last chance from the others. */
  #giveLastChance(one: Pending): void {
    let line: string | undefined;
    try {
      line = one.atExit();
    } catch (error) {
      line = `records are lost, as the process ended: ${textOf(error)}`;
    }
    if (line !== undefined) this.output.tell(line);
  }

  #hold(): void {
    const host = this.#host;
    const waiting = Array.from(this.#pending).filter(one => !this.#spent.has(one));
    this.#holds = host.uptime() - this.#holdEnd < closeBehind ? this.#holds + 1 : 1;
    if (this.#holds > maxHolds) return;
    for (const one of waiting) this.#spent.add(one);
    void Promise.all([...waiting, ...this.#idle].map(one => this.#holdFor(one))).then(() => {
      this.#holdEnd = host.uptime();
    });
  }

  /** Resolves when `one` has been flushed, or has had its time. */
  async #holdFor(one: Idle): Promise<void> {
    const flushed = one.flush().then(yes, yes);
    if (!(await within(this.#clock, one.exitTimeout, flushed))) one.abandon?.();
  }
}

function yes(): true {
  return true;
}
