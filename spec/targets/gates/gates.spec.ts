import { expect } from 'chai';
import { LoggerFactory } from '../../../lib/core/factory.js';
import type { LogFailure } from '../../../lib/core/failures.js';
import { LogLevel } from '../../../lib/core/level.js';
import type { LogRecord } from '../../../lib/core/record.js';
import { LogTarget } from '../../../lib/core/target.js';
import { FlightRecorderTarget } from '../../../lib/targets/gates/flight-recorder.js';
import { RateLimitTarget } from '../../../lib/targets/gates/rate-limit.js';
import { SamplingTarget } from '../../../lib/targets/gates/sampling.js';
import { itBehavesLikeALogTarget } from '../../../lib/testing/contract.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { MemoryFlushTarget } from '../../support/memory-flush-target.js';

const { DEBUG, INFORMATION, WARNING, ERROR } = LogLevel;

const gates = {
  SamplingTarget: (target: LogTarget) => new SamplingTarget(target, { rules: [{ rate: 1 }] }),
  RateLimitTarget: (target: LogTarget) => new RateLimitTarget(target, { max: 1_000_000, clock: new FakeClock() }),
  FlightRecorderTarget: (target: LogTarget) => new FlightRecorderTarget(target, { passLevel: LogLevel.TRACE })
};

for (const [name, gate] of Object.entries(gates)) {
  itBehavesLikeALogTarget(`${name} that passes all`, () => {
    const target = new MemoryTarget();
    return { target: gate(target), received: () => target.messages };
  });

  describe(name, () => {
    it('has the name, account and fallback of the target behind, and reports for it', async () => {
      const failures: LogFailure[] = [];
      const fallbackTarget = new MemoryTarget();
      const behind = new MemoryFlushTarget({ name: 'behind', fallbackTarget, clock: new FakeClock() });
      const front = gate(behind);
      const factory = new LoggerFactory({ env: {}, onFailure: failure => failures.push(failure) }).addTarget(front);
      await factory.getLogger('x').info('m');
      expect(front.name).to.equal('behind');
      expect(front.fallback).to.equal(fallbackTarget);
      expect(front.stats()).to.deep.equal(behind.stats());
      expect((await factory.dispose()).delivered).to.equal(1);
      void factory.getLogger('x').info('late');
      expect(factory.stats()).to.include({ accepted: 2, delivered: 1, lost: 1 });
      expect(failures.map(({ target }) => target)).to.deep.equal(['behind']);
    });

    it('counts for a target without an account, and survives it', async () => {
      const failures: LogFailure[] = [];
      class Broken extends LogTarget {
        override log(record: LogRecord): void | Promise<void> {
          if (record.message === 'throws') throw new Error('no');
          if (record.message === 'rejects') return Promise.reject(new Error('no'));
        }
      }
      const factory = new LoggerFactory({ env: {}, onFailure: failure => failures.push(failure) }).addTarget(
        gate(new Broken())
      );
      for (const message of ['throws', 'rejects', 'fine']) await factory.getLogger('x').info(message);
      expect(factory.stats()).to.include({ accepted: 3, delivered: 1, lost: 2 });
      await factory.dispose();
      void factory.getLogger('x').info('late');
      expect(factory.stats()).to.include({ accepted: 4, delivered: 1, lost: 3 });
      expect(failures.map(({ kind }) => kind)).to.deep.equal(['lost', 'lost', 'lost']);
    });

    it('leaves a target open that others hold', async () => {
      const behind = new MemoryTarget();
      const front = gate(behind);
      new LoggerFactory({ env: {} }).addTarget(behind);
      await front.dispose();
      await front.dispose();
      void behind.log(someRecord());
      expect(behind.stats().lost).to.equal(0);
    });

    it('wants a target', () => {
      expect(() => gate({} as LogTarget)).to.throw(TypeError, `${name}: target must be a LogTarget`);
    });
  });
}

