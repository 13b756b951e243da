/* What a worker can measure. Each job resolves with plain numbers. */
import { createConnection } from 'node:net';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { cpuSeconds, median, now, pause, turn } from './measure.mjs';
import { coldPython } from './python.mjs';
import { Receiver } from './receiver-process.mjs';
import { makeSamples } from './records.mjs';
import { loadVariant } from './variants/index.mjs';

const MiB = 2 ** 20;
/** Log calls between two turns of the event loop: what a busy server does. */
const callsPerTurn = 100;

/** Opens a variant and, if it sends to one, a receiver. */
async function open({ variant: name, receiver: kind, path, pace, options, library, samples: count, isWarm = true }) {
  const receiver = kind === undefined ? undefined : await Receiver.start(kind, { path, pace });
  const samples = makeSamples(count);
  const loading = now();
  const variant = await loadVariant(name, { library });
  const begin = now();
  await variant.start({ ...options, port: receiver?.port });
  const started = now() - begin;
  if (isWarm) await variant.ready?.();
  let next = 0;
  return {
    receiver,
    variant,
    samples,
    /** Milliseconds that it took to make the loggers. */
    started,
    /** Milliseconds that it took to load the modules. */
    loaded: begin - loading,
    /** Logs so many records, a hundred per turn; resolves with the milliseconds that the calls took. */
    async log(count) {
      let time = 0;
      for (const end = next + count; next < end; ) {
        const stop = Math.min(next + callsPerTurn, end);
        let taken;
        const begin = now();
        for (; next < stop; next++) {
          const sample = samples[next & 4095];
          taken = variant.log(sample, sample.fields(next));
        }
        time += now() - begin;
        if (variant.awaits) await taken;
        await turn();
      }
      return time;
    },
    /** Resolves with when all records have arrived: at the receiver, or if there is none, where the client says so. */
    async delivered() {
      const arrived = receiver?.arrived(next);
      await variant.flush();
      const flushed = now();
      const lost = variant.lost?.() ?? 0;
      if (lost > 0) throw new Error(`${name} has lost ${lost} records`);
      return arrived === undefined ? { at: flushed, cpu: 0 } : await arrived;
    },
    async close() {
      await receiver?.end();
    }
  };
}

/**
 * Records per second, end to end, once what runs has been compiled: for all of them after a third of the time that is
 * measured, as a number of records would be over in a tenth of the time for the fastest.
 */
async function deliver({ count, ...how }) {
  const run = await open(how);
  await run.log(Math.round(count / 3));
  await run.delivered();
  await pause(50);
  const before = await run.receiver?.counts();
  const cpu = cpuSeconds();
  const begin = now();
  const calls = await run.log(count);
  const { at, cpu: receiverCpu } = await run.delivered();
  const used = cpuSeconds() - cpu;
  await run.close();
  return {
    perSecond: (count / (at - begin)) * 1000,
    callNs: (calls / count) * 1e6,
    cpu: (used / count) * 1e6,
    receiverCpu: ((receiverCpu - (before?.cpu ?? 0)) / count) * 1e6,
    rss: process.resourceUsage().maxRSS / 1024
  };
}

/** The first records of a process: milliseconds of the calls, and until all have arrived, connections included. */
async function cold({ count, ...how }) {
  // No more than are logged: a collection of what a program has not made would be part of its first milliseconds.
  const run = await open({ ...how, samples: count, isWarm: false });
  const arrived = run.receiver?.arrived(count);
  const { samples, variant } = run;
  const begin = now();
  for (let index = 0; index < count; index++) {
    const sample = samples[index];
    void variant.log(sample, sample.fields(index));
  }
  const called = now();
  await variant.flush();
  const end = arrived === undefined ? now() : (await arrived).at;
  await run.close();
  return { loaded: run.loaded, calls: called - begin, total: run.started + end - begin };
}

/** Ends the process right after so many records; what has come is counted by the parent. */
async function exit({ count, ...how }) {
  const run = await open(how);
  for (let index = 0; index < count; index++) {
    const sample = run.samples[index & 4095];
    void run.variant.log(sample, sample.fields(index));
  }
  process.exit();
}

/** So many records a second, in ticks of 2 ms: delays of the event loop in ms. */
async function paced({ rate, seconds, ...how }) {
  const run = await open(how);
  const { samples, variant } = run;
  let sent = 0;
  const flow = async duration => {
    const begin = now();
    const before = sent;
    for (;;) {
      const elapsed = now() - begin;
      if (elapsed >= duration) return;
      for (const due = before + Math.floor((elapsed * rate) / 1000); sent < due; sent++) {
        const sample = samples[sent & 4095];
        void variant.log(sample, sample.fields(sent));
      }
      await pause(2);
    }
  };
  await flow(2000);
  const cpu = cpuSeconds();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = sent;
  await flow(seconds * 1000);
  delay.disable();
  const used = cpuSeconds() - cpu;
  const count = sent - before;
  await variant.flush();
  await run.receiver?.arrived(sent);
  await run.close();
  return {
    p50: delay.percentile(50) / 1e6,
    p99: delay.percentile(99) / 1e6,
    p999: delay.percentile(99.9) / 1e6,
    max: delay.max / 1e6,
    cpu: (used / count) * 1e6,
    perSecond: count / seconds
  };
}

