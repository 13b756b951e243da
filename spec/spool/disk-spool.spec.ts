import { expect } from 'chai';
import { LogLevel } from '../../lib/core/level.js';
import { partId } from '../../lib/spool/part-id.js';
import { SpoolFullError } from '../../lib/spool/spool.js';
import { FakeDisk } from '../support/fake-disk.js';
import { records, somePart, textsOf } from '../support/some-part.js';
import { drained, MiB, type Subject, subject, textsIn } from '../support/spool-subject.js';
import { SteppedClock } from '../support/stepped-clock.js';

describe('A spool', () => {
  let disk: FakeDisk;
  beforeEach(() => {
    disk = new FakeDisk();
  });

  it('gives batches back as they were appended, in their order', async () => {
    const { spool } = subject(disk);
    const part = somePart('b1', [10, 20, 30], {
      topics: [
        { topic: 'a', end: 1 },
        { topic: 'b', end: 3 }
      ]
    });
    expect(await Promise.all([spool.append(part, false), spool.append(somePart('b2', [40]), false)])).to.deep.equal([
      [],
      []
    ]);
    const [first, second] = await drained(spool);
    expect(first).to.deep.include({ id: 'b1', chunk: 'b1', format: 'json', topics: part.topics, isTried: false });
    expect(first?.levels).to.deep.equal(Uint8Array.of(10, 20, 30));
    expect(first?.times).to.deep.equal(Float64Array.of(0, 1, 2));
    expect(first?.numbers).to.deep.equal(Uint32Array.of(0, 1, 2));
    expect(first && textsOf(first)).to.deep.equal(['b1:0', 'b1:1', 'b1:2']);
    expect(second && textsOf(second)).to.deep.equal(['b2:0']);
  });

  it('joins the parts of a batch', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [10, 20]), false);
    await spool.append(somePart('b1', [30], { from: 2 }), false);
    const [batch] = await drained(spool);
    expect(batch && textsOf(batch)).to.deep.equal(['b1:0', 'b1:1', 'b1:2']);
    expect(batch).to.deep.include({ chunk: 'b1', topics: [{ topic: 'shop', end: 3 }] });
  });

  it('writes records that come again once only', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [10, 20]), false);
    await spool.append(somePart('b1', [10, 20, 30]), false);
    await spool.append(somePart('b1', [10, 20, 30]), false);
    expect(await textsIn(spool)).to.deep.equal(['b1:0', 'b1:1', 'b1:2']);
  });

  it('rejects a part that leaves records out', async () => {
    const { spool } = subject(disk);
    const error = await spool.append(somePart('b1', [10], { from: 2 }), false).catch(thrown => thrown);
    expect(error).to.be.instanceOf(RangeError);
    expect(error).to.have.property('message', 'batch b1 has 0 record(s) in the spool; none may be left out before 2');
  });

  it('writes and syncs once for all that is appended while the disk is busy', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b0', [20]), false);
    const kinds: string[] = [];
    disk.fault = ({ kind }) => void kinds.push(kind);
    await Promise.all(['b1', 'b2', 'b3'].map(id => spool.append(somePart(id, [20]), false)));
    expect(kinds).to.deep.equal(['write', 'sync']);
  });

  it('passes by what is held, until it is released', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), true);
    expect(spool.hasMore).to.equal(false);
    await spool.append(somePart('b2', [20]), false);
    expect((await spool.take())?.id).to.equal('b2');
    spool.release('b1');
    expect(spool.hasMore).to.equal(true);
    expect((await spool.take())?.id).to.equal('b1');
    expect(await spool.take()).to.equal(undefined);
  });

  it('counts records until they are done with', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', records(3)), false);
    await spool.append(somePart('b2', records(2), { times: [7, 8] }), false);
    expect([spool.records, spool.since]).to.deep.equal([5, 0]);
    spool.done('b1');
    expect([spool.records, spool.since]).to.deep.equal([2, 7]);
    spool.done('b2', [1]);
    expect(spool.records).to.equal(1);
    spool.done('b2');
    expect([spool.records, spool.since]).to.deep.equal([0, undefined]);
  });

  it('gives what is left of a batch an id of its own', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', records(4)), false);
    spool.done('b1', [0, 2]);
    const [batch] = await drained(spool);
    expect(batch && textsOf(batch)).to.deep.equal(['b1:1', 'b1:3']);
    expect(batch?.chunk).to.equal(partId('b1', [1, 3]));
    expect(batch?.topics).to.deep.equal([{ topic: 'shop', end: 2 }]);
  });

  it('can be done with a batch that is being written', async () => {
    const { spool } = subject(disk);
    const appended = spool.append(somePart('b1', [20]), false);
    spool.done('b1');
    await appended;
    expect(await spool.take()).to.equal(undefined);
    expect(spool.records).to.equal(0);
  });

  it('takes a batch that was done with as a new one', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    spool.done('b1');
    await spool.append(somePart('b1', [20]), false);
    expect(await textsIn(spool)).to.deep.equal(['b1:0']);
  });

  it('removes files that hold nothing any more', async () => {
    const { spool, clock } = subject(disk, { maxBytes: MiB });
    for (let index = 0; index < 20; index++) await spool.append(somePart(`b${index}`, records(1000)), false);
    const segments = () => disk.files().filter(path => path.endsWith('.segment')).length;
    expect(segments()).to.be.above(3);
    await drained(spool);
    await clock.advance(1000);
    expect(segments()).to.equal(0);
    expect(spool.bytes).to.equal(0);
  });

  it('leaves nothing behind when it is closed empty', async () => {
    const { spool } = subject(disk);
    await spool.open();
    await spool.append(somePart('b1', [20]), false);
    await drained(spool);
    await spool.close();
    expect([...disk.root.walk('')].map(([path]) => path)).to.deep.equal(['/spool']);
  });

  it('refuses a second target of the same name, as long as the first is there', async () => {
    const { spool, store } = subject(disk);
    expect(() => subject(disk, { store })).to.throw(
      TypeError,
      "spool.directory must not be the same for two targets with the name 'shop', got /spool; give each a name of its own"
    );
    subject(disk, { store, name: 'bank' });
    await spool.close();
    subject(disk, { store });
  });

  it('waits for one of the same name that is being closed, and has what that one leaves', async () => {
    const { spool, store } = subject(disk);
    void spool.append(somePart('b1', [20]), false);
    void spool.close();
    const { spool: next } = subject(disk, { store });
    expect(() => subject(disk, { store })).to.throw(TypeError);
    await next.open();
    await next.append(somePart('b2', [20]), false);
    expect(await textsIn(next)).to.deep.equal(['b1:0', 'b2:0']);
    await next.close();
    expect(disk.files()).to.deep.equal([]);
  });

  it('gives up what is older than maxAge', async () => {
    const { spool, told, clock } = subject(disk, { maxAge: 10_000 });
    const now = clock.now();
    await spool.append(somePart('b1', [20, 30], { times: [now, now + 1] }), false);
    await spool.append(somePart('b2', [20], { times: [now + 9000] }), false);
    await clock.advance(15_000);
    expect(told.losses).to.deep.equal([
      { reason: 'too old', id: 'b1', numbers: [0, 1], levels: [20, 30], times: [now, now + 1] }
    ]);
    expect(await textsIn(spool)).to.deep.equal(['b2:0']);
  });

  it('gives nothing that has become too old since', async () => {
    const { spool, told, clock } = subject(disk, { maxAge: 2000 });
    await spool.append(somePart('b1', [20], { times: [clock.now()] }), false);
    await clock.advance(3000);
    expect(await spool.take()).to.equal(undefined);
    expect(told.losses).to.have.length(1);
  });

  it('keeps a batch that cannot be understood in a file of its own', async () => {
    const { spool } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    await spool.take();
    await spool.setAside('b1');
    expect(spool.records).to.equal(0);
    expect(disk.content('/spool/shop/batch-b1.damaged').toString()).to.equal('b1:0 ');
  });
});

