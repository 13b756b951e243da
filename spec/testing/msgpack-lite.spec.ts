import { encode as encodeElsewhere } from '@msgpack/msgpack';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { decode, EventTime, encode } from '../../lib/testing/msgpack-lite.js';
import { assertProperty } from '../support/property.js';

const fromHex = (hex: string, raw = false) => decode(Buffer.from(hex, 'hex'), { raw });

describe('decode', () => {
  it('agrees with what @msgpack/msgpack encodes', () => {
    const json = fc.jsonValue();
    assertProperty(
      fc.property(json, value => {
        expect(decode(encodeElsewhere(value))).to.deep.equal(normal(value));
      })
    );
  });

  it('gives numbers for integers up to 2^53 and bigints beyond', () => {
    expect(fromHex('cf001fffffffffffff')).to.equal(Number.MAX_SAFE_INTEGER);
    expect(fromHex('cf0020000000000000')).to.equal(2n ** 53n);
    expect(fromHex('cfffffffffffffffff')).to.equal(2n ** 64n - 1n);
    expect(fromHex('d38000000000000000')).to.equal(-(2n ** 63n));
    expect(fromHex('d3ffffffffffffffff')).to.equal(-1);
  });

  it('knows EventTime and no other ext type', () => {
    expect(fromHex('d7006553f100075bcd15')).to.deep.equal(new EventTime(1_700_000_000, 123_456_789));
    expect(fromHex('c708006553f100075bcd15')).to.deep.equal(new EventTime(1_700_000_000, 123_456_789));
    expect(() => fromHex('d6ff6553f100')).to.throw('unknown ext type -1');
    expect(() => fromHex('d40500')).to.throw('unknown ext type 5');
    expect(() => fromHex('d6006553f100')).to.throw('8 bytes, got 4');
  });

  it('gives str as bytes in raw mode, keys of maps as strings all the same', () => {
    expect(fromHex('81a161a2ff00', true)).to.deep.equal({ a: Buffer.from('ff00', 'hex') });
    expect(fromHex('c402ff00')).to.deep.equal(Buffer.from('ff00', 'hex'));
  });

  it('makes properties of all keys, also of __proto__', () => {
    const value = fromHex('81a95f5f70726f746f5f5f81a16101') as object;
    expect(Object.keys(value)).to.deep.equal(['__proto__']);
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
  });

  it('makes names of keys that are no strings', () => {
    const keys = (hex: string) => Object.keys(fromHex(hex) as object);
    expect(keys('82cfffffffffffffffff0105c0')).to.deep.equal(['5', '18446744073709551615']);
    expect(keys('819101c0')).to.deep.equal(['[object Array]']);
    expect(keys('8181a8746f537472696e67c0c0')).to.deep.equal(['[object Map]']);
  });

  it('refuses bytes that hold less or more than one object', () => {
    for (const hex of ['', '92c0', 'a261', 'c0c0', 'c1']) expect(() => fromHex(hex), hex).to.throw(Error);
  });
});

describe('encode', () => {
  it('is the reverse of decode', () => {
    const value = { time: new EventTime(1, 999_999_999), list: [1, -1, 0.5, 'é', null, true], bytes: Buffer.of(1, 2) };
    expect(decode(encode(value))).to.deep.equal(value);
    expect(encode({ ack: 'c0' }).toString('hex')).to.equal('81a361636ba26330');
  });
});

/** As MessagePack gives it back: no -0, and no whole floats. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
