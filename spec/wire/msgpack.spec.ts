import { expect } from 'chai';
import * as fc from 'fast-check';
import sinon from 'sinon';
import type { LogLevel } from '../../lib/core/level.js';
import type { LogRecord } from '../../lib/core/record.js';
import { defaultShape, recordShape } from '../../lib/core/shape.js';
import { type Plain, plainFields } from '../../lib/core/values.js';
import { decode } from '../../lib/testing/msgpack-lite.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { ByteWriter } from '../../lib/wire/bytes.js';
import {
  endMap,
  mapRoom,
  writeArrayHeader,
  writeBigInt,
  writeEventTime,
  writeMapHeader,
  writeNil,
  writeNumber,
  writePlain,
  writeString
} from '../../lib/wire/msgpack.js';
import { RecordWriter } from '../../lib/wire/msgpack-values.js';
import { hostile } from '../support/hostile.js';
import { otherMessagePack } from '../support/other-codecs.js';
import { assertProperty } from '../support/property.js';
import { valueCases } from '../support/value-cases.js';
import { readVectors } from '../support/vectors.js';

const often = { numRuns: 1000 };

/** What `write` appends, to a writer that is too small and has something in it. */
function written(write: (into: ByteWriter) => void): Buffer {
  const into = new ByteWriter(4);
  writeString(into, 'ab');
  write(into);
  expect(into.bytes.toString('latin1', 0, 3)).to.equal('\xa2ab');
  return into.copy(3, into.length);
}

const hexOf = (write: (into: ByteWriter) => void): string => written(write).toString('hex');
const recordBytes = (record: LogRecord, writer = new RecordWriter()): Buffer =>
  written(into => writer.write(record, into));

describe('the MessagePack formats', () => {
  interface Vector {
    readonly name: string;
    readonly kind: string;
    readonly value: unknown;
    readonly hex: string | null;
    readonly header_hex: string;
    readonly total_bytes: number;
  }

  /** What writes a vector; undefined for what we never write. */
  function writerOf({ kind, value, hex }: Vector): ((into: ByteWriter) => void) | undefined {
    if (kind === 'int') return into => writeBigInt(into, BigInt(String(value)));
    if (kind === 'float64' && Number.isFinite(Number(value)) && Number(value) !== 0) {
      return into => writeNumber(into, Number(value));
    }
    if (kind === 'str') return into => writeString(into, String(value));
    if (kind === 'str-length') return into => writeString(into, 'a'.repeat(Number(value)));
    if (kind === 'array-nil') return into => writePlain(into, new Array(Number(value)).fill(null) as Plain[]);
    if (kind === 'nil' || kind === 'bool' || kind === 'map') return into => writePlain(into, value as Plain);
    expect(hex === undefined ? kind : '').to.equal('');
    return undefined;
  }

  for (const vector of readVectors<Vector>('msgpack.json')) {
    const write = writerOf(vector);
    if (write === undefined) continue;
    it(`writes ${vector.name}`, () => {
      const bytes = written(write);
      if (vector.hex !== null) expect(bytes.toString('hex')).to.equal(vector.hex);
      else {
        expect(bytes).to.have.length(vector.total_bytes);
        expect(bytes.toString('hex', 0, vector.header_hex.length / 2)).to.equal(vector.header_hex);
      }
    });
  }

  it('writes safe integers the same as numbers and as BigInts', () => {
    assertProperty(
      fc.property(fc.maxSafeInteger(), value => {
        const hex = hexOf(into => writeNumber(into, value));
        expect(hexOf(into => writeBigInt(into, BigInt(value)))).to.equal(hex);
        expect(decode(Buffer.from(hex, 'hex'))).to.equal(value);
      }),
      often
    );
  });

  it('writes integers that are not safe as floats', () => {
    expect(hexOf(into => writeNumber(into, 2 ** 53 + 2))).to.equal('cb4340000000000001');
    expect(hexOf(into => writeNumber(into, 2 ** 64))).to.equal('cb43f0000000000000');
  });

  it('writes -0 as 0, and what is no number as nil', () => {
    expect(hexOf(into => writeNumber(into, -0))).to.equal('00');
    expect(hexOf(into => writeNumber(into, Number.NaN))).to.equal('c0');
    expect(hexOf(into => writeNumber(into, Number.NEGATIVE_INFINITY))).to.equal('c0');
  });

  it('writes BigInts of more than 64 bits as text', () => {
    expect(decode(written(into => writeBigInt(into, 2n ** 64n)))).to.equal('18446744073709551616');
    expect(decode(written(into => writeBigInt(into, -(2n ** 63n) - 1n)))).to.equal('-9223372036854775809');
  });

  it('writes strings with the header of their bytes, whatever their characters take', () => {
    for (const character of ['a', 'é', '日', '😀', '\ud800']) {
      const bytes = Buffer.from(character).length;
      for (const size of [30, 31, 32, 33, 40, 41, 42, 254, 255, 256, 257, 65_534, 65_535, 65_536]) {
        const count = Math.ceil(size / bytes);
        const text = `${character.repeat(count)}`;
        const length = count * bytes;
        const header = length < 32 ? 1 : length < 256 ? 2 : length < 65_536 ? 3 : 5;
        const result = written(into => writeString(into, text));
        expect(result.length).to.equal(header + length);
        expect(result.subarray(header)).to.deep.equal(Buffer.from(text));
        expect(decode(result)).to.equal(text.replace('\ud800'.repeat(count), '\ufffd'.repeat(count)));
      }
    }
  });

  it('writes every string as others read it', () => {
    assertProperty(
      fc.property(stringOfAnything(), text => {
        const bytes = written(into => writeString(into, text));
        expect(bytes.subarray(bytes.length - Buffer.byteLength(text)).toString()).to.equal(
          Buffer.from(text).toString()
        );
        expect(decode(bytes)).to.equal(Buffer.from(text).toString());
        expect(otherMessagePack.decode(bytes)).to.equal(Buffer.from(text).toString());
      }),
      often
    );
  });

  it('writes the headers of containers', () => {
    const hex = hexOf(into => {
      writeArrayHeader(into, 2);
      writeMapHeader(into, 1);
      writeString(into, 'k');
      writeNil(into);
      writeArrayHeader(into, 0);
    });
    expect(hex).to.equal('9281a16bc090');
  });

  it('writes the shortest header of a map whose size was not known before', () => {
    for (const count of [0, 1, 15, 16, 17, 65_535, 65_536]) {
      const bytes = written(into => {
        const start = into.length;
        into.length = start + mapRoom;
        for (let index = 0; index < count; index++) {
          writeString(into, `k${index}`);
          writeNumber(into, index);
        }
        into.length = endMap(into, start, into.length, count);
      });
      const map = Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
      expect(decode(bytes)).to.deep.equal(map);
      expect(bytes).to.deep.equal(Buffer.from(otherMessagePack.encode(map)));
    }
  });
});

