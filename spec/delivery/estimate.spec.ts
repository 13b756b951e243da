import { expect } from 'chai';
import { ExceptionLogRecord } from '../../lib/core/record.js';
import { estimateBytes } from '../../lib/delivery/estimate.js';
import { someRecord } from '../../lib/testing/some-record.js';

const estimate = (data: Readonly<Record<string, unknown>>) => estimateBytes(someRecord({ message: '', data }));
const nothing = estimate({});

describe('The estimate of the memory that a record takes', () => {
  it('counts two bytes for each character of a text, and all bytes of a buffer', () => {
    expect(estimate({ text: 'x'.repeat(1000) }) - nothing).to.be.within(2000, 2100);
    expect(estimate({ bytes: Buffer.alloc(5000) }) - nothing).to.be.within(5000, 5200);
    expect(estimateBytes(someRecord({ message: '', args: ['x'.repeat(1000)] })) - nothing).to.be.within(2000, 2100);
  });

  for (const [what, value] of [
    ['maps in maps', { a: { b: { c: 'x'.repeat(10_000) } } }],
    ['lists', Array.from({ length: 100 }, () => 'x'.repeat(100))],
    ['lists in maps', { list: Array.from({ length: 100 }, (_, n) => ({ n, text: 'x'.repeat(100) })) }],
    ['maps with many keys', Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`key ${n}`, 'x'.repeat(100)]))],
    ['Maps', new Map(Array.from({ length: 100 }, (_, n) => [n, 'x'.repeat(100)]))],
    ['Sets', new Set(Array.from({ length: 100 }, (_, n) => 'x'.repeat(100) + n))],
    ['the causes of errors', new Error('outer', { cause: new Error('x'.repeat(10_000)) })],
    ['the errors of an AggregateError', new AggregateError([new Error('x'.repeat(10_000))])]
  ] as const) {
    it(`counts what is inside ${what}`, () => {
      expect(estimate({ value }) - nothing).to.be.within(20_000, 45_000);
    });
  }

  it('counts an error with its stack, also as the exception of the record', () => {
    const error = new Error('x'.repeat(1000));
    expect(estimate({ error }) - nothing).to.be.within(3000, 4000);
    const { timestamp, sequence, loggerName, level } = someRecord();
    const record = new ExceptionLogRecord(timestamp, sequence, loggerName, level, '', undefined, undefined, error);
    expect(estimateBytes(record) - nothing).to.be.within(3000, 4000);
  });

  it('counts once what is there several times, and comes to an end in circles', () => {
    const text = { text: 'x'.repeat(10_000) };
    const circle: Record<string, unknown> = { text };
    circle['self'] = circle;
    expect(estimate({ a: text, b: text, circle }) - nothing).to.be.within(20_000, 22_000);
  });

  it('looks at a few items of a list, spread over it, however long it is', () => {
    let looks = 0;
    const items = new Proxy(new Array<unknown>(1_000_000).fill(0), {
      get: (list, key, receiver) => {
        looks++;
        return Reflect.get(list, key, receiver) as unknown;
      }
    });
    expect(estimate({ items }) - nothing).to.be.within(8_000_000, 32_000_000);
    expect(looks).to.be.lessThan(50);
    const last = Array.from({ length: 80 }, (_, index) => (index < 40 ? '' : 'x'.repeat(100)));
    expect(estimate({ last }) - nothing).to.be.within(8000, 16_000);
  });

  it('survives values that cannot be read', () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const throwing = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('not now');
      }
    });
    for (const value of [revoked.proxy, throwing, { throwing }]) expect(estimate({ value })).to.be.at.least(nothing);
    expect(estimateBytes(someRecord({ message: revoked.proxy }))).to.be.at.least(nothing);
  });
});
