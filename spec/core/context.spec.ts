import { AsyncLocalStorage } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { context, createContextKey, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import { LoggerFactory } from '../../lib/core/factory.js';
import type { LoggerFactoryOptions } from '../../lib/core/factory-options.js';
import type { LogFailure } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import { ExceptionLogRecord, type LogData, type LogRecord } from '../../lib/core/record.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';

function someFactory(options: LoggerFactoryOptions = {}) {
  const failures: LogFailure[] = [];
  const target = new MemoryTarget();
  const factory = new LoggerFactory({ env: {}, onFailure: failure => failures.push(failure), ...options });
  factory.addTarget(target);
  const last = (): LogRecord => {
    const record = target.records.at(-1);
    if (record === undefined) throw new Error('nothing was logged');
    return record;
  };
  return { factory, target, failures, logger: factory.getLogger('Shop'), last };
}

describe('Logger.with', () => {
  it('adds fields to all records, and leaves the logger as it is', async () => {
    const { logger, target } = someFactory();
    const bound = logger.with({ requestId: 'a' });
    await bound.info('{requestId}: order {id} paid', { id: 17 });
    await bound.error('failed');
    await logger.info('other');
    expect(target.records.map(({ data }) => data)).to.deep.equal([{ requestId: 'a', id: 17 }, { requestId: 'a' }, {}]);
    expect(target.messages[0]).to.equal('a: order 17 paid');
    expect(bound.name).to.equal('Shop');
  });

  it('adds to the fields that were bound before; the later comes first', async () => {
    const { logger, last } = someFactory();
    await logger.with({ a: 1, b: 1 }).with({ b: 2, c: 2 }).info('m');
    expect(last().data).to.deep.equal({ a: 1, b: 2, c: 2 });
  });

  it('keeps the fields as they were, whatever becomes of the object', async () => {
    const { logger, last } = someFactory();
    const fields = { a: 1 };
    const bound = logger.with(fields);
    fields.a = 2;
    await bound.info('m');
    expect(last().data).to.deep.equal({ a: 1 });
    expect(() => Object.assign(last().data, { a: 3 })).to.throw(TypeError);
  });

  it('works for every way to log', async () => {
    const { logger, last } = someFactory();
    const bound = logger.with({ a: 1 });
    await bound.log(LogLevel.WARNING, 'm', 'argument');
    expect(last().data).to.deep.equal({ a: 1 });
    expect(last().args).to.deep.equal(['argument']);
    await bound.exception('m', new Error('boom'), { b: 2 });
    expect(last().data).to.deep.equal({ a: 1, b: 2 });
    await bound.with({ err: new Error('bound') }).info('m');
    expect(last()).to.be.instanceOf(ExceptionLogRecord);
  });

  it('follows the levels and targets of its logger, also when nobody else holds that', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { factory } = someFactory();
    const bound = factory.getLogger('held.by.nobody').with({ a: 1 });
    for (let turn = 0; turn < 3; turn++) {
      await new Promise(setImmediate);
      collect();
    }
    const late = new MemoryTarget();
    factory.addTarget(late).setLevel('held', LogLevel.ERROR);
    await bound.info('no');
    await bound.error('yes');
    expect(late.messages).to.deep.equal(['yes']);
    expect(bound.isEnabled(LogLevel.INFORMATION)).to.equal(false);
  });

  it('survives fields that throw while they are read, or are none', async () => {
    const { logger, last, failures } = someFactory();
    const throwing = {
      good: 1,
      get bad(): unknown {
        throw new Error('no');
      }
    };
    await logger.with(throwing).info('m');
    expect(last().data).to.deep.equal({ good: 1, bad: '[Threw: no]' });
    await logger.with({ a: 1 }).info('m', throwing);
    expect(last().data).to.deep.equal({ a: 1, good: 1, bad: '[Threw: no]' });
    await logger.with(undefined as unknown as object).info('still logged');
    expect(last().render()).to.equal('still logged');
    expect(failures.map(({ kind, error }) => `${kind} ${String(error)}`)).to.deep.equal([
      'error TypeError: fields must be an object, got undefined'
    ]);
  });

  it('takes a field named __proto__ as a field', async () => {
    const { logger, last } = someFactory();
    const tricky = JSON.parse('{"__proto__": {"admin": true}, "a": 1}') as object;
    await logger.with(tricky).info('m', { b: 2 });
    expect(Object.keys(last().data)).to.have.members(['__proto__', 'a', 'b']);
    expect((last().data as { admin?: boolean }).admin).to.equal(undefined);
    await logger.with({ b: 2 }).info('m', tricky as LogData);
    expect(Object.keys(last().data)).to.have.members(['__proto__', 'a', 'b']);
    expect((last().data as { admin?: boolean }).admin).to.equal(undefined);
  });
});

