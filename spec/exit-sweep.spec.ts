import { expect } from 'chai';
import { LoggerFactory } from '../lib/core/factory.js';
import { FluentdTarget } from '../lib/targets/fluentd/target.js';
import { ForwardReceiver } from '../lib/testing/forward-receiver.js';
import { FailingDial } from './support/failing-dial.js';
import { FakeDisk } from './support/fake-disk.js';
import { FakeHost } from './support/fake-host.js';
import { MemoryNetwork } from './support/memory-network.js';
import { Random } from './support/random.js';

const records = 12;

/** More operations than a run can have. */
const most = 500;

type Mode = 'outage' | 'always' | undefined;

/** A program that logs to Fluentd, and in which something happens at one operation of the network or the disk. */
async function run(mode: Mode, isDown: boolean, at: number, happen: (host: FakeHost) => void) {
  const host = new FakeHost();
  const { clock } = host;
  const disk = new FakeDisk();
  const network = new MemoryNetwork(clock, new Random(1));
  const receiver = new ForwardReceiver({ clock });
  network.listen(stream => receiver.accept(stream));
  let operations = 0;
  const operate = () => {
    if (host.isAlive && ++operations === at) happen(host);
  };
  const watched = new FailingDial(network.dial);
  watched.onOperation = operate;
  disk.fault = () => {
    operate();
    return undefined;
  };
  host.onEnd = () => disk.crash({ power: false });
  const make = (dial: FailingDial['dial'], time = clock) =>
    new FluentdTarget({
      tag: 'sweep',
      dial,
      clock: time,
      random: () => 0.5,
      maxSize: 5,
      ackTimeout: 500,
      retryDelay: 50,
      maxRetryDelay: 50,
      ...(mode !== undefined && { spool: { directory: '/spool', mode, store: disk.process() } }),
      onFailure: () => undefined
    });
  const factory = new LoggerFactory({ clock, env: {} }).addTarget(make(watched.dial));
  factory.handleExit({ timeout: 5000, exitFile: '/exit.jsonl' });
  if (isDown) network.refuse();
  const logged: number[] = [];
  for (let n = 0; n < records && host.isAlive; n++) {
    logged.push(n);
    void factory.getLogger('Sweep').info('record', { n });
    await clock.advance(20);
  }
  await clock.advance(500);
  const isOver = operations < at;
  if (isOver) await host.runOut();
  else await clock.advance(5100);
  const written = (host.files.get('/exit.jsonl') ?? '').split('\n').filter(line => line !== '');
  const kept = written.map(line => (JSON.parse(line) as { n: number }).n);
  const before = new Set(receiver.events.map(({ record }) => Number(record['n'])));
  const stats = factory.stats();
  if (mode !== undefined) {
    const { clock: time } = new FakeHost();
    const next = new MemoryNetwork(time, new Random(1));
    next.listen(stream => receiver.accept(stream));
    const target = make(next.dial, time);
    await time.advance(120_000); // of an owner that had no time to say who it is nothing is known but that it is silent
    await Promise.all([target.dispose({ timeout: 5000 }), time.advance(6000)]);
  }
  const there = new Set([...before, ...receiver.events.map(({ record }) => Number(record['n']))]);
  return { host, logged, kept, there, stats, isOver };
}

const ends: readonly (readonly [string, (host: FakeHost) => void])[] = [
  ['process.exit()', host => host.exit(3)],
  ['a signal', host => host.signal('SIGTERM')],
  ['an uncaught exception', host => host.throwUncaught(new Error('nobody catches this'))],
  [
    'Ctrl-C twice',
    host => {
      host.signal('SIGINT');
      host.signal('SIGINT');
    }
  ]
];

for (const mode of [undefined, 'outage', 'always'] as const) {
  for (const isDown of [false, true]) {
    describe(`Sweep over every operation, ${mode ?? 'no'} spool, the receiver ${isDown ? 'away' : 'there'}`, () => {
      for (const [what, happen] of ends) {
        it(`loses nothing when ${what} comes at the n-th`, async () => {
          let at = 0;
          for (let isOver = false; !isOver; ) {
            if (++at > most) expect.fail('the sweep does not end');
            const outcome = await run(mode, isDown, at, happen);
            isOver = outcome.isOver;
            const { host, logged, kept, there, stats } = outcome;
            expect(host.end, `the end at operation ${at}`).to.not.equal(undefined);
            expect([...new Set([...kept, ...there])].filter(Number.isFinite).length, `operation ${at}`).to.equal(
              logged.length
            );
            expect(new Set(kept).size, `kept twice at operation ${at}`).to.equal(kept.length);
            expect(stats.lost, `operation ${at}: ${JSON.stringify(stats.lostByReason)}`).to.equal(0);
          }
          expect(at).to.be.above(3);
        });
      }
    });
  }
}
