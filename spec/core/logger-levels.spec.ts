import { expect } from 'chai';
import { LoggerFactory } from '../../lib/core/factory.js';
import type { LoggerFactoryOptions } from '../../lib/core/factory-options.js';
import type { LogFailure } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';

/** A factory at INFORMATION whose one target has no level of its own. */
function someFactory(options: LoggerFactoryOptions = {}) {
  const target = new MemoryTarget();
  const factory = new LoggerFactory({ minimumLevel: LogLevel.INFORMATION, env: {}, ...options }).addTarget(target);
  /** The lowest named level at which the logger logs; undefined if there is none. */
  const lowest = (name: string): string | undefined => {
    const levels = [5, 10, 20, 30, 40, 50] as LogLevel[];
    const found = levels.find(level => factory.getLogger(name).isEnabled(level));
    return found === undefined ? undefined : LogLevel[found];
  };
  return { factory, target, lowest };
}

describe('LoggerFactory.setLevel', () => {
  it('holds for a name and all names below it, also of loggers already made', async () => {
    const { factory, target, lowest } = someFactory();
    const logger = factory.getLogger('app.db.pool');
    await logger.debug('before');
    factory.setLevel('app.db', LogLevel.DEBUG);
    await logger.debug('after');
    expect(target.messages).to.deep.equal(['after']);
    expect(['app', 'app.db', 'app.db.pool', 'app.dbs', 'shop.app.db'].map(lowest)).to.deep.equal([
      'INFORMATION',
      'DEBUG',
      'DEBUG',
      'INFORMATION',
      'INFORMATION'
    ]);
  });

  it('lets the longest name win, in whatever order they were set', () => {
    for (const order of [
      ['app', 'app.db', 'app.db.pool'],
      ['app.db.pool', 'app.db', 'app']
    ]) {
      const { factory, lowest } = someFactory();
      const levels: Record<string, LogLevel> = {
        app: LogLevel.ERROR,
        'app.db': LogLevel.DEBUG,
        'app.db.pool': LogLevel.TRACE
      };
      for (const name of order) factory.setLevel(name, levels[name] ?? LogLevel.NONE);
      expect(['app.http', 'app.db.sql', 'app.db.pool.x'].map(lowest)).to.deep.equal(['ERROR', 'DEBUG', 'TRACE']);
    }
  });

  it('takes * for any run of characters, and of two of one length the later', () => {
    const { factory, lowest } = someFactory();
    factory.setLevel('*', LogLevel.ERROR).setLevel('app.*.sql', LogLevel.DEBUG).setLevel('*.http', LogLevel.TRACE);
    expect(['x', 'app.db.sql', 'app.a.b.sql', 'app.sql', 'shop.http.in'].map(lowest)).to.deep.equal([
      'ERROR',
      'DEBUG',
      'DEBUG',
      'ERROR',
      'TRACE'
    ]);
    factory.setLevel('ab*', LogLevel.DEBUG).setLevel('*bc', LogLevel.CRITICAL);
    expect(lowest('abc')).to.equal('CRITICAL');
  });

  it('takes the other characters of a name as they are', () => {
    const { factory, lowest } = someFactory();
    factory.setLevel('a.b(c)|d', LogLevel.DEBUG);
    expect(['a.b(c)|d', 'axb(c)|d', 'd'].map(lowest)).to.deep.equal(['DEBUG', 'INFORMATION', 'INFORMATION']);
  });

  it('replaces what was set for the same name, and forgets it by NONE', () => {
    const { factory, lowest } = someFactory();
    factory.setLevel('app', LogLevel.ERROR).setLevel('app', LogLevel.DEBUG);
    expect(lowest('app')).to.equal('DEBUG');
    factory.setLevel('app', LogLevel.NONE);
    expect(lowest('app')).to.equal('INFORMATION');
  });

  it('silences by off', () => {
    const { factory, lowest } = someFactory();
    factory.setLevel('app', 'off').setLevel('app.db', LogLevel.ERROR);
    expect(['app', 'app.http', 'app.db'].map(lowest)).to.deep.equal([undefined, undefined, 'ERROR']);
  });

  it('never brings a target less important records than it was added for, and keeps back what is below', async () => {
    const { factory } = someFactory();
    const warnings = new MemoryTarget();
    const all = new MemoryTarget();
    factory.addTarget(warnings, LogLevel.WARNING).addTarget(all, LogLevel.TRACE);
    factory.setLevel('app', LogLevel.DEBUG);
    const logger = factory.getLogger('app');
    for (const level of [LogLevel.TRACE, LogLevel.DEBUG, LogLevel.WARNING]) await logger.log(level, LogLevel[level]);
    expect(warnings.messages).to.deep.equal(['WARNING']);
    expect(all.messages).to.deep.equal(['DEBUG', 'WARNING']);
  });

  it('stays when the minimum or the targets change', () => {
    const { factory, target, lowest } = someFactory();
    factory.setLevel('app', LogLevel.WARNING);
    factory.minimumLevel = LogLevel.TRACE;
    expect(lowest('app')).to.equal('WARNING');
    factory.removeTarget(target).addTarget(new MemoryTarget());
    expect(lowest('app')).to.equal('WARNING');
  });

  it('throws for what is no name and no level', () => {
    const { factory } = someFactory();
    expect(() => factory.setLevel('', LogLevel.DEBUG)).to.throw(
      RangeError,
      'setLevel: loggers must be a name of loggers'
    );
    expect(() => factory.setLevel('app', 51 as LogLevel)).to.throw(
      RangeError,
      "setLevel: level must be a LogLevel (an integer from 0 to 50) or 'off', got 51"
    );
    expect(() => factory.setLevel('app', 'debug' as 'off')).to.throw(TypeError, "got 'debug'");
  });
});