describe('SamplingTarget', () => {
  const someSampling = (options: ConstructorParameters<typeof SamplingTarget>[1]) => {
    const behind = new MemoryTarget();
    return { behind, front: new SamplingTarget(behind, options) };
  };

  it('passes the share of records that the first fitting rule says', () => {
    const numbers = [0, 0.49, 0.5, 0.99];
    const { behind, front } = someSampling({ rules: [{ rate: 0.5 }, { rate: 0 }], random: () => numbers.shift() ?? 0 });
    for (const message of ['a', 'b', 'c', 'd']) void front.log(someRecord({ message }));
    expect(behind.messages).to.deep.equal(['a', 'b']);
    expect(front.heldBack).to.equal(2);
    expect(front.stats().accepted).to.equal(2);
  });

  it('tells records by level, logger and message; what no rule fits passes', () => {
    const { behind, front } = someSampling({
      rules: [
        { rate: 1, message: 'wanted' },
        { rate: 0, maximumLevel: DEBUG },
        { rate: 0, minimumLevel: WARNING, maximumLevel: WARNING, loggers: ['app.http', 'x.*'] },
        { rate: 0, message: /^GET /g },
        { rate: 0, message: 'exactly this' }
      ]
    });
    for (const record of [
      { message: 'wanted', level: DEBUG },
      { message: '1', level: DEBUG },
      { message: '2', level: WARNING, loggerName: 'app.http.in' },
      { message: '3', level: WARNING, loggerName: 'x.y' },
      { message: 'kept', level: WARNING, loggerName: 'app' },
      { message: 'GET /a' },
      { message: 'GET /b' },
      { message: 'exactly this' },
      { message: 'not exactly this' },
      { message: 'error', level: ERROR, loggerName: 'app.http' }
    ]) {
      void front.log(someRecord(record));
    }
    expect(behind.messages).to.deep.equal(['wanted', 'kept', 'not exactly this', 'error']);
  });

  it('lets records that have something in common pass or stay together, about as many as the rate says', () => {
    const { behind, front } = someSampling({ rules: [{ rate: 0.25 }], by: 'trace_id', random: () => 0.9 });
    for (const message of ['1', '2', '3']) {
      for (let id = 0; id < 2000; id++) void front.log(someRecord({ message, data: { trace_id: `t${id}` } }));
    }
    const ids = (text: string) =>
      behind.records.filter(({ message }) => message === text).map(({ data }) => data['trace_id']);
    expect(ids('2')).to.deep.equal(ids('1'));
    expect(ids('3')).to.deep.equal(ids('1'));
    expect(ids('1').length).to.be.within(400, 600);
    void front.log(someRecord());
    expect(front.heldBack + behind.records.length).to.equal(6001);
  });

  it('checks its options', () => {
    const make = (options: unknown) => () => new SamplingTarget(new MemoryTarget(), options as { rules: [] });
    expect(make({})).to.throw(
      TypeError,
      'SamplingTarget: rules must be a list of rules, each with a rate, got nothing'
    );
    expect(make({ rules: [{ rate: 2 }] })).to.throw(
      RangeError,
      'SamplingTarget: rules[0]: rate must be a number from 0 to 1, got 2'
    );
    expect(make({ rules: [{}] })).to.throw(TypeError, 'rules[0]: rate must be a number from 0 to 1, got nothing');
    expect(make({ rules: [{ rate: 1, level: 3 }] })).to.throw(
      TypeError,
      "SamplingTarget: rules[0] has no option 'level'"
    );
  });
});

describe('A gate that cannot be made', () => {
  it('does not hold the target, which is closed by who has it then', async () => {
    class Closing extends MemoryTarget {
      isClosed = false;
      override dispose(): Promise<void> {
        this.isClosed = true;
        return super.dispose();
      }
    }
    const target = new Closing();
    expect(() => new SamplingTarget(target, { rules: [{ rate: 5 }] })).to.throw(RangeError);
    expect(() => new RateLimitTarget(target, { max: -1 })).to.throw(RangeError);
    expect(() => new FlightRecorderTarget(target, { maxRecords: 0 })).to.throw(RangeError);
    await new LoggerFactory().addTarget(target).dispose();
    expect(target.isClosed).to.equal(true);
  });
});

