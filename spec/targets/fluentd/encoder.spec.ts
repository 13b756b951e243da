import { expect } from 'chai';
import * as fc from 'fast-check';
import { LogLevel } from '../../../lib/core/level.js';
import type { LogRecord } from '../../../lib/core/record.js';
import { type Plain, plainFields } from '../../../lib/core/values.js';
import { FluentdEncoder } from '../../../lib/targets/fluentd/encoder.js';
import { decode, EventTime } from '../../../lib/testing/msgpack-lite.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { WirePacker } from '../../../lib/wire/batch.js';
import { ByteWriter } from '../../../lib/wire/bytes.js';
import { writeArrayHeader, writeEventTime, writePlain } from '../../../lib/wire/msgpack.js';
import { hostile } from '../../support/hostile.js';
import { assertProperty } from '../../support/property.js';
import { readVectors } from '../../support/vectors.js';

function bytesOf(record: LogRecord, encoder = new FluentdEncoder({ tag: 'app' })): Buffer {
  const into = new ByteWriter(4);
  encoder.encode(record, into);
  return into.copy(0, into.length);
}

function recordOf(bytes: Uint8Array, encoder = new FluentdEncoder({ tag: 'app' })): LogRecord {
  if (encoder.decode === undefined) throw new Error('it cannot decode');
  return encoder.decode(bytes, Number.NaN, 'the.topic');
}

