import { expect } from 'chai';
import type { LogFailure } from '../../../lib/core/failures.js';
import { LogLevel } from '../../../lib/core/level.js';
import type { LogRecord } from '../../../lib/core/record.js';
import { type FluentdOptions, FluentdTarget } from '../../../lib/targets/fluentd/target.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { ForwardReceiver } from '../../../lib/testing/forward-receiver.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';
import { type SomeRecord, someRecord } from '../../../lib/testing/some-record.js';
import { MemoryNetwork } from '../../support/memory-network.js';
import { Random } from '../../support/random.js';

const fail = () => {
  throw new Error('hostile');
};
const throwing = new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail });

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('The events of FluentdTarget', () => {
  let clock: FakeClock;
  let receiver: ForwardReceiver;
  let network: MemoryNetwork;
  let failures: LogFailure[];

  beforeEach(() => {
    clock = new FakeClock();
    receiver = new ForwardReceiver({ clock });
    network = new MemoryNetwork(clock, new Random(1));
    network.listen(stream => receiver.accept(stream));
    failures = [];
  });

  const start = (options: Partial<FluentdOptions> = {}) =>
    new FluentdTarget({
      tag: 'shop',
      dial: network.dial,
      clock,
      onFailure: failure => failures.push(failure),
      ...options
    });

  /** The records that arrive when these are logged. */
  const sent = async (options: Partial<FluentdOptions>, ...records: readonly SomeRecord[]) => {
    const target = start(options);
    for (const record of records) void target.log(someRecord(record));
    await clock.advance(5000);
    return receiver.events.map(({ record }) => record);
  };

  describe('of records', () => {
    it('call level, logger and message as they are told to', async () => {
      const keys = { levelKey: 'severity', loggerKey: 'source', messageKey: 'log' };
      const [record] = await sent(keys, { message: 'order {id}', data: { id: 7, level: 1, message: 2, logger: 3 } });
      expect(record).to.deep.equal({
        severity: 'INFORMATION',
        source: 'Shop',
        log: 'order 7',
        template: 'order {id}',
        id: 7,
        level: 1,
        message: 2,
        logger: 3
      });
    });

    it('have the fields that all are to have', async () => {
      const fields = { host: 'web-1', k8s: { pod: 'a', since: new Date(0) } };
      const [record] = await sent({ fields }, { message: 'm', data: { n: 1 } });
      expect(record).to.deep.equal({
        level: 'INFORMATION',
        logger: 'Shop',
        message: 'm',
        n: 1,
        host: 'web-1',
        k8s: { pod: 'a', since: '1970-01-01T00:00:00.000Z' }
      });
    });

    it('keep what is their own from being overwritten by what is logged', async () => {
      const options = { fields: { host: 'web-1' }, messageKey: 'log' };
      const data = { host: 'evil', log: 'evil', level: 'evil', host_: 'mine', time: 1, error: 2, template: 3 };
      const [record] = await sent(options, { message: 'm', data });
      expect(record).to.deep.equal({
        level: 'INFORMATION',
        logger: 'Shop',
        log: 'm',
        host__: 'evil',
        log_: 'evil',
        level_: 'evil',
        host_: 'mine',
        time_: 1,
        error_: 2,
        template_: 3,
        host: 'web-1'
      });
    });

    it('keep it when they are too large, too', async () => {
      const options = { fields: { host: 'web-1' }, messageKey: 'log', levelKey: 'severity', maxRecordBytes: 2000 };
      const [record = {}] = await sent(options, { message: 'm', data: { text: 'x'.repeat(5000), log: 'evil' } });
      expect(record).to.include({ severity: 'INFORMATION', log: 'm', log_: 'evil', host: 'web-1' });
      expect(String(record['text'])).to.match(/^x+… \[\d+ bytes cut\]$/);
    });

    it('are what recordFormat makes of them, and nothing else', async () => {
      const recordFormat = ({ message, data }: LogRecord) => ({ msg: message, level: 30, ...data, when: new Date(0) });
      const [record] = await sent({ recordFormat }, { message: 'm', data: { big: 2n ** 60n } });
      expect(record).to.deep.equal({ msg: 'm', level: 30, big: 2n ** 60n, when: '1970-01-01T00:00:00.000Z' });
    });

    it('are cut like others if recordFormat makes them too large, and deep', async () => {
      const recordFormat = () => ({ a: { b: { c: 1 } }, text: 'x'.repeat(5000) });
      const [record = {}] = await sent({ recordFormat, maxRecordBytes: 2000, maxDepth: 2 }, {});
      expect(record['a']).to.deep.equal({ b: '[Object]' });
      expect(String(record['text']).length).to.be.below(2000);
    });

    it('take what recordFormat makes that is no map as the message, or as the map it can be', async () => {
      const made: unknown[] = ['text', 7, [1, 2], new Map([['a', 1]]), { toJSON: () => ({ b: 2 }) }, undefined];
      const recordFormat = () => made.shift() as object;
      const records = await sent({ recordFormat }, {}, {}, {}, {}, {}, {});
      expect(records).to.deep.equal([{ message: 'text' }, { message: 7 }, { message: [1, 2] }, { a: 1 }, { b: 2 }, {}]);
    });

    it('are given up as not encodable if recordFormat throws', async () => {
      const recordFormat = () => {
        throw new Error('boom');
      };
      expect(await sent({ recordFormat }, {})).to.deep.equal([]);
      expect(failures[0]).to.deep.include({ kind: 'lost', reason: 'not encodable' });
    });

    it('have whole seconds with timePrecision seconds', async () => {
      await sent({ timePrecision: 'seconds' }, { timestamp: 1_700_000_000_999 });
      expect(receiver.events[0]?.time).to.equal(1_700_000_000);
    });

    for (const [what, options] of [
      ['keys', { levelKey: 'l', loggerKey: 'g', messageKey: 'm' }],
      ['fields', { fields: { host: 'web-1' } }],
      ['seconds', { timePrecision: 'seconds' }],
      ['a format', { recordFormat: () => ({ a: 1 }) }]
    ] as const) {
      it(`come to a fallback as they were logged, with ${what} of their own`, async () => {
        const fallback = new MemoryTarget();
        network.refuse();
        await sent(
          { ...options, maxRetries: 0, fallbackTarget: fallback },
          { level: LogLevel.WARNING, message: 'order {id}', data: { id: 7 } }
        );
        const [record] = fallback.records;
        expect(record).to.include({ level: LogLevel.WARNING, loggerName: 'Shop' });
        expect(record?.render()).to.equal('order 7');
        expect(record?.data).to.deep.equal({
          id: 7,
          fellBack: [{ from: 'FluentdTarget', reason: 'retries exhausted' }]
        });
      });
    }
  });

  describe('that are emitted', () => {
    const emitted = async (...calls: readonly Parameters<FluentdTarget['emit']>[]) => {
      const target = start();
      for (const call of calls) void target.emit(...call);
      await clock.advance(5000);
      expect(target.stats()).to.include({ delivered: calls.length, pending: 0 });
      return receiver.events.map(({ tag, record, time }) => ({ tag, record, time }));
    };

    it('have their own tag and fields, and nothing else', async () => {
      const [event] = await emitted(['app.follow', { from: 'userA', level: 1, since: new Date(0) }]);
      const since = '1970-01-01T00:00:00.000Z';
      expect(event).to.deep.include({ tag: 'app.follow', record: { from: 'userA', level: 1, since } });
      expect(event?.time).to.deep.equal({ seconds: 1_700_000_000, nanoseconds: 0 });
    });

    it('have the time that they are given', async () => {
      const events = await emitted(
        ['a', {}, new Date(1_600_000_000_123)],
        ['a', {}, 1_600_000_000_123 + 0.456],
        ['a', {}, { seconds: 1_600_000_000, nanoseconds: 123_456_789 }],
        ['a', {}, 1_600_000_000_999 + 0.9999]
      );
      expect(events.map(({ time }) => time)).to.deep.equal([
        { seconds: 1_600_000_000, nanoseconds: 123_000_000 },
        { seconds: 1_600_000_000, nanoseconds: 123_456_000 },
        { seconds: 1_600_000_000, nanoseconds: 123_456_789 },
        { seconds: 1_600_000_001, nanoseconds: 0 }
      ]);
    });

    it('have it with emitWithTime, too', async () => {
      void start().emitWithTime('app.follow', 5000, { n: 1 });
      await clock.advance(5000);
      expect(receiver.events[0]).to.deep.include({ tag: 'app.follow', time: { seconds: 5, nanoseconds: 0 } });
    });

    for (const [what, time] of [
      ['-1', -1],
      ['NaN', Number.NaN],
      ['too large', 2 ** 53],
      ['an invalid date', new Date(Number.NaN)],
      ['a part of a second', { seconds: 1.5, nanoseconds: 0 }],
      ['an empty object', {}],
      ['a text', 'now'],
      ['null', null],
      ['a mark of Fluent Bit', { seconds: 0xffff_fffe, nanoseconds: 0 }],
      ['a mark of Fluent Bit, in milliseconds', 0xffff_ffff * 1000],
      ['a proxy that throws', throwing],
      ['a proxy that was revoked', revoked()],
      ['a date that throws', Object.defineProperty(new Date(0), Symbol.toPrimitive, { value: fail })]
    ] as const) {
      it(`have the time of the call if theirs is ${what}, and somebody is told`, async () => {
        const [event] = await emitted(['a', {}, time as never]);
        expect(event?.time).to.deep.equal({ seconds: 1_700_000_000, nanoseconds: 0 });
        expect(failures).to.have.length(1);
        expect(failures[0]).to.include({ kind: 'error', what: 'emit' });
      });
    }

    it('have the last moment that there is', async () => {
      const time = { seconds: 0xffff_ffff, nanoseconds: 1 };
      expect((await emitted(['a', {}, time]))[0]?.time).to.deep.equal(time);
    });

    it('harm nobody if nothing can be read of them', async () => {
      const events = await emitted(['a', throwing], ['a', revoked() as never]);
      expect(JSON.stringify(events.map(({ record }) => record))).to.contain('[Threw: ');
    });

    it('have a tag that is made right if theirs is not, and somebody is told', async () => {
      const called = (() => 'called') as never;
      const events = await emitted(
        ['a b', {}],
        [undefined as never, {}],
        [called, {}],
        ['x'.repeat(1001), {}],
        ['ok', {}]
      );
      const tags = ['a_b', 'logflume', 'logflume', 'ok', 'x'.repeat(1000)];
      expect(events.map(({ tag }) => tag).sort()).to.deep.equal(tags);
      expect(failures.map(({ kind }) => kind)).to.deep.equal(['error', 'error', 'error', 'error']);
    });

    it('are a message if they are no map', async () => {
      const events = await emitted(['a', 'text' as never], ['a', undefined as never], ['a', [1] as never]);
      expect(events.map(({ record }) => record)).to.deep.equal([{ message: 'text' }, {}, { message: [1] }]);
    });

    it('travel with records, each under its tag, in order', async () => {
      const target = start();
      void target.emit('event', { n: 1 });
      void target.log(someRecord({ data: { n: 2 } }));
      void target.emit('event', { n: 3 });
      await clock.advance(5000);
      expect(receiver.events.map(({ tag, record }) => [tag, record['n']])).to.deep.equal([
        ['event', 1],
        ['event', 3],
        ['shop', 2]
      ]);
    });

    it('go to another Fluentd as they are, when they cannot be delivered', async () => {
      const other = new FluentdTarget({
        tag: 'other',
        clock,
        dial: async signal => {
          const second = new MemoryNetwork(clock, new Random(2));
          second.listen(stream => receiver.accept(stream));
          return second.dial(signal);
        }
      });
      const target = start({ maxRetries: 0, fallbackTarget: other });
      network.refuse();
      void target.emit('app.follow', { from: 'userA' }, { seconds: 5, nanoseconds: 6 });
      await clock.advance(10_000);
      expect(receiver.events).to.have.length(1);
      expect(receiver.events[0]).to.deep.include({
        tag: 'app.follow',
        record: { from: 'userA' },
        time: { seconds: 5, nanoseconds: 6 }
      });
    });

    it('go to any other fallback as records of their tag', async () => {
      const fallback = new MemoryTarget();
      const target = start({ maxRetries: 0, fallbackTarget: fallback });
      network.refuse();
      void target.emit('app.follow', { from: 'userA' }, 5000);
      await clock.advance(10_000);
      const [record] = fallback.records;
      expect(record).to.include({ loggerName: 'app.follow', level: LogLevel.INFORMATION, timestamp: 5000 });
      expect(record?.data).to.deep.equal({ from: 'userA' });
    });
  });

  for (const [options, error, message] of [
    [{ levelKey: '' }, RangeError, "levelKey must be a string that is not empty and does not end in '_', got ''"],
    [{ messageKey: 'a_' }, RangeError, "messageKey must be a string that is not empty and does not end in '_'"],
    [
      { messageKey: 'level' },
      RangeError,
      "must be distinct, and other than template, error and time, got 'level' twice"
    ],
    [{ fields: { message: 1 } }, RangeError, "got 'message' twice"],
    [{ fields: { a_: 1 } }, RangeError, "fields must be an object whose names do not end in '_'"],
    [{ fields: [1] }, TypeError, 'fields must be an object'],
    [{ fields: { a: 1 }, recordFormat: () => ({}) }, TypeError, 'fields must be left out where recordFormat is given'],
    [{ timePrecision: 'ms' }, RangeError, "timePrecision must be one of 'nanoseconds', 'seconds'"],
    [{ mode: 'Forward', compress: 'gzip' }, TypeError, "compress must be 'none' where mode is 'Forward', got 'gzip'"],
    [{ mode: 'CompressedPackedForward', compress: 'none' }, TypeError, "compress must be 'gzip' or 'zstd'"],
    [
      { maxMessageBytes: 10_000, maxRecordBytes: 9000 },
      RangeError,
      'maxRecordBytes must be at most maxMessageBytes - 1200'
    ],
    [{ maxMessageBytes: 2000 }, RangeError, 'maxMessageBytes must be an integer of 2224 or more'],
    [{ username: 'a' }, TypeError, 'password must be given where username is'],
    [{ username: 'a', password: 'b' }, TypeError, "sharedKey must be given where username is ('' if"],
    [{ sharedKey: 7 }, TypeError, 'sharedKey must be a string, got a number that is not shown'],
    [
      { dial: undefined, servers: [{ username: 'a' }] },
      TypeError,
      'FluentdTarget: servers[0]: password must be given where username is'
    ],
    [{ servers: [{ host: 'a' }] }, TypeError, 'dial must be left out where servers is given'],
    [{ clientHostname: 'x'.repeat(256) }, RangeError, 'clientHostname must be a string of 1 to 255 bytes']
  ] as const) {
    it(`cannot be made with ${JSON.stringify(options).slice(0, 80)}`, () => {
      expect(() => start(options as never)).to.throw(error, message);
    });
  }
});
