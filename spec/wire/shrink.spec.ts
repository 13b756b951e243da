import { expect } from 'chai';
import * as fc from 'fast-check';
import { type Plain, plain } from '../../lib/core/values.js';
import { decode } from '../../lib/testing/msgpack-lite.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { ByteWriter } from '../../lib/wire/bytes.js';
import { JsonEncoder } from '../../lib/wire/json.js';
import { RecordWriter } from '../../lib/wire/msgpack-values.js';
import { shrink } from '../../lib/wire/shrink.js';
import { jsonSizes } from '../../lib/wire/sizes.js';
import { hostile } from '../support/hostile.js';
import { assertProperty } from '../support/property.js';

const shrunk = (fields: Record<string, Plain>, maxBytes: number): Record<string, Plain> =>
  shrink(fields, maxBytes, jsonSizes);
const size = (fields: Record<string, Plain>): number => Buffer.byteLength(JSON.stringify(fields));

describe('shrink', () => {
  it('returns fields that fit as they are', () => {
    const fields = { message: 'x'.repeat(900), list: [1, 2] };
    expect(shrunk(fields, 1024)).to.equal(fields);
  });

  it('cuts the longest string and no other', () => {
    const fields = { message: 'm', a: 'a'.repeat(5000), b: 'b'.repeat(300), list: ['c'.repeat(200)] };
    const { a, ...rest } = shrunk(fields, 2000);
    expect(rest).to.deep.equal({ message: 'm', b: 'b'.repeat(300), list: ['c'.repeat(200)] });
    const [, kept = '', cut = ''] = /^(a+)… \[(\d+) bytes cut\]$/.exec(String(a)) ?? [];
    expect(kept.length + Number(cut)).to.equal(5000);
    expect(size(shrunk(fields, 2000))).to.be.within(1900, 2000);
  });

  it('cuts strings of the same length to the same length', () => {
    const { a, b, c } = shrunk({ a: 'x'.repeat(3000), b: { c: 'y'.repeat(4000) }, c: 'z'.repeat(400) }, 2000);
    const nested = (b as { c: string }).c;
    expect(String(a).replace(/… .*/, '').length).to.equal(nested.replace(/… .*/, '').length);
    expect(c).to.equal('z'.repeat(400));
  });

  it('cuts between characters, never inside one', () => {
    for (let before = 0; before < 8; before++) {
      const fields = shrunk({ a: 'x'.repeat(before) + '😀'.repeat(1000) }, 1024);
      expect(fields['a']).to.match(/^x*(😀)+… \[\d+ bytes cut\]$/u);
    }
  });

  it('adds up what was cut before', () => {
    const once = String(plain('x'.repeat(10_000), { maxString: 5000 }));
    const twice = String(shrunk({ a: once }, 1024)['a']);
    const [, kept = '', cut = ''] = /^(x+)… \[(\d+) bytes cut\]$/.exec(twice) ?? [];
    expect(kept.length + Number(cut)).to.equal(10_000);
  });

  it('drops the largest fields when cutting strings is not enough, and lists them', () => {
    const numbers = (count: number): Plain[] => Array.from({ length: count }, (_, index) => index);
    const fields = { message: 'm', small: 1, huge: numbers(5000), large: numbers(3000), list: numbers(3) };
    expect(shrunk(fields, 1024)).to.deep.equal({
      message: 'm',
      small: 1,
      list: [0, 1, 2],
      truncated: ['huge', 'large']
    });
  });

  it('never drops time, level, logger and message', () => {
    const long = 'x'.repeat(3000);
    const fields = shrunk(
      { time: long, level: long, logger: long, message: long, [long]: 1, data: new Array(2000).fill(0) as Plain[] },
      1024
    );
    expect(fields).to.have.all.keys('time', 'level', 'logger', 'message', 'truncated');
    expect(fields['truncated']).to.deep.equal(['data', `${'x'.repeat(64)}… [2936 bytes cut]`]);
    expect(size(fields)).to.be.at.most(1024);
  });

  it('says how many names there is no room for', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field number ${index}`, index]));
    const names = shrunk({ message: 'm', ...many }, 1024)['truncated'] as string[];
    expect(names.at(-1)).to.match(/^… \[\d+ more\]$/);
  });

  it('drops no field when cutting strings is enough, on every wire', () => {
    const nums: Plain[] = new Array(45_000).fill(1);
    for (const fields of everyForm({ nums, s: 'x'.repeat(1_100_000) })) {
      expect(fields['nums']).to.deep.equal(nums);
      expect(fields['s']).to.match(/^x+… \[\d+ bytes cut\]$/);
      expect(fields).not.to.have.property('truncated');
    }
  });

  it('drops no more fields than it must, and not those that can be cut, on every wire', () => {
    const words = (count: number): Plain[] => new Array(count).fill('w'.repeat(20));
    const data = { s: 'x'.repeat(5_000_000), a: words(40_000), b: words(20_000), c: words(18_000) };
    for (const fields of everyForm(data)) {
      expect(fields['truncated']).to.deep.equal(['a']);
      expect(fields['s']).to.match(/^x+… \[\d+ bytes cut\]$/);
      expect([fields['b'], fields['c']]).to.deep.equal([data.b, data.c]);
    }
  });

  it('leaves an array of more than 100 000 small numbers to its [Truncated], on every wire', () => {
    for (const fields of everyForm({ a: new Array(150_000).fill(1) })) {
      expect((fields['a'] as Plain[]).at(-1)).to.equal('[Truncated]');
      expect(fields).not.to.have.property('truncated');
    }
  });

  it("leaves the user's own field named truncated alone", () => {
    const fields = { message: 'm', truncated: true, huge: new Array(1000).fill(0) as Plain[] };
    expect(shrunk(fields, 1024)).to.deep.equal({ message: 'm', truncated: true, truncated_: ['huge'] });
  });

  it('keeps the key __proto__', () => {
    const fields = JSON.parse(`{"message":"m","__proto__":"${'x'.repeat(3000)}"}`);
    expect(JSON.stringify(shrunk(fields, 1024))).to.match(/"__proto__":"x+… \[\d+ bytes cut\]"/);
  });

  it('makes every record fit, on every wire', () => {
    const limit = fc.integer({ min: 1024, max: 4096 });
    const makers = fc.dictionary(
      anyText(),
      fc.oneof(
        anyText().map(text => () => text),
        hostile()
      ),
      { maxKeys: 100 }
    );
    assertProperty(
      fc.property(makers, anyText(), anyText(), limit, (makers, message, loggerName, maxRecordBytes) => {
        const data = Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
        const record = someRecord({ data, message, loggerName });
        const into = new ByteWriter();
        new RecordWriter({ maxRecordBytes }).write(record, into);
        expect(into.length).to.be.at.most(maxRecordBytes);
        into.truncate(0);
        new JsonEncoder({ maxRecordBytes }).encode(record, into);
        expect(into.length).to.be.at.most(maxRecordBytes);
      }),
      { numRuns: 1000 }
    );
  });
});

/** What can be read of a record with these fields, in JSON and in MessagePack. */
function everyForm(data: Record<string, Plain>): Record<string, Plain>[] {
  const record = someRecord({ data });
  const into = new ByteWriter();
  new JsonEncoder().encode(record, into);
  expect(into.length).to.be.at.most(1024 * 1024);
  const json = JSON.parse(into.copy(0, into.length).toString()) as Record<string, Plain>;
  into.truncate(0);
  new RecordWriter().write(record, into);
  expect(into.length).to.be.at.most(1024 * 1024);
  return [json, decode(into.copy(0, into.length)) as Record<string, Plain>];
}

/** Texts of up to some thousand bytes, of which many take more bytes than characters. */
function anyText(): fc.Arbitrary<string> {
  const character = fc.constantFrom('a', 'é', '日', '😀', '\u0001', '\u2028', '\u0085', '"', '\ud800');
  return fc.tuple(character, fc.nat({ max: 2000 })).map(([text, count]) => text.repeat(count));
}