describe('Logger.child', () => {
  it('is the logger of a name below, with the same bound fields', async () => {
    const { factory, logger, last } = someFactory();
    expect(logger.child('db.pool')).to.equal(factory.getLogger('Shop.db.pool'));
    await logger.with({ a: 1 }).child('db').child('pool').info('m');
    expect(last().loggerName).to.equal('Shop.db.pool');
    expect(last().data).to.deep.equal({ a: 1 });
  });

  it('needs a name', () => {
    expect(() => someFactory().logger.child('')).to.throw(TypeError, 'name must be a string that is not empty');
  });
});

describe('LoggerFactory.runWith', () => {
  it('adds fields to what is logged meanwhile, also after awaits and in callbacks, and returns what the work returns', async () => {
    const { factory, target, logger } = someFactory();
    const result = await factory.runWith({ requestId: 'a' }, async () => {
      await logger.info('at once');
      await new Promise(setImmediate);
      await logger.info('after an await');
      await new Promise<void>(resolve => {
        setImmediate(() => {
          void logger.info('in a callback');
          resolve();
        });
      });
      return 'result';
    });
    await logger.info('outside');
    expect(result).to.equal('result');
    expect(target.records.map(({ data }) => data['requestId'])).to.deep.equal(['a', 'a', 'a', undefined]);
  });

  it('keeps work that runs at the same time apart', async () => {
    const { factory, target, logger } = someFactory();
    await Promise.all(
      ['a', 'b', 'c'].map(requestId =>
        factory.runWith({ requestId }, async () => {
          await new Promise(setImmediate);
          await logger.info(requestId);
        })
      )
    );
    for (const { message, data } of target.records) expect(data['requestId']).to.equal(message);
    expect(target.records).to.have.length(3);
  });

  it('adds an inner one’s fields to the outer one’s, and takes them back', async () => {
    const { factory, logger, target } = someFactory();
    factory.runWith({ a: 1, b: 1 }, () => {
      factory.runWith({ b: 2, c: 2 }, () => void logger.info('inner'));
      void logger.info('outer');
    });
    expect(target.records.map(({ data }) => data)).to.deep.equal([
      { a: 1, b: 2, c: 2 },
      { a: 1, b: 1 }
    ]);
  });

  it('is for the loggers of its factory only', async () => {
    const [one, two] = [someFactory(), someFactory()];
    one.factory.runWith({ of: 'one' }, () =>
      two.factory.runWith({ of: 'two' }, () => {
        void one.logger.info('m');
        void two.logger.info('m');
      })
    );
    expect(one.last().data).to.deep.equal({ of: 'one' });
    expect(two.last().data).to.deep.equal({ of: 'two' });
  });

  it('lets through what the work throws', () => {
    const { factory } = someFactory();
    expect(() =>
      factory.runWith({ a: 1 }, () => {
        throw new Error('of the work');
      })
    ).to.throw('of the work');
  });

  it('keeps the fields as they were, and reads them once', async () => {
    const { factory, logger, target } = someFactory();
    let reads = 0;
    const fields = {
      get a() {
        return ++reads;
      }
    };
    factory.runWith(fields, () => {
      void logger.info('m');
      void logger.info('m', { b: 1 });
    });
    expect(target.records.map(({ data }) => data)).to.deep.equal([{ a: 1 }, { a: 1, b: 1 }]);
  });

  it('wants an object of fields and a function', () => {
    const { factory } = someFactory();
    expect(() => factory.runWith('a' as unknown as LogData, () => 1)).to.throw(
      TypeError,
      'fields must be an object, got a'
    );
    expect(() => factory.runWith({}, 1 as unknown as () => void)).to.throw(TypeError, 'work must be a function');
  });
});

