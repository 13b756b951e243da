import { execFileSync, fork } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Receiver } from './receiver-process.mjs';

const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));
/** A new space that holds the garbage of a round, for jobs that count it. */
const largeNewSpace = ['--min-semi-space-size=256', '--max-semi-space-size=256'];

/** Runs a job in a process of its own. `out`: where its stdout goes. */
async function runJob({ job, flags = [], out = 'null' }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const path = out === 'fifo' ? join(folder, 'pipe') : '/dev/null';
  if (out === 'fifo') execFileSync('mkfifo', [path]);
  const stdout = openSync(path, out === 'fifo' ? 'r+' : 'w');
  const parentReceives = job.kind === 'exit' && out === 'fifo';
  const receiver = parentReceives ? await Receiver.start('fifo', { path }) : undefined;
  const execArgv = flags.flatMap(flag => (flag === 'large new space' ? largeNewSpace : [flag]));
  try {
    const child = fork(worker, [], { stdio: ['ignore', stdout, 'inherit', 'ipc'], execArgv });
    const ended = new Promise(resolve => child.once('exit', resolve));
    closeSync(stdout);
    const closed = receiver?.closed();
    const result = new Promise((resolve, reject) => {
      child.on('message', message => {
        if (message === 'ready') child.send(out === 'fifo' && !parentReceives ? { ...job, path } : job);
        else if (message.error !== undefined) reject(new Error(message.error));
        else resolve(message.result);
      });
      child.once('exit', code => (parentReceives ? resolve({}) : reject(new Error(`exit code ${code}`))));
    });
    const numbers = await result;
    await ended;
    if (closed === undefined) return numbers;
    const { distinct } = await closed;
    await receiver.end();
    return { arrived: distinct / job.count };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a suite: numbers by row, each an array of one per round. */
export async function runSuite(name, { jobs }, { rounds, scale, goOn = () => true }) {
  const numbers = {};
  const all = jobs(scale);
  for (let round = 0; round < rounds && (round === 0 || goOn()); round++) {
    for (const { row, rounds: most = rounds, ...job } of all) {
      if (round >= most) continue;
      progress(`${name}, round ${round + 1} of ${rounds}: ${row}`);
      try {
        const result = await runJob(job);
        numbers[row] ??= {};
        for (const [key, value] of Object.entries(result)) {
          numbers[row][key] ??= [];
          numbers[row][key].push(value);
        }
      } catch (error) {
        progress('');
        console.error(`${name}: ${row}: ${error.stack}\n`);
        process.exitCode = 1;
      }
    }
  }
  progress('');
  return numbers;
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
