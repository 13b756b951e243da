import { ExtData, encode as encodeElsewhere } from '@msgpack/msgpack';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { decode as decodeElsewhere } from '../../lib/testing/msgpack-lite.js';
import { decode } from '../../lib/wire/msgpack-read.js';
import { itReadsMessagePack } from '../support/messagepack-reader.js';
import { assertProperty } from '../support/property.js';

const fromHex = (hex: string) => decode(Buffer.from(hex, 'hex'));

/** What a codec makes of bytes, or that it throws. */
function outcome(read: () => unknown): { readonly value: unknown } | 'throws' {
  try {
    return { value: read() };
  } catch {
    return 'throws';
  }
}

describe('decode', () => {
  itReadsMessagePack(decode);

  it('agrees with msgpack-lite on what @msgpack/msgpack encodes', () => {
    const scalar = fc.oneof(
      fc.jsonValue(),
      fc.double(),
      fc.float(),
      fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
      fc.uint8Array({ maxLength: 70_000, size: 'max' }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
    );
    const value = fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 40 }),
      fc.dictionary(fc.string({ unit: 'binary' }), scalar, { maxKeys: 40 })
    );
    assertProperty(
      fc.property(value, fc.boolean(), (any, raw) => {
        const bytes = encodeElsewhere(any, { useBigInt64: true, ignoreUndefined: true });
        expect(decode(bytes, { raw })).to.deep.equal(decodeElsewhere(bytes, { raw }));
      })
    );
  });

  it('reads lists, maps and texts of every size', () => {
    for (const size of [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
      const list = new Array<number>(size).fill(7);
      const map = Object.fromEntries(list.map((item, index) => [`key ${index}`, item]));
      for (const value of [list, map, 'x'.repeat(size), Buffer.alloc(size, 1)]) {
        expect(decode(encodeElsewhere(value))).to.deep.equal(value);
      }
    }
  });

  it('throws where msgpack-lite throws, or gives the same, whatever the bytes are', () => {
    const ascii = fc.array(
      fc.constantFrom(0x61, 0x81, 0x91, 0xa1, 0xa2, 0xc0, 0xc3, 0xc4, 0xcc, 0xcd, 0xd7, 0xd9, 0xff, 0)
    );
    assertProperty(
      fc.property(ascii, bytes => {
        const [ours, theirs] = [decode, decodeElsewhere].map(read => outcome(() => read(Uint8Array.from(bytes))));
        if (theirs !== 'throws') expect(ours).to.not.equal('throws');
        if (ours !== 'throws') expect(theirs).to.not.equal('throws');
      })
    );
  });

  it('reads the numbers at the ends of each type', () => {
    for (let bits = 0; bits < 53; bits++) {
      for (const number of [2 ** bits - 1, 2 ** bits, -(2 ** bits), -(2 ** bits) - 1]) {
        expect(decode(encodeElsewhere(number))).to.equal(number);
      }
    }
    expect(fromHex('ca3fc00000')).to.equal(1.5);
    expect(fromHex('cb3ff8000000000000')).to.equal(1.5);
  });

  it('keeps nothing of the memory that it reads', () => {
    const bytes = Buffer.from('92c402ff00a161', 'hex');
    const [binary, text] = [decode(bytes), decode(bytes, { raw: true })].map(value => value as unknown[]);
    bytes.fill(0);
    expect(binary).to.deep.equal([Buffer.from('ff00', 'hex'), 'a']);
    expect(text).to.deep.equal([Buffer.from('ff00', 'hex'), Buffer.from('a')]);
  });

  it('knows no other ext type, however long it is', () => {
    expect(() => decode(encodeElsewhere(new ExtData(9, new Uint8Array(300))))).to.throw('unknown ext type 9');
  });

  it('makes names of maps and times that are keys', () => {
    expect(fromHex('8181a8746f537472696e67c0c0')).to.have.all.keys('[object Object]');
    expect(fromHex('81d7006553f100075bcd15c0')).to.have.all.keys('[object Object]');
  });

  it('refuses bytes that hold less or more than one object', () => {
    for (const hex of ['', '92c0', 'a261', '81a161', 'c403ff', 'dd7fffffff', 'cd00', 'cb00', 'd70000']) {
      expect(() => fromHex(hex), hex).to.throw('cut short');
    }
    expect(() => fromHex('c0c0')).to.throw('1 byte(s) follow the object');
    expect(() => fromHex('c1')).to.throw('there is no type 0xc1');
  });
});
