import { expect } from 'chai';
import { SpoolGapError } from '../../lib/spool/spool.js';
import { FakeDisk } from '../support/fake-disk.js';
import { records, somePart } from '../support/some-part.js';
import { MiB, subject, textsIn } from '../support/spool-subject.js';
import { SteppedClock } from '../support/stepped-clock.js';

describe('A spool on a disk that fails', () => {
  let disk: FakeDisk;
  beforeEach(() => {
    disk = new FakeDisk();
  });

  for (const kind of ['mkdir', 'open', 'write', 'sync', 'syncDirectory'] as const) {
    it(`rejects what it could not keep when ${kind} fails, and keeps what comes after`, async () => {
      const { spool } = subject(disk);
      disk.fault = operation => (operation.kind === kind ? 'EIO' : undefined);
      const error = await spool.append(somePart('b1', [20]), false).catch(thrown => thrown);
      expect(error).to.have.property('code', 'EIO');
      spool.done('b1');
      disk.fault = undefined;
      await spool.append(somePart('b2', [20]), false);
      expect(await textsIn(spool)).to.deep.equal(['b2:0']);
      disk.crash({ power: false });
      const next = subject(disk);
      await next.spool.open();
      expect(await textsIn(next.spool)).to.deep.equal([]);
      expect(next.told.damages).to.deep.equal([]);
    });
  }

  it('cuts off what a write that failed has left behind', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    disk.capacity = disk.used + 5000;
    await spool.append(somePart('b2', records(1000)), false).catch(() => undefined);
    disk.capacity = Number.POSITIVE_INFINITY;
    await spool.append(somePart('b3', [20]), false);
    disk.crash({ power: false });
    const { spool: next, told } = subject(disk);
    await next.open();
    expect(await textsIn(next)).to.deep.equal(['b1:0', 'b3:0']);
    expect(told.damages).to.deep.equal([]);
  });

  it('notes that what it could not keep is done with, as it may be there', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    disk.fault = ({ kind }) => (kind === 'sync' ? 'EIO' : undefined);
    await spool.append(somePart('b2', [20]), false).catch(() => spool.done('b2'));
    disk.fault = undefined;
    await spool.append(somePart('b3', [20]), false);
    disk.crash({ power: false });
    const { spool: next } = subject(disk);
    await next.open();
    expect(await textsIn(next)).to.deep.equal(['b1:0', 'b3:0']);
  });

  it('writes again to another file what a sync has failed for, once', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    let failures = 0;
    disk.fault = ({ kind }) => (kind === 'sync' && failures++ === 0 ? 'EIO' : undefined);
    await spool.append(somePart('b2', [20]), false);
    expect(disk.files().filter(path => path.endsWith('.segment'))).to.have.length(2);
    disk.crash({ power: true });
    const next = subject(disk);
    await next.spool.open();
    expect(await textsIn(next.spool)).to.deep.equal(['b1:0', 'b2:0']);
  });

  it('keeps what fits on a full disk, and goes on when there is room', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    disk.capacity = disk.used + 20;
    const error = await spool.append(somePart('b2', [20]), false).catch(thrown => thrown);
    expect(error).to.have.property('code', 'ENOSPC');
    disk.capacity = Number.POSITIVE_INFINITY;
    await spool.append(somePart('b2', [20]), false);
    expect(await textsIn(spool)).to.deep.equal(['b1:0', 'b2:0']);
  });

  it('rejects open when the directory cannot be made, and opens later', async () => {
    const { spool } = subject(disk);
    disk.fault = ({ kind }) => (kind === 'mkdir' ? 'EACCES' : undefined);
    expect(await spool.open().catch(thrown => thrown)).to.have.property('code', 'EACCES');
    disk.fault = undefined;
    await spool.open();
  });

  it('keeps of what comes together as much as there is room for, in its order', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    const size = disk.used;
    await spool.append(somePart('b2', [20]), false);
    disk.capacity = disk.used + 2 * (disk.used - size) + 10;
    const appended = await Promise.allSettled(
      ['b3', 'b4', 'b5', 'b6'].map(id => spool.append(somePart(id, id === 'b5' ? records(3) : [20]), false))
    );
    expect(appended.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(await textsIn(spool)).to.deep.equal(['b1:0', 'b2:0', 'b3:0', 'b4:0']);
  });

  it('begins another file when one may not grow any more', async () => {
    const { spool } = subject(disk, { fsync: 'interval' });
    await spool.append(somePart('b1', [20]), false);
    disk.fault = ({ kind, path }) => (kind === 'write' && path.includes('/00000001-') ? 'EFBIG' : undefined);
    await spool.append(somePart('b2', [20]), false);
    expect(disk.files().filter(path => path.endsWith('.segment'))).to.have.length(2);
    disk.crash({ power: false });
    const next = subject(disk);
    await next.spool.open();
    expect(await textsIn(next.spool)).to.deep.equal(['b1:0', 'b2:0']);
    expect(next.told.damages).to.deep.equal([]);
  });

  it('takes up what is on a disk on which there is no room for its own name', async () => {
    const first = subject(disk);
    await first.spool.append(somePart('b1', [20]), false);
    disk.crash({ power: false });
    disk.capacity = disk.used;
    const { spool, told } = subject(disk);
    await spool.open();
    expect(await textsIn(spool)).to.deep.equal(['b1:0']);
    expect(told.errors).to.deep.equal([]);
  });

  it('gives signs of life on such a disk, and says who it is when there is room', async () => {
    const first = subject(disk);
    await first.spool.append(somePart('b1', [20]), false);
    disk.crash({ power: false });
    disk.capacity = disk.used;
    const { spool, clock, store } = subject(disk);
    await spool.open();
    const other = subject(disk);
    await other.spool.open();
    for (let seconds = 0; seconds < 60; seconds += 5) {
      await clock.advance(5000);
      await other.clock.advance(5000);
    }
    expect(other.told.recovered).to.deep.equal([]);
    disk.capacity = Number.POSITIVE_INFINITY;
    await clock.advance(5000);
    store.kill();
    const next = subject(disk);
    await next.spool.open();
    expect(next.told.recovered).to.deep.equal([1]);
  });

  it('writes nothing as one of whom others cannot know whether it lives', async () => {
    const { spool } = subject(disk);
    disk.capacity = 0;
    await spool.open();
    disk.fault = ({ kind, path }) => (kind === 'write' && path.endsWith('.owner') ? 'ENOSPC' : undefined);
    disk.capacity = Number.POSITIVE_INFINITY;
    expect(await spool.append(somePart('b1', [20]), false).catch(error => error.code)).to.equal('ENOSPC');
    disk.fault = undefined;
    await spool.append(somePart('b1', [20]), false);
    disk.crash({ power: false });
    const next = subject(disk);
    await next.spool.open();
    expect(next.told.recovered).to.deep.equal([1]);
  });

  it('does not enter where there is no room for a file of its own', async () => {
    disk.fault = ({ kind, path }) => (kind === 'open' && path.endsWith('.owner') ? 'ENOSPC' : undefined);
    const { spool } = subject(disk);
    expect(await spool.open().catch(error => error.code)).to.equal('ENOSPC');
    disk.fault = undefined;
    await spool.open();
    await spool.append(somePart('b1', [20]), false);
  });

  it('enters a directory that another one removes as soon as it is made', async () => {
    let removals = 0;
    disk.fault = ({ kind, path }) =>
      kind === 'open' && path.endsWith('.owner') && removals++ === 0 ? 'ENOENT' : undefined;
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    expect(await textsIn(spool)).to.deep.equal(['b1:0']);
  });

  it('tells nothing but that it cannot write when there is no place where it can, and leaves nothing behind', async () => {
    disk.fault = ({ kind, path }) => (kind === 'open' && path.endsWith('.owner') ? 'EROFS' : undefined);
    const { spool, told } = subject(disk);
    expect(await spool.append(somePart('b1', [20]), false).catch(error => error.code)).to.equal('EROFS');
    spool.done('b1');
    await spool.close();
    expect(told.errors).to.deep.equal([]);
    expect(disk.files()).to.deep.equal([]);
  });
});

