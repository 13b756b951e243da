/* The program in trouble: logs by the plan in its argument, and tells its parent how it fares. */
import { once } from 'node:events';
import { now, pause, turn } from '../measure.mjs';
import { clients } from './clients.mjs';

const plan = JSON.parse(process.argv[2]);
const { count, bytes = 100 } = plan;
const text = 'x'.repeat(bytes);

const client = await clients[plan.client].create(plan.ports, plan);
let logged = 0;

function log() {
  logged++;
  void client.log({ seq: logged, text });
}

function logAll() {
  while (logged < count) log();
}

/** Milliseconds that the longest turn of the event loop took, after those in which code is compiled. */
let longestTurn = 0;
const warmUp = 2000;

/** `rate` records per millisecond, until `end` is true. */
async function pace(rate, end, watch = () => undefined) {
  const begin = now();
  for (let last = begin; !end(); ) {
    const due = Math.min(count, Math.floor((now() - begin) * rate));
    while (logged < due) log();
    await pause(1);
    if (last - begin > warmUp) longestTurn = Math.max(longestTurn, now() - last);
    last = now();
    watch(last - begin);
  }
}

const MiB = 2 ** 20;
const rss = () => Math.round(process.memoryUsage.rss() / MiB);

const ends = {
  'natural end': () => process.disconnect(),
  'process.exit': () => process.exit(0),
  throw: () =>
    queueMicrotask(() => {
      throw new Error('nobody catches this');
    }),
  SIGTERM: () => process.kill(process.pid, 'SIGTERM')
};

const jobs = {
  /** One record per millisecond. */
  paced: () => pace(1, () => logged >= count),
  /** All in one tick. */
  burst: logAll,
  /** As many as a busy program logs, for so many seconds. */
  async flood() {
    let seconds = 0;
    const tell = () => process.send({ kind: 'memory', rss: rss() });
    tell();
    await pace(
      plan.rate,
      () => seconds >= plan.seconds || rss() > plan.enough,
      elapsed => {
        if (elapsed < (seconds + 1) * 1000) return;
        seconds++;
        tell();
      }
    );
    return { longestTurn };
  },
  /** The end of the program, with `count` records pending, on a connection that is open. */
  async exit() {
    client.atExit?.();
    void client.log({ seq: 0, text });
    await once(process, 'message');
    logAll();
    ends[plan.end]();
  }
};

process.on('message', message => {
  if (message === 'tell') process.send({ kind: 'told', logged, told: client.told() });
});
await turn();
const found = await jobs[plan.job]();
if (plan.job !== 'exit') process.send({ kind: 'done', logged, ...found });
