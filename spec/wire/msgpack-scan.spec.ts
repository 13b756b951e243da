import { ExtData, encode } from '@msgpack/msgpack';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { contentsOf, MessageReader, messageLength } from '../../lib/wire/msgpack-scan.js';
import { assertProperty } from '../support/property.js';

const limits = { maxBytes: 1024 * 1024, maxDepth: 32 };

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    0,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    2 ** 32,
    -1,
    -32,
    -33,
    -128,
    -129,
    -(2 ** 31) - 1
  ),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.string({ maxLength: 300, unit: 'binary' }),
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.integer({ min: 0, max: 127 }), fc.uint8Array({ maxLength: 20 }))
    .map(([type, data]) => new ExtData(type, data))
);
const value = fc.letrec(tie => ({
  any: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('any'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('any'))
  )
})).any;
const message = value.map(item => Buffer.from(encode(item, { useBigInt64: true })));

describe('messageLength', () => {
  it('finds the end of what @msgpack/msgpack encodes, wherever it begins', () => {
    assertProperty(
      fc.property(fc.uint8Array({ maxLength: 9 }), message, fc.uint8Array({ maxLength: 9 }), (before, bytes, after) => {
        const all = Buffer.concat([before, bytes, after]);
        expect(messageLength(all, before.length, limits)).to.equal(bytes.length);
      })
    );
  });

  it('is undefined for every beginning of an object', () => {
    assertProperty(
      fc.property(message, fc.nat(), (bytes, cut) => {
        expect(messageLength(bytes.subarray(0, cut % bytes.length), 0, limits)).to.equal(undefined);
      })
    );
  });

  it('comes to an end for garbage: a length in the bytes, undefined, or an error', () => {
    assertProperty(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        try {
          const length = messageLength(bytes, 0, limits);
          if (length !== undefined) expect(length).to.be.within(1, bytes.length);
        } catch (error) {
          expect(String(error)).to.match(/^Error: MessagePack: /);
        }
      }),
      { numRuns: 2000 }
    );
  });

  it('refuses byte 0xc1', () => {
    expect(() => messageLength(Buffer.from('92c0c1', 'hex'), 0, limits)).to.throw('0xc1');
  });

  it('refuses what is too deep, and takes what is just deep enough', () => {
    const nested = (depth: number) => Buffer.from(`${'91'.repeat(depth)}c0`, 'hex');
    expect(messageLength(nested(32), 0, limits)).to.equal(33);
    expect(() => messageLength(nested(33), 0, limits)).to.throw('nested deeper than 32');
    expect(() => messageLength(Buffer.alloc(1_000_000, 0x91), 0, limits)).to.throw('nested deeper than 32');
  });

  it('refuses what is too long as soon as its header says so', () => {
    const small = { maxBytes: 10, maxDepth: 2 };
    expect(messageLength(Buffer.from(`c408${'00'.repeat(8)}`, 'hex'), 0, small)).to.equal(10);
    for (const header of ['c409', 'db00000009', 'c6ffffffff', 'ddffffffff', 'dfffffffff', 'c909', '9b', '86']) {
      const bytes = Buffer.from(header.padEnd(12, '0'), 'hex');
      expect(() => messageLength(bytes, 0, small), header).to.throw('longer than 10 bytes');
    }
  });
});

describe('contentsOf', () => {
  it('gives the bytes of each item, of keys and values in turn', () => {
    const hex = (bytes: string) => contentsOf(Buffer.from(bytes, 'hex'), limits)?.map(item => item.toString('hex'));
    expect(hex('9301a1619102')).to.deep.equal(['01', 'a161', '9102']);
    expect(hex('82a16101a162c0')).to.deep.equal(['a161', '01', 'a162', 'c0']);
    expect(hex('a161')).to.equal(undefined);
    expect(() => hex('9201')).to.throw('cut short');
  });
});

describe('MessageReader', () => {
  it('gives the same objects however the stream is cut', () => {
    const cuts = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 30 });
    assertProperty(
      fc.property(fc.array(message, { maxLength: 10 }), cuts, (messages, sizes) => {
        const stream = Buffer.concat(messages);
        const reader = new MessageReader(limits);
        const found: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = 1 + (sizes[turn % sizes.length] ?? 0);
          reader.push(stream.subarray(at, at + size));
          at += size;
          for (let next = reader.next(); next !== undefined; next = reader.next()) found.push(next);
        }
        expect(found).to.deep.equal(messages);
        expect(reader.pendingBytes).to.equal(0);
      })
    );
  });

  it('reads a long list that comes byte by byte only once', function () {
    this.timeout(2000); // reading it anew for each byte would take minutes
    const list = Buffer.from(encode(Array.from({ length: 20_000 }, () => [1, 'a'])));
    const reader = new MessageReader(limits);
    for (const byte of list.subarray(0, -1)) {
      reader.push(Buffer.of(byte));
      expect(reader.next() === undefined).to.equal(true);
    }
    reader.push(list.subarray(-1));
    expect(reader.next()?.length).to.equal(list.length);
  });
});
