/*
 * npm run bench:spool [-- stores engine --rounds=3 --scale=1 --write]
 *
 * `engine`: what a program gets whose target has a spool, against what the disk alone does. `stores`: our store as a queue,
 * against embedded databases. Every round of every row has a process and a directory for itself, and the rounds of all rows
 * take turns; the medians are printed, ratios as the median of those within each round. `--directory` says on which disk.
 * `--write` puts the tables between their marks in CONTRIBUTING.md. Two and a half minutes.
 */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from '../machine.mjs';
import { median } from '../measure.mjs';
import { updateTables } from '../results.mjs';
import { markdown, number, ratioOf } from '../table.mjs';
import { measureEngine, measureStore } from './engine.mjs';
import { measureQueue } from './queues.mjs';
import { engineColumns, engineRows, storeColumns } from './rows.mjs';
import { stores } from './stores.mjs';

const measures = { store: measureStore, engine: measureEngine, queue: measureQueue };
const documents = [new URL('../../../CONTRIBUTING.md', import.meta.url)];

if (process.send !== undefined) {
  process.once('message', async ({ job, directory }) => process.send(await measures[job.kind](job, directory)));
} else {
  await main();
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
      directory: { type: 'string', default: tmpdir() },
      write: { type: 'boolean', default: false }
    }
  });
  const scale = Number(values.scale);
  const suites = {
    engine: { jobs: timed(engineRows, 1000 * scale), first: '', columns: engineColumns, hasRatio: true },
    stores: { jobs: queues(Math.round(500 * scale)), first: 'store', columns: storeColumns, hasRatio: false }
  };
  const tables = {};
  console.log(`${machine()}\n`);
  for (const name of positionals.length > 0 ? positionals : Object.keys(suites)) {
    const { jobs, ...shape } = suites[name];
    const table = tableOf(jobs, await rounds(jobs, Number(values.rounds), values.directory), shape);
    tables[`spool-${name}`] = `${machine()}, ${values.rounds} rounds:\n\n${table}`;
    console.log(`${table}\n`);
  }
  if (values.write) updateTables(tables, undefined, documents);
}

function timed(rows, duration) {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, { ...row, duration }]));
}

function queues(batches) {
  return Object.fromEntries(Object.keys(stores).map(store => [store, { kind: 'queue', store, batches }]));
}

/** The results of each row, round by round; undefined where a store is not there. */
async function rounds(jobs, count, parent) {
  const results = Object.fromEntries(Object.keys(jobs).map(name => [name, []]));
  for (let round = 0; round < count; round++) {
    for (const [name, job] of Object.entries(jobs)) {
      const directory = await mkdtemp(join(parent, 'bench-spool-'));
      try {
        results[name].push(await inProcess(job, directory));
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    }
  }
  return results;
}

/** A process that is killed when it has measured: what it has left to send is not waited for. */
function inProcess(job, directory) {
  const child = fork(import.meta.filename, [], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  let errors = '';
  child.stderr.on('data', text => {
    errors += text;
  });
  child.send({ job, directory });
  return new Promise((resolve, reject) => {
    let result;
    child.once('message', message => {
      result = message;
      child.kill('SIGKILL');
    });
    child.once('exit', code => {
      // A store may not be there for this version of Node.
      if (result !== undefined || job.kind === 'queue') resolve(result);
      else reject(new Error(`${JSON.stringify(job)} has ended with ${code}: ${errors}`));
    });
  });
}

function tableOf(jobs, results, { first, columns, hasRatio }) {
  const rates = Object.fromEntries(Object.entries(results).map(([name, list]) => [name, list.map(one => one?.rate)]));
  const rows = Object.entries(results).map(([name, list]) => {
    const cells = Object.entries(columns).map(([key, [, digits, unit]]) =>
      number(median(list.map(one => one?.[key])), digits, unit)
    );
    const ratio = ratioOf(rates[jobs[name].over], rates[name]);
    return [name, ...cells, ...(hasRatio ? [number(ratio, 1)] : [])];
  });
  const titles = Object.values(columns).map(([title]) => title);
  return markdown([first, ...titles, ...(hasRatio ? ['write + fdatasync over it'] : [])], rows);
}
