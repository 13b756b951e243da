import { gzipSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { parseMessage } from '../../lib/testing/forward-message.js';
import { assertProperty } from '../support/property.js';
import { readVectors } from '../support/vectors.js';

const limits = { maxBytes: 1024 * 1024, maxDepth: 128 };
const now = 1_700_000_002_500;
const chunk = 'AAECAwQFBgcICQoLDA0ODw==';

const hello = {
  time: { seconds: 1_700_000_000, nanoseconds: 123_456_789 },
  record: { message: 'hello', level: 'info' }
};
const world = {
  time: { seconds: 1_700_000_001, nanoseconds: 0 },
  record: { message: 'wörld', n: 42, ok: true, nil: null, f: 1.5, nest: { a: [1, 2] } }
};

const parseHex = (hex: string) => parseMessage(Buffer.from(hex, 'hex'), limits, now);
const parse = (...message: unknown[]) => parseMessage(Buffer.from(encode(message)), limits, now);
/** `[tag, entries, option]` with entries in MessagePack. */
const packed = (entries: string, option: object = {}) => parse('app', Buffer.from(entries, 'hex'), option);

const good = '92ce6553f10081a16101'; // [1700000000, {a: 1}]
const event = { time: 1_700_000_000, record: { a: 1 } };

describe('parseMessage', () => {
  const vectors = readVectors<{ name: string; hex: string; ack_hex?: string }>('forward-frames.json');
  for (const { name, hex, ack_hex } of vectors.filter(vector =>
    /^(message|forward|(compressed)?packed|option)/.test(vector.name)
  )) {
    it(`reads the vector "${name}"`, () => {
      const message = parseHex(hex);
      const time = name.includes('integer time') ? 1_700_000_000 : hello.time;
      expect(message?.tag).to.equal('app.info');
      expect(message?.events).to.deep.equal(name.startsWith('message') ? [{ ...hello, time }] : [hello, world]);
      expect(message?.ack?.toString('hex')).to.equal(
        ack_hex ?? (hex.includes('a56368756e6b') ? ack(chunk) : undefined)
      );
    });
  }

  it('tells the modes apart', () => {
    expect(parse('app', 1, { a: 1 })?.mode).to.equal('Message');
    expect(parse('app', [[1, { a: 1 }]])?.mode).to.equal('Forward');
    expect(packed(good)?.mode).to.equal('PackedForward');
    expect(packed(good, { compressed: 'text' })?.mode).to.equal('PackedForward');
    const zipped = parse('app', gzipSync(Buffer.from(good, 'hex')), { compressed: 'gzip', size: 1 });
    expect(zipped).to.deep.equal({
      mode: 'CompressedPackedForward',
      tag: 'app',
      events: [event],
      invalid: 0,
      unpackedBytes: good.length / 2,
      compressed: 'gzip',
      size: 1
    });
  });

  it('takes packed entries as str that is no UTF-8', () => {
    const entries = '92ce6553f10081a161c4012a'; // the bin inside is harmless; the CE byte is no UTF-8
    expect(parseHex(`92a3617070ac${entries}`)?.events).to.deep.equal([{ ...event, record: { a: Buffer.of(42) } }]);
  });

  it('echoes a chunk of any type byte for byte, and does not answer to nil', () => {
    const option = (hex: string) => parseHex(`94a3617070${good.slice(2)}81a56368756e6b${hex}`);
    for (const hex of ['a0', 'a26330', 'd9026330', 'c4026330', '2a', 'cd002a', 'c3', 'cb3ff8000000000000']) {
      expect(option(hex)?.ack?.toString('hex'), hex).to.equal(`81a361636b${hex}`);
    }
    expect(option('c0')).to.not.have.any.keys('ack', 'chunk');
    expect(parseHex(`94a3617070${good.slice(2)}c0`)).to.not.have.any.keys('ack', 'chunk');
  });

  it('takes the last of several chunks', () => {
    const option = '83a56368756e6ba131a473697a6507a56368756e6ba132';
    const message = parseHex(`94a3617070${good.slice(2)}${option}`);
    expect(message).to.deep.include({ chunk: '2', size: 7, ack: Buffer.from('81a361636ba132', 'hex') });
  });

  it('skips what is no event, and acknowledges it', () => {
    const bad = [1.5, 2, null, 'soon', [1, {}]].map(time => [time, time === 2 ? 'no map' : {}]);
    const message = parse('app', [...bad, 'no entry', [1], [1, { a: 1 }], [1, [2]]], { chunk: 'c' });
    expect(message).to.deep.include({ events: [{ time: 1, record: { a: 1 } }], invalid: 8, chunk: 'c' });
    expect(message?.ack?.toString('hex')).to.equal('81a361636ba163');
  });

  it('skips a float time even if it is whole', () => {
    expect(parseHex('93a3617070cb41d954fc4000000081a16101')).to.deep.include({ events: [], invalid: 1 });
  });

  it('skips the entries with metadata of Fluent Bit', () => {
    expect(parse('app', [[[1, { meta: 1 }], { a: 1 }]])).to.deep.include({ events: [], invalid: 1 });
  });

  it('skips events whose tag is no string, and takes bin for one', () => {
    for (const tag of [null, 5, {}, [], { toString: null }]) {
      expect(parse(tag, 1, { a: 1 })).to.deep.include({ tag: '', events: [], invalid: 1 });
    }
    expect(parse(Buffer.from('app'), 1, { a: 1 })).to.deep.include({ tag: 'app', invalid: 0 });
  });

  it('puts its own time in place of 0', () => {
    const own = { seconds: 1_700_000_002, nanoseconds: 500_000_000 };
    expect(parse('app', 0, {})?.events).to.deep.equal([{ time: own, record: {} }]);
    expect(parseHex('93a3617070d7000000000000000000 80'.replace(' ', ''))?.events[0]?.time).to.deep.equal(own);
  });

  it('keeps 64-bit integers', () => {
    const [found] = parseHex('93a36170700181a161cfffffffffffffffff')?.events ?? [];
    expect(found?.record).to.deep.equal({ a: 2n ** 64n - 1n });
  });

  it('stores the complete entries of a packed message that is cut short', () => {
    expect(packed(`${good}${good.slice(0, -2)}`)?.events).to.deep.equal([event]);
    expect(packed(`${good}92ce6553f10081a161db7fffffff`)?.events).to.deep.equal([event]);
  });

  it('ignores nil, an empty array and what is no array', () => {
    for (const hex of ['c0', '90', '80', 'a0', '2a']) expect(parseHex(hex), hex).to.equal(undefined);
  });

  const zip = gzipSync(Buffer.from(good, 'hex'));
  const poison: [string, () => unknown][] = [
    ['an unknown ext type as a field', () => parseHex('93a36170700181a161d6ff6553f100')],
    ['an unknown ext type behind good entries', () => packed(`${good}92ce6553f10081a161d6ff6553f100`)],
    ['an unknown ext type in an entry that is none', () => packed(`${good}d6ff6553f100`)],
    ['byte 0xc1 behind good entries', () => packed(`${good}c1`)],
    ['a record that is too deep', () => packed(`92ce6553f10081a161${'91'.repeat(127)}c0`)],
    ['gzip that is cut short', () => parse('app', zip.subarray(0, -1), { compressed: 'gzip' })],
    [
      'gzip that is corrupt',
      () =>
        parse(
          'app',
          zip.map((byte, at) => (at === zip.length - 6 ? ~byte : byte)),
          { compressed: 'gzip' }
        )
    ],
    ['zeros behind gzip', () => parse('app', Buffer.concat([zip, Buffer.alloc(3)]), { compressed: 'gzip' })],
    ['what is no gzip', () => packed(good, { compressed: 'gzip' })],
    ['an unknown compression', () => packed(good, { compressed: 'lzma' })],
    ['an option that is no map', () => parse('app', 1, {}, 5)]
  ];
  for (const [name, read] of poison) {
    it(`throws for ${name}`, () => {
      expect(read).to.throw(Error);
    });
  }

  it('takes a record that is just deep enough', () => {
    expect(packed(`92ce6553f10081a161${'91'.repeat(126)}c0`)?.events).to.have.length(1);
  });

  it('reads or throws, whatever it is given', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
      fc.array(fc.anything({ maxDepth: 3 }), { maxLength: 4 }).map(value => {
        try {
          return Buffer.from(encode(value));
        } catch {
          return Buffer.of(0xc0); // a function or symbol, which has no MessagePack
        }
      })
    );
    assertProperty(
      fc.property(anything, bytes => {
        try {
          parseMessage(bytes, limits, now);
        } catch (error) {
          expect(error).to.be.instanceOf(Error);
          expect(error).not.to.be.instanceOf(TypeError);
        }
      }),
      { numRuns: 2000 }
    );
  });
});

function ack(id: string): string {
  return `81a361636bb8${Buffer.from(id).toString('hex')}`;
}