describe('A spool whose directory is removed', () => {
  it('begins anew when a file cannot be made, and takes again what it had, from the first record', async () => {
    const disk = new FakeDisk();
    const { spool, told } = subject(disk, { maxBytes: MiB });
    await spool.append(somePart('b1', records(2000)), true);
    disk.directory('/').entries.clear();
    const rest = somePart('b1', records(10), { from: 2000 });
    const error = await spool.append(rest, true).catch(thrown => thrown);
    expect(error).to.be.instanceOf(SpoolGapError);
    expect(told).to.deep.include({ gone: 1 });
    expect(await spool.append(rest, true).catch(thrown => thrown)).to.be.instanceOf(SpoolGapError);
    await spool.append(somePart('b1', records(2010)), true);
    spool.release('b1');
    expect(await textsIn(spool)).to.have.length(2010);
    expect(told).to.deep.include({ gone: 1, losses: [] });
    await spool.close();
    expect(disk.files()).to.deep.equal([]);
  });

  it('tells what it had and nobody has appended again', async () => {
    const disk = new FakeDisk();
    const { spool, told, clock } = subject(disk);
    await spool.append(somePart('b1', [20, 30]), false);
    await spool.append(somePart('b2', [20]), false);
    disk.directory('/').entries.clear();
    await clock.advance(5000);
    await spool.append(somePart('b3', [20]), false);
    expect(await textsIn(spool)).to.deep.equal(['b3:0']);
    expect(told.losses.map(({ id, reason }) => `${id} ${reason}`)).to.deep.equal(['b1 unreadable', 'b2 unreadable']);
    await clock.advance(10_000);
    expect(told.errors).to.have.length(1);
  });
});

