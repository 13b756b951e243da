import { expect } from 'chai';
import sinon from 'sinon';
import { LoggerFactory } from '../../lib/core/factory.js';
import type { LogFailure } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import { ExceptionLogRecord, type LogRecord } from '../../lib/core/record.js';
import { LogTarget } from '../../lib/core/target.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';

/** A logger with everything that its one target was given, and all failures. */
function someLogger(minimumLevel = LogLevel.TRACE) {
  const failures: LogFailure[] = [];
  const target = new MemoryTarget();
  const factory = new LoggerFactory({ minimumLevel, onFailure: failure => failures.push(failure) }).addTarget(target);
  const last = (): LogRecord => {
    const record = target.records[target.records.length - 1];
    if (record === undefined) throw new Error('nothing was logged');
    return record;
  };
  return { logger: factory.getLogger('Shop'), factory, target, failures, last };
}

class FunctionTarget extends LogTarget {
  constructor(private readonly take: (record: LogRecord) => void | Promise<void>) {
    super();
  }

  override log(record: LogRecord): void | Promise<void> {
    return this.take(record);
  }
}

const logging = (take: (record: LogRecord) => void | Promise<void>) => new FunctionTarget(take);

describe('Logger', () => {
  for (const [method, level] of [
    ['trace', LogLevel.TRACE],
    ['debug', LogLevel.DEBUG],
    ['info', LogLevel.INFORMATION],
    ['warning', LogLevel.WARNING],
    ['warn', LogLevel.WARNING],
    ['error', LogLevel.ERROR],
    ['critical', LogLevel.CRITICAL],
    ['fatal', LogLevel.CRITICAL]
  ] as const) {
    it(`logs at ${LogLevel[level]} by ${method}`, async () => {
      const { logger, last } = someLogger();
      await logger[method]('m', 1, { a: 2 });
      expect(last()).to.include({ level, message: 'm', loggerName: 'Shop' });
      expect(last().args).to.deep.equal([1]);
      expect(last().data).to.deep.equal({ a: 2 });
    });
  }

  it('logs at any level by log, also between two names', async () => {
    const { logger, last } = someLogger();
    await logger.log(LogLevel.WARNING, 'm');
    expect(last().level).to.equal(LogLevel.WARNING);
    await logger.log(25 as LogLevel, 'm');
    expect(last().level).to.equal(25);
  });

  it('reports a level that is none, and logs at the nearest', async () => {
    const { logger, target, failures } = someLogger(LogLevel.TRACE);
    await logger.log(60 as LogLevel, 'high');
    await logger.log('x' as unknown as LogLevel, 'word');
    expect(target.records.map(({ level }) => level)).to.deep.equal([LogLevel.CRITICAL, LogLevel.INFORMATION]);
    expect(failures.map(({ kind, error }) => `${kind} ${String(error)}`)).to.deep.equal([
      'error RangeError: level must be an integer from 1 to 50, got 60',
      'error RangeError: level must be an integer from 1 to 50, got x'
    ]);
  });

  for (const [what, level] of [
    ['a symbol', Symbol('x')],
    ['an object that has no text', Object.create(null)],
    ['nothing', undefined]
  ] as const) {
    it(`survives ${what} in the place of the level`, async () => {
      const { logger, target } = someLogger();
      await logger.log(level as unknown as LogLevel, 'm');
      expect(target.records.map(record => record.level)).to.deep.equal([LogLevel.INFORMATION]);
      expect(logger.isEnabled(level as unknown as LogLevel)).to.equal(false);
    });
  }

  it('numbers the records, so that those of one millisecond have an order', async () => {
    const { logger, target } = someLogger();
    await logger.info('a');
    await logger.info('b');
    const [a, b] = target.records;
    expect(b?.sequence).to.equal((a?.sequence ?? 0) + 1);
  });

  it('takes a plain object in the last place as the fields, and everything before it as arguments', async () => {
    const { logger, last } = someLogger();
    class Order {}
    const order = new Order();
    await logger.info('m', { first: 1 }, order, { second: 2 });
    expect(last().args).to.deep.equal([{ first: 1 }, order]);
    expect(last().data).to.deep.equal({ second: 2 });
    await logger.info('m', { first: 1 }, order);
    expect(last().args).to.deep.equal([{ first: 1 }, order]);
    expect(last().data).to.deep.equal({});
    await logger.info('m', Object.assign(Object.create(null), { bare: true }));
    expect(last().data).to.deep.equal({ bare: true });
  });

  it('keeps fields named like its own parts', async () => {
    const { logger, last } = someLogger();
    await logger.info('m', { level: 1, message: 2, exception: 3, loggerName: 4 });
    expect(last()).to.include({ level: LogLevel.INFORMATION, message: 'm', loggerName: 'Shop' });
    expect(last().data).to.deep.equal({ level: 1, message: 2, exception: 3, loggerName: 4 });
  });

  describe('the exception', () => {
    it('is kept though its message cannot be read', async () => {
      const { logger, last } = someLogger();
      const error = Object.defineProperty(new Error(), 'message', {
        get: () => {
          throw new Error('no message');
        }
      });
      await logger.error(error);
      expect(last().exception).to.equal(error);
      expect(last().message).to.equal('[Threw: no message]');
      await logger.error('failed', error, { id: 1 });
      expect(last()).to.include({ message: 'failed', exception: error });
    });

    for (const field of ['error', 'err', 'exception']) {
      it(`is written once though a getter makes another ${field} each time`, async () => {
        const { logger, last } = someLogger();
        let made = 0;
        const fields = (): object =>
          Object.defineProperty({ id: 1, other: 2 }, field, {
            enumerable: true,
            get: () => new Error(`number ${++made}`)
          });
        await logger.error('failed', fields());
        expect(last().toJSON()).to.have.all.keys('time', 'level', 'logger', 'message', 'id', 'other', 'error');
        expect(last().toJSON()).to.have.nested.property('error.message', 'number 1');
        await logger.error(`failed: {${field}}`, fields());
        expect(last().render()).to.equal('failed: Error: number 2');
        const get = (_: object, key: unknown) => (key === field ? new Error(`number ${++made}`) : undefined);
        const proxy = new Proxy({ [field]: 1 }, { get });
        await logger.error('failed', proxy);
        expect(last().toJSON()).to.have.all.keys('time', 'level', 'logger', 'message', 'error');
      });
    }

    it('leaves the other getters of its fields alone', async () => {
      const { logger, last } = someLogger();
      const data = {
        get err() {
          return new Error('made');
        },
        get other(): unknown {
          throw new Error('not readable');
        }
      };
      await logger.error('failed', data);
      expect(last().toJSON()).to.include({ other: '[Threw: not readable]' });
    });

    const error = new TypeError('boom');

    for (const [where, log] of [
      ['among the arguments', (target: ReturnType<typeof someLogger>) => target.logger.warning('m', 1, error, 2)],
      ['before the fields', (target: ReturnType<typeof someLogger>) => target.logger.error('m', 1, error, 2, { a: 1 })],
      ['given to exception', (target: ReturnType<typeof someLogger>) => target.logger.exception('m', error, 1, 2)]
    ] as const) {
      it(`is an Error ${where}, and then no argument`, async () => {
        const all = someLogger();
        await log(all);
        expect(all.last()).to.be.instanceOf(ExceptionLogRecord);
        expect(all.last().exception).to.equal(error);
        expect(all.last().args).to.deep.equal([1, 2]);
        expect(all.last().render()).to.equal('m 1 2');
      });
    }

    for (const field of ['error', 'err', 'exception'] as const) {
      it(`is an Error in the field ${field}`, async () => {
        const { logger, last } = someLogger();
        await logger.info('m', { [field]: error });
        expect(last().exception).to.equal(error);
      });
    }

    it('is no field of that name that holds something else', async () => {
      const { logger, last } = someLogger();
      await logger.info('m', { error: 'text', err: 5, exception: null });
      expect(last()).not.to.be.instanceOf(ExceptionLogRecord);
    });

    it('is the message, if that is an Error', async () => {
      const { logger, last } = someLogger();
      await logger.error(error, { id: 1 });
      expect(last()).to.include({ message: 'boom', exception: error });
    });

    it('fills a place in the message that waits for it', async () => {
      const { logger, last } = someLogger();
      await logger.error('failed: %s', error);
      expect(last().render()).to.equal('failed: TypeError: boom');
      expect(last().exception).to.equal(error);
    });

    for (const thrown of ['text', 42, null, { code: 1 }, undefined]) {
      it(`can be anything that was thrown: ${JSON.stringify(thrown)}`, async () => {
        const { logger, last } = someLogger();
        await logger.exception('m', thrown);
        expect(last()).to.be.instanceOf(ExceptionLogRecord);
        expect(last().exception).to.equal(thrown);
        expect(last().level).to.equal(LogLevel.ERROR);
      });
    }
  });

  describe('a message function', () => {
    it('is called when the level is enabled', async () => {
      const { logger, last } = someLogger();
      await logger.info(() => 'made', { a: 1 });
      expect(last().message).to.equal('made');
    });

    it('is not called otherwise', async () => {
      const { logger } = someLogger(LogLevel.WARNING);
      const message = sinon.fake.returns('made');
      await logger.info(message);
      expect(message.called).to.equal(false);
    });

    it('that throws costs its message only', async () => {
      const { logger, last, failures } = someLogger();
      await logger.info(
        () => {
          throw new Error('no message');
        },
        { a: 1 }
      );
      expect(last().render()).to.equal('[Threw: no message]');
      expect(last().data).to.deep.equal({ a: 1 });
      expect(failures.map(({ kind }) => kind)).to.deep.equal(['error']);
    });
  });

  it('knows which levels are enabled', () => {
    const { logger } = someLogger(LogLevel.WARNING);
    expect(logger.isEnabled(LogLevel.INFORMATION)).to.equal(false);
    expect(logger.isEnabled(LogLevel.WARNING)).to.equal(true);
  });

  it('returns one and the same resolved promise for every record that is taken at once', () => {
    const { logger } = someLogger();
    const promises = [logger.info('a'), logger.info('b', { a: 1 }), logger.log(LogLevel.ERROR, 'c')];
    expect(new Set(promises).size).to.equal(1);
  });

  it('returns it for disabled levels too', () => {
    const { logger } = someLogger(LogLevel.CRITICAL);
    expect(logger.debug('a')).to.equal(logger.critical('b'));
  });

  it('resolves when every target has taken the record, and not before', async () => {
    const order: string[] = [];
    const waits: (() => void)[] = [];
    const slow = (name: string) =>
      logging(async () => {
        await new Promise<void>(resolve => waits.push(resolve));
        order.push(name);
      });
    const factory = new LoggerFactory().addTarget(slow('a')).addTarget(slow('b'));
    const logged = factory
      .getLogger('x')
      .info('m')
      .then(() => order.push('logged'));
    for (const go of waits.reverse()) go();
    await logged;
    expect(order).to.deep.equal(['b', 'a', 'logged']);
  });

  describe('a listener that', () => {
    const failing = (onFailure: (failure: LogFailure) => void) => {
      const target = logging(() => {
        throw new Error('target');
      });
      return new LoggerFactory({ onFailure }).addTarget(target).getLogger('x');
    };
    let emitWarning: sinon.SinonStub;

    beforeEach(() => {
      emitWarning = sinon.stub(process, 'emitWarning');
    });

    afterEach(() => emitWarning.restore());

    it('logs is not told of the failures of that, without end', async () => {
      let told = 0;
      const logger = failing(() => {
        told++;
        void logger.error('it failed');
      });
      await logger.info('m');
      expect(told).to.equal(1);
    });

    it('rejects harms nobody', async () => {
      await failing(() => Promise.reject(new Error('listener')) as never).info('m');
      await new Promise(resolve => setImmediate(resolve));
      expect(String(emitWarning.args.at(-1)?.[0])).to.contain('onFailure failed: Error: listener');
    });
  });

  describe('a target that', () => {
    const arrange = (bad: LogTarget) => {
      const failures: LogFailure[] = [];
      const good = new MemoryTarget();
      const factory = new LoggerFactory({ onFailure: failure => failures.push(failure) })
        .addTarget(bad)
        .addTarget(good);
      return { logger: factory.getLogger('x'), factory, good, failures };
    };
    const lost = { accepted: 1, delivered: 0, fellBack: 0, lost: 1, pending: 0 };

    it('throws neither reaches the caller nor harms the others, and counts', async () => {
      const error = new Error('target');
      const { logger, factory, good, failures } = arrange(
        logging(() => {
          throw error;
        })
      );
      await logger.info('m');
      expect(good.messages).to.deep.equal(['m']);
      expect(factory.stats().targets[0]).to.include(lost);
      expect(failures).to.deep.equal([
        { kind: 'lost', target: 'FunctionTarget', count: 1, reason: 'target failed', error }
      ]);
    });

    it('has a name and stats that throw does no more harm', async () => {
      const bad = new (class extends LogTarget {
        override get name(): string {
          throw new Error('name');
        }
        override log(): void {
          throw new Error('log');
        }
        override stats(): undefined {
          throw new Error('stats');
        }
      })();
      const { logger, factory, good } = arrange(bad);
      await logger.info('m');
      expect(good.messages).to.deep.equal(['m']);
      expect((await factory.dispose()).targets[0]).to.include(lost);
    });

    it('gives one promise for many records counts each of them', async () => {
      let reject: (error: Error) => void = () => undefined;
      const shared = new Promise<void>((_, fail) => {
        reject = fail;
      });
      const { logger, factory } = arrange(logging(() => shared));
      const logged = [logger.info('a'), logger.info('b')];
      expect(factory.stats().targets[0]).to.include({ accepted: 2, pending: 2 });
      reject(new Error('both'));
      await Promise.all(logged);
      expect(factory.stats().targets[0]).to.include({ accepted: 2, pending: 0, lost: 2 });
    });

    it('rejects does no more harm', async () => {
      const { logger, factory, good } = arrange(logging(() => Promise.reject(new Error('later'))));
      await logger.info('m');
      expect(good.messages).to.deep.equal(['m']);
      expect(factory.stats().targets[0]).to.include(lost);
    });

    it('never answers delays no other', async () => {
      const { logger, factory, good } = arrange(logging(() => new Promise(() => undefined)));
      void logger.info('a');
      void logger.info('b');
      expect(good.messages).to.deep.equal(['a', 'b']);
      expect(factory.stats().targets[0]).to.include({ accepted: 2, delivered: 0, lost: 0, pending: 2 });
    });
  });

  it('leaves no unhandled rejection behind when nobody awaits', async () => {
    const unhandled = sinon.fake();
    process.on('unhandledRejection', unhandled);
    const factory = new LoggerFactory({ onFailure: () => undefined })
      .addTarget(logging(() => Promise.reject(new Error('a'))))
      .addTarget(logging(() => Promise.reject(new Error('b'))));
    void factory.getLogger('x').info('m');
    await new Promise(resolve => setImmediate(resolve));
    await new Promise(resolve => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled.called).to.equal(false);
  });

  it('survives arguments that cannot even be looked at', async () => {
    const { logger, target } = someLogger();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    await logger.info('a', proxy);
    await logger.info('b', proxy, { x: 1 });
    await logger.info('c', { error: proxy });
    await logger.error(proxy);
    await logger.exception('e', proxy);
    await logger.info('d', {
      get error(): unknown {
        throw new Error('getter');
      }
    });
    expect(target.records).to.have.length(6);
    for (const record of target.records) expect(record.render()).to.be.a('string');
  });
});
