import { encode as encodeElsewhere } from '@msgpack/msgpack';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { decode, EventTime, encode } from '../../lib/testing/msgpack-lite.js';
import { itReadsMessagePack } from '../support/messagepack-reader.js';
import { assertProperty } from '../support/property.js';

const fromHex = (hex: string) => decode(Buffer.from(hex, 'hex'));

describe('decode', () => {
  itReadsMessagePack(decode);

  it('agrees with what @msgpack/msgpack encodes', () => {
    const json = fc.jsonValue();
    assertProperty(
      fc.property(json, value => {
        expect(decode(encodeElsewhere(value))).to.deep.equal(normal(value));
      })
    );
  });

  it('makes names of maps that are keys', () => {
    expect(fromHex('8181a8746f537472696e67c0c0')).to.have.all.keys('[object Map]');
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