describe('A spool in a directory with files of others', () => {
  let disk: FakeDisk;
  beforeEach(() => {
    disk = new FakeDisk();
  });

  /** What a process that has died left, and the path of its owner's file. */
  async function leave(): Promise<string> {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    disk.crash({ power: false });
    return disk.files().find(path => path.endsWith('.owner')) ?? '';
  }

  for (const [words, content] of [
    ['says nothing', ''],
    ['says what is no object', 'null'],
    ['says what is no process', '{"pid":"7","host":"x","thread":0}'],
    ['is no JSON', '{"pid":']
  ] as const) {
    it(`has what was left by an owner whose file ${words}, after a time without a sign of life`, async () => {
      const path = await leave();
      disk.file(path).content = Buffer.from(content);
      const { spool, clock } = subject(disk);
      await spool.open();
      expect(spool.records).to.equal(0);
      await clock.advance(30_000);
      expect(await textsIn(spool)).to.deep.equal(['b1:0']);
    });
  }

  it('has what was left by an owner whose file it may not read', async () => {
    const owner = await leave();
    disk.fault = ({ kind, path }) => (kind === 'open' && path === owner ? 'EACCES' : undefined);
    const { spool, clock } = subject(disk);
    await spool.open();
    await clock.advance(30_000);
    expect(await textsIn(spool)).to.deep.equal(['b1:0']);
  });

  it('has what was left though there are directories and files with names like its own', async () => {
    await leave();
    const store = disk.process();
    await store.mkdir('/spool/shop/0123456789abcdef.owner');
    await store.mkdir('/spool/shop/99999999999999999999999-00000000-0123456789abcdef');
    store.createSync('/spool/shop/README', [], false);
    const { spool, clock, told } = subject(disk);
    await spool.open();
    expect(spool.records).to.equal(1);
    await spool.append(somePart('b2', [20]), false);
    await clock.advance(120_000);
    expect(told).to.deep.include({ errors: [], damages: [] });
    disk.crash({ power: false });
    const next = subject(disk);
    await next.spool.open();
    expect(await textsIn(next.spool)).to.deep.equal(['b1:0', 'b2:0']);
  });

  it('does not wait longer for a sign of life when its clock is put back', async () => {
    await leave();
    const clock = new SteppedClock();
    const { spool } = subject(disk, { store: disk.process({ isForeign: true }), clock });
    await spool.open();
    clock.step = -3_600_000;
    await clock.advance(40_000);
    expect(spool.records).to.equal(1);
  });
});
