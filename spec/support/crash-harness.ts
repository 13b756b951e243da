import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Arrival } from './crash-receiver.js';
import type { Random } from './random.js';

/** What is sent to: each has another notion of what a batch is, and of its being acknowledged. */
export type ReceiverKind = 'fluentd' | 'beats';

/** Numbers that one life of the program may log at most. */
const numbersOfLife = 1_000_000;

/** The longest that a program lives after it has begun, in milliseconds: some are killed while they take up the spool. */
const longestLife = 400;

/** What has become of the numbers. */
export interface CrashReport {
  /** How often the program was killed, and how often its receiver. */
  readonly crashes: number;
  readonly receiverCrashes: number;
  /** Numbers whose log call had resolved. */
  readonly acknowledged: number;
  /** Of these, those that never arrived. */
  readonly missing: readonly number[];
  /** Numbers that arrived, for the first time, behind a larger one. */
  readonly misplaced: readonly number[];
  /** Numbers that arrived in batches of different ids, or in events that differ. */
  readonly ambiguous: readonly number[];
  /** Ids of batches that did not hold the same every time. */
  readonly changed: readonly string[];
  /** Events that nobody has logged. */
  readonly strange: readonly string[];
  /** Batches of which part had arrived before. */
  readonly duplicates: number;
  /** Records of our own: where a batch has failed for some time, one of them shows whether the receiver is back. */
  readonly own: number;
}

/**
 * Starts a program that logs numbers into a spool, kills it with SIGKILL, starts it again, and so on; kills its receiver
 * meanwhile, and starts that again; and looks at the end at what has arrived.
 */
export async function crash(kind: ReceiverKind, times: number, random: Random): Promise<CrashReport> {
  const directory = await mkdtemp(join(tmpdir(), 'crash-'));
  const receiver = new Receiver(kind);
  const acknowledged: number[] = [];
  const program = (first: string) => start('crash-child', [kind, directory, receiver.host, receiver.port, first]);
  try {
    await receiver.start();
    for (let life = 1; life <= times; life++) {
      const { process, ready, lines, ended } = program(String(life * numbersOfLife));
      await ready;
      await Promise.all([
        setTimeout(random.random() * longestLife).then(() => process.kill('SIGKILL')),
        random.chance(0.4) && setTimeout(random.random() * longestLife).then(() => receiver.comeOrGo())
      ]);
      await ended;
      for (const line of lines) acknowledged.push(Number(line));
    }
    await receiver.start();
    const [code, signal] = await program('drain').ended;
    if (code !== 0) throw new Error(`the last program ended with ${code ?? signal}`);
  } finally {
    await receiver.kill();
    await rm(directory, { recursive: true, force: true });
  }
  return { crashes: times, receiverCrashes: receiver.crashes, ...accountOf(acknowledged, receiver.arrivals) };
}

/** A process that receives, all its lives. */
class Receiver {
  readonly arrivals: Arrival[] = [];
  /**
   * On Linux one of its own: a port of 127.0.0.1 may be given to somebody else's connection as long as nobody listens, even
   * to that of the very program that would connect to it.
   */
  readonly host = process.platform === 'linux' ? '127.83.112.1' : '127.0.0.1';
  port = '0';
  crashes = 0;
  readonly #kind: ReceiverKind;
  #life: Started | undefined;

  constructor(kind: ReceiverKind) {
    this.#kind = kind;
  }

  async comeOrGo(): Promise<void> {
    if (this.#life === undefined) await this.start();
    else {
      this.crashes++;
      await this.kill();
    }
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    if (this.#life !== undefined) return;
    this.#life = start('crash-receiver', [this.#kind, this.host, this.port]);
    this.port = await this.#life.ready;
  }

  /** Resolves when it has died, and all that it has told is known. */
  async kill(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    if (life === undefined) return;
    life.process.kill('SIGKILL');
    await life.ended;
    for (const line of life.lines) this.arrivals.push(JSON.parse(line));
  }
}

interface Started {
  readonly process: ChildProcess;
  /** The first line that it has written; rejects if it ends before. */
  readonly ready: Promise<string>;
  /** Those behind it that it has written to their ends. */
  readonly lines: readonly string[];
  readonly ended: Promise<unknown[]>;
}

function start(program: string, args: readonly string[]): Started {
  const path = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  const process: ChildProcess = spawn(globalThis.process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit']
  });
  const ended = once(process, 'close');
  const lines: string[] = [];
  let rest = '';
  const ready = new Promise<string>((resolve, reject) => {
    let isReady = false;
    process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      if (isReady || lines.length === 0) return;
      isReady = true;
      resolve(lines.shift() ?? '');
    });
    void ended.then(() => reject(new Error(`${program} has ended before it was ready`)));
  });
  return { process, ready, lines, ended };
}

function accountOf(acknowledged: readonly number[], arrivals: readonly Arrival[]) {
  /** By what each number is known: its batch's id, if it has one, and all that came with it. */
  const identities = new Map<number, string>();
  const contents = new Map<string, string>();
  const [misplaced, ambiguous, changed, strange]: [number[], number[], string[], string[]] = [[], [], [], []];
  let duplicates = 0;
  let own = 0;
  let largest = 0;
  for (const { chunk, events } of arrivals) {
    const content = JSON.stringify(events);
    if (events.some(([number]) => identities.has(Number(number)))) duplicates++;
    if (chunk !== undefined && (contents.get(chunk) ?? content) !== content) changed.push(chunk);
    if (chunk !== undefined) contents.set(chunk, content);
    for (const [number, event] of events) {
      if (typeof number !== 'number') {
        if (event.includes('"logflume"')) own++;
        else strange.push(event);
        continue;
      }
      const identity = `${chunk} ${event}`;
      const before = identities.get(number);
      if (before !== undefined && before !== identity) ambiguous.push(number);
      if (before === undefined && number < largest) misplaced.push(number);
      identities.set(number, identity);
      largest = Math.max(largest, number);
    }
  }
  const missing = acknowledged.filter(number => !identities.has(number));
  return { acknowledged: acknowledged.length, missing, misplaced, ambiguous, changed, strange, duplicates, own };
}
