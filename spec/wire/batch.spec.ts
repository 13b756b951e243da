import { expect } from 'chai';
import type { LogRecord } from '../../lib/core/record.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { WirePacker } from '../../lib/wire/batch.js';
import type { ByteWriter } from '../../lib/wire/bytes.js';
import type { Encoder } from '../../lib/wire/encoder.js';
import { takeFreeMemory } from '../support/free-memory.js';

/** Writes the message, and its first letter is its topic. Fails half way for messages with a `!`. */
class LetterEncoder implements Encoder {
  encode({ message }: LogRecord, into: ByteWriter): void {
    into.text(String(message));
    if (String(message).includes('!')) throw new Error('half way');
  }

  decode(bytes: Uint8Array): LogRecord {
    return someRecord({ message: Buffer.from(bytes).toString() });
  }

  topic({ message }: LogRecord): string {
    return String(message).slice(0, 1);
  }
}

function packed(messages: readonly string[], encoder: Encoder = new LetterEncoder()): WirePacker {
  const packer = new WirePacker(encoder);
  for (const message of messages) packer.add(someRecord({ message }));
  return packer;
}

const text = (payload: Uint8Array) => Buffer.from(payload).toString();
const groupsOf = (batch: ReturnType<WirePacker['cut']>) =>
  batch.groups().map(({ topic, size, payload }) => `${topic} ${size} ${text(payload)}`);

const messagesOf = (batch: ReturnType<WirePacker['cut']>) =>
  Array.from({ length: batch.size }, (_, index) => batch.record(index).message);

describe('WirePacker', () => {
  it('collects the wire forms of records, one after the other', () => {
    const packer = packed(['a1', 'a22', 'a333']);
    expect(packer).to.include({ size: 3, bytes: 9 });
    const batch = packer.cut(3);
    expect(text(batch.payload)).to.equal('a1a22a333');
    expect(batch).to.include({ size: 3, bytes: 9 });
    expect([0, 1, 2, 3].map(index => batch.start(index))).to.deep.equal([0, 2, 5, 9]);
    expect(packer).to.include({ size: 0, bytes: 0 });
  });

  it('collects more records than there is room for at first', () => {
    const packer = new WirePacker(new LetterEncoder());
    const count = 5000;
    for (let index = 0; index < count; index++) {
      const bytes = packer.add(someRecord({ message: `a${index}`, level: 1 + (index % 50), timestamp: index }));
      expect(bytes).to.equal(`a${index}`.length);
    }
    const batch = packer.cut(count);
    for (let index = 0; index < count; index++) {
      expect(batch.record(index).message).to.equal(`a${index}`);
      expect([batch.level(index), batch.time(index)]).to.deep.equal([1 + (index % 50), index]);
    }
  });

  it('keeps what is behind a cut for the next batch', () => {
    const packer = packed(['a1', 'b22', 'c333']);
    packer.cut(2);
    packer.add(someRecord({ message: 'c4' }));
    const batch = packer.cut(2);
    expect(text(batch.payload)).to.equal('c333c4');
    expect(groupsOf(batch)).to.deep.equal(['c 2 c333c4']);
  });

  it('takes the last record away again', () => {
    const packer = packed(['a1', 'b22']);
    packer.undo();
    expect(packer).to.include({ size: 1, bytes: 2 });
    packer.add(someRecord({ message: 'a3' }));
    expect(groupsOf(packer.cut(2))).to.deep.equal(['a 2 a1a3']);
  });

  it('keeps nothing of a record that fails half way', () => {
    const packer = packed(['a1']);
    expect(() => packer.add(someRecord({ message: 'b!' }))).to.throw('half way');
    packer.add(someRecord({ message: 'a2' }));
    const batch = packer.cut(2);
    expect(groupsOf(batch)).to.deep.equal(['a 2 a1a2']);
    expect(messagesOf(batch)).to.deep.equal(['a1', 'a2']);
  });

  it('gives each batch bytes of its own', () => {
    const packer = packed(['a1']);
    const first = packer.cut(1);
    packer.add(someRecord({ message: 'zz' }));
    packer.cut(1);
    expect(text(first.payload)).to.equal('a1');
  });

  it('survives bytes that no longer fit its memory', () => {
    const long = `a${'x'.repeat(300_000)}`;
    const packer = packed(['a1', long, 'a2']);
    expect(text(packer.cut(3).payload)).to.equal(`a1${long}a2`);
  });

  it('remembers when its first record was logged, and the level of each', () => {
    const packer = new WirePacker(new LetterEncoder());
    packer.add(someRecord({ message: 'a', timestamp: 5, level: 30 }));
    packer.add(someRecord({ message: 'b', timestamp: 6, level: 40 }));
    const batch = packer.cut(2);
    expect(batch.since).to.equal(5);
    expect([batch.level(0), batch.level(1)]).to.deep.equal([30, 40]);
  });
});

