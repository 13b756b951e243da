import { Readable } from 'node:stream';
import { expect } from 'chai';
import { type WinstonLike, WinstonTarget } from '../../lib/bridges/winston-target.js';
import { type WinstonTransportOptions, winstonTransport } from '../../lib/bridges/winston-transport.js';
import { LoggerFactory } from '../../lib/core/factory.js';
import { LogLevel } from '../../lib/core/level.js';
import { itBehavesLikeALogTarget } from '../../lib/testing/contract.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';

// Against winston itself these are run by spec/peers; what is here stands for it.

const npm = { error: 0, warn: 1, info: 2, http: 3, verbose: 4, debug: 5, silly: 6 };
const syslog = { emerg: 0, alert: 1, crit: 2, error: 3, warning: 4, notice: 5, info: 6, debug: 7 };

/** A logger that keeps the infos it gets. */
function keeping(levels: Readonly<Record<string, number>> = npm) {
  const infos: Record<PropertyKey, unknown>[] = [];
  const logger: WinstonLike = { levels, log: info => infos.push(info) };
  return { logger, infos };
}

/** A transport that is piped into by something with the levels of a logger, and what its records are. */
function piped(options?: WinstonTransportOptions, parent: object = { level: 'silly', levels: npm }) {
  const memory = new MemoryTarget();
  const factory = new LoggerFactory({ minimumLevel: LogLevel.TRACE }).addTarget(memory);
  const transport = winstonTransport(factory, options);
  Object.assign(new Readable({ objectMode: true, read: () => undefined }), parent).pipe(transport);
  /** Writes an info as winston does. */
  const write = (info: object) => {
    const { level } = info as { level?: string };
    transport.write(Object.assign(info, { [Symbol.for('level')]: level }));
  };
  return { memory, factory, transport, write };
}

const now = (parts: object) => someRecord({ timestamp: Date.now(), ...parts });

itBehavesLikeALogTarget(
  'WinstonTarget',
  () => {
    const { logger, infos } = keeping();
    return { target: new WinstonTarget(logger), received: () => infos.map(({ message }) => String(message)) };
  },
  { snapshots: true }
);

describe('WinstonTarget', () => {
  for (const [what, levels, expected] of [
    ['npm', npm, 'silly debug verbose info warn error error'],
    ['syslog', syslog, 'debug debug debug info warning error crit'],
    ['own', { high: 0, low: 1 }, 'high high high high high high high']
  ] as const) {
    it(`finds the level among those of ${what}`, () => {
      const { logger, infos } = keeping(levels);
      const target = new WinstonTarget(logger);
      for (const level of [5, 10, 15, 20, 30, 40, 50]) target.log(now({ level }));
      expect(infos.map(({ level }) => level).join(' ')).to.equal(expected);
    });
  }

  it('keeps the fields, the name of the logger, and the error, whatever they are called', () => {
    const { logger, infos } = keeping();
    const data = { id: 17, message: 'x', level: 'y', splat: 1, exception: true, rejection: true };
    const exception = Object.assign(new TypeError('boom'), { stack: undefined });
    new WinstonTarget(logger).log(now({ message: 'order {id} 100%d', data, exception, level: 40 }));
    expect(JSON.parse(JSON.stringify(infos))).to.deep.equal([
      {
        logger: 'Shop',
        id: 17,
        message_: 'x',
        level_: 'y',
        splat_: 1,
        exception_: true,
        rejection_: true,
        error: { type: 'TypeError', message: 'boom' },
        level: 'error',
        message: 'order 17 100%d'
      }
    ]);
  });

  it('asks a function for the logger of a name', () => {
    const { logger, infos } = keeping();
    const names: string[] = [];
    const target = new WinstonTarget(name => {
      names.push(name);
      return logger;
    });
    target.log(now({ loggerName: 'db' }));
    expect(names).to.deep.equal(['db']);
    expect(infos[0]).not.to.have.property('logger');
  });

  for (const logger of [{}, null, { levels: {} }, { levels: npm }]) {
    it(`cannot be made of ${JSON.stringify(logger)}`, () => {
      expect(() => new WinstonTarget(logger as WinstonLike)).to.throw(
        TypeError,
        'WinstonTarget: logger must be a logger of winston'
      );
    });
  }
});

