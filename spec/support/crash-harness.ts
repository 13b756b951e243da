import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FluentdServer } from '../../lib/testing/fluentd-server.js';
import type { Random } from './random.js';

const child = fileURLToPath(new URL('./crash-child.js', import.meta.url));

/** Numbers that one life of the program may log at most. */
const numbersOfLife = 1_000_000;

/** The longest that a program lives after it has begun, in milliseconds: some are killed while they take up the spool. */
const longestLife = 400;

/** What has become of the numbers. */
export interface CrashReport {
  readonly crashes: number;
  /** Numbers whose log call had resolved. */
  readonly acknowledged: number;
  /** Of these, those that never arrived. */
  readonly missing: readonly number[];
  /** Numbers that arrived, for the first time, behind a larger one. */
  readonly misplaced: readonly number[];
  /** Numbers that arrived in batches of different ids. */
  readonly ambiguous: readonly number[];
  /** Ids of batches that did not hold the same every time. */
  readonly changed: readonly string[];
  /** Batches that arrived more than once. */
  readonly duplicates: number;
}

/**
 * Starts a program that logs numbers into a spool, kills it with SIGKILL, starts it again, and so on, while its receiver
 * comes and goes; and looks at the end at what has arrived.
 */
export async function crash(times: number, random: Random): Promise<CrashReport> {
  const directory = await mkdtemp(join(tmpdir(), 'crash-'));
  const server = await FluentdServer.start();
  const acknowledged: number[] = [];
  try {
    for (let life = 1; life <= times; life++) {
      const program = start(directory, server.port, String(life * numbersOfLife), acknowledged);
      await program.ready;
      if (random.chance(0.3)) await server.refuse();
      await setTimeout(random.random() * longestLife);
      program.process.kill('SIGKILL');
      await program.ended;
      if (random.chance(0.7)) await server.heal();
    }
    await server.heal();
    const last = start(directory, server.port, 'drain', []);
    const [code, signal] = await last.ended;
    if (code !== 0) throw new Error(`the last program ended with ${code ?? signal}`);
  } finally {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
  return reportOf(times, acknowledged, server);
}

function start(directory: string, port: number, first: string, acknowledged: number[]) {
  const started: ChildProcess = spawn(process.execPath, [child, directory, String(port), first], {
    stdio: ['ignore', 'pipe', 'inherit']
  });
  let rest = '';
  let begin: () => void;
  const ready = new Promise<void>(resolve => {
    begin = resolve;
  });
  started.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== 'ready') acknowledged.push(Number(line));
    begin();
  });
  return { process: started, ready, ended: once(started, 'close') };
}

function reportOf(crashes: number, acknowledged: readonly number[], server: FluentdServer): CrashReport {
  const chunks = new Map<number, string>();
  const contents = new Map<string, string>();
  const [misplaced, ambiguous, changed]: [number[], number[], string[]] = [[], [], []];
  let duplicates = 0;
  let largest = 0;
  for (const { chunk, events } of server.messages) {
    const id = String(chunk);
    const numbers = events.map(({ record }) => Number(record['n']));
    const before = contents.get(id);
    if (before !== undefined) duplicates++;
    if (before !== undefined && before !== numbers.join()) changed.push(id);
    contents.set(id, numbers.join());
    for (const number of numbers) {
      const other = chunks.get(number);
      if (other !== undefined && other !== id) ambiguous.push(number);
      if (other === undefined && number < largest) misplaced.push(number);
      chunks.set(number, id);
      largest = Math.max(largest, number);
    }
  }
  const missing = acknowledged.filter(number => !chunks.has(number));
  return { crashes, acknowledged: acknowledged.length, missing, misplaced, ambiguous, changed, duplicates };
}
