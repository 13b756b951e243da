/*
 * Which store for the spool: `npm run bench:spool [batches] [rounds]`. A queue as a spool is one: batches of 220 records, 64 KB,
 * are appended one after the other, each safe from a power cut before the next, and 20 batches later done with. Every round
 * of every store has a process for itself, and the rounds of all stores take turns; the medians are printed.
 */
import { fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { markdown, number } from '../table.mjs';
import { stores } from './stores.mjs';

const records = 220;
const recordBytes = 291;
const lag = 20;

function someBatch() {
  return {
    payload: Buffer.alloc(records * recordBytes, 'a record of a log, '),
    ends: Uint32Array.from({ length: records }, (_, row) => (row + 1) * recordBytes),
    levels: new Uint8Array(records).fill(20),
    times: new Float64Array(records).fill(Date.now()),
    topics: [{ topic: 'shop', end: records }]
  };
}

/** Bytes that this process has had written, by the system's account; undefined where it has none. */
async function writtenBytes() {
  const io = await readFile('/proc/self/io', 'utf8').catch(() => '');
  const [, bytes] = /^write_bytes: (\d+)/m.exec(io) ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}

/** Time that this thread has worked: what others do on the machine does not count. */
const threadTime = () => {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
};

/** The longest turn of the event loop until `watch.stop` is set. */
async function watchTurns(watch) {
  for (let before = threadTime(); !watch.stop; ) {
    await turn();
    const now = threadTime();
    watch.longest = Math.max(watch.longest, now - before);
    before = now;
  }
}

async function diskBytes(directory) {
  const names = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = names.filter(entry => entry.isFile());
  const sizes = await Promise.all(
    files.map(entry => stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 })))
  );
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

async function measure(name, batches) {
  const directory = await mkdtemp(join(tmpdir(), 'bench-spool-'));
  try {
    const store = await stores[name](directory);
    const batch = someBatch();
    for (let id = 1; id <= 50; id++) {
      await store.append(id, batch);
      store.done(id);
    }
    const delays = [];
    const [bytes, cpu, begin] = [await writtenBytes(), process.cpuUsage(), performance.now()];
    for (let id = 51; id <= 50 + batches; id++) {
      const before = performance.now();
      await store.append(id, batch);
      delays.push(performance.now() - before);
      if (id > 50 + lag) store.done(id - lag);
    }
    const time = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    const written = bytes === undefined ? undefined : (await writtenBytes()) - bytes;
    const watch = { stop: false, longest: 0 };
    const watching = watchTurns(watch);
    for (let id = 51 + batches; id <= 50 + 2 * batches; id++) {
      await store.append(id, batch);
      store.done(id - lag);
    }
    watch.stop = true;
    await watching;
    const disk = await diskBytes(directory);
    await store.close();
    delays.sort((a, b) => a - b);
    return {
      rate: (batches * records) / (time / 1000),
      cpu: (user + system) / (batches * records),
      median: delays[batches >> 1],
      p99: delays[Math.floor(batches * 0.99)],
      longest: watch.longest,
      amplification: written / (batches * batch.payload.length),
      disk: disk / 1e6
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function inProcess(name, batches) {
  return new Promise(resolve => {
    const child = fork(import.meta.filename, ['measure', name, String(batches)], {
      stdio: ['ignore', 'inherit', 'ignore', 'ipc']
    });
    let result;
    child.on('message', message => {
      result = message;
    });
    child.on('exit', () => resolve(result));
  });
}

const median = values => values.toSorted((a, b) => a - b)[values.length >> 1];

if (process.argv[2] === 'measure') {
  process.send(await measure(process.argv[3], Number(process.argv[4])));
  process.disconnect();
} else {
  const [batches = 1000, rounds = 3] = process.argv.slice(2).map(Number);
  const results = new Map(Object.keys(stores).map(name => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, list] of results) {
      const result = await inProcess(name, batches);
      if (result !== undefined) list.push(result);
    }
  }
  const columns = {
    rate: ['records/s', 0],
    cpu: ['CPU s per million', 2],
    median: ['append, ms', 2],
    p99: ['of 99 %, ms', 1],
    longest: ['longest turn, CPU ms', 1],
    amplification: ['written per byte', 2],
    disk: ['on disk, MB', 1]
  };
  const rows = [...results].map(([name, list]) => [
    name,
    ...Object.entries(columns).map(([column, [, digits]]) => {
      return list.length === 0 ? '–' : number(median(list.map(result => result[column])), digits);
    })
  ]);
  console.log(
    `Node ${process.version}, ${cpus()[0].model}, ${cpus().length} cores; ${rounds} rounds of ${batches} batches\n`
  );
  console.log(markdown(['store', ...Object.values(columns).map(([title]) => title)], rows));
}
