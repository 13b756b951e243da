import { expect } from 'chai';
import { FakeDisk } from '../support/fake-disk.js';
import { somePart } from '../support/some-part.js';
import { MiB, subject, textsIn } from '../support/spool-subject.js';

const KiB = 1024;

describe('What is damaged in a spool', () => {
  let disk: FakeDisk;
  beforeEach(() => {
    disk = new FakeDisk();
  });

  const segments = () => disk.files().filter(path => path.endsWith('.segment'));
  const aside = () => disk.files().filter(path => path.endsWith('.damaged'));
  const sizeOf = (paths: readonly string[]) => paths.reduce((sum, path) => sum + disk.content(path).length, 0);

  /** A process leaves a batch of so many bytes that cannot be read, and one behind it that can. */
  async function leaveDamaged(id: string, size: number): Promise<void> {
    const known = new Set(segments());
    const { spool } = subject(disk);
    await spool.append(somePart(id, [20], { payload: Buffer.alloc(size), ends: [size] }), false);
    await spool.append(somePart(`${id} behind`, [20]), false);
    disk.crash({ power: false });
    const path = segments().find(segment => !known.has(segment)) ?? '';
    disk.content(path).writeUInt8(1, 500);
  }

  it('is told once, however often it is found again', async () => {
    await leaveDamaged('b1', 1000);
    const first = subject(disk);
    await first.spool.open();
    expect(first.told.damages).to.have.length(1);
    disk.crash({ power: false });
    const second = subject(disk);
    await second.spool.open();
    expect(second.told).to.deep.include({ damages: [], errors: [] });
    expect(await textsIn(second.spool)).to.deep.equal(['b1 behind:0']);
    expect(aside()).to.have.length(1);
  });

  it('is not told again when it is kept no longer', async () => {
    await leaveDamaged('b1', 1000);
    await subject(disk).spool.open();
    disk.crash({ power: false });
    const store = disk.process();
    for (const path of aside()) await store.unlink(path);
    const { spool, told } = subject(disk, { store });
    await spool.open();
    expect(told).to.deep.include({ damages: [], errors: [] });
    expect(await textsIn(spool)).to.deep.equal(['b1 behind:0']);
  });

  it('is kept up to an eighth of maxBytes: the oldest goes', async () => {
    for (const id of ['b1', 'b2', 'b3', 'b4', 'b5']) {
      await leaveDamaged(id, 50 * KiB);
      const { spool, told } = subject(disk, { maxBytes: MiB });
      await spool.open();
      expect(told.damages.map(({ setAside }) => setAside)).to.deep.equal([aside().at(-1)]);
      expect(told.errors).to.deep.equal([]);
      disk.crash({ power: false });
    }
    expect(aside()).to.have.length(2);
  });

  it('is not kept at all if it is more than that', async () => {
    await leaveDamaged('b1', 200 * KiB);
    const { spool, told } = subject(disk, { maxBytes: MiB });
    await spool.open();
    expect(told.damages.map(({ setAside }) => setAside)).to.deep.equal([undefined]);
    expect(told.errors.join()).to.include('an eighth of spool.maxBytes');
    expect(aside()).to.deep.equal([]);
  });

  it('counts as bytes on disk', async () => {
    await leaveDamaged('b1', 120 * KiB);
    const { spool } = subject(disk, { maxBytes: MiB });
    await spool.open();
    expect(sizeOf(aside())).to.be.above(120 * KiB);
    for (let n = 0; n < 30; n++) {
      const size = 50 * KiB;
      await spool.append(somePart(`c${n}`, [20], { payload: Buffer.alloc(size), ends: [size] }), false);
      expect(disk.used).to.be.below(MiB);
    }
  });

  it('is trimmed for a process that may keep less', async () => {
    await leaveDamaged('b1', 500 * KiB);
    const { spool } = subject(disk);
    await spool.open();
    expect(aside()).to.have.length(1);
    disk.crash({ power: false });
    await subject(disk, { maxBytes: MiB }).spool.open();
    expect(aside()).to.deep.equal([]);
  });
});

describe('What another kind of target has left', () => {
  it('is left where it is, told, and not in the way', async () => {
    const disk = new FakeDisk();
    const other = subject(disk, { format: 'msgpack' });
    await other.spool.append(somePart('b1', [20, 30]), false);
    disk.crash({ power: false });
    const { spool, told, clock } = subject(disk);
    await spool.open();
    await spool.append(somePart('b2', [20]), false);
    await clock.advance(120_000);
    expect(await textsIn(spool)).to.deep.equal(['b2:0']);
    expect(told).to.deep.include({ recovered: [], losses: [], damages: [] });
    expect(told.errors).to.deep.equal([
      "taking up what was left: SpoolFormatError: 2 record(s) of a target of this name are in the form 'msgpack', which this " +
        "one, that writes 'json', cannot send: they stay there; give it another name, or send them as they are by 'npx " +
        "logflume spool replay'"
    ]);
    await spool.close();
    const heir = subject(disk, { format: 'msgpack' });
    await heir.spool.open();
    expect(await textsIn(heir.spool)).to.deep.equal(['b1:0', 'b1:1']);
  });
});
