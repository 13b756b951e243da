import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import sinon from 'sinon';
import { systemClock } from '../lib/core/clock.js';
import { LoggerFactory } from '../lib/core/factory.js';
import type { LogFailure } from '../lib/core/failures.js';
import { LogLevel } from '../lib/core/level.js';
import { Loggers } from '../lib/core/loggers.js';
import { ExceptionLogRecord, type LogRecord } from '../lib/core/record.js';
import { Surroundings } from '../lib/core/surroundings.js';
import { LogTarget } from '../lib/core/target.js';
import { RetryPolicy } from '../lib/delivery/retry.js';
import { FakeClock } from '../lib/testing/fake-clock.js';
import { MemoryTarget } from '../lib/testing/memory-target.js';
import { someRecord } from '../lib/testing/some-record.js';
import { MemoryFlushTarget } from './support/memory-flush-target.js';

const down = new Error('down');
const quiet = { onFailure: () => undefined };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** rolog's own 45 test cases, in our terms; the titles name its test functions. */
describe('What rolog promises', () => {
  describe('in test_di', () => {
    it('test_get_logger_by_name_of_activated_class: a class is logged for by its name', () => {
      class Cats {}
      class Dogs {}
      const factory = new LoggerFactory();
      expect([factory.getLogger(Cats).name, factory.getLogger(Dogs).name]).to.deep.equal(['Cats', 'Dogs']);
    });
  });

  describe('in test_flushing', () => {
    for (const maxSize of [2, 10, 20, 30]) {
      it(`test_flushing: the ${maxSize}th record delivers all, in order, and none before`, async () => {
        const clock = new FakeClock();
        const target = new MemoryFlushTarget({ maxSize, clock });
        const logger = new LoggerFactory({ clock }).addTarget(target).getLogger('x');
        for (const number of numbers(maxSize - 1)) await logger.info(String(number));
        await clock.settle();
        expect(target.arrived).to.deep.equal([]);
        await logger.info(String(maxSize - 1));
        await clock.settle();
        expect(target.arrived).to.deep.equal(numbers(maxSize).map(String));
      });
    }

    for (const [method, level] of [
      ['debug', LogLevel.DEBUG],
      ['info', LogLevel.INFORMATION],
      ['warning', LogLevel.WARNING],
      ['error', LogLevel.ERROR],
      ['critical', LogLevel.CRITICAL]
    ] as const) {
      it(`test_log_message_type_shortcuts: ${method} logs at ${LogLevel[level]}, and a factory without a minimum passes it`, async () => {
        const target = new MemoryTarget();
        const logger = new LoggerFactory({ minimumLevel: LogLevel.NONE }).addTarget(target).getLogger('x');
        for (const number of numbers(3)) await logger[method](String(number));
        expect(target.records.map(record => record.level)).to.deep.equal([level, level, level]);
      });
    }

    it('test_logger_throws_for_too_high_log_level: a level above the highest is an error, though not the application’s', async () => {
      const failures: LogFailure[] = [];
      const logger = new LoggerFactory({ onFailure: failure => failures.push(failure) })
        .addTarget(new MemoryTarget())
        .getLogger('x');
      await logger.log((LogLevel.CRITICAL + 1) as LogLevel, 'm');
      expect(failures[0]?.error).to.be.instanceOf(RangeError);
    });

    it('test_flushing_fallback_when_fails: all records reach the fallback, in order', async () => {
      const fallback = new MemoryTarget();
      const target = new MemoryFlushTarget({ maxRetries: 0, fallbackTarget: fallback, ...quiet });
      target.behaviour = { error: down };
      const factory = new LoggerFactory(quiet).addTarget(target);
      for (const number of numbers(10)) await factory.getLogger('x').info(String(number));
      await factory.flush();
      expect(fallback.messages).to.deep.equal(numbers(10).map(String));
    });

    for (const maxSize of [0, -1, -100]) {
      it(`test_flush_target_throws_for_invalid_max_size: ${maxSize}`, () => {
        expect(() => new MemoryFlushTarget({ maxSize })).to.throw(
          RangeError,
          `maxSize must be an integer of 1 or more, got ${maxSize}`
        );
      });
    }

    for (const retryDelay of [-1, -100]) {
      it(`test_flush_target_throws_for_invalid_retry_delay: ${retryDelay}`, () => {
        expect(() => new MemoryFlushTarget({ retryDelay })).to.throw(
          RangeError,
          'retryDelay must be a number of milliseconds from 0'
        );
      });
    }

    for (const [retryDelay, attempt] of [
      [200, 1],
      [200, 2],
      [200, 3],
      [600, 1],
      [600, 2],
      [600, 10]
    ] as const) {
      it(`test_flush_target_progressive_delay: ${retryDelay} ms times ${attempt}`, () => {
        const options = { maxRetries: 3, retryDelay, progressiveDelay: true, maxRetryDelay: 30_000, jitter: 0 };
        const policy = new RetryPolicy(options, Math.random);
        expect(policy.delay(attempt)).to.equal(retryDelay * attempt);
      });
    }

    it('test_flush_target_ignores_null_record: logging null makes a record, which is rolog’s to ignore and ours to keep', async () => {
      const target = new MemoryFlushTarget();
      const factory = new LoggerFactory().addTarget(target);
      for (let index = 0; index < 10; index++) await factory.getLogger('x').info(null);
      await factory.flush();
      expect(target.arrived).to.deep.equal(new Array(10).fill(null));
    });

    it('test_logger_factory_flushes_when_disposing: what is queued at both targets is delivered', async () => {
      const targets = [new MemoryFlushTarget(), new MemoryFlushTarget()];
      const factory = new LoggerFactory();
      for (const target of targets) factory.addTarget(target);
      for (const message of ['a', 'b', 'c']) await factory.getLogger('x').info(message);
      await factory.dispose();
      for (const target of targets) expect(target.arrived).to.deep.equal(['a', 'b', 'c']);
    });

    it('test_logger_factory_flushes_when_disposing_handling_exceptions: a failing target does not keep the other from its flush', async () => {
      const [bad, good] = [new MemoryFlushTarget({ maxRetries: 0 }), new MemoryFlushTarget()];
      bad.behaviour = { error: down };
      const factory = new LoggerFactory(quiet).addTarget(bad).addTarget(good);
      await factory.getLogger('x').info('a');
      await factory.dispose();
      expect(good.arrived).to.deep.equal(['a']);
    });

    it('test_logger_factory_on_dispose_error_callback: if target and fallback fail, the listener gets the original error', async () => {
      const failures: LogFailure[] = [];
      const fallback = new MemoryFlushTarget({ name: 'fallback', maxRetries: 0 });
      const target = new MemoryFlushTarget({ maxRetries: 0, fallbackTarget: fallback });
      const [first, second] = [new Error('first'), new Error('second')];
      target.behaviour = { error: first };
      fallback.behaviour = { error: second };
      const factory = new LoggerFactory({ onFailure: failure => failures.push(failure) }).addTarget(target);
      await factory.getLogger('x').info('a');
      await factory.dispose();
      expect(failures.map(({ error }) => error)).to.deep.equal([first, second]);
    });

    it('test_flush_target_no_fallback_warning_with_graceful_handling: no fallback, a warning, no exception', async () => {
      const emitWarning = sinon.stub(process, 'emitWarning');
      try {
        const target = new MemoryFlushTarget({ name: 'without-fallback', maxRetries: 0 });
        target.behaviour = { error: down };
        await new LoggerFactory().addTarget(target).getLogger('x').error('a');
        await target.flush();
        expect(emitWarning.args).to.deep.equal([
          [
            'without-fallback: 1 record(s) lost (retries exhausted); set fallbackTarget to keep such records, or raise maxRetries: Error: down',
            'LogflumeWarning'
          ]
        ]);
      } finally {
        emitWarning.restore();
      }
    });

    it('test_flushing_fallback_nested_flushing_target: a flush target as fallback gets the batch, in order', async () => {
      const fallback = new MemoryFlushTarget();
      const target = new MemoryFlushTarget({ maxRetries: 0, fallbackTarget: fallback, ...quiet });
      target.behaviour = { error: down };
      for (const message of numbers(5)) void target.log(someRecord({ message }));
      await target.flush();
      expect(fallback.batches).to.deep.equal([numbers(5)]);
    });
  });

  describe('in test_logging', () => {
    const logTo = (...levels: LogLevel[]) => {
      const factory = new LoggerFactory();
      const targets = levels.map(level => {
        const target = new MemoryTarget();
        factory.addTarget(target, level);
        return target;
      });
      return {
        factory,
        logger: factory.getLogger('x'),
        targets,
        messages: () => targets.map(target => target.messages)
      };
    };
    const only = async (log: (logger: ReturnType<LoggerFactory['getLogger']>) => Promise<void>): Promise<LogRecord> => {
      const { logger, targets } = logTo(LogLevel.NONE);
      await log(logger);
      const record = targets[0]?.records[0];
      if (record === undefined) throw new Error('nothing was logged');
      return record;
    };

    it('test_logger_factory_logger_name', () => {
      expect(new LoggerFactory().getLogger('blacksheep').name).to.equal('blacksheep');
    });

    it('test_logger_factory_logger_same_instance_by_name', () => {
      const factory = new LoggerFactory();
      expect(factory.getLogger('a')).to.equal(factory.getLogger('a'));
      expect(factory.getLogger('a')).not.to.equal(factory.getLogger('b'));
    });

    it('test_records_have_timestamp', async () => {
      const before = Date.now();
      const { timestamp, time } = await only(logger => logger.info('m'));
      expect(timestamp).to.be.within(before, Date.now());
      expect(time.getTime()).to.equal(timestamp);
    });

    it('test_records_support_extra_arguments', async () => {
      expect((await only(logger => logger.info('m', 'one', 2))).args).to.deep.equal(['one', 2]);
    });

    it('test_records_support_extra_data', async () => {
      expect((await only(logger => logger.info('m', { a: 1, b: 2 }))).data).to.deep.equal({ a: 1, b: 2 });
    });

    it('test_records_support_extra_data_and_args', async () => {
      const { args, data } = await only(logger => logger.info('m', 'one', { a: 1 }));
      expect({ args, data }).to.deep.equal({ args: ['one'], data: { a: 1 } });
    });

    it('test_logger_factory_two_targets', async () => {
      const { logger, messages } = logTo(LogLevel.NONE, LogLevel.NONE);
      await logger.log(LogLevel.INFORMATION, 'm');
      expect(messages()).to.deep.equal([['m'], ['m']]);
    });

    it('test_logger_factory_minimum_level', async () => {
      const { logger, messages } = logTo(LogLevel.INFORMATION, LogLevel.ERROR);
      await logger.info('info');
      await logger.error('error');
      expect(messages()).to.deep.equal([['info', 'error'], ['error']]);
    });

    it('test_logger_factory_minimum_level_to_debug', async () => {
      const { logger, messages } = logTo(LogLevel.DEBUG, LogLevel.INFORMATION, LogLevel.ERROR);
      await logger.debug('debug');
      await logger.info('info');
      await logger.error('error');
      expect(messages()).to.deep.equal([['debug', 'info', 'error'], ['info', 'error'], ['error']]);
    });

    it('test_logger_exception', async () => {
      const record = await only(logger => logger.exception('m', down));
      expect(record).to.be.instanceOf(ExceptionLogRecord);
      expect(record).to.include({ message: 'm', level: LogLevel.ERROR, exception: down });
    });

    it('test_logger_factory_get_targets', () => {
      const [a, b] = [new MemoryTarget(), new MemoryTarget()];
      const factory = new LoggerFactory().addTarget(a);
      expect(factory.targets).to.deep.equal([a]);
      factory.addTarget(b);
      expect(factory.targets).to.deep.equal([a, b]);
    });

    for (const level of [-10, -20, -1]) {
      it(`test_logger_factory_raises_invalid_minimum_level: ${level}`, () => {
        expect(() => new LoggerFactory().addTarget(new MemoryTarget(), level as LogLevel)).to.throw(
          RangeError,
          'minimumLevel'
        );
      });
    }
  });
});

