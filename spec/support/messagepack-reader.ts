import { expect } from 'chai';
import { type DecodeOptions, EventTime } from '../../lib/wire/msgpack-read.js';

/** What every reader of MessagePack has to do here: ours, and that of msgpack-lite, by which ours is judged. */
export function itReadsMessagePack(decode: (bytes: Uint8Array, options?: DecodeOptions) => unknown): void {
  const fromHex = (hex: string, raw = false) => decode(Buffer.from(hex, 'hex'), { raw });

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
  });
}
