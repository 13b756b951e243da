import { expect } from 'chai';
import { LoggerFactory } from '../lib/core/factory.js';
import { LogLevel } from '../lib/core/level.js';
import { FluentdTarget } from '../lib/targets/fluentd/target.js';
import { FakeClock } from '../lib/testing/fake-clock.js';
import { ForwardReceiver } from '../lib/testing/forward-receiver.js';
import { MemoryTarget } from '../lib/testing/memory-target.js';
import { FailingDial, type Fault } from './support/failing-dial.js';
import { MemoryNetwork } from './support/memory-network.js';
import { Random } from './support/random.js';

const records = 12;

/** Logs some records, one of them with a receipt, while one I/O operation fails, or all from one on. */
async function run(fault: Fault, hasFallback: boolean) {
  const clock = new FakeClock();
  const network = new MemoryNetwork(clock, new Random(1));
  const receiver = new ForwardReceiver({ clock });
  network.listen(stream => receiver.accept(stream));
  const failing = new FailingDial(network.dial, fault);
  const fallback = new MemoryTarget();
  const target = new FluentdTarget({
    tag: 'sweep',
    dial: failing.dial,
    clock,
    random: () => 0.5,
    maxSize: 5,
    ackTimeout: 500,
    connectTimeout: 500,
    retryDelay: 50,
    ...(hasFallback && { fallbackTarget: fallback, maxRetries: 2 }),
    onFailure: () => undefined
  });
  const factory = new LoggerFactory({ clock }).addTarget(target);
  const logger = factory.getLogger('Sweep');
  let receipts = 0;
  for (let n = 0; n < records; n++) {
    if (n === 6) void logger.deliver(LogLevel.INFORMATION, 'record', { n }).then(() => receipts++);
    else void logger.info('record', { n });
    await clock.advance(20);
  }
  await clock.advance(2000);
  const disposed = factory.dispose({ timeout: 10_000 });
  await clock.advance(10_001);
  const stats = await disposed;
  network.reset();
  await clock.advance(1000);
  const there = new Set(receiver.events.map(({ record }) => record['n']).filter(n => n !== undefined));
  const kept = new Set(fallback.records.map(({ data }) => data['n']).filter(n => n !== undefined));
  const markers = stats.accepted - records;
  return { stats, there, kept, receipts, markers, hasFailed: failing.hasFailed, timers: clock.timers, network };
}

for (const hasFallback of [false, true]) {
  describe(`Sweep over every I/O operation, ${hasFallback ? 'with' : 'without'} a fallback`, () => {
    it('loses nothing when the n-th fails', async () => {
      let at = 0;
      for (let hasFailed = true; hasFailed; ) {
        at++;
        const outcome = await run({ at, forEver: false }, hasFallback);
        const { stats, there, kept, receipts, timers, network } = outcome;
        hasFailed = outcome.hasFailed;
        expect(new Set([...there, ...kept]).size, `arrived when operation ${at} fails`).to.equal(records);
        expect(stats, `operation ${at}`).to.include({ lost: 0, pending: 0 });
        expect(receipts).to.equal(1);
        expect([timers, network.openConnections]).to.deep.equal([0, 0]);
      }
      expect(at).to.be.above(5);
    });

    it('accounts for every record when all fail from the n-th on', async () => {
      let at = 0;
      for (let hasFailed = true; hasFailed; ) {
        at++;
        const outcome = await run({ at, forEver: true }, hasFallback);
        const { stats, there, kept, receipts, markers, timers } = outcome;
        hasFailed = outcome.hasFailed;
        const { accepted, delivered, fellBack, lost, pending } = stats;
        expect(accepted, `operation ${at}`).to.equal(delivered + fellBack + lost);
        expect(pending).to.equal(0);
        expect(there.size).to.be.at.least(delivered - markers);
        if (hasFallback) expect(new Set([...there, ...kept]).size).to.equal(records);
        expect(lost).to.equal(hasFallback ? 0 : records - (delivered - markers));
        expect(receipts).to.equal(1);
        expect(timers).to.equal(0);
      }
    });
  });
}
