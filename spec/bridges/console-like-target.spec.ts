import { Console } from 'node:console';
import { format } from 'node:util';
import { expect } from 'chai';
import { type ConsoleLike, ConsoleLikeTarget } from '../../lib/bridges/console-like-target.js';
import { LoggerFactory } from '../../lib/core/factory.js';
import type { LogFailure } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import { itBehavesLikeALogTarget } from '../../lib/testing/contract.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { Capture } from '../support/capture.js';

/** A logger with some methods, and what these were called with. */
function recording(...methods: string[]) {
  const calls: unknown[][] = [];
  const logger = Object.fromEntries(
    methods.map(method => [method, (...args: unknown[]) => calls.push([method, ...args])])
  ) as ConsoleLike;
  return { logger, calls };
}

const usual = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** A record of now, so that it is not late. */
function fresh(parts: Parameters<typeof someRecord>[0] = {}) {
  return someRecord({ timestamp: Date.now(), ...parts });
}

itBehavesLikeALogTarget(
  'ConsoleLikeTarget',
  () => {
    const { logger, calls } = recording('info', 'error');
    return { target: new ConsoleLikeTarget(logger), received: () => calls.map(([, text]) => String(text)) };
  },
  { snapshots: true }
);

describe('ConsoleLikeTarget', () => {
  it('calls the method of each level', async () => {
    const { logger, calls } = recording(...usual);
    const factory = new LoggerFactory({ minimumLevel: LogLevel.TRACE }).addTarget(new ConsoleLikeTarget(logger));
    for (const level of [5, 10, 20, 30, 40, 50]) await factory.getLogger('x').log(level, String(level));
    expect(calls.map(call => call.join(' '))).to.deep.equal([
      'trace 5',
      'debug 10',
      'info 20',
      'warn 30',
      'error 40',
      'fatal 50'
    ]);
  });

  it('keeps the level of an exception', () => {
    const { logger, calls } = recording(...usual);
    const exception = new TypeError('boom');
    new ConsoleLikeTarget(logger).log(fresh({ level: 50, message: 'failed', exception, data: { id: 17 } }));
    expect(calls).to.deep.equal([['fatal', 'failed', exception, { id: 17 }]]);
  });

  it('gives fields as one object, whatever their names are', () => {
    const { logger, calls } = recording(...usual);
    const data = { message: 'x', exc_info: 1, extra: 2, 'stack info': 3, args: [4], when: new Date(0) };
    new ConsoleLikeTarget(logger).log(fresh({ message: 'm', data }));
    expect(calls).to.deep.equal([
      [
        'info',
        'm',
        { message_: 'x', exc_info: 1, extra: 2, 'stack info': 3, args: [4], when: '1970-01-01T00:00:00.000Z' }
      ]
    ]);
  });

  it('gives what was thrown and is no Error as the field error', () => {
    const { logger, calls } = recording(...usual);
    new ConsoleLikeTarget(logger).log(fresh({ level: 40, message: 'm', exception: 'text' }));
    expect(calls).to.deep.equal([['error', 'm', { error: { type: 'string', message: 'text' } }]]);
  });

  it('waits for a method that promises to take a record, but lets no log call wait', async () => {
    const settle: { resolve(): void; reject(error: Error): void }[] = [];
    const info = () => new Promise<void>((resolve, reject) => settle.push({ resolve, reject }));
    const failures: LogFailure[] = [];
    const target = new ConsoleLikeTarget({ info });
    const factory = new LoggerFactory({ onFailure: failure => failures.push(failure) }).addTarget(target);
    for (const text of ['one', 'two', 'three']) await factory.getLogger('x').info(text);
    expect(target.stats()).to.include({ accepted: 3, delivered: 0, pending: 3 });
    settle[0]?.resolve();
    settle[1]?.reject(new Error('away'));
    await target.flush({ timeout: 0 });
    expect(target.stats()).to.include({ delivered: 1, lost: 1, pending: 1 });
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include({ kind: 'lost', reason: 'target failed' });
    const disposal = target.dispose({ timeout: 0 });
    await disposal;
    settle[2]?.resolve();
    await Promise.resolve();
    expect(target.stats()).to.deep.include({ delivered: 1, lost: 2, pending: 0, lostByLevel: { INFORMATION: 2 } });
    expect(failures[1]).to.include({ kind: 'lost', reason: 'out of time' });
  });

  it('keeps percent signs from being formats, and control characters from being obeyed', () => {
    const { logger, calls } = recording(...usual);
    const target = new ConsoleLikeTarget(logger);
    target.log(fresh({ message: '100%d 5% %%\n\u001b[31m', data: { id: 1 } }));
    target.log(fresh({ message: '100%d' }));
    const [[, text, fields] = [], alone] = calls;
    expect(format(text, fields)).to.equal('100%d 5% %%\\n\\u001b[31m { id: 1 }');
    expect(alone).to.deep.equal(['info', '100%d']);
  });

  it('gives each logger the object that a function has for its name, and asks once', async () => {
    const asked: string[] = [];
    const { logger, calls } = recording('info');
    const target = new ConsoleLikeTarget(name => {
      asked.push(name);
      return { info: (text: string) => logger.info?.(`${name}: ${text}`) };
    });
    const factory = new LoggerFactory().addTarget(target);
    await factory.getLogger('a').info('1');
    await factory.getLogger('b').info('2');
    await factory.getLogger('a').info('3');
    expect(calls).to.deep.equal([
      ['info', 'a: 1'],
      ['info', 'b: 2'],
      ['info', 'a: 3']
    ]);
    expect(asked).to.deep.equal(['a', 'b']);
  });

  it('takes a function that has such methods for a logger', () => {
    const { logger, calls } = recording('info');
    new ConsoleLikeTarget(Object.assign(() => expect.fail(), logger)).log(fresh({ message: 'm' }));
    expect(calls).to.deep.equal([['info', 'm']]);
  });

  it('calls methods as such', () => {
    class Own {
      lines: string[] = [];
      info(text: string): void {
        this.lines.push(text);
      }
    }
    const own = new Own();
    new ConsoleLikeTarget(own).log(fresh({ message: 'm' }));
    expect(own.lines).to.deep.equal(['m']);
  });

  it('writes on a console without stacks of its own, and errors as fields', () => {
    const [stdout, stderr] = [new Capture(), new Capture()];
    const target = new ConsoleLikeTarget(
      new Console({ stdout, stderr, inspectOptions: { compact: 3, breakLength: 200 } })
    );
    target.log(fresh({ level: 5, message: 'traced', data: { id: 1 } }));
    const exception = Object.assign(new Error('two\nlines'), { stack: undefined });
    target.log(fresh({ level: 50, message: 'failed', exception }));
    expect(stdout.text).to.equal('traced { id: 1 }\n');
    expect(stderr.text).to.equal("failed { error: { type: 'Error', message: 'two\\nlines' } }\n");
  });

  it('says when a record was logged, if that was more than a second ago', () => {
    const { logger, calls } = recording('info');
    new ConsoleLikeTarget(logger).log(someRecord({ message: 'm' }));
    expect(calls).to.deep.equal([['info', 'm', { loggedAt: '2023-11-14T22:13:20.123Z' }]]);
  });

  for (const [what, make] of [
    ['a method', () => ({ info: () => fail() })],
    ['the function', () => () => fail()],
    ['what the function gives', () => () => ({ write: 1 }) as ConsoleLike]
  ] as const) {
    it(`counts a record as lost, and reports it, if ${what} fails`, async () => {
      const failures: LogFailure[] = [];
      const target = new ConsoleLikeTarget(make(), { name: 'bridge' });
      const factory = new LoggerFactory({ onFailure: failure => failures.push(failure) }).addTarget(target);
      await factory.getLogger('x').info('m');
      const { accepted, delivered, lost, lostByReason } = target.stats();
      expect({ accepted, delivered, lost, lostByReason }).to.deep.equal({
        accepted: 1,
        delivered: 0,
        lost: 1,
        lostByReason: { 'target failed': 1 }
      });
      expect(failures.map(({ kind, target: name }) => [kind, name])).to.deep.equal([['lost', 'bridge']]);
    });
  }

  it('reports once that it was disposed of', async () => {
    const failures: LogFailure[] = [];
    const target = new ConsoleLikeTarget(recording('info').logger);
    target.reportTo(failure => failures.push(failure));
    await target.dispose();
    target.log(fresh());
    target.log(fresh());
    expect(failures).to.have.length(1);
    expect(target.stats().lostByReason).to.deep.equal({ disposed: 2 });
  });

  for (const logger of [{}, null, undefined, 'console', { info: true }]) {
    it(`cannot be made of ${JSON.stringify(logger)}`, () => {
      expect(() => new ConsoleLikeTarget(logger as ConsoleLike)).to.throw(
        TypeError,
        'ConsoleLikeTarget: logger must be an object with methods like info, warn and error, or a function of a name'
      );
    });
  }

  it('has no options but its name', () => {
    expect(() => new ConsoleLikeTarget(console, { level: 5 } as object)).to.throw(TypeError, "no option 'level'");
  });

  it('keeps no more than 1000 objects for names', async () => {
    let asked = 0;
    const target = new ConsoleLikeTarget(() => {
      asked++;
      return { info: () => undefined };
    });
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 1001; index++) target.log(fresh({ loggerName: `l${index}` }));
    }
    expect(asked).to.be.greaterThan(1001);
  });
});

function fail(): never {
  throw new Error('it fails');
}