describe('RateLimitTarget', () => {
  const someLimit = (options: ConstructorParameters<typeof RateLimitTarget>[1] = {}) => {
    const clock = new FakeClock();
    const behind = new MemoryTarget();
    return { clock, behind, front: new RateLimitTarget(behind, { max: 2, interval: 10_000, clock, ...options }) };
  };

  it('passes so many of a kind, and tells in one record how many there were more', async () => {
    const { clock, behind, front } = someLimit();
    for (let id = 1; id <= 1236; id++) {
      void front.log(someRecord({ message: 'order {id} is late', data: { id }, level: WARNING, loggerName: 'Shop' }));
    }
    expect(behind.messages).to.deep.equal(['order 1 is late', 'order 2 is late']);
    await clock.advance(9_999);
    expect(behind.records).to.have.length(2);
    await clock.advance(1);
    expect(behind.messages[2]).to.equal('order 1236 is late … repeated 1234 times in 10 s');
    expect(behind.records[2]).to.deep.include({ level: WARNING, loggerName: 'Shop', timestamp: clock.now() });
    expect(behind.records[2]?.data).to.deep.equal({ text: 'order 1236 is late', repeated: 1234, seconds: 10 });
    expect(front.heldBack).to.equal(1234);
    expect(clock.timers).to.equal(0);
  });

  it('begins anew after the interval', async () => {
    const { clock, behind, front } = someLimit({ max: 1 });
    void front.log(someRecord());
    await clock.advance(10_000);
    void front.log(someRecord());
    void front.log(someRecord());
    expect(behind.records).to.have.length(2);
    await clock.advance(10_000);
    expect(behind.messages[2]).to.equal('something happened … repeated 1 times in 10 s');
  });

  it('ends an interval though no timer can fire, as in a loop that never waits', () => {
    let now = 0;
    const { behind, front } = someLimit({
      max: 1,
      clock: { now: () => now, setTimeout: () => undefined, clearTimeout: () => undefined }
    });
    for (; now <= 10_000; now += 5000) void front.log(someRecord());
    expect(behind.messages).to.deep.equal([
      'something happened',
      'something happened … repeated 1 times in 10 s',
      'something happened'
    ]);
  });

  it('tells kinds apart by logger, level and message, or as it is told', async () => {
    const { behind, front } = someLimit({ max: 1 });
    const records = [{}, { loggerName: 'a' }, { level: ERROR }, { message: 'b' }, {}].map(someRecord);
    for (const record of records) void front.log(record);
    expect(behind.records).to.deep.equal(records.slice(0, 4));
    const by = someLimit({ max: 1, by: 'user' });
    for (const user of [1, 2, 1]) void by.front.log(someRecord({ message: String(user), data: { user } }));
    expect(by.behind.messages).to.deep.equal(['1', '2']);
  });

  it('keeps the windows of several kinds apart in time', async () => {
    const { clock, behind, front } = someLimit({ max: 0 });
    void front.log(someRecord({ message: 'a' }));
    await clock.advance(4000);
    void front.log(someRecord({ message: 'b' }));
    await clock.advance(6000);
    expect(behind.messages).to.deep.equal(['a … repeated 1 times in 10 s']);
    await clock.advance(4000);
    expect(behind.messages[1]).to.equal('b … repeated 1 times in 10 s');
  });

  it('forgets the oldest of too many kinds, and tells of it', async () => {
    const { behind, front } = someLimit({ max: 0, maxKinds: 2 });
    for (const message of ['a', 'b', 'c']) void front.log(someRecord({ message }));
    expect(behind.messages).to.deep.equal(['a … repeated 1 times in 0 s']);
  });

  it('tells when it is flushed or disposed of, once, and takes its timer along', async () => {
    const { clock, behind, front } = someLimit({ max: 0 });
    void front.log(someRecord());
    await front.flush();
    expect(behind.messages).to.deep.equal(['something happened … repeated 1 times in 0 s']);
    await front.flush();
    void front.log(someRecord());
    await front.dispose();
    expect(behind.messages).to.have.length(2);
    expect(clock.timers).to.equal(0);
  });

  it('survives records that throw when they are read', () => {
    const { behind, front } = someLimit({
      by: () => {
        throw new Error('no');
      }
    });
    const message = {
      toString() {
        throw new Error('no');
      }
    };
    void front.log(someRecord({ message }));
    expect(behind.records).to.have.length(1);
  });
});

