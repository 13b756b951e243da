/*
 * What a program gets whose target has a spool: records of the suite are logged for a while, by so many callers who await
 * each call, or by one who awaits none and logs a hundred in each turn of the event loop. The collector is a process of its
 * own, or not there. Beside it, what the disk and the store alone do with as many records per sync.
 */
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { pause, turn } from '../measure.mjs';
import { Receiver } from '../receiver-process.mjs';
import { makeSamples } from '../records.mjs';
import { someBatch } from './queues.mjs';
import { stores } from './stores.mjs';

const callsPerTurn = 100;

/** How many records may wait where the cost of a call is measured: the sender must keep up. */
const mostPending = 10_000;

/** Milliseconds until all is compiled. */
const warmUp = 700;

/** What the program costs others: turns of the event loop, pauses for garbage, memory. */
function watch() {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  let pauses = 0;
  let memory = 0;
  const observer = new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) pauses = Math.max(pauses, duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  delays.enable();
  const timer = setInterval(() => {
    memory = Math.max(memory, process.memoryUsage.rss());
  }, 20);
  const cpu = process.cpuUsage();
  const begin = performance.now();
  return async () => {
    const time = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    delays.disable();
    clearInterval(timer);
    await pause(5); // the observer is told later
    observer.disconnect();
    // The timer of the monitor itself fires each millisecond.
    const late = nanoseconds => Math.max(0, nanoseconds / 1e6 - 1);
    return { time, cpu: user + system, p99: late(delays.percentile(99)), longest: late(delays.max), pauses, memory };
  };
}

/** Has `work` run for a while, to warm up, and then measured: it counts what it does until `state.isOver`. */
async function measureFor(duration, work) {
  const warm = { isOver: false, records: 0 };
  setTimeout(() => {
    warm.isOver = true;
  }, warmUp);
  await work(warm);
  const state = { isOver: false, records: 0 };
  const end = watch();
  setTimeout(() => {
    state.isOver = true;
  }, duration);
  await work(state);
  const { time, cpu, ...rest } = await end();
  return { rate: (state.records / time) * 1000, cpu: cpu / state.records, ...rest };
}

/** Appends of so many records, one after the other, each synced before the next. */
export async function measureStore({ store: name, records, duration }, directory) {
  const store = await stores[name](directory);
  const batch = someBatch(records);
  let id = 0;
  return measureFor(duration, async state => {
    while (!state.isOver) {
      await store.append(++id, batch);
      store.done(id);
      state.records += records;
    }
  });
}

async function makeTarget({ spool, collector }, directory) {
  const { FluentdTarget, LoggerFactory } = await import('../../../dist/lib/index.js');
  const receiver = collector === 'up' ? await Receiver.start('forward') : undefined;
  const target = new FluentdTarget({
    tag: 'bench',
    port: receiver?.port ?? 1, // nobody listens there
    retryDelay: 100,
    maxRetryDelay: 1000,
    ...(spool !== undefined && { spool: { directory, ...spool } })
  });
  const factory = new LoggerFactory({ onFailure: () => undefined }).addTarget(target);
  return { factory, target, receiver };
}

/** Logs the records of the suite with loggers of a factory. */
function logging(factory) {
  const samples = makeSamples();
  const loggers = new Map(samples.map(({ logger }) => [logger, factory.getLogger(logger)]));
  let next = 0;
  return () => {
    const { level, logger, template, error, fields } = samples[next & 4095];
    const written = fields(next++);
    if (level === 'error') return loggers.get(logger).exception(template, error, written);
    return loggers.get(logger)[level](template, written);
  };
}

/** Log calls until the time is over. `callers`: how many await each of their calls; 0: one who awaits none. */
export async function measureEngine({ spool, collector, callers, paced = false, duration }, directory) {
  const { factory, target, receiver } = await makeTarget({ spool, collector }, directory);
  const log = logging(factory);
  await pause(50); // until it is known that nothing was left here
  const awaiting = async state => {
    while (!state.isOver) {
      await log();
      state.records++;
      if (!paced || state.records % 1000 > 0) continue;
      while (target.stats().pending > mostPending) await turn();
    }
  };
  const throwing = async state => {
    while (!state.isOver) {
      for (let call = 0; call < callsPerTurn; call++) void log();
      state.records += callsPerTurn;
      await turn();
    }
  };
  const all = state =>
    callers === 0 ? throwing(state) : Promise.all(Array.from({ length: callers }, () => awaiting(state)));
  const result = await measureFor(duration, all);
  const { accepted, delivered, lost, pending } = target.stats();
  if (accepted !== delivered + lost + pending) throw new Error('the account is not closed');
  await receiver?.end();
  return { ...result, lost };
}
