import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { FluentServer } from '@fluent-org/logger';
import { expect } from 'chai';
import { LoggerFactory } from '../../../lib/core/factory.js';
import type { LogFailure } from '../../../lib/core/failures.js';
import { LogLevel } from '../../../lib/core/level.js';
import { type FluentdOptions, FluentdTarget } from '../../../lib/targets/fluentd/target.js';
import { itBehavesLikeALogTarget } from '../../../lib/testing/contract.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { FluentdServer } from '../../../lib/testing/fluentd-server.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';
import { someRecord } from '../../../lib/testing/some-record.js';

describe('FluentdTarget', () => {
  let server: FluentdServer;
  let target: FluentdTarget;
  let failures: LogFailure[];

  const start = (options: Partial<FluentdOptions> = {}) => {
    failures = [];
    target = new FluentdTarget({
      tag: 'shop',
      port: server.port,
      retryDelay: 10,
      onFailure: failure => failures.push(failure),
      ...options
    });
    return new LoggerFactory().addTarget(target).getLogger('Orders');
  };

  beforeEach(async () => {
    server = await FluentdServer.start();
  });

  afterEach(async () => {
    await target.dispose({ timeout: 0 });
    await server.close();
  });

  it('sends records as PackedForward, acknowledged, with times in nanoseconds', async () => {
    const logger = start();
    const before = Date.now();
    await logger.info('order {id} paid', { id: 17, total: 99.5, note: 'überall' });
    await target.flush();
    const [message] = server.messages;
    expect(message).to.include({ mode: 'PackedForward', tag: 'shop', size: 1, invalid: 0 });
    expect(message?.chunk).to.be.a('string').with.lengthOf(36);
    const [event] = server.events;
    expect(event?.record).to.deep.equal({
      level: 'INFORMATION',
      logger: 'Orders',
      message: 'order 17 paid',
      template: 'order {id} paid',
      id: 17,
      total: 99.5,
      note: 'überall'
    });
    const time = event?.time;
    if (typeof time !== 'object') throw new Error('the time must be an EventTime');
    expect(time.seconds * 1000 + time.nanoseconds / 1e6).to.be.within(before, Date.now());
    expect(target.stats()).to.include({ accepted: 1, delivered: 1, pending: 0 });
  });

  it('sends what was logged, however the object changes later', async () => {
    const logger = start();
    const order = { id: 1, items: ['a'] };
    await logger.info('m', { order });
    order.id = 2;
    order.items.push('b');
    await target.flush();
    expect(server.events[0]?.record).to.deep.include({ order: { id: 1, items: ['a'] } });
  });

  it('takes records that are logged while a value of another is read, and puts them behind it', async () => {
    const logger = start();
    const order = {
      id: 17,
      get total(): number {
        void logger.debug('total is read', { inner: true });
        void logger.debug('again');
        return 99.5;
      }
    };
    await logger.info('outer', { before: 1, order, after: 2 });
    await logger.info('next');
    await target.flush();
    const messages = server.events.map(({ record }) => record['message']);
    expect(messages).to.deep.equal(['outer', 'total is read', 'again', 'next']);
    expect(server.events[0]?.record).to.deep.include({ before: 1, order: { id: 17, total: 99.5 }, after: 2 });
  });

  it('is not disturbed by a value that flushes while it is read', async () => {
    const logger = start();
    await logger.info('first');
    const order = {
      get total(): number {
        void target.flush();
        return 99.5;
      }
    };
    await logger.info('second', { order, after: 1 });
    await target.flush();
    expect(server.events.map(({ record }) => record['message'])).to.deep.equal(['first', 'second']);
    expect(server.events[1]?.record).to.deep.include({ order: { total: 99.5 }, after: 1 });
  });

  it('ends when reading a value logs that value again', async () => {
    const logger = start();
    const endless = {
      toJSON(): string {
        void logger.debug('reading', { endless });
        return 'read';
      }
    };
    await logger.info('outer', { endless });
    await target.flush();
    const [told, ...others] = server.events.map(({ record }) => record);
    expect(told).to.include({ logger: 'logflume', level: 'WARNING', lost: 1 });
    expect(others.map(record => record['message'])).to.deep.equal(['outer', 'reading']);
    expect(target.stats()).to.deep.include({ accepted: 4, delivered: 3, lostByReason: { 'not encodable': 1 } });
  });

  it('sends an exception with its stack and its causes', async () => {
    const logger = start();
    const error = new TypeError('outer', { cause: new AggregateError([new Error('one'), new Error('two')], 'inner') });
    await logger.exception('failed', error, { id: 1 });
    await target.flush();
    const [event] = await server.received(1);
    const { error: sent, ...rest } = (event?.record ?? {}) as {
      error: { type: string; message: string; stack: string; cause: { errors: { message: string }[] } };
    };
    expect(rest).to.deep.equal({ level: 'ERROR', logger: 'Orders', message: 'failed', id: 1 });
    expect(sent).to.include({ type: 'TypeError', message: 'outer', stack: error.stack });
    expect(sent.cause.errors.map(({ message }) => message)).to.deep.equal(['one', 'two']);
  });

  it('keeps one connection for many batches', async () => {
    const logger = start({ maxSize: 10 });
    for (let index = 0; index < 95; index++) await logger.info(String(index));
    await target.flush();
    expect(server.connections).to.equal(1);
    expect(server.messages.map(({ size }) => size)).to.deep.equal([10, 10, 10, 10, 10, 10, 10, 10, 10, 5]);
    expect(server.events.map(({ record }) => record['message'])).to.deep.equal(
      Array.from({ length: 95 }, (_, index) => String(index))
    );
  });

  it('sends the records of each tag in a message of their own, in order, all in one batch', async () => {
    const logger = start({ tag: ({ level }) => (level >= LogLevel.WARNING ? 'shop.bad' : 'shop.good') });
    for (let index = 0; index < 10; index++)
      await logger.log(index % 3 === 0 ? LogLevel.WARNING : LogLevel.DEBUG, String(index));
    await target.flush();
    expect(
      server.messages.map(({ tag, events }) => [tag, ...events.map(({ record }) => record['message'])])
    ).to.deep.equal([
      ['shop.bad', '0', '3', '6', '9'],
      ['shop.good', '1', '2', '4', '5', '7', '8']
    ]);
    expect(new Set(server.messages.map(({ chunk }) => chunk)).size).to.equal(2);
    expect(target.stats()).to.include({ delivered: 10 });
  });

  it('sends again only the messages of a batch that were not acknowledged', async () => {
    const logger = start({ tag: ({ level }) => `shop.${level}` });
    server.resetAfter({ messages: 2 });
    await logger.debug('a');
    await logger.info('b');
    await logger.warning('c');
    await target.flush();
    expect(target.stats()).to.include({ delivered: 3, pending: 0 });
    const received = server.events.map(({ record }) => record['message']);
    expect(received.slice(0, 2)).to.deep.equal(['a', 'b']);
    expect(new Set(received)).to.deep.equal(new Set(['a', 'b', 'c']));
    expect(server.duplicates(({ record }) => record['message']).length).to.equal(received.length - 3);
  });

  it('sends under a tag that is made right when the function gives a wrong one, and reports it', async () => {
    const logger = start({ tag: ({ message }) => String(message) });
    await logger.info('a b/../c');
    await target.flush();
    expect(server.messages[0]?.tag).to.equal('a_b_._c');
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include({ kind: 'error', what: 'tag' });
  });

  describe('with a receiver that', () => {
    it('resets the connection sends the batch again, with the same chunk', async () => {
      const logger = start();
      server.resetAfter({ messages: 1 });
      await logger.info('a');
      await target.flush();
      expect(server.events.map(({ record }) => record['message'])).to.deep.equal(['a', 'a']);
      expect(server.duplicates()).to.have.length(1);
      expect(target.stats()).to.include({ delivered: 1, retries: 1 });
      expect(failures.map(({ kind }) => kind)).to.deep.equal(['retrying']);
    });

    it('resets it in the middle of a message loses nothing', async () => {
      const logger = start({ maxSize: 50 });
      server.resetAfter({ bytes: 500 });
      for (let index = 0; index < 100; index++) await logger.info(String(index));
      await target.flush();
      expect(server.events.map(({ record }) => record['message'])).to.deep.equal(
        Array.from({ length: 100 }, (_, index) => String(index))
      );
    });

    it('refuses connections is tried again until it is back', async () => {
      const logger = start();
      await server.refuse();
      await logger.info('a');
      const flushed = target.flush();
      while (target.stats().retries < 3) await new Promise(resolve => setImmediate(resolve));
      await server.heal();
      await flushed;
      expect(server.events).to.have.length(1);
    });

    it('forgets an acknowledgement gets the batch again after ackTimeout', async () => {
      const clock = new FakeClock();
      const logger = start({ clock, ackTimeout: 5000 });
      server.forgetAcks(1);
      await logger.info('a');
      const flushed = target.flush();
      await server.received(1);
      await clock.advance(5000);
      await clock.advance(100); // the delay of the retry
      await flushed;
      expect(server.events).to.have.length(2);
      expect(server.connections).to.equal(2);
      expect(String(failures[0]?.error)).to.contain('no answer within 5000 ms');
    });

    it('acknowledges what was not sent is not believed', async () => {
      const logger = start();
      server.wrongAcks(1);
      await logger.info('a');
      await target.flush();
      expect(server.connections).to.equal(2);
      expect(String(failures[0]?.error)).to.contain('acknowledged what was not sent');
      expect(target.stats()).to.include({ delivered: 1 });
    });

    it('sends its acknowledgements byte by byte is understood', async () => {
      const logger = start({ maxSize: 2 });
      server.splitAcks();
      for (let index = 0; index < 6; index++) await logger.info(String(index));
      await target.flush();
      expect(server.connections).to.equal(1);
      expect(server.events).to.have.length(6);
    });

    it('sends them all in one write is understood', async () => {
      const logger = start({ tag: ({ level }) => `shop.${level}` });
      server.mergeAcks();
      for (const level of [10, 20, 30, 40]) await logger.log(level, 'm');
      await target.flush();
      expect(server.connections).to.equal(1);
      expect(target.stats()).to.include({ delivered: 4, retries: 0 });
    });

    it('crashes after it has read loses nothing', async () => {
      const logger = start();
      server.discard(1);
      await logger.info('a');
      const flushed = target.flush();
      const session = await server.nextConnection();
      await new Promise(resolve => setImmediate(resolve));
      session.reset();
      server.reset();
      await server.heal();
      await flushed;
      expect(server.events.map(({ record }) => record['message'])).to.deep.equal(['a']);
    });

    it('closes an idle connection is connected to again', async () => {
      const logger = start();
      await logger.info('a');
      await target.flush();
      server.reset();
      await server.allClosed();
      await logger.info('b');
      await target.flush();
      expect(server.events.map(({ record }) => record['message'])).to.deep.equal(['a', 'b']);
    });

    it('never comes back costs the records at dispose, which says so', async () => {
      const logger = start();
      await server.refuse();
      await logger.info('a');
      await target.dispose({ timeout: 50 });
      expect(target.stats()).to.deep.include({ lost: 1, pending: 0, lostByReason: { 'out of time': 1 } });
      expect(failures.at(-1)).to.include({ kind: 'lost', reason: 'out of time' });
    });

    it('never comes back leaves the records to the fallback, as they were logged', async () => {
      const fallback = new MemoryTarget();
      const logger = start({ maxRetries: 1, fallbackTarget: fallback });
      await server.refuse();
      const error = new TypeError('boom');
      await logger.warning('order {id} of %s', 'Zoë', { id: 17, list: [1, { a: null }] });
      await logger.exception('failed', error);
      await target.flush();
      const [first, second] = fallback.records;
      expect(first).to.include({ level: LogLevel.WARNING, loggerName: 'Orders' });
      expect(first?.render()).to.equal('order 17 of Zoë');
      const fellBack = [{ from: 'FluentdTarget', reason: 'retries exhausted' }];
      expect(first?.data).to.deep.equal({ id: 17, list: [1, { a: null }], fellBack });
      expect(second?.exception).to.include({ name: 'TypeError', message: 'boom', stack: error.stack });
    });
  });

  for (const [what, answer] of [
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['JSON', '{"ack":"x"}'],
    ['a message without an end', Buffer.from('ddffffffff', 'hex')],
    ['what is no MessagePack', Buffer.of(0xc1)],
    ['an unknown ext type', Buffer.from('d40500', 'hex')]
  ] as const) {
    it(`asks whether it has the right port where the answer is ${what}`, async () => {
      const other = createServer(socket =>
        socket.on('error', () => undefined).once('data', () => socket.write(answer))
      );
      await once(other.listen(0, '127.0.0.1'), 'listening');
      const logger = start({ port: (other.address() as AddressInfo).port });
      await logger.info('a');
      const flushed = target.flush();
      while (failures.length === 0) await new Promise(resolve => setImmediate(resolve));
      expect(String(failures[0]?.error)).to.contain('is this the port of a forward receiver?');
      await target.dispose({ timeout: 0 });
      await flushed;
      other.close();
    });
  }

  it('waits for no acknowledgement without requireAck', async () => {
    const logger = start({ requireAck: false });
    await logger.info('a');
    await target.flush();
    await server.received(1);
    expect(server.messages[0]).not.to.have.property('chunk');
    expect(target.stats()).to.include({ delivered: 1 });
  });

  it('closes its connection at dispose', async () => {
    const logger = start();
    await logger.info('a');
    await target.dispose();
    await server.allClosed();
  });

  it('sends records given to logRecords at once, past its queue', async () => {
    start();
    await target.logRecords([someRecord({ message: 'a' }), someRecord({ message: 'b' })]);
    expect(server.messages.map(({ size }) => size)).to.deep.equal([2]);
    expect(target.stats()).to.include({ accepted: 0 });
    await target.logRecords([]);
  });

  for (const requireAck of [true, false]) {
    it(`is understood by the server of @fluent-org/logger, ${requireAck ? 'with' : 'without'} acknowledgement`, async () => {
      const theirs = new FluentServer({ listenOptions: { host: '127.0.0.1', port: 0 } });
      await theirs.listen();
      const { port } = theirs;
      if (typeof port !== 'number') throw new Error('no port');
      const entry = once(theirs as unknown as NodeJS.EventEmitter, 'entry');
      const logger = start({ port, requireAck });
      await logger.info('order {id} paid', { id: 17, nested: { list: [1, 'x', null, true, 1.5] }, big: 2n ** 63n });
      await target.flush();
      const [tag, time, record] = await entry;
      expect(tag).to.equal('shop');
      expect(record).to.deep.include({ message: 'order 17 paid', id: 17, nested: { list: [1, 'x', null, true, 1.5] } });
      expect(time).to.be.an('object');
      await target.dispose();
      await theirs.close();
    });
  }

  for (const [options, error, message] of [
    [{}, TypeError, 'FluentdTarget: tag must be words'],
    [
      { tag: 'a..b' },
      RangeError,
      "FluentdTarget: tag must be words of letters, digits, '_' and '-', separated by dots"
    ],
    [{ tag: 'shop', port: 0 }, RangeError, 'FluentdTarget: port must be an integer from 1 to 65535, got 0'],
    [{ tag: 'shop', maxSize: 0 }, RangeError, 'FluentdTarget: maxSize must be'],
    [{ tag: 'shop', requireAcks: true }, TypeError, "no option 'requireAcks'; did you mean 'requireAck'?"]
  ] as const) {
    it(`rejects ${JSON.stringify(options)}`, () => {
      start();
      expect(() => new FluentdTarget(options as unknown as FluentdOptions)).to.throw(error, message);
    });
  }
});

const contract = async (setUp: (server: FluentdServer) => Promise<void> | void = () => undefined) => {
  const server = await FluentdServer.start();
  await setUp(server);
  return {
    target: new FluentdTarget({ tag: 'contract', port: server.port, onFailure: () => undefined }),
    received: () => server.events.map(({ record }) => String(record['message'])),
    close: () => server.close()
  };
};

itBehavesLikeALogTarget('FluentdTarget', () => contract(), {
  snapshots: true,
  failing: () => contract(server => server.refuse())
});
