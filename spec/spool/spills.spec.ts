import { expect } from 'chai';
import type { HeldPart } from '../../lib/spool/spool.js';
import { FakeDisk } from '../support/fake-disk.js';
import { records, somePart } from '../support/some-part.js';
import { drained, MiB, subject, textsIn } from '../support/spool-subject.js';

function loose(id: string, levels: readonly number[] = [20]): HeldPart {
  return { part: somePart(id, levels), isHeld: false };
}

/** A spool that knows what there is, and a way to let a sync go on that has begun. */
async function openSubject(parts: Parameters<typeof subject>[1] = {}) {
  const disk = new FakeDisk();
  const { spool, told, clock } = subject(disk, parts);
  await spool.open();
  /** Makes the next sync of a segment wait. */
  const holdSync = () => {
    const { promise, resolve } = withResolvers();
    disk.delay = ({ kind, path }) => {
      if (kind !== 'sync' || !path.endsWith('.segment')) return undefined;
      disk.delay = undefined;
      return promise;
    };
    return resolve;
  };
  return { disk, spool, told, clock, holdSync };
}

function withResolvers() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('What is spilled', () => {
  it('is there at once, and comes in its place', async () => {
    const { spool } = await openSubject();
    await spool.append(somePart('b1', [20]), false);
    expect(spool.spill([loose('b2', [20, 30]), loose('b3')])).to.equal(2);
    expect([spool.records, spool.hasMore]).to.deep.equal([4, true]);
    expect(spool.spill([loose('b4')])).to.equal(1);
    await spool.append(somePart('b5', [20]), false);
    expect(await textsIn(spool)).to.deep.equal(['b1:0', 'b2:0', 'b2:1', 'b3:0', 'b4:0', 'b5:0']);
    expect(spool.records).to.equal(0);
  });

  it('comes behind what is being synced, also after a power cut, and before what comes later', async () => {
    const { disk, spool, clock, holdSync } = await openSubject();
    const goOn = holdSync();
    const appended = spool.append(somePart('b1', [20]), false);
    await clock.settle();
    expect(spool.spill([loose('b2')])).to.equal(1);
    const later = spool.append(somePart('b3', [20]), false);
    expect(spool.canSpill).to.equal(false);
    goOn();
    await Promise.all([appended, later]);
    disk.crash({ power: true });
    const { spool: heir } = subject(disk);
    await heir.open();
    expect(await textsIn(heir)).to.deep.equal(['b1:0', 'b2:0', 'b3:0']);
  });

  it('survives a power cut', async () => {
    const { disk, spool } = await openSubject();
    spool.spill([loose('b1'), loose('b2')]);
    disk.crash({ power: true });
    const { spool: heir } = subject(disk);
    await heir.open();
    expect(await textsIn(heir)).to.deep.equal(['b1:0', 'b2:0']);
  });

  it('is passed by while it is held', async () => {
    const { spool } = await openSubject();
    spool.spill([{ part: somePart('b1', [20]), isHeld: true }, loose('b2')]);
    expect((await spool.take())?.id).to.equal('b2');
    expect(await spool.take()).to.equal(undefined);
    spool.release('b1');
    expect((await spool.take())?.id).to.equal('b1');
  });

  it('can be done with at once', async () => {
    const { spool, clock } = await openSubject();
    spool.spill([{ part: somePart('b1', [20]), isHeld: true }]);
    spool.done('b1');
    await clock.settle();
    expect(spool.records).to.equal(0);
  });

  it('is no more than there is room for', async () => {
    const { spool } = await openSubject({ maxBytes: MiB });
    const large = ['b1', 'b2', 'b3'].map(id => ({
      part: somePart(id, [20], { payload: Buffer.alloc(400_000), ends: [400_000] }),
      isHeld: false
    }));
    expect(spool.spill(large)).to.equal(2);
    expect(spool.bytes).to.be.below(MiB);
    expect(spool.isCrowded).to.equal(true);
  });

  it('is as much as a disk takes that is full', async () => {
    const { disk, spool, told } = await openSubject();
    const large = ['b1', 'b2', 'b3', 'b4', 'b5'].map(id => ({
      part: somePart(id, [20], { payload: Buffer.alloc(100_000), ends: [100_000] }),
      isHeld: false
    }));
    disk.capacity = disk.used + 350_000;
    expect(spool.spill(large)).to.equal(2);
    expect(spool.spill(large.slice(2))).to.equal(1);
    expect(told.errors).to.deep.equal([]);
    expect(await drained(spool)).to.have.length(3);
  });

  it('is nothing when the disk fails, which is told', async () => {
    const { disk, spool, told } = await openSubject();
    disk.fault = () => 'ENOSPC';
    expect(spool.spill([loose('b1')])).to.equal(0);
    expect(told.errors).to.have.length(1);
    expect(told.errors[0]).to.match(/^writing what memory has no room for: Error: ENOSPC/);
    disk.fault = undefined;
    await spool.append(somePart('b1', [20]), false);
    expect(await textsIn(spool)).to.deep.equal(['b1:0']);
  });

  it('is nothing before it is known what an earlier process has left, nor after the end', async () => {
    const { spool } = subject(new FakeDisk());
    expect([spool.canSpill, spool.spill([loose('b1')])]).to.deep.equal([false, 0]);
    await spool.open();
    expect(spool.canSpill).to.equal(true);
    await spool.close();
    expect(spool.spill([loose('b1')])).to.equal(0);
  });

  it('is nothing when others may have taken the spool over', async () => {
    const { disk, spool, clock } = await openSubject();
    disk.fault = ({ kind }) => (kind === 'touch' ? 'EIO' : undefined);
    await clock.advance(11_000);
    expect([spool.canSpill, spool.spill([loose('b1')])]).to.deep.equal([false, 0]);
  });

  it('leaves no file behind when it is done with', async () => {
    const { disk, spool, clock } = await openSubject();
    for (let index = 0; index < 10; index++) {
      spool.spill([loose(`b${index}`, records(100))]);
      await clock.settle();
    }
    await drained(spool);
    await clock.advance(1000);
    expect(disk.files().filter(path => path.endsWith('.segment'))).to.deep.equal([]);
  });
});