describe('The fields of a record', () => {
  it('are the call’s, then the logger’s, then those of runWith, then the factory’s', async () => {
    const { factory, last } = someFactory({ fields: { a: 'factory', b: 'factory', c: 'factory', d: 'factory' } });
    const logger = factory.getLogger('x').with({ a: 'logger', b: 'logger' });
    await factory.runWith({ a: 'runWith', b: 'runWith', c: 'runWith' }, () => logger.info('m', { a: 'call' }));
    expect(last().data).to.deep.equal({ a: 'call', b: 'logger', c: 'runWith', d: 'factory' });
    await factory.getLogger('x').info('m');
    expect(last().data).to.deep.equal({ a: 'factory', b: 'factory', c: 'factory', d: 'factory' });
  });

  it('are the call’s own object, if there are no others', async () => {
    const { logger, last } = someFactory();
    const fields = { a: 1 };
    await logger.info('m', fields);
    expect(last().data).to.equal(fields);
  });
});

describe('OpenTelemetry', () => {
  const ids = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  const storage = new AsyncLocalStorage<typeof ROOT_CONTEXT>();
  const inSpan = <T>(span: typeof ids, work: () => T): T =>
    context.with(trace.setSpan(context.active(), trace.wrapSpanContext(span)), work);

  before(() => {
    context.setGlobalContextManager({
      active: () => storage.getStore() ?? ROOT_CONTEXT,
      with: (active, work, self, ...args) => storage.run(active, () => work.apply(self, args)),
      bind: (_active, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      }
    });
  });

  after(() => {
    context.disable();
  });

  it('lends the ids of the active span to a record', async () => {
    const { logger, last } = someFactory();
    await inSpan(ids, async () => {
      expect(trace.getActiveSpan()?.spanContext()).to.deep.equal(ids);
      await new Promise(setImmediate);
      await logger.info('m', { a: 1 });
    });
    expect(last().data).to.deep.equal({ trace_id: ids.traceId, span_id: ids.spanId, trace_flags: '01', a: 1 });
    await logger.info('outside');
    expect(last().data).to.deep.equal({});
  });

  it('comes last: fields of the same names, of whatever origin, are used', async () => {
    const { factory, logger, last } = someFactory({ fields: { span_id: 'factory' } });
    await inSpan(ids, () => factory.runWith({ trace_id: 'runWith' }, () => logger.info('m')));
    expect(last().data).to.deep.equal({ trace_id: 'runWith', span_id: 'factory', trace_flags: '01' });
  });

  it('is not asked if the factory should not', async () => {
    const { logger, last } = someFactory({ openTelemetry: false });
    await inSpan(ids, () => logger.info('m'));
    expect(last().data).to.deep.equal({});
  });

  it('adds nothing for a span without valid ids, or that cannot tell them', async () => {
    const { logger, target } = someFactory();
    for (const span of [
      { ...ids, traceId: '0'.repeat(32) },
      { ...ids, spanId: '0'.repeat(16) },
      { ...ids, traceId: 'x'.repeat(32) },
      { ...ids, spanId: 'b7' },
      { ...ids, traceId: 5 as unknown as string }
    ]) {
      await inSpan(span, () => logger.info('m'));
    }
    const broken = trace.wrapSpanContext(ids);
    broken.spanContext = () => {
      throw new Error('no');
    };
    await context.with(trace.setSpan(ROOT_CONTEXT, broken), () => logger.info('m'));
    await context.with(ROOT_CONTEXT.setValue(createContextKey('other'), 1), () => logger.info('m'));
    expect(target.records.map(({ data }) => data)).to.deep.equal(Array(7).fill({}));
  });
});
