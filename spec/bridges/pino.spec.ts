import { PassThrough, pipeline } from 'node:stream';
import { expect } from 'chai';
import { type DestinationStream, type LoggerOptions, pino } from 'pino';
import { pinoDestination } from '../../lib/bridges/pino-destination.js';
import { type PinoLike, PinoTarget } from '../../lib/bridges/pino-target.js';
import { LoggerFactory } from '../../lib/core/factory.js';
import { LogLevel } from '../../lib/core/level.js';
import type { LogRecord } from '../../lib/core/record.js';
import { LogTarget } from '../../lib/core/target.js';
import { itBehavesLikeALogTarget } from '../../lib/testing/contract.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';

/** A logger of pino's, and what it has written. */
function written(options: LoggerOptions = {}) {
  const lines: string[] = [];
  const destination: DestinationStream = { write: line => void lines.push(line) };
  /** Without the mark that is there as soon as any spec has made a pinoDestination. */
  const parsed = () =>
    lines.map(line => {
      const { viaLogflume: _mark, ...fields } = JSON.parse(line) as Record<string, unknown>;
      return fields;
    });
  return { logger: pino({ base: null, timestamp: false, level: 'trace', ...options }, destination), parsed };
}

/** A factory whose records can be looked at. */
function remembered() {
  const memory = new MemoryTarget();
  return { memory, factory: new LoggerFactory({ minimumLevel: LogLevel.TRACE }).addTarget(memory) };
}

