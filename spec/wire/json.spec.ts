import { expect } from 'chai';
import * as fc from 'fast-check';
import { LogLevel, levelName } from '../../lib/core/level.js';
import type { LogRecord } from '../../lib/core/record.js';
import { wellFormed } from '../../lib/core/text.js';
import { plainFields } from '../../lib/core/values.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { ByteWriter } from '../../lib/wire/bytes.js';
import { JsonEncoder } from '../../lib/wire/json.js';
import { hostile } from '../support/hostile.js';
import { assertProperty } from '../support/property.js';
import { valueCases } from '../support/value-cases.js';

const often = { numRuns: 1000 };

function bytesOf(record: LogRecord, encoder = new JsonEncoder()): Buffer {
  const into = new ByteWriter(4);
  into.text('ab');
  encoder.encode(record, into);
  expect(into.bytes.toString('latin1', 0, 2)).to.equal('ab');
  return into.copy(2, into.length);
}

const lineOf = (record: LogRecord, encoder?: JsonEncoder): string => bytesOf(record, encoder).toString();

describe('JsonEncoder', () => {
  it('writes one line with the time first', () => {
    expect(lineOf(someRecord({ message: 'order {id}', data: { id: 7, level: 'x' } }))).to.equal(
      '{"time":"2023-11-14T22:13:20.123Z","level":"INFORMATION","logger":"Shop","message":"order 7",' +
        '"template":"order {id}","id":7,"level_":"x"}\n'
    );
  });

  it('writes the time as a Date does', () => {
    const times = [0, 1, 999, 1000, -1, -1000, 1_700_000_000_999, 1_700_000_001_000.9, -0.5, 8.64e15, -8.64e15];
    for (const timestamp of times) {
      expect(JSON.parse(lineOf(someRecord({ timestamp }))).time).to.equal(new Date(timestamp).toISOString());
    }
    expect(JSON.parse(lineOf(someRecord({ timestamp: Number.NaN }))).time).to.equal('1970-01-01T00:00:00.000Z');
  });

  for (const { name, make, form } of valueCases) {
    it(`writes ${name}`, () => {
      const { time, level, logger, message, ...data } = JSON.parse(lineOf(someRecord({ data: { v: make() } })));
      expect([time, level, logger, message]).to.deep.equal([
        '2023-11-14T22:13:20.123Z',
        'INFORMATION',
        'Shop',
        'something happened'
      ]);
      expect(data).to.deep.equal(form === undefined ? {} : { v: form });
    });
  }

  it('escapes what ends a line or drives a terminal', () => {
    const text = 'a\u0000\n\u001b\u007f\u0085\u009b\u2028\u2029b';
    const line = lineOf(someRecord({ data: { [text]: text }, message: text }));
    expect(line).to.include('"a\\u0000\\n\\u001b\\u007f\\u0085\\u009b\\u2028\\u2029b"');
    expect(JSON.parse(line)).to.deep.include({ [text]: text, message: text });
  });

  it('writes lines that parse to what plainFields gives, whatever is logged, and the next one after it', () => {
    const encoder = new JsonEncoder();
    const next = someRecord({ data: { after: 'it' } });
    assertProperty(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), hostile()), fc.option(hostile()), (makers, thrown) => {
        const data = Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
        const record = someRecord({ data, ...(thrown !== null && { exception: thrown() }) });
        const line = lineOf(record, encoder);
        expect(line).to.match(/^[^\p{Cc}\p{Bidi_Control}\u2028\u2029]*\n$/u);
        expect(line.replace(/\\udb40\\udc[0-7]./g, '')).not.to.match(/\\u[dD][89a-fA-F]/);
        const { time: _, ...fields } = JSON.parse(line);
        expect(fields).to.deep.equal(plainFields(record));
        expect(lineOf(next, encoder)).to.equal(lineOf(next));
      }),
      often
    );
  });

  it('fills in templates as rendering does', () => {
    const encoder = new JsonEncoder();
    const texts = ['', 'x', 'Zürich', '"quoted"\n', '\u2028', '{a}', '{b', '\ud83d', '\ude00', 'long'.repeat(300)];
    const values = [...texts, 0, -0, 7, -1.5, 1e21, Number.NaN, true, null, undefined, {}, 5n, new Date(0), [1]];
    const templates = [
      '{a}',
      '{a}{b}',
      'a {a}, "b" \n {b} é',
      '%s {a}',
      '{a.b} {c}',
      '{a',
      'none',
      `${'l'.repeat(300)}{a}`
    ];
    for (const message of templates) {
      for (const a of values) {
        for (const b of ['b', '\ude00', 2]) {
          const record = someRecord({ message, data: { a, b } });
          const { template, ...line } = JSON.parse(lineOf(record, encoder));
          const text = record.render();
          expect(line.message).to.equal(wellFormed(text));
          expect(template).to.equal(text === message ? undefined : message);
        }
      }
    }
  });

  it('tells in the message, too, that a getter has thrown', () => {
    const data = {
      get a() {
        throw new Error('no');
      }
    };
    expect(JSON.parse(lineOf(someRecord({ message: 'is {a}', data }))).message).to.equal('is [Threw: no]');
  });

  it('writes the names of each record, whatever the ones before it had', () => {
    const encoder = new JsonEncoder();
    const names = Array.from({ length: 40 }, (_, index) => [`name${index}`, index]);
    const datas = [
      { a: 1, b: { c: 2, d: { e: 3 } }, f: 4 },
      { a: 1, b: { d: { e: 3, g: 5 }, c: 2 }, f: 4 },
      { f: 4, a: 1, b: 6, level: 7 },
      { level: 7, level_: 8, b: { level: 9, template: { error: 10 } } },
      { b: { level: 9, template: { error: 10 } }, 'level"\u2028': 11, ['long'.repeat(50)]: 12 },
      { 'level"\u2028': 11, ['long'.repeat(50)]: 12, a: undefined, b: { c: undefined } },
      Object.fromEntries(names),
      Object.fromEntries(names.toReversed()),
      {}
    ];
    for (const data of [...datas, ...datas, ...datas.toReversed()]) {
      const record = someRecord({ data });
      expect(JSON.parse(lineOf(record, encoder))).to.deep.equal(JSON.parse(JSON.stringify(record)));
    }
  });

  it('writes records as they are, however many before them needed other names', () => {
    const encoder = new JsonEncoder();
    for (let index = 0; index < 200; index++) {
      const record = someRecord({ data: index % 70 < 60 ? { 'a\ud800': index } : { a: index } });
      expect(JSON.parse(lineOf(record, encoder))).to.deep.equal(JSON.parse(JSON.stringify(record)));
    }
  });

  it('writes the time of each record, whatever logger it is from', () => {
    const encoder = new JsonEncoder();
    for (const timestamp of [
      1_700_000_000_999, 1_700_000_001_000, 1_700_000_000_001, -62_167_219_200_001, -1, 8.64e15
    ]) {
      for (const loggerName of ['a', 'b', 'é'.repeat(5000)]) {
        for (const level of [LogLevel.INFORMATION, LogLevel.ERROR]) {
          const { time, ...fields } = JSON.parse(lineOf(someRecord({ timestamp, loggerName, level }), encoder));
          expect(time).to.equal(new Date(timestamp).toISOString());
          expect(fields).to.deep.include({ logger: loggerName, level: levelName(level) });
        }
      }
    }
  });

  it('keeps a line within maxRecordBytes, the end of the line included', () => {
    const encoder = new JsonEncoder({ maxRecordBytes: 2000 });
    for (const character of ['a', 'é', '\u0001', '\u2028', '"', '😀']) {
      const line = bytesOf(someRecord({ data: { a: character.repeat(5000), b: 1 } }), encoder);
      expect(line.length).to.be.within(1700, 2000);
      expect(JSON.parse(line.toString())).to.deep.include({ b: 1 });
      expect(JSON.parse(line.toString()).a).to.match(/… \[\d+ bytes cut\]$/);
    }
  });

  it('does not write what is far too long before it cuts it', () => {
    const into = new ByteWriter();
    const text = 'x'.repeat(200_000_000);
    new JsonEncoder().encode(someRecord({ data: { a: text, b: [text, text] } }), into);
    expect(into.length).to.be.within(1_000_000, 1024 * 1024);
    expect(into.bytes.length).to.be.lessThan(8 * 1024 * 1024);
  });

  it('writes a record whose message no string could hold', () => {
    const half = 'x'.repeat(300_000_000);
    const { message } = JSON.parse(lineOf(someRecord({ message: '%s %s', args: [half, half] })));
    const [, kept = '', cut = ''] = /^([x ]+)… \[(\d+) bytes cut\]$/.exec(message) ?? [];
    expect(kept.length + Number(cut)).to.equal(600_000_001);
  });

  it('goes no deeper than maxDepth', () => {
    const line = lineOf(someRecord({ data: { a: { b: {} } } }), new JsonEncoder({ maxDepth: 2 }));
    expect(JSON.parse(line)).to.deep.include({ a: { b: '[Object]' } });
  });

  it('rejects options that are out of range', () => {
    expect(() => new JsonEncoder({ maxRecordBytes: 1023 })).to.throw(RangeError, 'maxRecordBytes must be an integer');
    expect(() => new JsonEncoder({ maxDepth: 0 })).to.throw(RangeError, 'maxDepth must be an integer from 1 to 60');
  });

  describe('decode', () => {
    const encoder = new JsonEncoder();
    const decoded = (record: LogRecord): LogRecord => encoder.decode(bytesOf(record));

    it('gives a record that reads like the first', () => {
      const record = decoded(someRecord({ level: LogLevel.WARNING, message: 'order {id}', data: { id: 7, a: [{}] } }));
      expect(record.timestamp).to.equal(1_700_000_000_123);
      expect(record.level).to.equal(LogLevel.WARNING);
      expect(record.loggerName).to.equal('Shop');
      expect(record.message).to.equal('order {id}');
      expect(record.render()).to.equal('order 7');
      expect(record.data).to.deep.equal({ id: 7, a: [{}] });
      expect(record.exception).to.equal(undefined);
    });

    it('gives the level that it is told, or the one of the name', () => {
      const all = Array.from({ length: 50 }, (_, index) => (index + 1) as LogLevel);
      for (const level of all) {
        const line = bytesOf(someRecord({ level }));
        expect(encoder.decode(line, level).level).to.equal(level);
        expect(levelName(encoder.decode(line).level)).to.equal(levelName(level));
        expect(encoder.decode(line, 0).level).to.equal(encoder.decode(line).level);
      }
    });

    it('takes a level that is none for INFORMATION', () => {
      for (const level of ['"NONE"', '"20"', '"toString"', '20', 'null', '{}']) {
        const line = `{"time":"2023-11-14T22:13:20.123Z","level":${level},"logger":"a","message":"b"}`;
        expect(encoder.decode(Buffer.from(line)).level).to.equal(LogLevel.INFORMATION);
      }
    });

    it('gives an error of the same type', () => {
      class HttpError extends Error {
        status = 503;
      }
      const exception = new HttpError('down', { cause: new Error('why') });
      const error = decoded(someRecord({ exception })).exception as HttpError;
      expect(error).to.be.instanceOf(Error);
      expect(error.name).to.equal('HttpError');
      expect(error.message).to.equal('down');
      expect(error.stack).to.equal(exception.stack);
      expect(error.status).to.equal(503);
      expect(error.cause).to.deep.include({ type: 'Error', message: 'why' });
    });

    it('gives a record that is written as the first was', () => {
      assertProperty(
        fc.property(fc.dictionary(fc.string(), hostile()), fc.option(hostile()), (makers, thrown) => {
          const data = Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
          const line = bytesOf(someRecord({ data, ...(thrown !== null && { exception: thrown() }) }));
          expect(lineOf(encoder.decode(line))).to.equal(line.toString());
        }),
        often
      );
    });

    it('rejects what is no record', () => {
      const texts = [
        '',
        '{',
        'null',
        '[]',
        '{}',
        '{"time":"2023-11-14T22:13:20.123Z"}',
        '{"time":"never","level":"ERROR","logger":"a","message":"b"}',
        '{"time":"2023-11-14T22:13:20.123Z","level":"ERROR","logger":1,"message":"b"}',
        '{"time":"2023-11-14T22:13:20.123Z","level":"ERROR","logger":"a","message":{}}'
      ];
      for (const text of texts) expect(() => encoder.decode(Buffer.from(text)), text).to.throw();
    });
  });
});
