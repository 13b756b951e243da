/* A queue on disk as a spool is one: batches of 220 records, 64 KB, are appended, each safe from a power cut before the next. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { stores } from './stores.mjs';

const records = 220;
const recordBytes = 291;
/** After so many more a batch is done with. */
const lag = 20;

export function someBatch(count = records) {
  return {
    payload: Buffer.alloc(count * recordBytes, 'a record of a log, '),
    ends: Uint32Array.from({ length: count }, (_, row) => (row + 1) * recordBytes),
    levels: new Uint8Array(count).fill(20),
    times: new Float64Array(count).fill(Date.now()),
    topics: [{ topic: 'shop', end: count }]
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

export async function measureQueue({ store: name, batches }, directory) {
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
}
