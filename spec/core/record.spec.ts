import { expect } from 'chai';
import sinon from 'sinon';
import { LogLevel } from '../../lib/core/level.js';
import { ExceptionLogRecord, LogRecord } from '../../lib/core/record.js';

const render = (message: unknown, args: readonly unknown[] = [], data = {}) =>
  new LogRecord(1_700_000_000_123, 1, 'app', LogLevel.INFORMATION, message, args, data).render();

describe('LogRecord', () => {
  describe('render', () => {
    it('finds the same placeholders in a template of ASCII as in one with other letters', () => {
      for (let code = 0; code < 128; code++) {
        const letter = String.fromCharCode(code);
        const names = [letter, `a${letter}`, `${letter}a`, `1${letter}`];
        const data = Object.fromEntries(names.map((name, index) => [name, index]));
        const template = `${names.map(name => `{${name}}`).join(' ')} %${letter}`;
        expect(`é ${render(template, [5], data)}`, template).to.equal(render(`é ${template}`, [5], data));
      }
    });

    for (const [message, args, data, text] of [
      ['hello', [], {}, 'hello'],
      ['order {id} paid', [], { id: 17 }, 'order 17 paid'],
      ['{a}{b}{a}', [], { a: 1, b: 'x' }, '1x1'],
      ['{user.name} came', [], { user: { name: 'Zoë' } }, 'Zoë came'],
      ['{user.name} came', [], { 'user.name': 'flat', user: { name: 'deep' } }, 'flat came'],
      ['{0} and {größe}', [], { 0: 'zero', größe: 3 }, 'zero and 3'],
      ['{missing} stays', [], { id: 1 }, '{missing} stays'],
      ['{a} {b} {c}', [], { a: null, b: undefined, c: false }, 'null undefined false'],
      ['{list} {map}', [], { list: [1, 'x'], map: { y: 2 } }, '[1,"x"] {"y":2}'],
      ['{big} {nan}', [], { big: 5n, nan: Number.NaN }, '5 NaN'],
      ['{error}', [], { error: new TypeError('boom') }, 'TypeError: boom'],
      ['{when}', [], { when: new Date(0) }, '1970-01-01T00:00:00.000Z'],
      ['{"json": {"a": 1}} { x } {} {a b}', [], { json: 1, a: 1, x: 1 }, '{"json": {"a": 1}} { x } {} {a b}'],
      ['%s is %d, %i, %f', ['x', 4.5, 4.5, '4.5'], {}, 'x is 4.5, 4, 4.5'],
      ['%j %o %O', [{ a: 1 }, [2], { b: { c: 3 } }], {}, '{"a":1} [2] {"b":{"c":3}}'],
      ['%d %i', [5n, 6n], {}, '5 6'],
      ['%d %s', ['no number', Symbol('s')], {}, 'NaN Symbol(s)'],
      ['100%', [], {}, '100%'],
      ['100% of %s', ['all'], {}, '100% of all'],
      ['%% %s', ['x'], {}, '% x'],
      ['%% stays without arguments', [], {}, '%% stays without arguments'],
      ['%s and %s', ['one'], {}, 'one and %s'],
      ['left over', [1, 'two', { three: 3 }, [4]], {}, 'left over 1 two {"three":3} [4]'],
      ['{id} %s', ['x', 'y'], { id: 1 }, '1 x y'],
      [42, [], {}, '42'],
      [{ a: 1 }, [2], {}, '{"a":1} 2'],
      [undefined, [], {}, 'undefined'],
      ['{__proto__} {constructor} {toString}', [], {}, '{__proto__} {constructor} {toString}']
    ] as const) {
      it(`makes ${JSON.stringify(text)} of ${JSON.stringify(message)}`, () => {
        expect(render(message, args, data)).to.equal(text);
      });
    }

    it('fills in a value that looks like a placeholder as it is', () => {
      expect(render('{a} {b} %s', ['{b}'], { a: '{b} %s', b: 1 })).to.equal('{b} %s 1 {b}');
    });

    it('marks a value that throws, and keeps the rest', () => {
      const data = {
        id: 1,
        get bad(): unknown {
          throw new Error('getter');
        }
      };
      expect(render('{id} {bad} {id}', [], data)).to.equal('1 [Threw: getter] 1');
    });

    it('stays fast for messages that look like many placeholders', () => {
      const message = '{'.repeat(50_000) + '%'.repeat(50_000);
      expect(render(message, ['x'])).to.have.length.above(50_000);
    });

    it('parses a template once, though thousands came before it', () => {
      const matchAll = sinon.spy(String.prototype, 'matchAll');
      try {
        for (let index = 0; index < 3000; index++) render(`{a} of ${index}`, [], { a: 1 });
        matchAll.resetHistory();
        for (let times = 0; times < 10; times++) render('{a} after them', [], { a: 1 });
        expect(matchAll.callCount).to.equal(1);
      } finally {
        matchAll.restore();
      }
    });

    it('cuts a text that no string could hold, and says how much', () => {
      const half = 'x'.repeat(300_000_000);
      const cases: [text: string, size: number][] = [
        [render('%s %s', [half, half]), 600_000_001],
        [render('{a}{a}{a} and more', [], { a: half }), 900_000_009],
        [render('x', [half, half, 'é']), 600_000_006],
        [render(half, [half]), 600_000_001],
        [render('%s', [half]), 300_000_000]
      ];
      for (const [text, size] of cases) {
        const kept = 16 * 1024 * 1024;
        expect(text.slice(0, 10)).to.match(/^x[x ]x+$/);
        expect(text.slice(kept, kept + 100)).to.equal(`… [${size - kept} bytes cut]`);
      }
    });

    it('adds up what was cut where the cut falls on a character of two', () => {
      const kept = 16 * 1024 * 1024;
      const text = render('%s%s%s', ['x', '😀'.repeat(kept / 2), '😀']);
      expect(text.slice(kept - 3)).to.equal('😀… [8 bytes cut]');
    });

    it('does not cut a message that nothing is put into', () => {
      const long = 'x'.repeat(16 * 1024 * 1024 + 1);
      expect(render(long)).to.equal(long);
    });

    it('gives the same text each time, though the data changes', () => {
      const data = { id: 1 };
      const record = new LogRecord(0, 1, 'app', LogLevel.DEBUG, '{id}', [], data);
      record.render();
      data.id = 2;
      expect(record.render()).to.equal('1');
    });
  });

  it('has a time that is made of its timestamp', () => {
    expect(new LogRecord(1_700_000_000_123, 1, 'a', LogLevel.DEBUG, 'm').time.toISOString()).to.equal(
      '2023-11-14T22:13:20.123Z'
    );
  });

  it('becomes one flat map as JSON', () => {
    const record = new LogRecord(1_700_000_000_123, 1, 'Orders', LogLevel.WARNING, 'order {id} paid', [], {
      id: 17,
      total: 99.5
    });
    expect(JSON.parse(JSON.stringify(record))).to.deep.equal({
      time: '2023-11-14T22:13:20.123Z',
      level: 'WARNING',
      logger: 'Orders',
      message: 'order 17 paid',
      template: 'order {id} paid',
      id: 17,
      total: 99.5
    });
  });

  it('lets no field take the place of its own', () => {
    const record = new LogRecord(0, 1, 'a', LogLevel.DEBUG, 'm', [], {
      time: 1,
      level: 2,
      logger: 3,
      message: 4,
      error: 5,
      template: 6
    });
    expect(record.toJSON()).to.deep.equal({
      time: '1970-01-01T00:00:00.000Z',
      level: 'DEBUG',
      logger: 'a',
      message: 'm',
      time_: 1,
      level_: 2,
      logger_: 3,
      message_: 4,
      error_: 5,
      template_: 6
    });
  });

  it('shows its exception once in JSON, with its causes', () => {
    const error = new TypeError('outer', { cause: new Error('inner') });
    const record = new ExceptionLogRecord(0, 1, 'a', LogLevel.ERROR, 'failed', [], { err: error, id: 1 }, error);
    const { error: shown, ...rest } = record.toJSON() as {
      error: { type: string; message: string; stack: string; cause: object };
    };
    expect(rest).to.deep.equal({
      time: '1970-01-01T00:00:00.000Z',
      level: 'ERROR',
      logger: 'a',
      message: 'failed',
      id: 1
    });
    expect(shown).to.include({ type: 'TypeError', message: 'outer' });
    expect(shown.stack).to.contain('record.spec');
    expect(shown.cause).to.include({ type: 'Error', message: 'inner' });
  });
});