/** Lets everything happen that waits for no time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
}

itBehavesLikeALogTarget(
  'PinoTarget',
  () => {
    const { logger, parsed } = written();
    return { target: new PinoTarget(logger), received: () => parsed().map(({ msg }) => String(msg)) };
  },
  { snapshots: true }
);

describe('PinoTarget', () => {
  const now = (parts: object) => someRecord({ timestamp: Date.now(), ...parts });

  it('keeps levels, those of the user included', () => {
    const { logger, parsed } = written({ customLevels: { notice: 35 } });
    const target = new PinoTarget(logger);
    for (const level of [1, 5, 10, 15, 20, 25, 30, 40, 50]) target.log(now({ level }));
    expect(parsed().map(({ level }) => level)).to.deep.equal([10, 10, 20, 20, 30, 35, 40, 50, 60]);
  });

  it('keeps the fields, the name of the logger, and the error', () => {
    const { logger, parsed } = written();
    const data = { id: 17, when: new Date(0), msg: 'x', level: 'y', err: 'z' };
    const exception = new TypeError('boom', { cause: new Error('why') });
    new PinoTarget(logger).log(now({ message: 'order {id}', data, exception, level: 40 }));
    const [{ err, ...line } = {}] = parsed();
    expect(line).to.deep.equal({
      level: 50,
      logger: 'Shop',
      id: 17,
      when: '1970-01-01T00:00:00.000Z',
      msg_: 'x',
      level_: 'y',
      err_: 'z',
      msg: 'order 17'
    });
    expect(err).to.include({ type: 'TypeError' }).and.to.have.property('stack').that.includes('boom');
  });

  it('writes percent signs as they are', () => {
    const { logger, parsed } = written();
    new PinoTarget(logger).log(now({ message: '100%d %s', data: { id: 1 } }));
    expect(parsed()[0]?.['msg']).to.equal('100%d %s');
  });

  it('asks a function for the logger of a name', () => {
    const { logger, parsed } = written();
    new PinoTarget(name => logger.child({ name })).log(now({ loggerName: 'db' }));
    expect(parsed()).to.deep.equal([{ level: 30, name: 'db', msg: 'something happened' }]);
  });

  it('flushes the destinations of the loggers that it has used, once each', async () => {
    let flushes = 0;
    const flush = (done: () => void) => {
      flushes++;
      setImmediate(done);
    };
    const destination = { write: () => undefined, flush };
    const target = new PinoTarget(pino({}, destination));
    await target.flush();
    target.log(now({}));
    target.log(now({ loggerName: 'other' }));
    await target.flush();
    expect(flushes).to.equal(1);
  });

  it('does not wait for a flush beyond the deadline', async () => {
    const logger = { levels: { labels: { 30: 'info' } }, info: () => undefined, flush: (_: unknown) => undefined };
    const target = new PinoTarget(logger);
    target.log(now({}));
    await target.flush({ timeout: 0 });
  });

  for (const logger of [{}, null, console]) {
    it(`cannot be made of ${logger === console ? 'a console' : JSON.stringify(logger)}`, () => {
      expect(() => new PinoTarget(logger as PinoLike)).to.throw(
        TypeError,
        'PinoTarget: logger must be a logger of pino'
      );
    });
  }
});

describe('pinoDestination', () => {
  it('makes records with levels, fields, names and errors', () => {
    const { memory, factory } = remembered();
    const logger = pino({ base: null, level: 'trace', customLevels: { notice: 35 } }, pinoDestination(factory));
    logger.trace('one');
    logger.child({ name: 'db', request: 5 }).notice({ deep: { list: [1] } }, 'two');
    logger.fatal(new RangeError('boom'), 'three');
    logger.error({ err: 'no error', other: 1 }, 'four');
    const shown = memory.records.map(({ loggerName, level, data }, index) => [
      loggerName,
      level,
      memory.messages[index],
      data
    ]);
    expect(shown.toSpliced(2, 1)).to.deep.equal([
      ['pino', 5, 'one', {}],
      ['db', 25, 'two', { request: 5, deep: { list: [1] } }],
      ['pino', 40, 'four', { err: 'no error', other: 1 }]
    ]);
    expect(memory.records[2]).to.include({ level: 50, loggerName: 'pino' });
    expect(memory.records[2]?.toJSON()['error']).to.include({ type: 'RangeError', message: 'boom' });
  });

  it('keeps the name as a field where one logger takes all', () => {
    const { memory, factory } = remembered();
    pino({ base: null }, pinoDestination(factory.getLogger('mine'))).info({ name: 'db' }, 'm');
    expect(memory.records[0]).to.deep.include({ loggerName: 'mine', data: { name: 'db' } });
  });

  it('follows the keys that pino was told to use, and names of levels', () => {
    const { memory, factory } = remembered();
    const options = {
      base: null,
      messageKey: 'message',
      errorKey: 'problem',
      formatters: { level: (level: string) => ({ level }) }
    };
    const stream = pinoDestination(factory, { messageKey: 'message', errorKey: 'problem' });
    pino(options, stream).warn({ problem: new Error('boom') }, 'm');
    expect(memory.records[0]).to.include({ level: 30 }).and.to.have.nested.property('exception.message', 'boom');
    expect(memory.messages).to.deep.equal(['m']);
  });

  it('takes messages for texts, not for templates', () => {
    const { memory, factory } = remembered();
    const logger = pino({ base: null }, pinoDestination(factory));
    logger.info({ id: 5, secret: 'x' }, 'literal {id} {secret} {other} %s');
    logger.info({ id: 5 }, 'no {braces}');
    expect(memory.messages).to.deep.equal(['literal {id} {secret} {other} %s', 'no {braces}']);
  });

  it('takes lines in any pieces, the last one without an end too', async () => {
    const { memory, factory } = remembered();
    const stream = pinoDestination(factory);
    const bytes = Buffer.from('{"level":30,"msg":"Zoë"}\n\n{"level":50,"msg":"€"}\n{"level":20,"msg":"end"}');
    for (let index = 0; index < bytes.length; index++) stream.write(bytes.subarray(index, index + 1));
    expect(memory.messages).to.deep.equal(['Zoë', '€']);
    stream.end();
    await settle();
    expect(memory.messages).to.deep.equal(['Zoë', '€', 'end']);
    expect(memory.records.map(({ level }) => level)).to.deep.equal([20, 40, 10]);
  });

  it('takes what is no JSON for the message', () => {
    const { memory, factory } = remembered();
    const stream = pinoDestination(factory);
    for (const line of [
      'plain {id}',
      '[1]',
      'null',
      '{"level":"loud","msg":{"a":1}}',
      '{"__proto__":{"a":1},"time":1}'
    ]) {
      stream.write(`${line}\n`);
    }
    expect(memory.messages).to.deep.equal(['plain {id}', '[1]', 'null', '{"a":1}', '']);
    expect(memory.records.map(({ level }) => level)).to.deep.equal([20, 20, 20, 20, 20]);
    expect(Object.keys(memory.records[4]?.data ?? {})).to.deep.equal(['__proto__']);
  });

  it('cuts lines without an end', () => {
    const { memory, factory } = remembered();
    const stream = pinoDestination(factory);
    for (let mebibyte = 0; mebibyte < 17; mebibyte++) stream.write('x'.repeat(1024 * 1024));
    expect(memory.records).to.have.length(1);
  });

  it('refuses what is no logger, and wrong options', () => {
    expect(() => pinoDestination({} as LoggerFactory)).to.throw(
      TypeError,
      'pinoDestination: needs a Logger or a LoggerFactory'
    );
    expect(() => pinoDestination(new LoggerFactory(), { messageKey: '' })).to.throw(RangeError, 'messageKey must be');
    expect(() => pinoDestination(new LoggerFactory(), { key: '' } as object)).to.throw(TypeError, "no option 'key'");
  });

  it('calls back, and fails after its end, as streams do', async () => {
    const stream = pinoDestination(new LoggerFactory());
    await new Promise(resolve => stream.write('{}\n', resolve));
    await new Promise(resolve => stream.write('{}\n', 'utf8', resolve));
    stream.end();
    const error = await new Promise(resolve => stream.once('error', resolve).write('{}\n'));
    expect(error).to.have.property('code', 'ERR_STREAM_WRITE_AFTER_END');
  });

  describe('in a circle with PinoTarget', () => {
    it('ends at once', async () => {
      const { memory, factory } = remembered();
      const logger = pino({ base: null }, pinoDestination(factory));
      factory.addTarget(new PinoTarget(logger));
      logger.info('from pino');
      await factory.getLogger('x').info('from us');
      expect(memory.messages).to.deep.equal(['from pino', 'from us']);
    });

    it('ends where the lines come later', async () => {
      const { memory, factory } = remembered();
      const stream = new PassThrough();
      const logger = pino({ base: null }, stream);
      pipeline(stream, pinoDestination(factory), () => undefined);
      factory.addTarget(new PinoTarget(logger));
      logger.info('from pino');
      await factory.getLogger('x').info('from us');
      await settle();
      expect(memory.messages).to.deep.equal(['from pino', 'from us']);
    });

    it('ends where a target says something for every record, and loses nothing of what the program says', async () => {
      const { memory, factory } = remembered();
      const logger = pino({ base: null }, pinoDestination(factory));
      class Talkative extends LogTarget {
        log(record: LogRecord): void {
          logger.info(`got ${record.render()}`);
        }
      }
      factory.addTarget(new Talkative());
      logger.info('one');
      await factory.getLogger('x').info('two');
      expect(memory.messages).to.include.members(['one', 'got one', 'two', 'got two']).and.to.have.length.below(10);
    });
  });

  it('does not believe the mark of a line that it did not make', () => {
    const { memory, factory } = remembered();
    pino({ base: null }, pinoDestination(factory)).info({ viaLogflume: 'guess' }, 'm');
    expect(memory.records[0]?.data).to.deep.equal({ viaLogflume: 'guess' });
  });
});