describe('winstonTransport', () => {
  it('makes records with levels and fields', () => {
    const { memory, write } = piped();
    for (const level of Object.keys(npm)) write({ level, message: level, id: 17 });
    expect(memory.records.map(({ level }) => level)).to.deep.equal([40, 30, 20, 15, 15, 10, 5]);
    expect(memory.messages).to.deep.equal(Object.keys(npm));
    expect(memory.records[0]).to.deep.include({ loggerName: 'winston', data: { id: 17 } });
  });

  it('keeps a level of another name as a field', () => {
    const { memory, write } = piped({}, { level: 'low', levels: { high: 0, low: 1 } });
    write({ level: 'high', message: 'm' });
    expect(memory.records[0]).to.deep.include({ level: 20, data: { level: 'high' } });
  });

  it('goes by the level itself, not by what a format makes of it', () => {
    const { memory, transport } = piped();
    transport.write({ level: '\u001b[31merror\u001b[39m', message: 'm', [Symbol.for('level')]: 'error' });
    expect(memory.records[0]).to.deep.include({ level: 40, data: {} });
  });

  it('names the logger by the label', () => {
    const { memory, write } = piped();
    write({ level: 'info', message: 'm', label: 'db' });
    expect(memory.records[0]).to.deep.include({ loggerName: 'db', data: {} });
  });

  it('finds the error wherever winston has put it', () => {
    const { memory, write } = piped();
    const error = new TypeError('boom');
    const { stack } = error;
    write({ level: 'error', message: 'failed boom', stack, [Symbol.for('splat')]: [5, error] });
    write({ level: 'error', message: error });
    write({ level: 'error', message: 'in a field', error });
    write({ level: 'error', message: 'both', error: 'text', stack, [Symbol.for('splat')]: [error] });
    write(Object.assign(error, { level: 'error' }));
    expect(memory.records.map(({ exception }) => exception)).to.deep.equal([error, error, error, error, error]);
    expect(memory.messages).to.deep.equal(['failed boom', 'boom', 'in a field', 'both', 'boom']);
    expect(memory.records[0]?.data).to.deep.equal({ error });
    expect(memory.records[3]?.data).to.deep.equal({ error: 'text', err: error });
  });

  it('takes messages for texts, not for templates', () => {
    const { memory, write } = piped();
    write({ level: 'info', message: 'literal {id} %s', id: 5 });
    write({ level: 'info', message: { id: 5 } });
    expect(memory.messages).to.deep.equal(['literal {id} %s', '{"id":5}']);
  });

  it('takes what the level of the logger allows, or its own', () => {
    const by = (options: WinstonTransportOptions, parent?: object) => {
      const { memory, write } = piped(options, parent);
      for (const level of Object.keys(npm)) write({ level, message: level });
      return memory.messages.at(-1);
    };
    expect(by({}, { level: 'http', levels: npm })).to.equal('http');
    expect(by({ level: 'warn' }, { level: 'http', levels: npm })).to.equal('warn');
    expect(by({ level: 'debug' }, { level: 'http', levels: npm })).to.equal('debug');
    expect(by({}, {})).to.equal('silly');
    expect(by({ silent: true })).to.equal(undefined);
  });

  it('takes uncaught exceptions and rejections only if told to', () => {
    const both = (options: WinstonTransportOptions) => {
      const { memory, write } = piped(options);
      write({ level: 'error', message: 'e', exception: true });
      write({ level: 'error', message: 'r', rejection: true });
      return memory.messages.join('');
    };
    expect(both({})).to.equal('');
    expect(both({ handleExceptions: true })).to.equal('e');
    expect(both({ handleRejections: true })).to.equal('r');
  });

  it('survives infos that throw while they are read', () => {
    const { memory, write } = piped();
    const info = {
      level: 'info',
      message: 'm',
      get trap(): never {
        throw new Error('no');
      }
    };
    write(info);
    expect(memory.records[0]?.data).to.deep.equal({ trap: '[Threw: no]' });
  });

  it('ends where it leads to itself, at once or later', async () => {
    const { memory, factory, transport } = piped();
    let waiting: object[] = [];
    const later: WinstonLike = { levels: npm, log: info => waiting.push(info) };
    const atOnce: WinstonLike = { levels: npm, log: info => transport.write(info) };
    factory.addTarget(new WinstonTarget(later)).addTarget(new WinstonTarget(atOnce));
    await factory.getLogger('x').info('one');
    for (let round = 0; round < 3; round++) {
      const infos = waiting;
      waiting = [];
      // A format may make a new object of an info, with the same symbols.
      for (const info of infos) transport.write({ ...info });
    }
    expect(memory.messages).to.deep.equal(['one']);
  });

  it('has the options of a transport, and no others', () => {
    const factory = new LoggerFactory();
    expect(winstonTransport(factory, { level: 'warn', silent: true })).to.include({ level: 'warn', silent: true });
    expect(() => winstonTransport(factory, { format: 1 } as object)).to.throw(TypeError, "no option 'format'");
    expect(() => winstonTransport(5 as unknown as LoggerFactory)).to.throw(
      TypeError,
      'winstonTransport: needs a Logger'
    );
  });
});
