import { expect } from 'chai';
import { LogLevel } from '../../lib/core/level.js';
import { columnsOf } from '../../lib/spool/columns.js';
import type { SpoolPart } from '../../lib/spool/spool.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { WirePacker } from '../../lib/wire/batch.js';
import { JsonEncoder } from '../../lib/wire/json.js';
import { WireCodec } from '../../lib/wire/spool-codec.js';

/** JSON lines with topics. */
class TopicEncoder extends JsonEncoder {
  topic({ loggerName }: { readonly loggerName: string }): string {
    return loggerName;
  }
}

const encoder = new TopicEncoder();
const codec = new WireCodec(encoder);

function batchOf(...topics: string[]) {
  const packer = new WirePacker(encoder);
  for (const [index, loggerName] of topics.entries()) {
    packer.add(someRecord({ loggerName, message: `${index}`, level: LogLevel.WARNING, timestamp: 1000 + index }));
  }
  return packer;
}

function read(rows: Omit<SpoolPart, 'id' | 'from' | 'isTried'>, format = 'json') {
  const numbers = Uint32Array.from({ length: rows.ends.length }, (_, number) => number);
  return codec.read({ id: 'a', chunk: 'a', numbers, format, isTried: false, ...rows, ...columnsOf(rows) });
}

describe('Encoded records that were written into a spool', () => {
  it('keep their memory when they have arrived: they may still be on their way to the disk', () => {
    const packer = new WirePacker(encoder, true);
    packer.add(someRecord({ message: 'x'.repeat(500) }));
    const batch = packer.cut(1);
    const { payload } = codec.write(batch, 0, 1);
    batch.release();
    packer.add(someRecord({ message: 'y'.repeat(500) }));
    expect(packer.cut(1).payload.buffer).not.to.equal(payload.buffer);
    expect(read(codec.write(batch, 0, 1)).record(0).message).to.equal('x'.repeat(500));
  });

  it('come back byte for byte, with their levels, times and topics', () => {
    const batch = batchOf('a', 'a', 'b', 'a').cut(4);
    const copy = read(codec.write(batch, 0, 4));
    expect(copy.payload).to.deep.equal(batch.payload);
    expect(copy.groups().map(({ topic, size }) => [topic, size])).to.deep.equal([
      ['a', 3],
      ['b', 1]
    ]);
    expect(Array.from({ length: 4 }, (_, row) => copy.level(row))).to.deep.equal([30, 30, 30, 30]);
    expect(Array.from({ length: 4 }, (_, row) => copy.time(row))).to.deep.equal([1000, 1001, 1002, 1003]);
    expect(copy.record(2).render()).to.equal('2');
  });

  it('can be written in parts', () => {
    const batch = batchOf('a', 'a', 'b', 'a').cut(4);
    const part = read(codec.write(batch, 1, 3));
    expect(part.payload).to.deep.equal(batch.payload.subarray(batch.start(1), batch.start(3)));
    expect(part.groups().map(({ topic, size }) => [topic, size])).to.deep.equal([
      ['a', 1],
      ['b', 1]
    ]);
  });

  it('can be written while their batch is open', () => {
    const packer = batchOf('a', 'b', 'b');
    const copy = packer.copy(1);
    const batch = packer.cut(3);
    expect(copy.payload).to.deep.equal(batch.payload.subarray(batch.start(1)));
    expect(copy.groups().map(({ topic, size }) => [topic, size])).to.deep.equal([['b', 2]]);
    expect(copy.time(0)).to.equal(1001);
  });

  it('are not taken from what something else has written', () => {
    const rows = codec.write(batchOf('a').cut(1), 0, 1);
    expect(() => read(rows, 'msgpack')).to.throw(TypeError, "'msgpack'");
  });
});
