/* Each scenario puts one client into trouble and resolves with a row of its table. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { now, pause } from '../measure.mjs';
import { clients } from './clients.mjs';
import { startReceiver } from './receivers.mjs';

const program = fileURLToPath(new URL('child.mjs', import.meta.url));

/** Milliseconds without a new record after which no more are expected; clients' longest delays are below. */
const quiet = 5000;

/** Resolves with what `work` does, or with `late` when the time is over; leaves no timer that keeps this process alive. */
async function within(time, work, late) {
  let timer;
  const end = new Promise(resolve => {
    timer = setTimeout(resolve, time, late);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}

/** A program with one client, and what it says. */
class Program {
  constructor(plan) {
    this.process = fork(program, [JSON.stringify(plan)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.ended = once(this.process, 'exit').then(([code, signal]) => {
      this.end = signal ?? code;
      return this.end;
    });
    this.stderr = '';
    this.process.stderr.on('data', chunk => {
      if (this.stderr.length < 1e7) this.stderr += chunk;
    });
    /** Resolves with what the program has found; with nothing if it has ended before. */
    this.done = Promise.race([this.#message('done'), this.ended.then(() => ({}))]);
  }

  /** What the client could tell, and whether the process had to say something. */
  async told() {
    if (this.end !== undefined) return `the process has ended: ${this.end}`;
    const answer = this.#message('told');
    this.process.send('tell');
    const { told } = (await within(2000, Promise.race([answer, this.ended]))) ?? {};
    const warned = this.stderr === '' ? '' : ', something on stderr';
    return `${told ?? 'nothing'}${warned}`;
  }

  async kill() {
    this.process.kill('SIGKILL');
    await this.ended;
  }

  #message(kind) {
    return new Promise(resolve => {
      const take = message => {
        if (message.kind !== kind) return;
        this.process.off('message', take);
        resolve(message);
      };
      this.process.on('message', take);
    });
  }
}

/** Resolves when `count` different records have come, or none for a while. */
async function allIn(receiver, count) {
  for (let last = now(), before = receiver.count; now() - last < quiet; await pause(20)) {
    if (receiver.count === before) continue;
    [last, before] = [now(), receiver.count];
    if (before >= count && receiver.stored.size >= count) return;
  }
}

/** Runs `work` with a receiver and a program, and ends both. */
async function withProgram(name, plan, work, { isDead = false, healthy = 0 } = {}) {
  const receiver = await startReceiver(clients[name].protocol);
  const others = await Promise.all(Array.from({ length: healthy }, () => startReceiver(clients[name].protocol)));
  if (isDead) await receiver.refuse();
  const ports = [receiver, ...others].map(({ port }) => port);
  const client = new Program({ client: name, ports, ...plan });
  try {
    return await work(client, receiver, ...others);
  } finally {
    await client.kill();
    await Promise.all([receiver, ...others].map(one => one.close()));
  }
}

const paced = { job: 'paced', count: 6000 };

async function outage(name, { discards }) {
  return withProgram(name, paced, async (client, receiver) => {
    while (receiver.count === 0 && client.end === undefined) await pause(1);
    await pause(discards ? 1500 : 2000);
    if (discards) {
      receiver.discard();
      await pause(500);
    }
    await receiver.refuse();
    await pause(1500);
    await receiver.heal();
    await client.done;
    await allIn(receiver, paced.count);
    const { stored } = receiver;
    return {
      received: stored.size,
      lost: paced.count - stored.size,
      again: stored.duplicates,
      told: await client.told()
    };
  });
}

async function sibling(name) {
  const plan = { job: 'paced', count: 1000 };
  return withProgram(
    name,
    plan,
    async (client, _dead, healthy) => {
      await client.done;
      await allIn(healthy, plan.count);
      const { size } = healthy.stored;
      return { received: size, lost: plan.count - size, told: await client.told() };
    },
    { isDead: true, healthy: 1 }
  );
}

/** MiB at which a flood has shown that nothing bounds it. */
const enough = 1000;

async function flood(name, { isDead }) {
  const plan = { job: 'flood', count: 1e9, rate: 50, bytes: 400, seconds: 10, enough };
  return withProgram(
    name,
    plan,
    async (client, receiver) => {
      if (!isDead) receiver.stall();
      const curve = [];
      client.process.on('message', ({ kind, rss }) => {
        if (kind === 'memory') curve.push(rss);
      });
      const found = await within(plan.seconds * 2000, client.done);
      const { longestTurn, logged } = found ?? {};
      const told = found === undefined ? 'does not answer any more' : await client.told();
      return { curve, longestTurn, logged, told };
    },
    { isDead }
  );
}

async function burst(name) {
  const plan = { job: 'burst', count: 100_000 };
  return withProgram(name, plan, async (client, receiver) => {
    await client.done;
    await allIn(receiver, plan.count);
    const { stored } = receiver;
    return {
      received: stored.size,
      lost: plan.count - stored.size,
      again: stored.duplicates,
      told: await client.told()
    };
  });
}

/** Milliseconds that a program may take to end. */
const patience = 15_000;

async function exit(name, { end }) {
  const folder = mkdtempSync(join(tmpdir(), 'logflume-'));
  const exitFile = join(folder, 'kept.jsonl');
  const plan = { job: 'exit', end, count: 1000, exitFile };
  try {
    return await withProgram(name, plan, async (client, receiver) => {
      while (!receiver.stored.has(0) && client.end === undefined) await pause(5);
      if (client.end !== undefined) throw new Error(`the program has ended before its time: ${client.stderr}`);
      const begin = now();
      client.process.send('warm');
      const how = await within(patience, client.ended, 'never');
      const time = now() - begin;
      await pause(200); // what is still on its way
      const kept = existsSync(exitFile) ? readFileSync(exitFile, 'utf8').match(/"seq":\d+/g) : [];
      const { stored } = receiver;
      const only = new Set(kept.map(seq => Number(seq.slice(6))).filter(seq => !stored.has(seq)));
      return { received: stored.size, kept: only.size, lost: plan.count - stored.size - only.size, how, time };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const counts = ['received', 'lost', 'again', 'told'];

/** The scenarios, in the order of the report. `lanes`: how many programs may run at the same time. */
export const scenarios = {
  outage: {
    title:
      'Outage: 6000 records, one per millisecond; at 2.0 s the receiver resets the connection, for 1.5 s it refuses',
    lanes: 5,
    rounds: 3,
    run: name => outage(name, { discards: false }),
    columns: counts
  },
  crash: {
    title: 'Crash: the same, but for the last 500 ms before it goes the receiver reads, and stores nothing',
    lanes: 5,
    rounds: 3,
    run: name => outage(name, { discards: true }),
    columns: counts
  },
  sibling: {
    title: 'One dead destination beside a healthy one: what the healthy one has of 1000 records, one per millisecond',
    lanes: 6,
    rounds: 3,
    applies: name => clients[name].fans === true,
    run: sibling,
    columns: ['received', 'lost', 'told']
  },
  stalled: {
    title:
      'A receiver that never reads: memory after 0, 1, … 10 s of 50 000 records of 400 bytes a second, or up to 1000 MiB',
    lanes: 1,
    applies: () => true,
    run: name => flood(name, { isDead: false }),
    columns: ['curve', 'longestTurn', 'logged', 'told']
  },
  dead: {
    title: 'No receiver: the same',
    lanes: 1,
    applies: () => true,
    run: name => flood(name, { isDead: true }),
    columns: ['curve', 'longestTurn', 'logged', 'told']
  },
  burst: {
    title: 'Burst: 100 000 records in one tick, the receiver is well',
    lanes: 1,
    run: burst,
    columns: counts
  },
  ...Object.fromEntries(
    ['natural end', 'process.exit', 'throw', 'SIGTERM'].map(end => [
      end,
      {
        title: `The end of the program with 1000 records pending, the receiver is well: ${end}`,
        lanes: 2,
        rounds: 3,
        run: name => exit(name, { end }),
        columns: ['received', 'kept', 'lost', 'how', 'time']
      }
    ])
  )
};
