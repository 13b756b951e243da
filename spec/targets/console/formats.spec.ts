import { expect } from 'chai';
import { LogLevel } from '../../../lib/core/level.js';
import type { LogRecord } from '../../../lib/core/record.js';
import { plainFields } from '../../../lib/core/values.js';
import { noPaint, type Paint } from '../../../lib/targets/console/colors.js';
import { logfmt as logfmtOf } from '../../../lib/targets/console/logfmt.js';
import { pretty as prettyOf } from '../../../lib/targets/console/pretty.js';
import { type SomeRecord, someRecord } from '../../../lib/testing/some-record.js';
import { ByteWriter } from '../../../lib/wire/bytes.js';
import { JsonEncoder } from '../../../lib/wire/json.js';

const pretty = (record: LogRecord, paint: Paint): string => prettyOf(record, plainFields(record), paint);
const logfmt = (record: LogRecord): string => logfmtOf(record, plainFields(record));

/** The pretty form of a record, without its time. */
function prettyText(record: SomeRecord): string {
  return pretty(someRecord(record), noPaint).slice('00:00:00.000 '.length);
}

/** Lines of the pretty form behind the first one. */
function errorLines(exception: unknown): string[] {
  return prettyText({ exception }).split('\n').slice(1);
}

/** The logfmt form of a record, without its time, level and logger. */
function logfmtText(record: SomeRecord): string {
  const [, rest] = /^time=\S+ level=\S+ logger=\S+ (.*)$/s.exec(logfmt(someRecord(record))) ?? [];
  return String(rest);
}

/** An error with frames that do not depend on where this file is. */
function someError(message: string, frames: readonly string[], options?: ErrorOptions): Error {
  const error = new Error(message, options);
  error.stack = [`Error: ${message}`, ...frames.map(frame => `    at ${frame}`)].join('\n');
  return error;
}