describe('endMap', () => {
  it('makes room for the longer header of a large map, however little there is', () => {
    for (let capacity = 1; capacity < 60; capacity++) {
      const into = new ByteWriter(capacity);
      into.length = mapRoom;
      for (let count = 0; count < 32; count++) writeNil(into);
      into.length = endMap(into, 0, into.length, 16);
      expect(into.copy(0, into.length).toString('hex')).to.equal(`de0010${'c0'.repeat(32)}`);
    }
  });
});

describe('writeEventTime', () => {
  interface TimeVector {
    readonly iso: string;
    readonly epoch_ms: number;
    readonly extra_ns: number;
    readonly hex_fixext8: string;
  }
  for (const { iso, epoch_ms, extra_ns, hex_fixext8 } of readVectors<TimeVector>('eventtime.json')) {
    if (extra_ns > 0) continue;
    it(`writes ${iso}`, () => {
      expect(hexOf(into => writeEventTime(into, epoch_ms))).to.equal(hex_fixext8);
    });
  }

  it('rounds to milliseconds before it divides', () => {
    expect(hexOf(into => writeEventTime(into, 1_699_999_999_999.6))).to.equal('d7006553f10000000000');
  });

  it('writes the first and the last second for times beyond them', () => {
    expect(hexOf(into => writeEventTime(into, -1))).to.equal('d7000000000000000000');
    expect(hexOf(into => writeEventTime(into, Number.NaN))).to.equal('d7000000000000000000');
    expect(hexOf(into => writeEventTime(into, 2 ** 53))).to.equal('d700ffffffff3b8b87c0');
    expect(hexOf(into => writeEventTime(into, Number.POSITIVE_INFINITY))).to.equal('d700ffffffff3b8b87c0');
  });

  it('writes a time alike whatever was written before it', () => {
    const times = [
      0,
      999,
      1000,
      1_699_999_999_000,
      1_699_999_999_999,
      1_699_999_998_999,
      1_699_999_999_000.5,
      -1,
      2 ** 53
    ];
    const alone = new Map(times.map(time => [time, hexOf(into => writeEventTime(into, time))]));
    for (const before of times) {
      for (const time of times) {
        hexOf(into => writeEventTime(into, before));
        expect(
          hexOf(into => writeEventTime(into, time)),
          `${time} after ${before}`
        ).to.equal(alone.get(time));
      }
    }
    expect(alone.get(1_699_999_999_999)).to.equal('d7006553f0ff3b8b87c0');
    expect(alone.get(1_699_999_998_999)).to.equal('d7006553f0fe3b8b87c0');
  });
});

