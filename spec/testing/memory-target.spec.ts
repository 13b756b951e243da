import { expect } from 'chai';
import type { LogFailure } from '../../lib/core/failures.js';
import { send } from '../../lib/core/receipt.js';
import { itBehavesLikeALogTarget } from '../../lib/testing/contract.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';

itBehavesLikeALogTarget(
  'MemoryTarget',
  () => {
    const target = new MemoryTarget();
    return { target, received: () => target.messages };
  },
  { snapshots: true }
);

describe('MemoryTarget', () => {
  it('keeps the records it was given, and their messages', () => {
    const target = new MemoryTarget();
    const record = someRecord({ message: 'order {id} paid', data: { id: 17 } });
    target.log(record);
    expect(target.records).to.deep.equal([record]);
    expect(target.messages).to.deep.equal(['order 17 paid']);
  });

  it('drops the oldest of more than maxRecords, and counts them', () => {
    const target = new MemoryTarget({ maxRecords: 2 });
    for (const message of ['a', 'b', 'c']) target.log(someRecord({ message }));
    expect(target.messages).to.deep.equal(['b', 'c']);
    expect(target.dropped).to.equal(1);
  });

  it('forgets everything when cleared', () => {
    const target = new MemoryTarget({ maxRecords: 1 });
    for (const message of ['a', 'b']) target.log(someRecord({ message }));
    target.clear();
    expect(target.records).to.deep.equal([]);
    expect(target.dropped).to.equal(0);
  });

  it('waits for records, and not for those that are there', async () => {
    const target = new MemoryTarget();
    const two = target.waitFor(2);
    for (const message of ['a', 'b', 'c']) target.log(someRecord({ message }));
    expect((await two).map(record => record.render())).to.deep.equal(['a', 'b', 'c']);
    expect(await target.waitFor(3)).to.have.length(3);
  });

  it('reports the first record after dispose, and counts all of them', async () => {
    const failures: LogFailure[] = [];
    const target = new MemoryTarget({ name: 'memory' });
    target.reportTo(failure => failures.push(failure));
    await target.dispose();
    target.log(someRecord());
    target.log(someRecord());
    expect(failures).to.deep.equal([
      { kind: 'lost', target: 'memory', count: 1, reason: 'disposed', error: undefined }
    ]);
    expect(target.stats().lostByReason).to.deep.equal({ disposed: 2 });
  });

  it('settles receipts at once: delivered, or lost after dispose', async () => {
    const target = new MemoryTarget({ name: 'memory' });
    const { ticket } = send(target, someRecord());
    expect(await ticket?.receipt).to.deep.equal({ target: 'memory', outcome: 'delivered', attempts: 1 });
    await target.dispose();
    const { ticket: late } = send(target, someRecord());
    expect(await late?.receipt).to.include({ target: 'memory', outcome: 'lost', reason: 'disposed' });
  });

  it('refuses wrong options', () => {
    expect(() => new MemoryTarget({ maxRecords: 0 })).to.throw(RangeError, 'MemoryTarget: maxRecords');
  });
});
