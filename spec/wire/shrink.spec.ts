import { expect } from 'chai';
import * as fc from 'fast-check';
import { type Plain, plain } from '../../lib/core/values.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { ByteWriter } from '../../lib/wire/bytes.js';
import { JsonEncoder } from '../../lib/wire/json.js';
import { RecordWriter } from '../../lib/wire/msgpack-values.js';
import { shrink } from '../../lib/wire/shrink.js';
import { hostile } from '../support/hostile.js';
import { assertProperty } from '../support/property.js';

const jsonSize = (text: string): number => Buffer.byteLength(JSON.stringify(text));
const shrunk = (fields: Record<string, Plain>, maxBytes: number): Record<string, Plain> =>
  shrink(fields, maxBytes, jsonSize);
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
      { time: long, level: long, logger: long, message: long, [long]: 1, data: new Array(1000).fill(0) as Plain[] },
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

/** Texts of up to some thousand bytes, of which many take more bytes than characters. */
function anyText(): fc.Arbitrary<string> {
  const character = fc.constantFrom('a', 'é', '日', '😀', '\u0001', '\u2028', '\u0085', '"', '\ud800');
  return fc.tuple(character, fc.nat({ max: 2000 })).map(([text, count]) => text.repeat(count));
}