describe('RecordWriter', () => {
  for (const { name, make, form, inMessagePack } of valueCases) {
    it(`writes ${name}`, () => {
      const expected = inMessagePack ?? form;
      const { level, logger, message, ...data } = decode(recordBytes(someRecord({ data: { v: make() } }))) as Tree;
      expect([level, logger, message]).to.deep.equal(['INFORMATION', 'Shop', 'something happened']);
      expect(data).to.deep.equal(expected === undefined ? {} : { v: expected });
    });
  }

  it('writes what plainFields gives, in the same order', () => {
    const record = someRecord({
      message: 'order {level}',
      data: { level: 1, level_: 2, a: undefined, nested: { b: [1, { c: null }] } },
      exception: new RangeError('boom', { cause: 'why' })
    });
    const fields = decode(recordBytes(record)) as Tree;
    expect(Object.entries(fields)).to.deep.equal(Object.entries(plainFields(record)));
  });

  it('writes the same the second time, when it knows logger and level', () => {
    const writer = new RecordWriter();
    const record = someRecord({ data: { a: 1 } });
    expect(recordBytes(record, writer)).to.deep.equal(recordBytes(record, writer));
    const other = someRecord({ loggerName: 'Ä'.repeat(300), data: { a: 1 } });
    expect(recordBytes(other, writer)).to.deep.equal(recordBytes(other, writer));
    expect(decode(recordBytes(other, writer))).to.deep.equal(plainFields(other));
  });

  it('writes the same however little room there is, whether it knows what is written or not', () => {
    const wide = '東';
    const values = [
      wide.repeat(31),
      wide.repeat(32),
      'x'.repeat(31),
      -(2 ** 53),
      0.1,
      true,
      null,
      2n ** 63n,
      undefined
    ];
    const pairs = Object.fromEntries(values.map((value, index) => [`${index}${wide.repeat(39)}`, value]));
    const records = [
      someRecord({ message: '', data: pairs }),
      someRecord({ loggerName: wide.repeat(50), message: wide.repeat(200), data: { list: [values, [[]], [pairs]] } }),
      someRecord({ loggerName: wide.repeat(50), message: Symbol(wide.repeat(23)), data: {} }),
      someRecord({ message: `{a}${wide.repeat(190)}{b}`, data: { a: wide.repeat(31), b: 1.5 } }),
      someRecord({
        message: `${wide.repeat(190)}{b}${wide}`,
        data: { b: wide.repeat(31), [wide.repeat(41)]: wide.repeat(31) }
      }),
      someRecord({ message: `${'x'.repeat(190)}{b}{a}`, data: { a: 'a', b: 1 } }),
      someRecord({ message: `${'x'.repeat(190)}{b}{a}`, data: { a: wide.repeat(30), b: 1 } }),
      someRecord({ message: '%s', args: [wide.repeat(31)], data: Object.fromEntries([...wide.repeat(20)].entries()) }),
      someRecord({ message: wide.repeat(150), data: {}, exception: wide.repeat(31) }),
      someRecord({ message: '', data: { [wide.repeat(70)]: wide.repeat(31) } }),
      someRecord({ data: { [wide.repeat(40)]: wide.repeat(31) }, exception: new TypeError('') }),
      someRecord({ level: 17 as LogLevel, message: new Date(0), data: { ['x'.repeat(255)]: [] } })
    ];
    for (const shape of [defaultShape, recordShape({ ...defaultShape, fields: { service: wide.repeat(100) } })]) {
      const expected = records.map(record => recordBytes(record, new RecordWriter({}, shape)));
      const writer = new RecordWriter({}, shape);
      for (let room = 0; room < 700; room++) {
        for (const [index, record] of records.entries()) {
          const into = new ByteWriter(1000);
          into.length = 1000 - room;
          writer.write(record, into);
          expect(into.copy(1000 - room, into.length), `record ${index}, room for ${room}`).to.deep.equal(
            expected[index]
          );
        }
      }
    }
    const full = new ByteWriter(8);
    full.length = 8;
    new RecordWriter().writeMap({}, full);
    expect(full.copy(8, full.length)).to.deep.equal(Buffer.of(0x80));
  });

  it('gives every field a name of its own, also where lone surrogates make two the same', () => {
    const record = someRecord({ data: { '\ud800': 1, '\ufffd': 2, big: 3 } });
    expect(decode(recordBytes(record))).to.deep.equal(plainFields(record));
    expect(plainFields(record)).to.include({ '\ufffd_2': 1, '\ufffd': 2 });
  });

  it('gets to know a logger, though thousands came before it', () => {
    const writer = new RecordWriter();
    const into = new ByteWriter();
    for (let index = 0; index < 3000; index++) writer.write(someRecord({ loggerName: `logger ${index}` }), into);
    const copy = sinon.spy(into, 'copy');
    for (let times = 0; times < 10; times++) writer.write(someRecord({ loggerName: 'after them' }), into);
    expect(copy.callCount).to.equal(1);
  });

  it('writes what @msgpack/msgpack and msgpack-lite read back', () => {
    assertProperty(
      fc.property(fc.dictionary(safeKey(), fc.jsonValue({ stringUnit: 'binary' })), given => {
        const data: Tree = JSON.parse(JSON.stringify(given).replaceAll('"__proto__"', '"proto"'));
        const record = someRecord({ data });
        const bytes = recordBytes(record);
        expect(decode(bytes)).to.deep.equal(plainFields(record));
        expect(otherMessagePack.decode(bytes)).to.deep.equal(plainFields(record));
      }),
      often
    );
  });

  it('writes the tree that plainFields gives, whatever is logged, and the next record after it', () => {
    const writer = new RecordWriter();
    const next = someRecord({ data: { after: 'it' } });
    assertProperty(
      fc.property(fc.dictionary(fc.string(), hostile()), fc.option(hostile()), (makers, thrown) => {
        const data = Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
        const record = someRecord({ data, ...(thrown !== null && { exception: thrown() }) });
        const fields = decode(recordBytes(record, writer));
        expect(withoutBigInts(fields)).to.deep.equal(plainFields(record));
        expect(decode(recordBytes(next, writer))).to.deep.equal(plainFields(next));
      }),
      often
    );
  });

  it('finds what leads back to where it came from, by toJSON or by the exception', () => {
    const data: Record<string, unknown> = { inner: { toJSON: () => ({ data }) } };
    data['list'] = [{ toJSON: () => data }];
    const exception = new Error('wrong');
    const record = someRecord({ data, exception });
    Object.assign(exception, { record, data, again: { exception } });
    expect(decode(recordBytes(record))).to.deep.equal(plainFields(record));
  });

  it('writes both records when a getter writes another one', () => {
    const writer = new RecordWriter();
    const inner = new ByteWriter();
    const data = {
      get a() {
        writer.write(someRecord({ message: 'inner', data: { b: { c: 1 } } }), inner);
        return { d: [1] };
      },
      e: 2
    };
    expect(decode(recordBytes(someRecord({ data }), writer))).to.deep.include({ a: { d: [1] }, e: 2 });
    expect(decode(inner.copy(0, inner.length))).to.deep.include({ message: 'inner', b: { c: 1 } });
  });

  it('writes a record without fields if a Proxy does not tell them', () => {
    const data = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('boom');
        }
      }
    );
    expect(decode(recordBytes(someRecord({ data })))).to.have.keys('level', 'logger', 'message');
  });

  it('keeps a record within maxRecordBytes', () => {
    const writer = new RecordWriter({ maxRecordBytes: 2000 });
    const bytes = recordBytes(someRecord({ data: { a: 'é'.repeat(5000), b: 1 } }), writer);
    expect(bytes.length).to.be.within(1800, 2000);
    const fields = decode(bytes) as Tree;
    expect(fields['a']).to.match(/^é+… \[\d+ bytes cut\]$/);
    expect(fields['b']).to.equal(1);
  });

  it('does not write what is far too long before it cuts it', () => {
    const into = new ByteWriter();
    const text = 'x'.repeat(200_000_000);
    new RecordWriter().write(someRecord({ data: { a: text, b: [text, text] } }), into);
    expect(into.length).to.be.within(1_000_000, 1024 * 1024);
    expect(into.bytes.length).to.be.lessThan(8 * 1024 * 1024);
  });

  it('says where it stopped in a record of more than 100 000 values', () => {
    const writer = new RecordWriter({ maxRecordBytes: 10_000_000 });
    const fields = decode(recordBytes(someRecord({ data: { a: new Array(200_000).fill(1) } }), writer)) as {
      a: unknown[];
    };
    expect(fields.a.at(-1)).to.equal('[Truncated]');
    expect(fields.a.length).to.be.within(99_990, 100_001);
  });
});

type Tree = Record<string, unknown>;

function stringOfAnything(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('\ud800', '\udfff', '\ud83d\ude00')
  );
  return fc.array(piece, { maxLength: 20, size: 'medium' }).map(pieces => pieces.join(''));
}

/** Names of fields that neither our format nor @msgpack/msgpack has a rule for. */
function safeKey(): fc.Arbitrary<string> {
  return fc.string({ unit: 'grapheme' }).filter(key => key !== '__proto__');
}

/** BigInts as the decimal strings that a plain tree has. */
function withoutBigInts(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map(withoutBigInts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutBigInts(item)]));
}