describe('A spool that is taken up', () => {
  let disk: FakeDisk;
  beforeEach(() => {
    disk = new FakeDisk();
  });

  it('has what was left, before what is new', async () => {
    const first = subject(disk);
    await first.spool.append(somePart('b1', [20, 30]), false);
    await first.spool.append(somePart('b2', [20]), false);
    disk.crash({ power: true });
    const { spool, told } = subject(disk);
    await spool.append(somePart('b3', [20]), false);
    await spool.open();
    expect(told.recovered).to.deep.equal([3]);
    expect(await textsIn(spool)).to.deep.equal(['b1:0', 'b1:1', 'b2:0', 'b3:0']);
    expect(told).to.deep.include({ losses: [], damages: [], errors: [] });
  });

  it('does not have what was done with', async () => {
    const first = subject(disk);
    await first.spool.append(somePart('b1', records(3)), false);
    await first.spool.append(somePart('b2', records(3)), false);
    first.spool.done('b1');
    first.spool.done('b2', [0]);
    await first.clock.settle();
    disk.crash({ power: false });
    const { spool } = subject(disk);
    await spool.open();
    const [batch] = await drained(spool);
    expect(batch).to.deep.include({ id: 'b2', chunk: partId('b2', [1, 2]) });
  });

  it('has what several dead processes have left, by age, and nothing of one that lives', async () => {
    for (const id of ['b1', 'b2']) {
      const { spool, store, clock } = subject(disk);
      await spool.append(somePart(id, [20]), false);
      await clock.advance(1);
      store.kill();
    }
    const living = subject(disk);
    await living.spool.append(somePart('b3', [20]), false);
    const { spool } = subject(disk);
    await spool.open();
    expect((await textsIn(spool)).sort()).to.deep.equal(['b1:0', 'b2:0']);
    expect(await textsIn(living.spool)).to.deep.equal(['b3:0']);
  });

  it('has what is older first, also if that is found later', async () => {
    const older = subject(disk);
    await older.spool.append(somePart('b1', [20]), false);
    const newer = subject(disk);
    await newer.spool.append(somePart('b2', [20]), false);
    newer.store.kill();
    const { spool, clock } = subject(disk);
    await spool.open();
    older.store.kill();
    await clock.advance(60_000);
    expect(await textsIn(spool)).to.deep.equal(['b1:0', 'b2:0']);
  });

  it('has all of it after an attempt that failed half way', async () => {
    for (const id of ['b1', 'b2', 'b3']) {
      const { spool, store } = subject(disk);
      await spool.append(somePart(id, [20]), false);
      store.kill();
    }
    const { spool } = subject(disk);
    let renames = 0;
    disk.fault = ({ kind }) => (kind === 'rename' && ++renames === 2 ? 'EIO' : undefined);
    expect(await spool.open().catch(error => error)).to.have.property('code', 'EIO');
    await spool.open();
    expect(await textsIn(spool)).to.deep.equal(['b1:0', 'b2:0', 'b3:0']);
  });

  it('waits with what follows for what cannot be read only because too many files are open', async () => {
    for (const id of ['b1', 'b2']) {
      const { spool, store } = subject(disk);
      await spool.append(somePart(id, [20]), false);
      store.kill();
    }
    const { spool } = subject(disk);
    disk.fault = ({ kind, path }) => (kind === 'open' && path.endsWith('.segment') ? 'EMFILE' : undefined);
    expect(await spool.open().catch(error => error)).to.have.property('code', 'EMFILE');
    disk.fault = undefined;
    expect(await spool.take()).to.equal(undefined);
    await spool.open();
    expect(await textsIn(spool)).to.deep.equal(['b1:0', 'b2:0']);
  });

  it('has what could not be read at the first attempt, in its order', async () => {
    const dead = subject(disk);
    await dead.spool.append(somePart('b1', [20]), false);
    dead.store.kill();
    const count = disk.operations;
    for (let n = count; n < count + 40; n++) {
      const { spool, told, store } = subject(disk);
      disk.fault = ({ index, kind }) =>
        index === n && ['list', 'open', 'size', 'read', 'close'].includes(kind) ? 'EIO' : undefined;
      await spool.open().catch(() => spool.open());
      disk.fault = undefined;
      expect(told.recovered).to.deep.equal([1]);
      expect(told.damages).to.deep.equal([]);
      store.kill();
    }
  });

  it('passes by what cannot be read for another reason, and tells', async () => {
    for (const id of ['b1', 'b2']) {
      const { spool, store } = subject(disk);
      await spool.append(somePart(id, [20]), false);
      store.kill();
    }
    const { spool, told } = subject(disk);
    let reads = 0;
    disk.fault = ({ kind, path }) => (kind === 'read' && path.endsWith('.segment') && ++reads <= 3 ? 'EIO' : undefined);
    await spool.open();
    disk.fault = undefined;
    expect(await textsIn(spool)).to.deep.equal(['b2:0']);
    expect(told.damages.map(({ length, setAside = '' }) => [length, disk.find(setAside) !== undefined])).to.deep.equal([
      [undefined, true]
    ]);
  });

  it('has once what two logs hold, and what one of them holds more of', async () => {
    const first = subject(disk);
    await first.spool.append(somePart('b1', [20, 20]), false);
    await first.spool.append(somePart('b2', [20, 20]), false);
    first.store.kill();
    const second = subject(disk, { name: 'other' });
    await second.clock.advance(1000);
    await second.spool.append(somePart('b1', [20, 20]), false);
    await second.spool.append(somePart('b2', records(4)), false);
    second.store.kill();
    const [log = ''] = [...disk.directory('/spool/other').entries.keys()].filter(name => /-[0-9a-f]{16}$/.test(name));
    await disk.process().rename(`/spool/other/${log}`, `/spool/shop/${log}`);
    const { spool, told, clock } = subject(disk);
    await spool.open();
    await spool.append(somePart('b3', [20]), false);
    const batches = await drained(spool);
    await clock.advance(10_000);
    batches.push(...(await drained(spool)));
    expect(batches.flatMap(textsOf)).to.deep.equal(['b1:0', 'b1:1', 'b2:0', 'b2:1', 'b3:0', 'b2:2', 'b2:3']);
    expect(new Set(batches.map(({ chunk }) => chunk)).size).to.equal(4);
    expect(told).to.deep.include({ recovered: [4, 2], losses: [], errors: [] });
    await spool.close();
    expect(disk.files().filter(path => path.startsWith('/spool/shop/'))).to.deep.equal([]);
  });

  it('is taken up by one only of those that begin together', async () => {
    const dead = subject(disk);
    for (const id of ['b1', 'b2', 'b3']) await dead.spool.append(somePart(id, [20]), false);
    dead.store.kill();
    const heirs = [subject(disk), subject(disk), subject(disk)];
    await Promise.all(heirs.map(({ spool }) => spool.open()));
    const taken = await Promise.all(heirs.map(({ spool }) => textsIn(spool)));
    expect(taken.flat().sort()).to.deep.equal(['b1:0', 'b2:0', 'b3:0']);
  });

  it('has what a process leaves that dies later', async () => {
    const other = subject(disk);
    await other.spool.append(somePart('b1', [20]), false);
    const { spool, told, clock } = subject(disk);
    await spool.open();
    other.store.kill();
    await clock.advance(60_000);
    expect(told.recovered).to.deep.equal([1]);
    expect(await textsIn(spool)).to.deep.equal(['b1:0']);
  });

  it('waits for signs of life where nothing else can be known', async () => {
    const other = subject(disk);
    await other.spool.append(somePart('b1', [20]), false);
    const { spool, told, clock } = subject(disk, { store: disk.process({ isForeign: true }) });
    await spool.open();
    for (let seconds = 0; seconds < 100; seconds += 5) {
      await other.clock.advance(5000);
      await clock.advance(5000);
    }
    expect(told.recovered).to.deep.equal([]);
    await clock.advance(15_000);
    expect(told.recovered).to.deep.equal([]);
    await clock.advance(10_000);
    expect(told.recovered).to.deep.equal([1]);
  });

  it('is not misled by a clock that is put forward', async () => {
    const other = subject(disk);
    await other.spool.append(somePart('b1', [20]), false);
    const clock = new SteppedClock();
    const { spool, told } = subject(disk, { store: disk.process({ isForeign: true }), clock });
    await spool.open();
    clock.step = 3_600_000;
    await clock.advance(10_000);
    expect(told.recovered).to.deep.equal([]);
  });

  it('lets go of what another has taken', async () => {
    const { spool, told, clock } = subject(disk);
    await spool.append(somePart('b1', [20]), false);
    const other = subject(disk, { store: disk.process({ isForeign: true }) });
    await other.spool.open();
    await other.clock.advance(30_000); // this one cannot run meanwhile
    expect(await textsIn(other.spool)).to.deep.equal(['b1:0']);
    await clock.advance(5000);
    expect(told.errors).to.deep.equal([
      'keeping the spool: Error: its directory was removed, or taken over by another process'
    ]);
    await spool.append(somePart('b2', [20]), false);
    expect(await textsIn(spool)).to.deep.equal(['b2:0']);
    expect(told.losses.map(({ id, reason }) => `${id} ${reason}`)).to.deep.equal(['b1 unreadable']);
  });

  it('has what was written at the exit, once', async () => {
    const first = subject(disk);
    void first.spool.append(somePart('b1', [20]), false);
    expect(first.spool.appendSync([somePart('b1', [20]), somePart('b2', [20])])).to.equal(2);
    await first.clock.settle();
    disk.crash({ power: true });
    const { spool, told } = subject(disk);
    await spool.open();
    expect(told.recovered).to.deep.equal([2]);
    expect((await textsIn(spool)).sort()).to.deep.equal(['b1:0', 'b2:0']);
  });

  it('makes safe from a power cut what a killed process had not synced, as it may be sent at once', async () => {
    const first = subject(disk, { fsync: 'interval' });
    await first.spool.append(somePart('b1', [20]), false);
    disk.crash({ power: false });
    await subject(disk).spool.open();
    disk.crash({ power: true });
    const { spool } = subject(disk);
    await spool.open();
    expect(await textsIn(spool)).to.deep.equal(['b1:0']);
  });

  it('says nothing of a write that was cut short', async () => {
    const first = subject(disk);
    await first.spool.append(somePart('b1', [20]), false);
    disk.crash({ power: false });
    const [path = ''] = disk.files().filter(name => name.endsWith('.segment'));
    const file = disk.file(path);
    file.truncate(file.content.length - 1);
    const { spool, told } = subject(disk);
    await spool.open();
    expect(await textsIn(spool)).to.deep.equal([]);
    expect(told).to.deep.include({ losses: [], damages: [], errors: [] });
  });

  it('tells of an end that is missing where more was written later', async () => {
    const first = subject(disk, { maxBytes: MiB });
    for (const id of ['b1', 'b2', 'b3']) await first.spool.append(somePart(id, records(3000)), false);
    disk.crash({ power: false });
    const segments = disk.files().filter(name => name.endsWith('.segment'));
    const file = disk.file(segments.sort()[1] ?? '');
    file.truncate(file.content.length - 1);
    const { spool, told } = subject(disk, { maxBytes: MiB });
    await spool.open();
    expect((await drained(spool)).map(({ id }) => id)).to.deep.equal(['b1', 'b3']);
    expect(told.damages).to.have.length(1);
  });

  it('sets a damaged part aside, and gives what is behind it', async () => {
    const first = subject(disk);
    for (const id of ['b1', 'b2', 'b3']) await first.spool.append(somePart(id, [20]), false);
    disk.crash({ power: false });
    const [path = ''] = disk.files().filter(name => name.endsWith('.segment'));
    const content = disk.content(path);
    const at = content.indexOf('b2:0');
    content[at] = 0;
    const { spool, told } = subject(disk);
    await spool.open();
    expect(await textsIn(spool)).to.deep.equal(['b1:0', 'b3:0']);
    expect(told.damages).to.have.length(1);
    const [damage] = told.damages;
    expect(disk.content(damage?.setAside ?? '')).to.have.length(damage?.length ?? 0);
    expect(damage?.length).to.equal(content.length / 3 - 8 / 3);
  });

  it('tells of a batch that is damaged later, and gives the others', async () => {
    const { spool, told } = subject(disk);
    await spool.append(somePart('b1', [20, 30]), false);
    await spool.append(somePart('b2', [20]), false);
    const [path = ''] = disk.files().filter(name => name.endsWith('.segment'));
    const content = disk.content(path);
    content[content.indexOf('b1:0')] = 0;
    expect(await textsIn(spool)).to.deep.equal(['b2:0']);
    expect(told.losses).to.deep.equal([
      { reason: 'unreadable', id: 'b1', numbers: [0, 1], levels: [20, 30], times: [0, 0] }
    ]);
    expect(disk.content('/spool/shop/batch-b1.damaged').includes(' b1:1 ')).to.equal(true);
  });
});

