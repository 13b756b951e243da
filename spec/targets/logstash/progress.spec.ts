import { expect } from 'chai';
import { Progress } from '../../../lib/targets/logstash/progress.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { type WireBatch, WirePacker } from '../../../lib/wire/batch.js';

describe('The progress of a batch', () => {
  function batchOf(count: number): WireBatch {
    const packer = new WirePacker({ encode: (_, into) => into.text('a line\n') });
    for (let index = 0; index < count; index++) packer.add(someRecord());
    return packer.cut(count);
  }

  it('is how many of its records have arrived', () => {
    const progress = new Progress();
    const batch = batchOf(10);
    expect(progress.of(batch)).to.equal(0);
    progress.reach(batch, 4);
    expect(progress.of(batch)).to.equal(4);
    progress.reach(batch, 10);
    expect(progress.of(batch)).to.equal(10);
    expect(progress.of(batchOf(10))).to.equal(0);
  });

  it('is known of its parts', () => {
    const progress = new Progress();
    const batch = batchOf(10);
    progress.reach(batch, 4);
    expect([batch.slice(0, 5), batch.slice(5, 10)].map(part => progress.of(part))).to.deep.equal([4, 0]);
    progress.reach(batch.slice(0, 5), 5);
    progress.reach(batch.slice(5, 10), 2);
    expect([progress.of(batch.slice(0, 5)), progress.of(batch.slice(5, 10)), progress.of(batch)]).to.deep.equal([
      5, 2, 7
    ]);
  });

  it('is not that of another batch with memory beside it, before or behind', () => {
    const progress = new Progress();
    const all = batchOf(10);
    const [before, batch, behind] = [all.slice(0, 3), all.slice(4, 6), all.slice(7, 10)];
    progress.reach(batch, 1);
    expect([before, batch, behind].map(each => progress.of(each))).to.deep.equal([0, 1, 0]);
    progress.reach(before, 1);
    expect([before, behind].map(each => progress.of(each))).to.deep.equal([1, 0]);
  });

  it('is not that of a batch that has its memory later', () => {
    const progress = new Progress();
    const batch = batchOf(10);
    progress.reach(batch, 10);
    progress.forget(batch);
    expect(progress.of(batch)).to.equal(0);
  });

  it('stays known of what comes behind a part that is done with', () => {
    const progress = new Progress();
    const batch = batchOf(10);
    progress.reach(batch, 7);
    progress.forget(batch.slice(0, 5));
    expect(progress.of(batch.slice(5, 10))).to.equal(2);
  });
});