describe('LOGFLUME_LEVEL', () => {
  const withLevels = (text: string) => {
    const failures: LogFailure[] = [];
    const factory = someFactory({ env: { LOGFLUME_LEVEL: text }, onFailure: failure => failures.push(failure) });
    return { ...factory, failures };
  };

  it('sets levels of all loggers and of some', () => {
    const { lowest, failures } = withLevels('warn,app.db=debug, app.*.sql = TRACE ,noisy=off,n=45');
    expect(['x', 'app.db', 'app.db.sql', 'noisy.too', 'n'].map(lowest)).to.deep.equal([
      'WARNING',
      'DEBUG',
      'TRACE',
      undefined,
      'CRITICAL'
    ]);
    expect(failures).to.deep.equal([]);
  });

  it('knows every name of a level, in any case', () => {
    for (const [name, level] of [
      ['trace', 'TRACE'],
      ['Debug', 'DEBUG'],
      ['info', 'INFORMATION'],
      ['INFORMATION', 'INFORMATION'],
      ['warn', 'WARNING'],
      ['warning', 'WARNING'],
      ['error', 'ERROR'],
      ['critical', 'CRITICAL'],
      ['fatal', 'CRITICAL'],
      ['10', 'DEBUG']
    ]) {
      expect(withLevels(name ?? '').lowest('x'), name).to.equal(level);
    }
  });

  it('comes before the options of the factory, and after what is set later', () => {
    const { factory, lowest } = withLevels('error');
    factory.minimumLevel = LogLevel.DEBUG;
    expect(lowest('x')).to.equal('ERROR');
    factory.setLevel('*', LogLevel.TRACE);
    expect(lowest('x')).to.equal('TRACE');
  });

  it('reports what is wrong in it, and uses the rest', () => {
    const { lowest, failures } = withLevels('loud,app=,=debug,app.db=debug,51,,none');
    expect(lowest('app.db')).to.equal('DEBUG');
    expect(lowest('app')).to.equal('INFORMATION');
    expect(failures.map(({ kind, target }) => `${kind} ${target}`)).to.deep.equal(Array(5).fill('error LoggerFactory'));
    expect(failures.map(({ error }) => String(error).slice(0, 24))).to.deep.equal([
      "TypeError: 'loud' must b",
      "TypeError: 'app=' must b",
      "TypeError: '=debug' must",
      "TypeError: '51' must be ",
      "TypeError: 'none' must b"
    ]);
  });

  it('is read from the environment of the process', () => {
    process.env['LOGFLUME_LEVEL'] = 'error';
    try {
      const factory = new LoggerFactory().addTarget(new MemoryTarget());
      expect(factory.getLogger('x').isEnabled(LogLevel.WARNING)).to.equal(false);
      expect(factory.getLogger('x').isEnabled(LogLevel.ERROR)).to.equal(true);
    } finally {
      delete process.env['LOGFLUME_LEVEL'];
    }
  });

  it('may be absent', () => {
    expect(someFactory().lowest('x')).to.equal('INFORMATION');
  });
});