describe('FluentdEncoder', () => {
  it('writes an EventTime and the fields of the record', () => {
    const record = someRecord({ message: 'order {id}', data: { id: 7 }, exception: new Error('x') });
    expect(decode(bytesOf(record))).to.deep.equal([new EventTime(1_700_000_000, 123_000_000), plainFields(record)]);
  });

  it('writes these bytes', () => {
    const hex = bytesOf(someRecord({ level: LogLevel.ERROR, loggerName: 'a', message: 'b', data: { n: 1 } })).toString(
      'hex'
    );
    expect(hex).to.equal(
      '92d7006553f1000754d4c084a56c6576656ca54552524f52a66c6f67676572a161a76d657373616765a162a16e01'
    );
  });

  it('writes entries as they are in the vectors of the forward protocol', () => {
    const entry = readVectors<{ name: string; hex: string }>('forward-frames.json').find(({ name }) =>
      name.startsWith('entry 2')
    );
    const [, fields] = decode(Buffer.from(entry?.hex ?? '', 'hex')) as [unknown, Plain];
    const into = new ByteWriter();
    writeArrayHeader(into, 2);
    writeEventTime(into, 1_700_000_001_000);
    writePlain(into, fields);
    expect(into.copy(0, into.length).toString('hex')).to.equal(entry?.hex);
  });

  it('appends behind what is there', () => {
    const encoder = new FluentdEncoder({ tag: 'app' });
    const into = new ByteWriter(4);
    const records = [someRecord({ message: 'one' }), someRecord({ message: 'two', data: { a: 'x'.repeat(100) } })];
    const ends = records.map(record => {
      encoder.encode(record, into);
      return into.length;
    });
    expect(recordOf(into.copy(0, ends[0] ?? 0), encoder).render()).to.equal('one');
    expect(recordOf(into.copy(ends[0] ?? 0, ends[1] ?? 0), encoder).data).to.deep.equal({ a: 'x'.repeat(100) });
  });

  it('keeps records within maxRecordBytes and maxDepth', () => {
    const encoder = new FluentdEncoder({ tag: 'app', maxRecordBytes: 1024, maxDepth: 1 });
    const bytes = bytesOf(someRecord({ data: { a: {}, b: 'x'.repeat(2000) } }), encoder);
    expect(bytes.length).to.be.at.most(1024 + 11);
    expect(recordOf(bytes, encoder).data['a']).to.equal('[Object]');
  });

  it('writes what was thrown within maxDepth', () => {
    const encoder = new FluentdEncoder({ tag: 'app', maxDepth: 1 });
    const [, fields] = decode(bytesOf(someRecord({ exception: new Error('failed') }), encoder)) as [unknown, Plain];
    expect(fields).to.have.property('error', '[Object]');
  });

  it('writes no ext type but the EventTime, whatever is logged', () => {
    assertProperty(
      fc.property(fc.dictionary(fc.string(), hostile()), makers => {
        const data = Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
        const [time, fields] = decode(bytesOf(someRecord({ data }))) as [unknown, unknown];
        expect(time).to.be.instanceOf(EventTime);
        expect(() =>
          JSON.stringify(fields, (_, value) => (typeof value === 'bigint' ? '' : plainOnly(value)))
        ).not.to.throw();
      }),
      { numRuns: 1000 }
    );
  });

  describe('decode', () => {
    const encoder = new FluentdEncoder({ tag: 'app' });

    it('gives a record that reads like the first', () => {
      const exception = new TypeError('boom');
      const first = someRecord({
        level: LogLevel.ERROR,
        message: 'order {id}',
        data: { id: 2n ** 60n, a: [null] },
        exception
      });
      const record = recordOf(bytesOf(first), encoder);
      expect(record.timestamp).to.equal(first.timestamp);
      expect(record.level).to.equal(LogLevel.ERROR);
      expect(record.loggerName).to.equal('Shop');
      expect(record.message).to.equal('order {id}');
      expect(record.render()).to.equal(first.render());
      expect(record.data).to.deep.equal({ id: 2n ** 60n, a: [null] });
      expect(record.exception).to.deep.include({ name: 'TypeError', message: 'boom', stack: exception.stack });
    });

    it('gives a record that is written as the first was', () => {
      assertProperty(
        fc.property(fc.dictionary(fc.string(), hostile()), fc.option(hostile()), (makers, thrown) => {
          const data = Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
          const bytes = bytesOf(someRecord({ data, ...(thrown !== null && { exception: thrown() }) }));
          expect(decode(bytesOf(recordOf(bytes, encoder)))).to.deep.equal(decode(bytes));
        }),
        { numRuns: 1000 }
      );
    });

    it('rejects what is no entry, and believes no size', () => {
      const entry = bytesOf(someRecord());
      const hexes = ['', 'c0', '90', '92c0c0', '92a080', 'ddffffffff', 'dfffffffff', 'dbffffffff'];
      for (const hex of hexes) expect(() => recordOf(Buffer.from(hex, 'hex'), encoder), hex).to.throw();
      for (let end = 0; end < entry.length; end++) expect(() => recordOf(entry.subarray(0, end), encoder)).to.throw();
    });

    it('gives a record of any level the one it had, by way of a batch', () => {
      const packer = new WirePacker(encoder);
      const all = Array.from({ length: 50 }, (_, index) => (index + 1) as LogLevel);
      for (const level of all) packer.add(someRecord({ level }));
      const batch = packer.cut(50);
      expect(all.map((_, index) => batch.record(index).level)).to.deep.equal(all);
    });
  });

  describe('topic', () => {
    it('is the constant tag', () => {
      expect(new FluentdEncoder({ tag: 'shop.orders-1.a_b' }).topic(someRecord())).to.equal('shop.orders-1.a_b');
    });

    for (const tag of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a/b', 'ä', 'a\n']) {
      it(`may not be ${JSON.stringify(tag)}`, () => {
        expect(() => new FluentdEncoder({ tag })).to.throw(
          RangeError,
          /FluentdEncoder: tag must be words of .*, got '/
        );
      });
    }

    it('must be given', () => {
      expect(() => new FluentdEncoder({} as never)).to.throw(TypeError, 'FluentdEncoder: tag must be words of');
      expect(() => new FluentdEncoder({ tag: 7 as never })).to.throw(TypeError, 'got 7');
    });

    it('comes from a function of the record', () => {
      const encoder = new FluentdEncoder({ tag: record => `app.${record.loggerName}` });
      expect(encoder.topic(someRecord({ loggerName: 'Shop' }))).to.equal('app.Shop');
    });

    const wrong: readonly (readonly [gives: unknown, tag: string])[] = [
      ['a b/c', 'a_b_c'],
      ['..a...b.', 'a.b'],
      ['', 'logflume'],
      ['...', 'logflume'],
      ['../etc', 'etc'.padStart(4, '_')],
      [undefined, 'logflume'],
      [7, 'logflume']
    ];
    for (const [gives, tag] of wrong) {
      it(`is made right if the function gives ${JSON.stringify(gives)}, and somebody is told`, () => {
        const told: unknown[] = [];
        const encoder = new FluentdEncoder({ tag: () => gives as string, onWrongTag: error => told.push(error) });
        expect(encoder.topic(someRecord())).to.equal(tag);
        expect(told).to.have.length(1);
        expect(told[0]).to.be.instanceOf(RangeError);
      });
    }

    it('is logflume if the function throws, and somebody is told why', () => {
      const told: unknown[] = [];
      const error = new Error('boom');
      const encoder = new FluentdEncoder({
        tag: () => {
          throw error;
        },
        onWrongTag: reason => told.push(reason)
      });
      expect(encoder.topic(someRecord())).to.equal('logflume');
      expect(told).to.deep.equal([error]);
    });
  });
});

function plainOnly(value: unknown): unknown {
  if (value instanceof EventTime || Buffer.isBuffer(value)) throw new Error('not plain');
  return value;
}