describe('A spool that is full', () => {
  let disk: FakeDisk;
  beforeEach(() => {
    disk = new FakeDisk();
  });

  /** Appends batches of records of a level until something is dropped. */
  async function fill({ spool, told }: Subject, level: number, prefix = 'b'): Promise<number> {
    for (let index = 0; ; index++) {
      const dropped = await spool.append(somePart(`${prefix}${index}`, records(1000, level)), false);
      if (dropped.length > 0 || told.losses.length > 0) return index;
    }
  }

  it('leaves to others, or until there is room, what it has no room for, and drops nothing of it', async () => {
    const size = 400 * 1024;
    const big = (id: string) => somePart(id, [20], { payload: Buffer.alloc(size, `${id} `), ends: [size] });
    for (const id of ['b1', 'b2', 'b3', 'b4']) {
      await subject(disk, { maxBytes: MiB }).spool.append(big(id), false);
    }
    disk.crash({ power: false });
    const first = subject(disk, { maxBytes: MiB });
    const second = subject(disk, { maxBytes: MiB });
    await first.spool.open();
    await second.spool.open();
    expect([first.spool.records, second.spool.records]).to.deep.equal([2, 2]);
    expect([...first.told.losses, ...second.told.losses]).to.deep.equal([]);
    disk.crash({ power: false });
    const { spool, told, clock } = subject(disk, { maxBytes: MiB });
    await spool.open();
    const ids = (await drained(spool)).map(({ id }) => id);
    await clock.advance(6000);
    ids.push(...(await drained(spool)).map(({ id }) => id));
    expect(ids).to.have.members(['b1', 'b2', 'b3', 'b4']);
    expect(told).to.deep.include({ losses: [], recovered: [1, 1, 1, 1] });
  });

  it('drops the oldest of the lowest level, and stays within maxBytes', async () => {
    const made = subject(disk, { maxBytes: MiB });
    const { spool, told } = made;
    await spool.append(somePart('low', [...records(500, LogLevel.ERROR), ...records(500, LogLevel.DEBUG)]), false);
    await fill(made, LogLevel.INFORMATION);
    expect(told.losses[0]).to.deep.include({ reason: 'queue full', id: 'low', levels: records(500, LogLevel.DEBUG) });
    expect(told.losses[1]).to.deep.include({ reason: 'queue full', id: 'b0', levels: records(1000) });
    expect(disk.used).to.be.below(MiB);
    const [first] = await drained(spool);
    expect(first).to.deep.include({
      id: 'low',
      chunk: partId(
        'low',
        Array.from({ length: 500 }, (_, index) => index)
      )
    });
  });

  it('does not take what would be dropped first', async () => {
    const made = subject(disk, { maxBytes: MiB });
    await fill(made, LogLevel.ERROR);
    const dropped = await made.spool.append(
      somePart('x', [LogLevel.DEBUG, LogLevel.CRITICAL, ...records(2000, LogLevel.DEBUG)]),
      false
    );
    expect(dropped.length === 0 || dropped.length === 2001).to.equal(true);
    for (let index = 0; index < 20; index++) {
      const all = await made.spool.append(somePart(`y${index}`, records(1000, LogLevel.DEBUG)), false);
      if (all.length === 0) continue;
      expect(all).to.have.length(1000);
      return;
    }
    expect.fail('all were taken');
  });

  it('is crowded from four fifths on', async () => {
    const { spool } = subject(disk, { maxBytes: MiB });
    while (!spool.isCrowded) await spool.append(somePart(`b${spool.records}`, records(100)), false);
    expect(spool.bytes).to.be.within(MiB * 0.74, MiB * 0.8);
    await drained(spool);
    await spool.close();
    expect(spool.isCrowded).to.equal(false);
  });

  it('drops nothing that is held or was tried', async () => {
    const { spool, told } = subject(disk, { maxBytes: MiB });
    let error: unknown;
    for (let index = 0; error === undefined; index++) {
      const isHeld = index % 2 === 0;
      const part = somePart(`b${index}`, records(1000), { isTried: !isHeld });
      await spool.append(part, isHeld).catch(thrown => {
        error = thrown;
      });
    }
    expect(error).to.be.instanceOf(SpoolFullError);
    expect(told.losses).to.deep.equal([]);
  });

  it('knows after a crash what is left of a batch', async () => {
    const made = subject(disk, { maxBytes: MiB });
    await made.spool.append(somePart('low', [...records(500, 40), ...records(500, 10)]), false);
    await fill(made, 20);
    disk.crash({ power: true });
    const { spool, told } = subject(disk, { maxBytes: MiB });
    await spool.open();
    const [first] = await drained(spool);
    expect(first?.chunk).to.equal(
      partId(
        'low',
        Array.from({ length: 500 }, (_, index) => index)
      )
    );
    expect(told).to.deep.include({ losses: [], damages: [], errors: [] });
  });
});