/** What went wrong in rolog 1.0.2, and must not here. */
describe('What rolog gets wrong', () => {
  const flushTarget = (options: ConstructorParameters<typeof MemoryFlushTarget>[0] = {}) => {
    const clock = new FakeClock();
    const target = new MemoryFlushTarget({ clock, ...quiet, ...options });
    const factory = new LoggerFactory({ clock, ...quiet }).addTarget(target);
    return { clock, target, factory, logger: factory.getLogger('x') };
  };

  it('R1: the caller who fills a batch waits for its delivery and all its retries', async () => {
    const { target, logger, clock } = flushTarget({ maxSize: 2 });
    target.behaviour = 'wait';
    await logger.info('a');
    await logger.info('b');
    await clock.settle();
    expect(target.attempts).to.have.length(1);
    expect(target.arrived).to.deep.equal([]);
  });

  it('R2: a quiet application holds records for ever, as only their number makes a flush', async () => {
    const { target, logger, clock } = flushTarget();
    await logger.info('a');
    await clock.advance(1000);
    expect(target.arrived).to.deep.equal(['a']);
  });

  it('R3: flushes overlap and change the order', async () => {
    const { target, logger } = flushTarget({ maxSize: 2 });
    await Promise.all(numbers(6).map(number => logger.info(String(number)).then(() => target.flush())));
    expect(target.mostAtOnce).to.equal(1);
    expect(target.arrived).to.deep.equal(numbers(6).map(String));
  });

  it('R4: after an outage one batch holds the whole backlog', async () => {
    const { target, logger } = flushTarget({ maxSize: 10 });
    target.behaviour = { error: down };
    for (const number of numbers(95)) await logger.info(String(number));
    target.behaviour = 'arrive';
    await target.flush();
    expect(Math.max(...target.batches.map(batch => batch.length))).to.equal(10);
    expect(target.arrived).to.have.length(95);
  });

  it('R5: the queue has no bound, and a bound below max_size blocks the logger for ever', async () => {
    const { target, logger } = flushTarget({ maxSize: 10, maxQueued: 5 });
    target.behaviour = 'wait';
    for (const number of numbers(20)) await logger.info(String(number));
    expect(target.stats()).to.include({ pending: 4, lost: 16 }); // the fifth place is for warnings
    target.behaviour = 'arrive';
    target.attempts[0]?.arrive();
    await target.flush();
    expect(target.arrived.filter(text => String(text).length === 1)).to.deep.equal(['0', '1', '2', '3']);
  });

  it('R6: a caller that goes away takes the batch with it', async () => {
    const { target, logger } = flushTarget({ maxSize: 2 });
    const caller = logger.info('a');
    await Promise.race([caller, Promise.reject(new Error('cancelled'))]).catch(() => undefined);
    await logger.info('b');
    await target.flush();
    expect(target.arrived).to.deep.equal(['a', 'b']);
  });

  it('R7: a failure is reported by a warning that can throw, and that stops the retries', async () => {
    const emitWarning = sinon.stub(process, 'emitWarning');
    try {
      const { target, logger, clock } = flushTarget({
        maxSize: 1,
        onFailure: () => {
          throw new Error('a listener that throws');
        }
      });
      target.behaviour = { error: down };
      await logger.info('a');
      await clock.settle();
      target.behaviour = 'arrive';
      await clock.advance(600);
      expect(target.arrived).to.deep.equal(['a']);
      expect(String(emitWarning.args[0]?.[0])).to.contain('onFailure failed: Error: a listener that throws');
    } finally {
      emitWarning.restore();
    }
  });

  it('R8: a flush target as fallback is called past its queue, without its retries and its own fallback', async () => {
    const last = new MemoryTarget();
    const fallback = new MemoryFlushTarget({ maxRetries: 2, retryDelay: 0, fallbackTarget: last, ...quiet });
    const { target, logger } = flushTarget({ maxRetries: 0, fallbackTarget: fallback });
    target.behaviour = { error: down };
    fallback.behaviour = { error: down };
    await logger.info('a');
    await target.flush();
    await fallback.flush();
    expect(fallback.attempts.length).to.equal(3);
    expect(last.messages).to.deep.equal(['a']);
  });

  it('R9: a fallback that fails for one record loses all that follow', async () => {
    const taken: unknown[] = [];
    const fallback = new (class Picky extends LogTarget {
      override log({ message }: LogRecord): void {
        if (message === '1') throw down;
        taken.push(message);
      }
    })();
    const { target, logger } = flushTarget({ maxRetries: 0, fallbackTarget: fallback });
    target.behaviour = { error: down };
    for (const number of numbers(4)) await logger.info(String(number));
    await target.flush();
    expect(taken).to.deep.equal(['0', '2', '3']);
    expect(target.stats()).to.include({ fellBack: 3, lost: 1 });
  });

  it('R10: a target below the minimum of the factory gets nothing at all', async () => {
    const target = new MemoryTarget();
    const factory = new LoggerFactory({ minimumLevel: LogLevel.INFORMATION }).addTarget(target, LogLevel.DEBUG);
    await factory.getLogger('x').debug('debug');
    await factory.getLogger('x').critical('critical');
    expect(target.messages).to.deep.equal(['debug', 'critical']);
  });

  it('R11: a level between the named ones breaks the log call', async () => {
    const target = new MemoryTarget();
    await new LoggerFactory()
      .addTarget(target, LogLevel.INFORMATION)
      .getLogger('x')
      .log(25 as LogLevel, 'm');
    expect(target.messages).to.deep.equal(['m']);
  });

  it('R12: a slow target delays the others, one that throws starves them and breaks the call', async () => {
    const slow = new (class Slow extends LogTarget {
      override log(): Promise<void> {
        return new Promise(() => undefined);
      }
    })();
    const bad = new (class Bad extends LogTarget {
      override log(): void {
        throw down;
      }
    })();
    const good = new MemoryTarget();
    void new LoggerFactory(quiet).addTarget(slow).addTarget(bad).addTarget(good).getLogger('x').info('m');
    expect(good.messages).to.deep.equal(['m']);
  });

  it('R12: a target that was added twice gets each record twice', () => {
    const target = new MemoryTarget();
    const factory = new LoggerFactory().addTarget(target, LogLevel.DEBUG);
    expect(() => factory.addTarget(target, LogLevel.ERROR)).to.throw(TypeError, 'would get each record twice');
  });

  it('R13: an exception of None makes a record of None', async () => {
    const target = new MemoryTarget();
    const logger = new LoggerFactory().addTarget(target).getLogger('x');
    await logger.exception('null', null);
    await logger.exception('nothing');
    await logger.info('field', { exception: null });
    expect(target.messages).to.deep.equal(['null', 'nothing', 'field']);
  });

  it('R14: fields called level, message or exception are impossible or taken for something else', async () => {
    const target = new MemoryTarget();
    const fields = { level: 'high', message: 'other', exception: 'none', loggerName: 'me' };
    await new LoggerFactory().addTarget(target).getLogger('x').info('m', fields);
    expect(target.records[0]?.data).to.deep.equal(fields);
    expect(target.records[0]).to.include({ level: LogLevel.INFORMATION, message: 'm', loggerName: 'x' });
  });

  it('R15: dispose has no closed state', async () => {
    const { target, factory, logger } = flushTarget();
    await factory.dispose();
    await logger.info('late');
    expect(target.stats()).to.deep.include({ accepted: 1, lost: 1, lostByReason: { disposed: 1 } });
  });

  it('R15: dispose has no deadline', async () => {
    const { target, factory, logger, clock } = flushTarget();
    target.behaviour = 'wait';
    await logger.info('a');
    const disposed = factory.dispose({ timeout: 100 });
    await clock.advance(100);
    expect(await disposed).to.include({ lost: 1, pending: 0 });
  });

  it('R15: dispose takes one target after the other', async () => {
    const clock = new FakeClock();
    const targets = numbers(3).map(() => new MemoryFlushTarget({ clock, ...quiet }));
    const factory = new LoggerFactory({ clock, ...quiet });
    for (const target of targets) {
      target.behaviour = 'wait';
      factory.addTarget(target);
    }
    await factory.getLogger('x').info('a');
    void factory.dispose();
    await clock.settle();
    expect(targets.map(({ attempts }) => attempts.length)).to.deep.equal([1, 1, 1]);
    for (const target of targets) target.attempts[0]?.arrive();
    await factory.dispose();
  });

  it('R15: dispose ignores fallbacks and targets that do not flush', async () => {
    const fallback = new MemoryFlushTarget();
    const plain = sinon.fake();
    const { factory } = flushTarget({ fallbackTarget: fallback });
    factory.addTarget(
      new (class Plain extends LogTarget {
        override log(): void {}
        override async dispose(): Promise<void> {
          plain();
        }
      })()
    );
    await factory.dispose();
    expect(fallback.closed).to.equal(1);
    expect(plain.calledOnce).to.equal(true);
  });

  it('R16: max_retries is not checked, and 3 means sometimes 3 and sometimes 4 tries', async () => {
    expect(() => new MemoryFlushTarget({ maxRetries: -1 })).to.throw(RangeError);
    const { target, logger, clock } = flushTarget({ maxSize: 1, maxRetries: 3 });
    target.behaviour = { error: down };
    await logger.info('a');
    await clock.advance(60_000);
    expect(target.attempts).to.have.length(1 + 3);
  });

  it('R17: records of the same time have no order', async () => {
    const target = new MemoryTarget();
    const logger = new LoggerFactory({ clock: new FakeClock() }).addTarget(target).getLogger('x');
    await Promise.all([logger.info('a'), logger.info('b')]);
    const [a, b] = target.records;
    expect(a?.timestamp).to.equal(b?.timestamp);
    expect(a?.sequence).to.be.below(b?.sequence ?? 0);
  });

  it('R18: a CRITICAL record with an exception becomes an ERROR', async () => {
    const target = new MemoryTarget();
    await new LoggerFactory().addTarget(target).getLogger('x').critical('m', down, { extra: 1 });
    expect(target.records[0]).to.include({ level: LogLevel.CRITICAL, exception: down });
  });

  it('R19: loggers that exist keep the minimum level they were made with', async () => {
    const target = new MemoryTarget();
    const factory = new LoggerFactory({ minimumLevel: LogLevel.ERROR }).addTarget(target);
    const logger = factory.getLogger('x');
    factory.minimumLevel = LogLevel.DEBUG;
    await logger.debug('m');
    expect(target.messages).to.deep.equal(['m']);
  });

  it('R19: names of loggers are kept for ever', async () => {
    const context = {
      clock: systemClock,
      listener: () => undefined,
      surroundings: new Surroundings(undefined, false),
      redact: undefined,
      fail: () => undefined,
      getLogger: (name: string) => loggers.get(name)
    };
    const loggers = new Loggers(context, () => undefined);
    const held = loggers.get('held');
    for (const number of numbers(1000)) loggers.get(`request ${number}`);
    expect(loggers.size).to.equal(1001);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let turn = 0; turn < 100 && loggers.size > 1; turn++) {
      await new Promise(setImmediate); // what the registry is told, it tells in a later turn
      collect();
    }
    expect(loggers.size).to.equal(1);
    expect(loggers.get('held')).to.equal(held);
  });

  it('R20: the documented option does not exist, and is swallowed', () => {
    expect(() => new MemoryFlushTarget({ maxLength: 5 } as never)).to.throw(TypeError, "no option 'maxLength'");
  });

  it('R21: a record that is false by its own account strands those behind it', async () => {
    const { target, logger } = flushTarget();
    for (const message of ['', 0, false, null, undefined, 'last']) await logger.info(message);
    await target.flush();
    expect(target.arrived).to.deep.equal(['', 0, false, null, undefined, 'last']);
  });
});
