import { expect } from 'chai';
import { unsent } from '../../lib/delivery/unsent.js';
import { FluentdTarget } from '../../lib/targets/fluentd/target.js';
import { LogstashTarget } from '../../lib/targets/logstash/target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { ForwardReceiver } from '../../lib/testing/forward-receiver.js';
import { LogstashReceiver } from '../../lib/testing/logstash-receiver.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import type { Dial } from '../../lib/wire/dial.js';
import { arrange, numbers } from '../support/arrange.js';
import { MemoryNetwork } from '../support/memory-network.js';
import { Random } from '../support/random.js';

const refused = () => unsent(new Error('connect ECONNREFUSED 127.0.0.1:24224'));

describe('A batch of which nothing could be sent', () => {
  it('is tried again itself, however often, as it cannot be to blame', async () => {
    const { clock, target, log } = arrange({ maxSize: 4 });
    target.behaviour = { error: refused() };
    log(...numbers(1, 8));
    await clock.advance(600_000);
    expect(target.attempts).to.have.length.above(20);
    expect(new Set(target.attempts.map(({ id }) => id)).size).to.equal(1);
    target.behaviour = 'arrive';
    await target.flush();
    expect(target.arrived).to.deep.equal(numbers(1, 8));
  });

  it('goes to the fallback when its retries are exhausted, without a record of our own', async () => {
    const fallbackTarget = new MemoryTarget();
    const { clock, target, log } = arrange({ maxSize: 4, maxRetries: 1, fallbackTarget });
    log(...numbers(1, 4));
    await target.flush();
    target.behaviour = { error: refused() };
    log(...numbers(5, 8));
    await clock.advance(1000);
    expect(target.attempts).to.have.length(3);
    expect(fallbackTarget.records.map(({ message }) => message)).to.deep.equal(numbers(5, 8));
  });

  it('begins to be suspected when something was, of which a record of our own clears it or not', async () => {
    const { clock, target, log } = arrange({ maxSize: 4 });
    target.behaviour = { error: refused() };
    log(...numbers(1, 4));
    await clock.advance(60_000);
    const before = target.attempts.length;
    target.behaviour = { error: new Error('read ECONNRESET') };
    await clock.advance(600_000);
    const own = target.attempts.findIndex(({ messages }) => typeof messages[0] === 'string');
    expect(own).to.equal(before + 6);
  });

  it('is tried again itself, too, when it has been suspected before', async () => {
    const { clock, target, log } = arrange({ maxSize: 4 });
    const own = () => target.attempts.filter(({ messages }) => typeof messages[0] === 'string').length;
    target.behaviour = { error: new Error('read ECONNRESET') };
    log(...numbers(1, 4));
    while (own() === 0) await clock.advance(100);
    target.behaviour = { error: refused() };
    await clock.advance(60_000);
    const before = own();
    await clock.advance(600_000);
    expect(own()).to.equal(before);
  });

  it('is not found to blame when a record of ours has arrived, though it failed in the same words before', async () => {
    const { clock, target, log } = arrange({ maxSize: 4 });
    const logRecords = target.logRecords.bind(target);
    let hasHeard = false;
    target.logRecords = (records, batch) => {
      const isOwn = records.some(({ loggerName }) => loggerName === 'logflume');
      const reset = new Error('ECONNRESET');
      hasHeard ||= isOwn;
      target.behaviour = isOwn ? 'arrive' : { error: hasHeard ? unsent(reset) : reset };
      return logRecords(records, batch);
    };
    log(...numbers(1, 4));
    await clock.advance(600_000);
    expect(hasHeard).to.equal(true);
    expect(target.attempts.at(-1)?.messages).to.deep.equal(numbers(1, 4));
  });

  it('stays whole though it is a part of one that was to blame', async () => {
    const { clock, target, log } = arrange({ maxSize: 8 });
    const logRecords = target.logRecords.bind(target);
    let isDown = false;
    let wasDown = false;
    target.logRecords = (records, batch) => {
      isDown ||= records.length === 4 && !wasDown;
      const isBad = records.some(({ message }) => message === 1);
      target.behaviour = isDown ? { error: refused() } : isBad ? { error: new Error('broken off') } : 'arrive';
      return logRecords(records, batch);
    };
    log(...numbers(1, 8));
    await clock.advance(600_000);
    expect(target.attempts.at(-1)?.messages).to.deep.equal(numbers(1, 4));
    wasDown = true;
    isDown = false;
    await clock.advance(600_000);
    expect(target.ofUsers).to.deep.equal(numbers(2, 8));
    expect(target.stats()).to.include({ pending: 0, lost: 1 });
  });
});

const kinds = ['fluentd', 'several', 'tcp', 'beats', 'http'] as const;

/** A target of each kind, and what it sends to, over a network and a clock in memory. */
function arrangeNetwork(kind: (typeof kinds)[number]) {
  const clock = new FakeClock();
  const network = new MemoryNetwork(clock, new Random(1));
  let attempts = 0;
  const { dial } = network;
  const counted: Dial = signal => {
    attempts++;
    return dial(signal);
  };
  const common = { clock, maxSize: 4, jitter: 0, onFailure: () => undefined };
  const servers = ['a', 'b'].map(host => ({ host, dial: counted }));
  const target =
    kind === 'fluentd' || kind === 'several'
      ? new FluentdTarget({ tag: 'shop', ...common, ...(kind === 'several' ? { servers } : { dial: counted }) })
      : new LogstashTarget({ transport: kind, ...common, dial: counted, ...(kind !== 'tcp' && { compress: false }) });
  const receiver = target instanceof FluentdTarget ? new ForwardReceiver({ clock }) : receiverOf(kind, clock);
  const log = (count: number) => {
    for (let n = 0; n < count; n++) void target.log(someRecord({ message: `record ${n}`, timestamp: clock.now() }));
  };
  const messages = () =>
    receiver.events.map(one => String('record' in one ? one.record['message'] : one.event['message']));
  const close = async () => {
    void target.dispose({ timeout: 1000 });
    await clock.advance(2000);
  };
  return { clock, network, target, receiver, log, messages, close, attempts: () => attempts };
}

function receiverOf(kind: (typeof kinds)[number], clock: FakeClock): LogstashReceiver {
  return new LogstashReceiver(kind === 'beats' || kind === 'http' ? kind : 'tcp', clock);
}

for (const kind of kinds) {
  describe(`A batch for ${kind}`, () => {
    for (const outage of ['refuse', 'hang'] as const) {
      it(`has nothing of ours before it or behind it when it could not be sent for 20 times: ${outage}`, async () => {
        const { clock, network, receiver, log, messages, close, attempts } = arrangeNetwork(kind);
        network.listen(stream => receiver.accept(stream));
        network[outage]();
        log(8);
        while (attempts() < 20) await clock.advance(1000);
        network.heal();
        await clock.advance(60_000);
        expect(messages()).to.deep.equal(numbers(0, 7).map(n => `record ${n}`));
        await close();
      });
    }

    if (kind === 'tcp') return; // lines count as delivered when the kernel has taken them

    it('makes room for a record of ours when its connections break after it was sent', async () => {
      const { clock, network, log, close } = arrangeNetwork(kind);
      let heard = '';
      network.listen(stream => {
        stream
          .on('error', () => undefined)
          .on('data', (chunk: Buffer) => {
            heard += chunk.toString('latin1');
            clock.setTimeout(() => network.reset(), 100);
          });
      });
      log(4);
      await clock.advance(120_000);
      expect(heard).to.contain('could not be delivered in 6 attempts');
      await close();
    });
  });
}