describe('pretty', () => {
  it('shows local time, level, logger, rendered message and fields', () => {
    const timestamp = new Date(2024, 1, 29, 4, 5, 6, 7).getTime();
    const data = { id: 17, total: 99.5, currency: 'EUR', paid: true };
    const record = someRecord({ timestamp, loggerName: 'OrderService', message: 'order paid', data });
    expect(pretty(record, noPaint)).to.equal(
      '04:05:06.007 INFO  OrderService: order paid  id=17 total=99.5 currency=EUR paid=true'
    );
  });

  it('shows a time that no Date can hold as dashes', () => {
    expect(pretty(someRecord({ timestamp: 8.65e15 }), noPaint)).to.match(/^--:--:--\.--- INFO /);
  });

  it('shows levels in five letters, and those between two as the lower one', () => {
    const levels = [1, LogLevel.TRACE, LogLevel.DEBUG, 25, LogLevel.WARNING, LogLevel.ERROR, LogLevel.CRITICAL];
    const shown = levels.map(level => prettyText({ level }).slice(0, 6));
    expect(shown).to.deep.equal(['TRACE ', 'TRACE ', 'DEBUG ', 'INFO  ', 'WARN  ', 'ERROR ', 'CRIT  ']);
  });

  it('does not show a field again that the message shows', () => {
    expect(prettyText({ message: 'order {id} paid', data: { id: 17, total: 99.5 } })).to.equal(
      'INFO  Shop: order 17 paid  total=99.5'
    );
  });

  it('quotes strings only where it would not be clear where they end', () => {
    const data = { a: 'plain', b: 'two words', c: '', d: 'x=y', e: 'say "hi"', f: 'C:\\temp', 'a key': 'ü' };
    expect(prettyText({ data })).to.equal(
      'INFO  Shop: something happened  a=plain b="two words" c="" d="x=y" e="say \\"hi\\"" f=C:\\temp "a key"=ü'
    );
  });

  it('shows nested values as compact JSON', () => {
    const data = { user: { name: 'Ada', roles: ['admin', 1] }, nothing: null, at: new Date(0) };
    expect(prettyText({ data })).to.equal(
      'INFO  Shop: something happened  user={"name":"Ada","roles":["admin",1]} nothing=null at=1970-01-01T00:00:00.000Z'
    );
  });

  it('shows an exception with its stack and own fields, indented', () => {
    const error = Object.assign(someError('no answer', ['query (db.js:1:2)', 'main.js:3:4']), { code: 'ETIMEDOUT' });
    expect(errorLines(error)).to.deep.equal([
      '  Error: no answer  code=ETIMEDOUT',
      '    at query (db.js:1:2)',
      '    at main.js:3:4'
    ]);
  });

  it('shows causes below, without the frames that they share', () => {
    const root = someError('refused', ['dial', 'query', 'a', 'b', 'c']);
    const middle = someError('no answer', ['load', 'a', 'b', 'c'], { cause: root });
    expect(errorLines(someError('failed', ['pay', 'b', 'c'], { cause: middle }))).to.deep.equal([
      '  Error: failed',
      '    at pay',
      '    at b',
      '    at c',
      '  caused by Error: no answer',
      '    at load',
      '    at a',
      '    at b',
      '    at c',
      '  caused by Error: refused',
      '    at dial',
      '    at query',
      '    … 3 more as above'
    ]);
  });

  it('shows the members of an AggregateError, whatever they are', () => {
    const both = new AggregateError(
      [someError('one', ['a'], { cause: 'bad luck' }), 'two', { three: 3 }],
      'all failed'
    );
    both.stack = 'AggregateError: all failed\n    at main';
    expect(errorLines(both)).to.deep.equal([
      '  AggregateError: all failed',
      '    at main',
      '    [1] Error: one',
      '      at a',
      '    caused by bad luck',
      '    [2] two',
      '    [3] {"three":3}'
    ]);
  });

  it('ends where an error is its own cause', () => {
    const error = someError('circular', ['a']);
    error.cause = error;
    expect(errorLines(error)).to.deep.equal(['  Error: circular', '    at a', '  caused by [Circular]']);
  });

  it('ends where errors are members of each other', () => {
    const one = new AggregateError([], 'one');
    const two = new AggregateError([one], 'two');
    one.errors.push(two);
    one.stack = two.stack = '';
    expect(errorLines(one)).to.deep.equal([
      '  AggregateError: one',
      '    [1] AggregateError: two',
      '      [1] [Circular]'
    ]);
  });

  it('ends for a chain of 1000 causes', () => {
    let error = someError('the first', []);
    for (let index = 0; index < 1000; index++) error = someError('another', [], { cause: error });
    expect(errorLines(error).at(-1)).to.equal('  caused by [Object]');
  });

  it('shows what was thrown and is no Error', () => {
    expect(errorLines('just a string')).to.deep.equal(['  thrown string: just a string']);
    expect(errorLines(null)).to.deep.equal(['  thrown null: null']);
    expect(errorLines({ code: 1 })).to.deep.equal(['  thrown object: {"code":1}']);
  });

  it('keeps the message of an error from making up lines and frames', () => {
    const error = new Error('no\n    at fake (fake.js:1:1)\n12:00:00.000 INFO  Forged: line');
    const [first, second] = errorLines(error);
    expect(first).to.equal('  Error: no\\n    at fake (fake.js:1:1)\\n12:00:00.000 INFO  Forged: line');
    expect(second).to.match(/^ {4}at .*formats\.spec/);
  });

  describe('leaves out the header of a stack', () => {
    class HttpError extends Error {}
    const named = (name: string, error: Error) => Object.assign(error, { name });
    const cases: [what: string, error: Error, title: string][] = [
      ['whose message is in its name', new RangeError('r'), 'RangeError: r'],
      ['whose message is its name', new Error('Error'), 'Error: Error'],
      ['without a message', new TypeError(), 'TypeError'],
      ['without a message, of another class', new HttpError(), 'HttpError'],
      ['of another class', new HttpError('gone'), 'HttpError: gone'],
      ['whose name has changed', named('Changed', new Error('x: y')), 'Changed: x: y'],
      ['of several lines', new Error('one\n\ntwo\nError: one'), 'Error: one\\n\\ntwo\\nError: one'],
      ['with a message like the header', new Error('Error: x'), 'Error: Error: x'],
      ['with a message that begins with a colon', new Error(': x'), 'Error: : x'],
      ['with a line like a frame', new Error('x\n    at fake'), 'Error: x\\n    at fake']
    ];
    for (const [what, error, title] of cases) {
      it(what, () => {
        const [first, second] = errorLines(error);
        expect(first).to.equal(`  ${title}`);
        expect(second).to.match(/^ {4}at .*formats\.spec/);
      });
    }

    it('that is the message alone, as its name is empty', () => {
      const error = new Error('only this');
      error.stack = 'only this\n    at a';
      expect(errorLines(error)).to.deep.equal(['  Error: only this', '    at a']);
    });
  });

  it('keeps all lines of a stack without a header', () => {
    const error = new Error('x');
    error.stack = '    at a: x\n    at b';
    expect(errorLines(error)).to.deep.equal(['  Error: x', '    at a: x', '    at b']);
    error.message = '';
    expect(errorLines(error)).to.deep.equal(['  Error', '    at a: x', '    at b']);
  });

  it('keeps what stands before the header, and a header of another message', () => {
    const error = new SyntaxError('Unexpected token');
    error.stack = 'file.js:3\nfoo(]\n    ^\nSyntaxError: Unexpected token\n    at a';
    expect(errorLines(error).slice(1, 3)).to.deep.equal(['    file.js:3', '    foo(]']);
    const emptied = new Error('');
    emptied.stack = 'Error: before\n    at a';
    expect(errorLines(emptied)).to.deep.equal(['  Error', '    Error: before', '    at a']);
    const shortened = new Error('no');
    shortened.stack = 'Error: no answer\n    at a';
    expect(errorLines(shortened)).to.deep.equal(['  Error: no', '    Error: no answer', '    at a']);
  });

  it('shows a stack that does not hold the message', () => {
    const error = new Error('changed later');
    error.stack = 'Error: before\n    at a\n\u001b[2J at b';
    expect(errorLines(error)).to.deep.equal([
      '  Error: changed later',
      '    Error: before',
      '    at a',
      '    \\u001b[2J at b'
    ]);
  });
});

