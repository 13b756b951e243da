import { expect } from 'chai';
import * as fc from 'fast-check';
import { LogLevel } from '../../lib/core/level.js';
import { ExceptionLogRecord, LogRecord } from '../../lib/core/record.js';
import { plainFields } from '../../lib/core/values.js';
import { decode } from '../../lib/testing/msgpack-lite.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { ByteWriter } from '../../lib/wire/bytes.js';
import { RecordWriter } from '../../lib/wire/msgpack-values.js';
import { assertProperty } from '../support/property.js';

/** `message` and `template` of a record as it is written; one record is written before it, so that its template is known. */
function written(message: string, data: Record<string, unknown>, writer = new RecordWriter()): unknown[] {
  return [1, 2].map(() => {
    const into = new ByteWriter(1);
    writer.write(someRecord({ message, data }), into);
    const { message: text, template } = decode(into.copy(0, into.length)) as Record<string, unknown>;
    return template === undefined ? [text] : [text, template];
  })[1] as unknown[];
}

describe('Templates', () => {
  for (const [message, data, text] of [
    ['order {id} paid', { id: 17 }, 'order 17 paid'],
    ['{a}{b}', { a: 'x', b: 'y' }, 'xy'],
    ['{a}', { a: '' }, ''],
    ['{n}', { n: 2147483647 }, '2147483647'],
    ['{n}', { n: 2147483648 }, '2147483648'],
    ['{n}', { n: 1_000_000_000 }, '1000000000'],
    ['{n}', { n: 999_999_999 }, '999999999'],
    ['{n}', { n: 0 }, '0'],
    ['{n}', { n: -0 }, '0'],
    ['{n}', { n: -17 }, '-17'],
    ['{n}', { n: 1.5e-300 }, '1.5e-300'],
    ['{n}', { n: Number.NaN }, 'NaN'],
    ['{b} {b}', { b: true }, 'true true'],
    ['in {city}', { city: 'Zürich' }, 'in Zürich'],
    ['in {city}', { city: '東京'.repeat(30) }, `in ${'東京'.repeat(30)}`],
    ['{long}', { long: 'x'.repeat(5000) }, 'x'.repeat(5000)],
    ['{long}{long}', { long: 'x'.repeat(900) }, 'x'.repeat(1800)],
    ['{u} {n}', { u: undefined, n: null }, 'undefined null'],
    ['{user.name}', { user: { name: 'Ada' } }, 'Ada'],
    ['{user.name}', { 'user.name': 'Eve' }, 'Eve'],
    ['{list}', { list: [1, 'a'] }, '[1,"a"]'],
    ['100 % {a} %s %%', { a: 1 }, '100 % 1 %s %%'],
    ['half {a}{b}', { a: '\ud83d', b: '\ude00' }, 'half 😀'],
    ['half {a}\ude00', { a: '\ud83d' }, 'half 😀'],
    ['half \ud83d{a}\ude00', { a: '' }, 'half 😀']
  ] as const) {
    it(`fills '${message}' with ${JSON.stringify(data).slice(0, 40)}`, () => {
      const wellFormed = Buffer.from(message).toString();
      expect(written(message, data)).to.deep.equal([text, wellFormed]);
    });
  }

  for (const [message, data] of [
    ['order {id} paid', {}],
    ['order {id} paid', { id: '{id}' }],
    ['{"json": 1}', { json: 2 }],
    ['{ spaces }', { spaces: 1 }]
  ] as const) {
    it(`leaves '${message}' as it is with ${JSON.stringify(data)}`, () => {
      expect(written(message, data)).to.deep.equal([message]);
    });
  }

  it('write what a getter returns, and what stands in the place of one that throws', () => {
    const data = {
      get good() {
        return 'read';
      },
      get bad() {
        throw new Error('boom');
      }
    };
    expect(written('{good} {bad}', data)).to.deep.equal(['read [Threw: boom]', '{good} {bad}']);
  });

  it('make room for headers of all sizes, whichever was there before', () => {
    const writer = new RecordWriter();
    for (const size of [1, 30, 31, 32, 300, 255, 256, 31, 900, 0]) {
      expect(written('{a}', { a: 'x'.repeat(size) }, writer)).to.deep.equal(['x'.repeat(size), '{a}']);
    }
  });

  it('say what render says, whatever is filled in', () => {
    const piece = fc.oneof(
      fc.constantFrom('{a}', '{b}', '{c}', '%s', '%', '{', '}', ' '),
      fc.string({ unit: 'binary' })
    );
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.integer(), fc.boolean(), fc.constant('{a}'));
    const writer = new RecordWriter();
    assertProperty(
      fc.property(fc.array(piece), fc.dictionary(fc.constantFrom('a', 'b', 'c'), value), (pieces, data) => {
        const message = pieces.join('');
        const record = someRecord({ message, data });
        for (let times = 0; times < 2; times++) {
          const into = new ByteWriter(1);
          writer.write(record, into);
          expect(decode(into.copy(0, into.length))).to.deep.equal(plainFields(someRecord({ message, data })));
        }
      }),
      { numRuns: 2000 }
    );
  });

  class Loud extends LogRecord {
    override render(): string {
      return super.render().toUpperCase();
    }
  }

  it('take a known message for its text only if the record says so', () => {
    const writer = new RecordWriter();
    for (let times = 0; times < 100; times++) written('opened', {}, writer);
    const into = new ByteWriter(1);
    writer.write(new Loud(1, 1, 'Shop', 20, 'opened', undefined, {}), into);
    expect(decode(into.copy(0, into.length))).to.include({ message: 'OPENED', template: 'opened' });
  });

  it('do not fill what has its text already, or makes it in a way of its own', () => {
    const restored = LogRecord.restore({
      timestamp: 1,
      loggerName: 'Shop',
      level: 20,
      message: 'order {id} paid',
      text: 'order 17 was paid',
      data: { id: 18 }
    });
    for (const [record, text] of [
      [restored, 'order 17 was paid'],
      [new Loud(1, 1, 'Shop', 20, 'order {id} paid', undefined, { id: 18 }), 'ORDER 18 PAID'],
      [new ExceptionLogRecord(1, 1, 'Shop', 40, 'order {id} failed', [], { id: 18 }, 'why'), 'order 18 failed']
    ] as const) {
      const into = new ByteWriter(1);
      new RecordWriter().write(record, into);
      expect(decode(into.copy(0, into.length))).to.include({ message: text, template: String(record.message) });
    }
  });

  it('write a message without fields as it is, however often it comes, and whoever logs it', () => {
    const writer = new RecordWriter();
    const levels = [LogLevel.INFORMATION, LogLevel.ERROR, LogLevel.ERROR];
    const makers = levels.flatMap(level =>
      ['Shop', 'Stock', 'Stock'].flatMap(loggerName =>
        ['opened', 'in Zürich', '', 'half \ud83d', '{ }', 'order {id} paid'].map(
          message => () => someRecord({ message, loggerName, level, data: { id: 1 } })
        )
      )
    );
    for (let times = 0; times < 100; times++) {
      for (const make of makers) {
        const record = make();
        if (times % 2 === 1) record.render();
        const into = new ByteWriter(1);
        writer.write(record, into);
        expect(decode(into.copy(0, into.length))).to.deep.equal(plainFields(make()));
      }
    }
  });

  it('are found again among thousands of messages that are none', () => {
    const writer = new RecordWriter();
    for (let index = 0; index < 5000; index++) written(`message ${index} of {many}`, {}, writer);
    expect(written('order {id} paid', { id: 1 }, writer)).to.deep.equal(['order 1 paid', 'order {id} paid']);
  });
});
