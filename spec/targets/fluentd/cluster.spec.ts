import { expect } from 'chai';
import { FluentdAuthenticationError } from '../../../lib/targets/fluentd/handshake.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { FluentdCluster } from '../../support/fluentd-cluster.js';

describe('FluentdTarget with several servers', () => {
  let cluster: FluentdCluster;

  afterEach(async () => {
    void cluster.target.dispose({ timeout: 10_000 });
    await cluster.clock.advance(20_000);
    expect(cluster.members.map(({ network }) => network.openConnections)).to.deep.equal(cluster.members.map(() => 0));
    expect(cluster.clock.timers).to.equal(0);
  });

  it('gives them batches by weight, over a connection to each that is kept', async () => {
    cluster = new FluentdCluster([{ weight: 3 }, { weight: 1 }]);
    await cluster.log(8);
    expect(cluster.received).to.deep.equal([
      [0, 1, 3, 4, 5, 7],
      [2, 6]
    ]);
    expect(cluster.connections).to.deep.equal([1, 1]);
  });

  it('gives a batch to the next when one fails, within the same attempt, and says so', async () => {
    cluster = new FluentdCluster([{}, {}]);
    cluster.first.network.refuse();
    await cluster.log(3);
    expect(cluster.received).to.deep.equal([[], [0, 1, 2]]);
    expect(cluster.target.stats()).to.include({ delivered: 3, retries: 0 });
    expect(cluster.troubles).to.deep.equal(['error server a:24224']);
    expect(cluster.lastError).to.contain('ECONNREFUSED');
  });

  it('does so when a connection breaks, and when no acknowledgement comes', async () => {
    cluster = new FluentdCluster([{}, {}], { ackTimeout: 500 });
    cluster.first.receiver.resetAfter({ messages: 1 });
    await cluster.log(1);
    expect(cluster.received).to.deep.equal([[0], [0]]);
    await cluster.clock.advance(10_100);
    cluster.first.receiver.forgetAcks(1);
    await cluster.log(2, 700);
    expect(cluster.received).to.deep.equal([
      [0, 2],
      [0, 1, 2]
    ]);
    expect(cluster.target.stats()).to.include({ delivered: 3, retries: 0 });
  });

  it('gives a server batches again when a probe has reached it, after recoverWait', async () => {
    cluster = new FluentdCluster([{}, {}], { recoverWait: 5000 });
    cluster.first.network.refuse();
    await cluster.log(2);
    cluster.first.network.heal();
    await cluster.log(2, 4000);
    expect(cluster.received).to.deep.equal([[], [0, 1, 2, 3]]);
    await cluster.clock.advance(1000);
    await cluster.log(2);
    expect(cluster.received[0]).to.have.length(1);
  });

  it('gives one in standby nothing but what another cannot take', async () => {
    cluster = new FluentdCluster([{}, { standby: true }]);
    await cluster.log(3);
    expect(cluster.received).to.deep.equal([[0, 1, 2], []]);
    cluster.first.network.refuse();
    await cluster.log(2);
    expect(cluster.received[1]).to.deep.equal([3, 4]);
    cluster.first.network.heal();
    await cluster.clock.advance(11_000);
    await cluster.log(2);
    expect(cluster.received[0]).to.deep.equal([0, 1, 2, 5, 6]);
  });

  it('keeps to the retry delays when all are down, and loses nothing', async () => {
    cluster = new FluentdCluster([{}, {}], { retryDelay: 600 });
    for (const { network } of cluster.members) network.refuse();
    await cluster.log(3, 500);
    expect(cluster.lastError).to.match(/no server has taken it: a:24224: .*ECONNREFUSED; b:24224: .*ECONNREFUSED/);
    for (const { network } of cluster.members) network.heal();
    await cluster.clock.advance(200);
    expect(cluster.received.flat().sort()).to.deep.equal([0, 1, 2]);
    expect(cluster.target.stats()).to.include({ delivered: 3, retries: 1 });
  });

  it('sends what one server has acknowledged of a batch to no other', async () => {
    cluster = new FluentdCluster([{}, {}], { maxSize: 3, mode: 'Message', ackTimeout: 500 }, [
      { maxMessageBytes: 300 }
    ]);
    for (const message of ['a', 'x'.repeat(1000), 'c']) void cluster.target.log(someRecord({ message }));
    await cluster.clock.advance(2500);
    const lengths = cluster.members.map(({ receiver }) =>
      receiver.events.map(({ record }) => String(record['message']).length)
    );
    expect(lengths).to.deep.equal([[1, 1], [1000]]);
    expect(cluster.target.stats()).to.include({ delivered: 3, retries: 0 });
  });

  it('knows each by its own key', async () => {
    cluster = new FluentdCluster([{ sharedKey: 'one' }, {}], { sharedKey: 'two' }, [
      { security: { sharedKey: 'one' } },
      { security: { sharedKey: 'two' } }
    ]);
    await cluster.log(2);
    expect(cluster.received).to.deep.equal([[0], [1]]);
    expect(cluster.troubles).to.deep.equal([]);
  });

  it('leaves one that refuses our key alone for 30 s, and goes on with the others', async () => {
    cluster = new FluentdCluster([{}, {}], { sharedKey: 'right' }, [
      { security: { sharedKey: 'other' } },
      { security: { sharedKey: 'right' } }
    ]);
    await cluster.log(4, 29_000);
    expect(cluster.received).to.deep.equal([[], [0, 1, 2, 3]]);
    expect(cluster.connections).to.deep.equal([1, 1]);
    const [failure] = cluster.failures;
    expect(failure?.error).to.be.instanceOf(FluentdAuthenticationError);
    expect(failure?.error).to.include({ problem: 'key' });
    await cluster.clock.advance(2000);
    expect(cluster.connections).to.deep.equal([2, 1]);
  });
});

