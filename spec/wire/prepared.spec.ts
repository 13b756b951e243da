import { expect } from 'chai';
import { someRecord } from '../../lib/testing/some-record.js';
import { type WireBatch, WirePacker } from '../../lib/wire/batch.js';
import { Prepared } from '../../lib/wire/prepared.js';

describe('Prepared', () => {
  const batchOf = (...texts: string[]): WireBatch => {
    let next = 0;
    const packer = new WirePacker({ encode: (_record, into) => into.text(texts[next++] ?? '') });
    for (const _ of texts) packer.add(someRecord());
    return packer.cut(texts.length);
  };

  const arrange = () => {
    const made: string[] = [];
    const prepared = new Prepared(async (batch, from, to) => {
      const text = Buffer.from(batch.payload.subarray(batch.start(from), batch.start(to))).toString();
      made.push(text);
      if (text === 'bad') throw new Error('bad');
      return text;
    });
    return { made, prepared };
  };

  it('makes the same of a batch once', async () => {
    const { made, prepared } = arrange();
    const batch = batchOf('a', 'b');
    expect(await prepared.of(batch, 0, 2)).to.equal('ab');
    expect(await prepared.of(batch, 0, 2)).to.equal('ab');
    expect(made).to.deep.equal(['ab']);
  });

  it('makes it anew of other records of the batch', async () => {
    const { prepared } = arrange();
    const batch = batchOf('a', 'b', 'c');
    await prepared.of(batch, 0, 3);
    expect(await prepared.of(batch, 1, 3)).to.equal('bc');
    expect(await prepared.of(batch, 1, 2)).to.equal('b');
  });

  it('makes it anew when records have been dropped', async () => {
    const { prepared } = arrange();
    const batch = batchOf('a', 'b', 'c');
    await prepared.of(batch, 0, 2);
    batch.drop(0);
    batch.pack();
    expect(await prepared.of(batch, 0, 2)).to.equal('bc');
  });

  it('keeps what was made of two batches, and nothing of one that has arrived', async () => {
    const { made, prepared } = arrange();
    const [a, b, c] = [batchOf('a'), batchOf('b'), batchOf('c')];
    for (const batch of [a, b, a, b, c, b]) await prepared.of(batch, 0, 1);
    expect(made).to.deep.equal(['a', 'b', 'c']);
    prepared.forget(b);
    await prepared.of(b, 0, 1);
    await prepared.of(c, 0, 1);
    expect(made).to.deep.equal(['a', 'b', 'c', 'b']);
  });

  it('tries again what has failed', async () => {
    const { made, prepared } = arrange();
    const batch = batchOf('bad');
    for (let attempt = 0; attempt < 2; attempt++) {
      const error: unknown = await prepared.of(batch, 0, 1).catch((reason: unknown) => reason);
      expect(String(error)).to.equal('Error: bad');
    }
    expect(made).to.deep.equal(['bad', 'bad']);
  });
});
