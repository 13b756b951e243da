import { expect } from 'chai';
import { LoggerFactory } from '../../lib/core/factory.js';
import type { LogFailure } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import { LogTarget } from '../../lib/core/target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { MemoryFlushTarget } from '../support/memory-flush-target.js';

const quiet = { onFailure: () => undefined };

describe('LoggerFactory', () => {
  describe('getLogger', () => {
    it('gives the same logger for the same name', () => {
      const factory = new LoggerFactory();
      expect(factory.getLogger('a')).to.equal(factory.getLogger('a'));
      expect(factory.getLogger('a')).not.to.equal(factory.getLogger('b'));
      expect(factory.getLogger('a').name).to.equal('a');
    });

    it("takes a class for its name, and 'anonymous' for one that has none", () => {
      class OrderService {}
      const factory = new LoggerFactory();
      expect(factory.getLogger(OrderService)).to.equal(factory.getLogger('OrderService'));
      expect(factory.getLogger(class {}).name).to.equal('anonymous');
    });

    for (const name of ['', undefined, 5, {}]) {
      it(`rejects ${JSON.stringify(name)}`, () => {
        expect(() => new LoggerFactory().getLogger(name as string)).to.throw(
          TypeError,
          'getLogger: name must be a string'
        );
      });
    }
  });

  describe('routes', () => {
    const logged = async (...routes: Parameters<LoggerFactory['addTarget']>[1][]) => {
      const factory = new LoggerFactory({ minimumLevel: LogLevel.INFORMATION });
      const targets = routes.map(route => {
        const target = new MemoryTarget();
        factory.addTarget(target, route);
        return target;
      });
      for (const name of ['app', 'app.db', 'app.db.pool', 'apple']) {
        const logger = factory.getLogger(name);
        for (const level of [5, 10, 20, 30, 40, 50]) await logger.log(level, `${name} ${level}`);
      }
      return targets.map(({ messages }) => messages);
    };

    it('give a target without a level what reaches the minimum of the factory', async () => {
      const [none, left] = await logged(LogLevel.NONE, undefined);
      expect(none).to.deep.equal(left);
      expect(none?.filter(message => message.startsWith('app '))).to.deep.equal([
        'app 20',
        'app 30',
        'app 40',
        'app 50'
      ]);
    });

    it('give a target below the minimum of the factory all that reaches its own', async () => {
      const [debug] = await logged(LogLevel.DEBUG);
      expect(debug?.slice(0, 5)).to.deep.equal(['app 10', 'app 20', 'app 30', 'app 40', 'app 50']);
    });

    it('end at the maximum level', async () => {
      const [some] = await logged({ minimumLevel: LogLevel.INFORMATION, maximumLevel: LogLevel.WARNING });
      expect(some?.slice(0, 3)).to.deep.equal(['app 20', 'app 30', 'app.db 20']);
    });

    it('follow names, those below them, and wildcards', async () => {
      const [below, wild, several] = await logged(
        { minimumLevel: LogLevel.CRITICAL, loggers: 'app.db' },
        { minimumLevel: LogLevel.CRITICAL, loggers: 'app*' },
        { minimumLevel: LogLevel.CRITICAL, loggers: ['apple', '*.pool'] }
      );
      expect(below).to.deep.equal(['app.db 50', 'app.db.pool 50']);
      expect(wild).to.deep.equal(['app 50', 'app.db 50', 'app.db.pool 50', 'apple 50']);
      expect(several).to.deep.equal(['app.db.pool 50', 'apple 50']);
    });

    it('match a wildcard in linear time, however it is put', () => {
      const factory = new LoggerFactory().addTarget(new MemoryTarget(), { loggers: `${'*a'.repeat(50)}b` });
      expect(factory.getLogger('a'.repeat(10_000)).isEnabled(LogLevel.ERROR)).to.equal(false);
      expect(factory.getLogger(`${'a'.repeat(10_000)}b`).isEnabled(LogLevel.ERROR)).to.equal(true);
    });

    for (const [pattern, yes, no] of [
      ['app', ['app', 'app.db', 'app.db.pool'], ['ap', 'apple', 'my.app']],
      ['app.*', ['app.db', 'app.'], ['app', 'apple']],
      ['*', ['a', 'a.b'], []],
      ['*.db', ['app.db', 'a.b.db', 'app.db.pool', '.db'], ['db', 'app.dbx', 'app.db2.x']],
      ['a*b*c', ['abc', 'a1b2c', 'abc.d', 'axbxbxc'], ['ab', 'acb', 'abcd']],
      ['a.b(c)', ['a.b(c)'], ['axb(c)', 'a.bc']]
    ] as const) {
      it(`understand ${pattern}`, () => {
        const factory = new LoggerFactory().addTarget(new MemoryTarget(), { loggers: pattern });
        const hears = (name: string) => factory.getLogger(name).isEnabled(LogLevel.ERROR);
        expect(yes.filter(name => !hears(name))).to.deep.equal([]);
        expect(no.filter(hears)).to.deep.equal([]);
      });
    }

    it('ask the filter for each record', async () => {
      const [odd] = await logged({
        minimumLevel: LogLevel.CRITICAL,
        filter: ({ loggerName }) => loggerName === 'apple'
      });
      expect(odd).to.deep.equal(['apple 50']);
    });

    it('let a record pass when the filter throws, and report it', async () => {
      const failures: LogFailure[] = [];
      const target = new MemoryTarget();
      const error = new Error('filter');
      const filter = () => {
        throw error;
      };
      const factory = new LoggerFactory({ onFailure: failure => failures.push(failure) }).addTarget(target, { filter });
      await factory.getLogger('x').info('m');
      expect(target.messages).to.deep.equal(['m']);
      expect(failures).to.deep.equal([{ kind: 'error', target: 'MemoryTarget', what: 'filter', error }]);
    });

    for (const [route, error, message] of [
      [-10, RangeError, 'minimumLevel must be a LogLevel'],
      [60, RangeError, 'minimumLevel must be a LogLevel'],
      [{ loggers: 5 }, TypeError, 'loggers must be a logger name or an array of logger names'],
      [{ filter: 'no' }, TypeError, 'filter must be a function of a record'],
      [{ level: 20 }, TypeError, "no option 'level'"],
      [{ minimumLevel: 40, maximumLevel: 30 }, RangeError, 'minimumLevel must not be above maximumLevel, got 40 and 30']
    ] as const) {
      it(`cannot be ${JSON.stringify(route)}`, () => {
        expect(() => new LoggerFactory().addTarget(new MemoryTarget(), route as LogLevel)).to.throw(error, message);
      });
    }
  });

  it('changes its minimum level for loggers that exist', async () => {
    const target = new MemoryTarget();
    const factory = new LoggerFactory({ minimumLevel: LogLevel.WARNING }).addTarget(target);
    const logger = factory.getLogger('x');
    await logger.info('too low');
    factory.minimumLevel = LogLevel.TRACE;
    await logger.trace('now');
    expect(target.messages).to.deep.equal(['now']);
    expect(() => {
      factory.minimumLevel = 99 as LogLevel;
    }).to.throw(RangeError, 'minimumLevel must be a LogLevel');
  });

  it('sends records of loggers that exist to targets that are added later, and no more to those that are removed', async () => {
    const target = new MemoryTarget();
    const factory = new LoggerFactory();
    const logger = factory.getLogger('x');
    await logger.info('before');
    factory.addTarget(target);
    await logger.info('while');
    factory.removeTarget(target);
    await logger.info('after');
    expect(target.messages).to.deep.equal(['while']);
  });

  it('refuses a target that it has, that is none, or that comes after its end', async () => {
    const target = new MemoryTarget();
    const factory = new LoggerFactory().addTarget(target);
    expect(() => factory.addTarget(target)).to.throw(TypeError, 'has been added before');
    for (const none of [{}, console, undefined]) {
      expect(() => factory.addTarget(none as unknown as LogTarget)).to.throw(
        TypeError,
        'addTarget: target must be a LogTarget'
      );
    }
    await factory.dispose();
    expect(() => factory.addTarget(new MemoryTarget())).to.throw(Error, 'has been disposed of');
  });

  it('rejects options that are wrong', () => {
    expect(() => new LoggerFactory({ minimumLevel: 70 as LogLevel })).to.throw(
      RangeError,
      'LoggerFactory: minimumLevel'
    );
    expect(() => new LoggerFactory({ clock: {} as FakeClock })).to.throw(TypeError, 'clock must be a Clock');
  });

  describe('dispose', () => {
    it('delivers what is pending at all targets, closes them, and gives the account', async () => {
      const [a, b] = [new MemoryFlushTarget({ name: 'a' }), new MemoryFlushTarget({ name: 'b' })];
      const factory = new LoggerFactory().addTarget(a).addTarget(b);
      await factory.getLogger('x').info('m');
      const report = await factory.dispose();
      expect(a.arrived).to.deep.equal(['m']);
      expect([a.closed, b.closed]).to.deep.equal([1, 1]);
      expect(report).to.include({ accepted: 2, delivered: 2, fellBack: 0, lost: 0, pending: 0 });
      expect(report.targets.map(({ name, delivered }) => [name, delivered])).to.deep.equal([
        ['a', 1],
        ['b', 1]
      ]);
    });

    it('returns the same promise when it is called again', () => {
      const factory = new LoggerFactory();
      expect(factory.dispose()).to.equal(factory.dispose({ timeout: 1 }));
    });

    it('is what `await using` calls', async () => {
      const target = new MemoryFlushTarget();
      {
        await using factory = new LoggerFactory().addTarget(target);
        await factory.getLogger('x').info('m');
      }
      expect(target.closed).to.equal(1);
    });

    it('counts what is logged afterwards as lost, and reports it once', async () => {
      const failures: LogFailure[] = [];
      const targets = [new MemoryFlushTarget({ name: 'flush' }), new MemoryTarget({ name: 'memory' })];
      const plain = new (class PlainTarget extends LogTarget {
        override log(): void {}
      })();
      const factory = new LoggerFactory({ onFailure: failure => failures.push(failure) });
      for (const target of [...targets, plain]) factory.addTarget(target);
      const logger = factory.getLogger('x');
      await factory.dispose();
      await logger.info('late');
      await logger.info('later');
      for (const target of factory.stats().targets) expect(target).to.include({ accepted: 2, lost: 2, pending: 0 });
      expect(
        failures.filter(({ target }) => target !== 'memory').map(failure => 'reason' in failure && failure.reason)
      ).to.deep.equal(['disposed', 'disposed']);
    });

    it('meets its deadline, whatever a target does, and closes the others', async () => {
      const clock = new FakeClock();
      const failures: LogFailure[] = [];
      const stuck = new (class StuckTarget extends LogTarget {
        override log(): void {}
        override dispose(): Promise<void> {
          return new Promise(() => undefined);
        }
      })();
      const waiting = new MemoryFlushTarget({ clock });
      waiting.behaviour = 'wait';
      const good = new MemoryFlushTarget({ clock });
      const factory = new LoggerFactory({ clock, onFailure: failure => failures.push(failure) });
      factory.addTarget(stuck).addTarget(waiting).addTarget(good);
      await factory.getLogger('x').info('m');
      let report: unknown;
      void factory.dispose({ timeout: 500 }).then(stats => {
        report = stats;
      });
      await clock.advance(700);
      expect(report).to.deep.include({ accepted: 3, delivered: 2, lost: 1, pending: 0 });
      expect(good.closed).to.equal(1);
      expect(failures.map(({ kind, target }) => `${kind} ${target}`)).to.have.members([
        'lost MemoryFlushTarget',
        'error StuckTarget'
      ]);
    });

    it('goes on when a target rejects, and reports it', async () => {
      const failures: LogFailure[] = [];
      const bad = new (class BadTarget extends LogTarget {
        override log(): void {}
        override flush(): Promise<void> {
          return Promise.reject(new Error('no'));
        }
      })();
      const good = new MemoryFlushTarget();
      const factory = new LoggerFactory({ onFailure: failure => failures.push(failure) })
        .addTarget(bad)
        .addTarget(good);
      await factory.getLogger('x').info('m');
      await factory.flush();
      expect(good.arrived).to.deep.equal(['m']);
      await factory.dispose();
      expect(failures.map(failure => ('what' in failure ? failure.what : ''))).to.deep.equal(['flush', 'dispose']);
    });

    it('rejects a timeout that is none', () => {
      expect(() => new LoggerFactory().dispose({ timeout: -1 })).to.throw(
        RangeError,
        'timeout must be a number of milliseconds'
      );
    });

    it('disposes of a fallback of two targets when the last of them is done with it', async () => {
      const clock = new FakeClock();
      const fallback = new MemoryFlushTarget({ name: 'fallback', clock });
      const options = { clock, fallbackTarget: fallback, ...quiet };
      const [quick, slow] = [new MemoryFlushTarget(options), new MemoryFlushTarget(options)];
      slow.behaviour = { error: new Error('down') };
      const factory = new LoggerFactory({ clock, ...quiet }).addTarget(quick).addTarget(slow);
      await factory.getLogger('x').info('m');
      const disposed = factory.dispose({ timeout: 60_000 });
      await clock.advance(60_000);
      await disposed;
      expect(fallback.arrived).to.deep.equal(['m']);
      expect(fallback.closed).to.equal(1);
    });

    it('leaves no timer behind', async () => {
      const clock = new FakeClock();
      const factory = new LoggerFactory({ clock }).addTarget(new MemoryFlushTarget({ clock }));
      await factory.getLogger('x').info('m');
      await factory.dispose();
      expect(clock.timers).to.equal(0);
    });
  });

  describe('stats', () => {
    it('count as lost what the fallbacks have lost, and each of these once', async () => {
      const down = { error: new Error('down') };
      const last = new MemoryFlushTarget({ name: 'last', maxRetries: 0, ...quiet });
      const middle = new MemoryFlushTarget({ name: 'middle', maxRetries: 0, fallbackTarget: last, ...quiet });
      const options = { maxRetries: 0, fallbackTarget: middle, ...quiet };
      const roots = [
        new MemoryFlushTarget({ name: 'a', ...options }),
        new MemoryFlushTarget({ name: 'b', ...options })
      ];
      for (const target of [last, middle, ...roots]) target.behaviour = down;
      const factory = new LoggerFactory(quiet);
      for (const root of roots) factory.addTarget(root);
      await factory.getLogger('x').info('m');
      expect(await factory.dispose()).to.include({ accepted: 2, delivered: 0, fellBack: 0, lost: 2, pending: 0 });
    });
  });

  it('waits at flush and dispose for a plain target that takes its time', async () => {
    let take: () => void = () => undefined;
    const slow = new (class Slow extends LogTarget {
      override log(): Promise<void> {
        return new Promise(resolve => {
          take = resolve;
        });
      }
    })();
    const factory = new LoggerFactory().addTarget(slow);
    void factory.getLogger('x').info('m');
    const flushed = factory.flush();
    setImmediate(() => take());
    expect(await flushed).to.include({ delivered: 1, pending: 0 });
  });

  describe('flush', () => {
    it('resolves with the account when all targets have delivered, and leaves them open', async () => {
      const target = new MemoryFlushTarget();
      const factory = new LoggerFactory().addTarget(target);
      const logger = factory.getLogger('x');
      await logger.info('a');
      expect(await factory.flush()).to.include({ accepted: 1, delivered: 1, pending: 0 });
      await logger.info('b');
      expect(await factory.flush()).to.include({ accepted: 2, delivered: 2, pending: 0 });
      expect(target.closed).to.equal(0);
    });

    it('resolves at its deadline with what is still pending', async () => {
      const clock = new FakeClock();
      const target = new MemoryFlushTarget({ clock });
      target.behaviour = 'wait';
      const factory = new LoggerFactory({ clock }).addTarget(target);
      await factory.getLogger('x').info('m');
      const flushed = factory.flush({ timeout: 300 });
      await clock.advance(300);
      expect(await flushed).to.include({ accepted: 1, delivered: 0, pending: 1, lost: 0 });
    });
  });
});