describe('what misleads in a line', () => {
  /** Bidirectional marks and controls, what is not seen, and tag characters. */
  const misleading = [0x1b, 0x7f, 0x9b, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x202e, 0x2060, 0x2064, 0x2069, 0x206f]
    .concat([0xfeff, 0xfff9, 0xfffb, 0xe0000, 0xe0041, 0xe007f])
    .map(code => String.fromCodePoint(code));
  const json = (record: SomeRecord): string => {
    const into = new ByteWriter();
    new JsonEncoder().encode(someRecord(record), into);
    return into.copy(0, into.length).toString();
  };

  const unitText = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

  for (const character of misleading) {
    const code = character.codePointAt(0)?.toString(16);
    it(`is escaped in every format: U+${code}`, () => {
      const text = `a${character}b`;
      const escaped = `a${character.split('').map(unitText).join('')}b`;
      const record: SomeRecord = { message: text, data: { v: text, [text]: 1 }, exception: new Error(text) };
      for (const line of [prettyText(record), logfmtText(record), json(record)]) {
        expect(line).to.contain(escaped).and.not.to.contain(character);
      }
      expect(JSON.parse(json(record))).to.deep.include({ message: text, v: text, [text]: 1 });
    });
  }

  it('is nothing that scripts and emoji are written with', () => {
    const text = 'می\u200cخواهم👩\u200d🚀❤\ufe0fשָׁלוֹם';
    const record: SomeRecord = { message: text };
    for (const line of [prettyText(record), logfmtText(record), json(record)]) expect(line).to.contain(text);
  });
});

describe('logfmt', () => {
  it('writes time, level, logger, message and fields', () => {
    const record = someRecord({ loggerName: 'OrderService', message: 'order {id} paid', data: { id: 17, ok: true } });
    expect(logfmt(record)).to.equal(
      'time=2023-11-14T22:13:20.123Z level=INFORMATION logger=OrderService msg="order 17 paid" id=17 ok=true'
    );
  });

  it('flattens maps with dots, and writes lists as compact JSON', () => {
    const data = { user: { name: 'Ada Lovelace', address: { zip: 1010 }, none: {} }, list: [1, { a: 'b' }] };
    expect(logfmtText({ message: 'm', data })).to.equal(
      'msg=m user.name="Ada Lovelace" user.address.zip=1010 user.none={} list="[1,{\\"a\\":\\"b\\"}]"'
    );
  });

  it('quotes values that are empty or hold spaces, equals signs, quotes or something escaped', () => {
    const data = { a: '', b: 'x y', c: 'x=y', d: '"', e: 'x\ny', f: '\u0085', g: 'x', h: null, i: '\\n' };
    expect(logfmtText({ message: 'm', data })).to.equal(
      'msg=m a="" b="x y" c="x=y" d="\\"" e="x\\ny" f="\\u0085" g=x h=null i=\\n'
    );
  });

  it('replaces in a key what a key cannot hold', () => {
    const data = { 'a b': 1, 'c=d': 2, 'e"f': 3, '': 4, 'g\nh': { 'i j': 5 } };
    expect(logfmtText({ message: 'm', data })).to.equal('msg=m a_b=1 c_d=2 e_f=3 _=4 g_h.i_j=5');
  });

  it('marks fields that are named like its own', () => {
    expect(logfmtText({ message: 'm', data: { msg: 1, msg_: 2, level: 3, message: 4 } })).to.equal(
      'msg=m msg__=1 msg_=2 level_=3 message_=4'
    );
  });

  it('writes an exception as fields', () => {
    expect(logfmtText({ message: 'm', exception: someError('no answer', ['a b']) })).to.equal(
      'msg=m error.type=Error error.message="no answer" error.stack="Error: no answer\\n    at a b"'
    );
  });
});