describe('WireBatch', () => {
  beforeEach(takeFreeMemory);

  it('is one group if it has one topic, and then its payload itself', () => {
    const batch = packed(['a1', 'a2']).cut(2);
    expect(batch.groups()[0]?.payload).to.equal(batch.payload);
  });

  it('groups by topic, in the order of their first records, and keeps the order within', () => {
    const batch = packed(['b1', 'a1', 'a2', 'b2', 'c1', 'a3']).cut(6);
    expect(groupsOf(batch)).to.deep.equal(['b 2 b1b2', 'a 3 a1a2a3', 'c 1 c1']);
  });

  it('gives its memory back once, and not if a part of it has the same', () => {
    const packer = new WirePacker(new LetterEncoder(), true);
    const cut = () => {
      for (const message of ['a1'.repeat(300), 'a2'.repeat(300)]) packer.add(someRecord({ message }));
      return packer.cut(2);
    };
    const [shared, alone] = [cut(), cut()];
    const part = shared.slice(0, 1);
    const memory = alone.payload.buffer;
    for (const batch of [shared, part, alone, alone]) batch.release();
    expect(text(part.payload)).to.equal('a1'.repeat(300));
    expect([cut(), cut(), cut()].map(({ payload }) => payload.buffer === memory)).to.deep.equal([true, false, false]);
    expect(alone.payload).to.have.length(0);
  });

  it('leaves its memory also to a batch that is smaller, unless that has long to wait', () => {
    const packer = new WirePacker(new LetterEncoder(), true);
    const cut = (length: number, willWait: boolean) => {
      packer.add(someRecord({ message: 'a'.repeat(length) }));
      return packer.cut(1, willWait);
    };
    const large = cut(700_000, false);
    const { buffer } = large.payload;
    large.release();
    expect(cut(400_000, true).payload.buffer).not.to.equal(buffer);
    const small = cut(400_000, false);
    expect(small.payload.buffer).to.equal(buffer);
    expect(text(small.payload)).to.equal('a'.repeat(400_000));
  });

  it('keeps its memory when it is released, unless that is used again', () => {
    const batch = packed(['a1', 'a2']).cut(2);
    batch.release();
    expect(text(batch.payload)).to.equal('a1a2');
  });

  describe('out of which records are dropped, once it is packed', () => {
    const large = (letter: string) => letter.repeat(100_000);
    const cut = () => {
      const packer = packed(['a', 'b', 'c', 'd', 'e', 'f'].map(large));
      return packer.cut(6, true);
    };
    const dropTwo = (batch: ReturnType<typeof cut>) => {
      for (const row of [1, 4]) batch.drop(row);
      batch.pack();
      expect(text(batch.payload)).to.equal(['a', 'c', 'd', 'f'].map(large).join(''));
      expect(messagesOf(batch)).to.deep.equal(['a', 'c', 'd', 'f'].map(large));
      return batch.payload.buffer;
    };

    it('holds its other records where they were, and no more memory than they need', () => {
      const batch = cut();
      const { buffer } = batch.payload;
      expect(dropTwo(batch)).to.equal(buffer);
      expect(buffer.byteLength).to.be.within(400_000, 400_000 + 16 * 1024);
      for (const row of [0, 1, 2, 3]) batch.drop(row);
      batch.pack();
      expect(buffer.byteLength).to.equal(0);
    });

    it('holds them elsewhere if somebody reads what it was', () => {
      for (const share of [
        (batch: ReturnType<typeof cut>) => batch.hold(),
        (batch: ReturnType<typeof cut>) => batch.slice(0, 3)
      ]) {
        const batch = cut();
        const { payload } = batch;
        const part = share(batch);
        const before = text(payload);
        expect(dropTwo(batch)).not.to.equal(payload.buffer);
        expect(text(payload)).to.equal(before);
        if (part !== undefined) expect(messagesOf(part)).to.deep.equal(['a', 'b', 'c'].map(large));
        // What it has now is its own.
        const { buffer } = batch.payload;
        batch.drop(0);
        batch.pack();
        expect(batch.payload.buffer).to.equal(buffer);
      }
    });

    it('holds no more either if it was not thought that it would wait', () => {
      const batch = packed(['a', 'b', 'c', 'd', 'e', 'f'].map(large)).cut(6);
      expect(dropTwo(batch).byteLength).to.be.within(400_000, 400_000 + 16 * 1024);
    });
  });

  it('decodes its records for a fallback', () => {
    const batch = packed(['a1', 'b22']).cut(2);
    expect(messagesOf(batch)).to.deep.equal(['a1', 'b22']);
  });

  it('keeps the records themselves for an encoder that cannot decode', () => {
    const encoder: Encoder = { encode: ({ message }, into) => into.text(String(message)) };
    const packer = new WirePacker(encoder);
    const records = [someRecord(), someRecord(), someRecord()];
    for (const record of records) packer.add(record);
    packer.undo();
    expect(packer.cut(1).record(0)).to.equal(records[0]);
    expect(packer.cut(1).record(0)).to.equal(records[1]);
  });

  it('has an id that no other has', () => {
    const packer = packed(['a', 'b']);
    expect(packer.cut(1).id).not.to.equal(packer.cut(1).id);
  });
});