describe('FlightRecorderTarget', () => {
  const someRecorder = (options: ConstructorParameters<typeof FlightRecorderTarget>[1] = {}) => {
    const behind = new MemoryTarget();
    const front = new FlightRecorderTarget(behind, options);
    const factory = new LoggerFactory({ env: {}, onFailure: () => undefined }).addTarget(front, LogLevel.TRACE);
    return { behind, front, factory, logger: factory.getLogger('Shop') };
  };

  it('keeps records below passLevel, and lets them out in order before an error', () => {
    const { behind, front, logger } = someRecorder();
    void logger.debug('1');
    void logger.info('2');
    void logger.trace('3');
    void logger.warning('4');
    expect(behind.messages).to.deep.equal(['2', '4']);
    expect(front.heldBack).to.equal(2);
    void logger.error('5');
    void logger.critical('6');
    expect(behind.messages).to.deep.equal(['2', '4', '1', '3', '5', '6']);
    expect(front.heldBack).to.equal(0);
  });

  it('keeps contexts apart: by runWith, nested ones as one', async () => {
    const { behind, factory, logger } = someRecorder();
    void logger.debug('outside');
    await Promise.all(
      ['a', 'b'].map(id =>
        factory.runWith({ id }, async () => {
          void logger.debug(`${id}1`);
          await new Promise(setImmediate);
          factory.runWith({ step: 2 }, () => void logger.debug(`${id}2`));
          if (id === 'b') void logger.error('b failed');
        })
      )
    );
    expect(behind.messages).to.deep.equal(['b1', 'b2', 'b failed']);
    void logger.error('failed outside');
    expect(behind.messages.slice(3)).to.deep.equal(['outside', 'failed outside']);
  });

  it('keeps contexts apart by a field, or by a function', () => {
    for (const by of ['requestId', (record: LogRecord) => record.data['requestId']] as const) {
      const { behind, logger } = someRecorder({ by });
      for (const requestId of ['a', 'b']) void logger.debug(requestId, { requestId });
      void logger.debug('none');
      void logger.error('failed', { requestId: 'a' });
      expect(behind.messages).to.deep.equal(['a', 'failed']);
    }
  });

  it('keeps the last records of a context, and the latest contexts', () => {
    const { behind, logger, front } = someRecorder({ by: 'id', maxRecords: 2, maxContexts: 2 });
    for (const [id, message] of [
      ['a', 'a1'],
      ['b', 'b1'],
      ['b', 'b2'],
      ['b', 'b3'],
      ['a', 'a2'],
      ['c', 'c1']
    ])
      void logger.debug(message, { id });
    for (const id of ['a', 'b', 'c']) void logger.error(`${id} failed`, { id });
    expect(behind.messages).to.deep.equal(['a1', 'a2', 'a failed', 'b failed', 'c1', 'c failed']);
    expect(front.heldBack).to.equal(3);
  });

  it('keeps what was logged, whatever becomes of its objects', () => {
    const { behind, logger } = someRecorder();
    const user = { name: 'Ada' };
    const err = new Error('boom');
    void logger.debug('{user.name}', { user, err, nothing: undefined });
    user.name = 'Eve';
    void logger.error('failed');
    const [record] = behind.records;
    expect(record?.render()).to.equal('Ada');
    expect(record?.data).to.deep.equal({ user: { name: 'Ada' }, err, nothing: undefined });
    expect(JSON.stringify(record)).to.include('"error":{"type":"Error"').and.not.include('"err"');
  });

  it('forgets what it keeps when it is disposed of', async () => {
    const { behind, front, logger } = someRecorder();
    void logger.debug('1');
    await front.dispose();
    void logger.error('late');
    expect(behind.messages).to.deep.equal([]);
    expect(behind.stats().lost).to.equal(1);
  });

  it('can be told the levels, and wants them in order', () => {
    const { behind, logger } = someRecorder({ passLevel: WARNING, keepUntil: WARNING });
    void logger.info('1');
    void logger.warning('2');
    expect(behind.messages).to.deep.equal(['1', '2']);
    expect(() => someRecorder({ passLevel: ERROR, keepUntil: INFORMATION })).to.throw(
      RangeError,
      'passLevel must not be above keepUntil'
    );
  });
});

describe('Gates', () => {
  it('stand before each other', () => {
    const clock = new FakeClock();
    const behind = new MemoryTarget();
    const front = new SamplingTarget(new RateLimitTarget(behind, { max: 1, clock }), {
      rules: [{ rate: 0, message: 'noise' }]
    });
    for (const message of ['noise', 'a', 'a', 'noise']) void front.log(someRecord({ message }));
    expect(behind.messages).to.deep.equal(['a']);
    expect(front.heldBack).to.equal(2);
  });
});