describe('FluentdTarget with a single server', () => {
  let cluster: FluentdCluster;

  afterEach(async () => {
    void cluster.target.dispose({ timeout: 1000 });
    await cluster.clock.advance(5000);
    expect(cluster.first.network.openConnections).to.equal(0);
    expect(cluster.clock.timers).to.equal(0);
  });

  const secured = { security: { sharedKey: 'right', users: { ada: 'pa55' } } };

  for (const [what, options, receiver, problem, words] of [
    [
      'another key',
      { sharedKey: 'wrong' },
      secured,
      'key',
      "the receiver refuses us: 'shared_key mismatch'; set sharedKey"
    ],
    [
      'another password',
      { sharedKey: 'right', username: 'ada', password: 'wrong' },
      secured,
      'user',
      "refuses us: 'username/password mismatch'; set username"
    ],
    ['users, where we are none', { sharedKey: 'right' }, secured, 'user', 'refuses us'],
    [
      'another key, as Fluent Bit',
      { sharedKey: 'wrong' },
      { ...secured, kind: 'fluent-bit' },
      'key',
      'has closed the connection in place of a PONG: it has another sharedKey'
    ],
    [
      'our own name',
      { sharedKey: 'right', username: 'ada', password: 'pa55', clientHostname: 'server.example' },
      secured,
      'host',
      'set clientHostname to another name'
    ],
    ['a handshake, where we have no key', {}, secured, 'key missing', 'wants to know who we are'],
    [
      'no handshake, where we have a key',
      { sharedKey: 'right', connectTimeout: 1000 },
      {},
      'no handshake',
      'sharedKey is set, and the receiver has said no HELO: it has no <security> section'
    ]
  ] as const) {
    it(`says what is wrong when it has ${what}, and does not ask again and again`, async () => {
      cluster = new FluentdCluster([{}], { retryDelay: 1, maxRetryDelay: 1, ...options }, [receiver]);
      await cluster.log(1, 2000);
      const error = cluster.failures[0]?.error;
      expect(error).to.be.instanceOf(FluentdAuthenticationError);
      expect(error).to.include({ problem });
      expect(String(error)).to.contain(words);
      expect(String(error)).not.to.match(/right|pa55/);
      const { connections } = cluster.first.receiver;
      expect(connections).to.equal(problem === 'no handshake' ? 2 : 1);
      if (problem === 'no handshake') return;
      await cluster.clock.advance(27_000);
      expect(cluster.first.receiver.connections).to.equal(1);
      await cluster.clock.advance(2000);
      expect(cluster.first.receiver.connections).to.equal(2);
    });
  }

  it('is asked again after 30 s, and gets the records when it has learned the key', async () => {
    cluster = new FluentdCluster([{}], { sharedKey: 'right' }, [{ security: { sharedKey: 'right' } }]);
    cluster.first.receiver.refuseHandshakes();
    await cluster.log(2, 20_000);
    expect(cluster.received).to.deep.equal([[]]);
    await cluster.first.receiver.heal();
    await cluster.clock.advance(50_000);
    expect(cluster.received).to.deep.equal([[0, 1]]);
    expect(cluster.target.stats()).to.include({ delivered: 2, lost: 0 });
  });

  it('that wants a handshake gets at most one batch that nobody acknowledges, and somebody is told', async () => {
    cluster = new FluentdCluster([{}], { requireAck: false }, [secured]);
    await cluster.log(1);
    expect(cluster.troubles).to.deep.equal(['error handshake with a:24224']);
    expect(cluster.lastError).to.contain('set sharedKey');
    await cluster.log(2);
    expect(cluster.target.stats()).to.include({ delivered: 1, pending: 2 });
    expect(cluster.troubles.at(-1)).to.equal('retrying');
    expect(cluster.lastError).to.contain('set sharedKey');
  });

  for (const requireAck of [true, false]) {
    for (const security of [undefined, { sharedKey: 'k' }]) {
      const isKnown = security !== undefined;
      if (!requireAck && !isKnown) continue; // nobody can know, and nobody would know what is lost
      it(`that closes after each message ${isKnown ? 'and says so' : ''} gets all, once, ${requireAck ? 'with' : 'without'} acknowledgements`, async () => {
        cluster = new FluentdCluster([{}], { requireAck, maxSize: 3, mode: 'Message', ...security }, [
          { keepAlive: false, ...(isKnown && { security }) }
        ]);
        await cluster.log(9, 30_000);
        expect(cluster.received).to.deep.equal([[0, 1, 2, 3, 4, 5, 6, 7, 8]]);
        expect(cluster.target.stats()).to.include({ delivered: 9, retries: 0 });
        expect(cluster.connections).to.deep.equal([9]);
      });
    }
  }

  it('gets a new connection for every batch with reconnectInterval 0', async () => {
    cluster = new FluentdCluster([{}], { reconnectInterval: 0 });
    await cluster.log(3);
    expect(cluster.connections).to.deep.equal([3]);
    expect(cluster.first.network.openConnections).to.equal(1);
  });

  it('is left when it has been idle for idleTimeout', async () => {
    cluster = new FluentdCluster([{}], { idleTimeout: 1000 });
    await cluster.log(1);
    expect(cluster.first.network.openConnections).to.equal(1);
    await cluster.clock.advance(1000);
    expect(cluster.first.network.openConnections).to.equal(0);
  });

  it('gets a batch that is too large for one message in several, all acknowledged', async () => {
    cluster = new FluentdCluster([{}], { maxSize: 100, maxMessageBytes: 3000 });
    await cluster.log(100);
    const { messages } = cluster.first.receiver;
    expect(messages.length).to.be.greaterThan(2);
    expect(Math.max(...messages.map(({ bytes }) => bytes))).to.be.at.most(3000);
    expect(cluster.received[0]).to.deep.equal(Array.from({ length: 100 }, (_, n) => n));
    expect(cluster.target.stats()).to.include({ delivered: 100, retries: 0 });
  });

  for (const kind of ['fluentd', 'fluent-bit'] as const) {
    it(`that takes no message of that size, and is ${kind}, gets the batch in parts, in order`, async () => {
      cluster = new FluentdCluster([{}], { maxSize: 10, ackTimeout: 1000, retryDelay: 100 }, [
        { kind, maxMessageBytes: 300 }
      ]);
      await cluster.log(10, 60_000);
      const [received = []] = cluster.received;
      expect([...new Set(received)]).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(cluster.target.stats()).to.include({ delivered: 10, pending: 0 });
    });
  }

  for (const kind of ['fluentd', 'fluent-bit'] as const) {
    it(`that takes no message of that size, and is ${kind}, is soon sent none any more`, async () => {
      cluster = new FluentdCluster([{}], { maxSize: 100, ackTimeout: 1000, retryDelay: 100 }, [
        { kind, maxMessageBytes: 40_000 }
      ]);
      const log = (count: number) => {
        for (let n = 0; n < count; n++) void cluster.target.log(someRecord({ message: 'x'.repeat(1000), data: { n } }));
      };
      log(300);
      await cluster.clock.advance(120_000);
      const { retries } = cluster.target.stats();
      expect(retries).to.be.greaterThan(3);
      log(1000);
      await cluster.clock.advance(1000);
      expect(cluster.target.stats()).to.include({ delivered: 1300, pending: 0, retries });
    });
  }

  it('that never takes one record of a batch gets the others, and that is told to be rejected', async () => {
    cluster = new FluentdCluster([{}], { maxSize: 3, ackTimeout: 1000, retryDelay: 100, maxRetries: 50 }, [
      { maxMessageBytes: 300 }
    ]);
    for (const text of ['a', 'x'.repeat(1000), 'c']) {
      void cluster.target.log(someRecord({ message: text }));
    }
    await cluster.clock.advance(120_000);
    expect([...new Set(cluster.first.receiver.events.map(({ record }) => record['message']))]).to.deep.equal([
      'a',
      'c'
    ]);
    const losses = cluster.failures.filter(({ kind }) => kind === 'lost');
    expect(losses.map(failure => 'reason' in failure && `${failure.count} ${failure.reason}`)).to.deep.equal([
      '1 rejected'
    ]);
    expect(String(losses[0]?.error)).to.contain('not even alone');
  });

  for (const [what, misbehave] of [
    ['sends half an acknowledgement', c => c.first.receiver.cutAcks(1)],
    ['ends its side', c => c.first.receiver.halfClose()],
    ['stops reading', c => c.first.receiver.stall()],
    ['acknowledges too late', c => c.first.receiver.delayAcks(2000)]
  ] satisfies readonly (readonly [string, (cluster: FluentdCluster) => void])[]) {
    it(`that ${what} gets the batch again, under the same chunk`, async () => {
      cluster = new FluentdCluster([{}], { ackTimeout: 1000, retryDelay: 100 });
      await cluster.log(1);
      misbehave(cluster);
      await cluster.log(1, 1500);
      await cluster.first.receiver.heal();
      await cluster.clock.advance(10_000);
      expect(cluster.target.stats()).to.include({ delivered: 2, pending: 0 });
      const { messages } = cluster.first.receiver;
      expect(new Set(messages.slice(1).map(({ chunk }) => chunk)).size).to.equal(1);
      expect([...new Set(cluster.received[0])]).to.deep.equal([0, 1]);
    });
  }
});