/** A loop that awaits every call, to a receiver that is slow: the memory it takes, and the longest turn of the loop. */
async function tight({ count, ...how }) {
  const run = await open(how);
  const { samples, variant } = run;
  await run.log(5000);
  await pause(100);
  globalThis.gc();
  const before = process.memoryUsage.rss();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await pause(20);
  delay.reset();
  await pause(5);
  const begin = now();
  for (let index = 0; index < count; index++) {
    const sample = samples[index & 4095];
    await variant.log(sample, sample.fields(index));
  }
  const time = now() - begin;
  await pause(5);
  delay.disable();
  const stats = variant.stats?.();
  await variant.abandon?.();
  await run.close();
  return {
    growth: process.resourceUsage().maxRSS / 1024 - before / MiB,
    longestTurn: delay.max / 1e6,
    perSecond: (count / time) * 1000,
    lost: stats?.lost ?? 0,
    peakRss: process.resourceUsage().maxRSS / 1024
  };
}

/** Records that wait for a receiver that never reads: the memory of one, over its size on the wire. */
async function queued({ count, ...how }) {
  const run = await open({ ...how, pace: 0 });
  await run.log(20_000);
  await settle();
  const memory = () => {
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heap: heapUsed + external, rss };
  };
  const pending = () => run.variant.stats().targets[0];
  const before = memory();
  const { pending: records, pendingBytes } = pending();
  await run.log(count);
  await settle();
  const after = memory();
  const added = pending().pending - records;
  const wire = (pending().pendingBytes - pendingBytes) / added;
  const heap = (after.heap - before.heap) / added;
  const rss = (after.rss - before.rss) / added;
  await run.variant.abandon();
  await run.close();
  return { wire, heap, rss, heapRatio: heap / wire, rssRatio: rss / wire };
}

async function settle() {
  for (let round = 0; round < 3; round++) {
    await pause(100);
    globalThis.gc();
  }
}

/**
 * Bytes that the heap, and the buffers outside of it, grow by for each record, garbage included: the new space is large,
 * and rounds in which something is collected all the same do not count, and make the next ones shorter.
 */
async function allocate({ count: most, ...how }) {
  const run = await open(how);
  await run.log(20_000);
  await run.delivered();
  let collections = 0;
  const observer = new PerformanceObserver(list => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const rounds = [];
  for (let count = most; rounds.length < 7; ) {
    globalThis.gc();
    await pause(10);
    collections = 0;
    const before = process.memoryUsage();
    await run.log(count);
    await run.delivered();
    const after = process.memoryUsage();
    await pause(10);
    if (collections === 0) {
      rounds.push({
        heap: (after.heapUsed - before.heapUsed) / count,
        external: (after.external - before.external) / count
      });
    } else if (count > 250) count = Math.floor(count / 2);
    else throw new Error('the garbage is collected too often');
  }
  await run.close();
  return { heap: median(rounds.map(({ heap }) => heap)), external: median(rounds.map(({ external }) => external)) };
}

/** Messages of some 256 KiB that are ready: what the sockets can carry, eight unacknowledged at a time. */
async function chunks({ count }) {
  const receiver = await Receiver.start('forward');
  const { makeChunk } = await import('./loops.mjs');
  const { message, size } = makeChunk(256 * 1024);
  const socket = createConnection(receiver.port, '127.0.0.1');
  await new Promise(resolve => socket.once('connect', resolve));
  let unacknowledged = 0;
  /** Bytes of an acknowledgement: `{ ack: <8 characters> }`. */
  const ackSize = 14;
  let answered = 0;
  let wake;
  socket.on('data', data => {
    answered += data.length;
    unacknowledged -= Math.floor(answered / ackSize);
    answered %= ackSize;
    wake?.();
  });
  const answer = () =>
    new Promise(resolve => {
      wake = resolve;
    });
  const send = async total => {
    for (let sent = 0; sent < total; sent += size) {
      while (unacknowledged >= 8) await answer();
      unacknowledged++;
      socket.write(message);
    }
    while (unacknowledged > 0) await answer();
  };
  await send(count / 5);
  const { records, cpu: before } = await receiver.counts();
  const cpu = cpuSeconds();
  const begin = now();
  const expected = Math.ceil(count / size) * size;
  const arrived = receiver.arrived(records + expected, { counted: 'records' });
  await send(count);
  const { at, cpu: receiverCpu } = await arrived;
  const used = cpuSeconds() - cpu;
  await receiver.end();
  return {
    perSecond: (expected / (at - begin)) * 1000,
    cpu: (used / expected) * 1e6,
    receiverCpu: ((receiverCpu - before) / expected) * 1e6,
    rss: process.resourceUsage().maxRSS / 1024
  };
}

/** Loaded for its own jobs only: it brings modules that the first records of a process would find loaded. */
const loop = name => async job => (await import('./loops.mjs'))[name](job);

export const jobs = {
  deliver,
  cold,
  coldPython,
  exit,
  paced,
  tight,
  queued,
  allocate,
  chunks,
  calls: loop('calls'),
  encoders: loop('encoders'),
  growth: loop('growth')
};
