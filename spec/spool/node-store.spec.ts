import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { nodeStore } from '../../lib/spool/node-store.js';
import { isAlive, ownFacts } from '../../lib/spool/process-facts.js';

describe("The machine's disk", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spool-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('has files that only the owner may read', async () => {
    const path = join(directory, 'a', 'b');
    await nodeStore.mkdir(path);
    const file = await nodeStore.open(join(path, 'file'), 'create');
    await file.close();
    expect((await stat(join(directory, 'a'))).mode & 0o777).to.equal(0o700);
    expect((await stat(join(path, 'file'))).mode & 0o777).to.equal(0o600);
  });

  it('makes no directory where there can be none, and says so', async () => {
    await writeFile(join(directory, 'file'), '');
    await symlink(join(directory, 'nowhere'), join(directory, 'link'));
    const paths = ['file', join('file', 'below'), 'link', join('link', 'below')].map(path => join(directory, path));
    if (process.platform === 'linux') paths.push('/proc/spool', '/proc/spool/below'); // Node's `recursive` never ends
    for (const path of paths) {
      const error = await nodeStore.mkdir(path).catch(thrown => thrown);
      expect(error, path).to.have.property('code').that.is.oneOf(['EEXIST', 'ENOTDIR', 'ENOENT']);
      expect(() => nodeStore.createSync(join(path, 'x'), [], true), path).to.throw();
    }
  });

  it('takes a link to a directory for that directory', async () => {
    await nodeStore.mkdir(join(directory, 'a'));
    await symlink(join(directory, 'a'), join(directory, 'link'));
    await nodeStore.mkdir(join(directory, 'link', 'b'));
    await nodeStore.mkdir(join(directory, 'link'));
    nodeStore.createSync(join(directory, 'link', 'c', 'file'), [Buffer.from('x')], true);
    expect(await readdir(join(directory, 'a'))).to.have.members(['b', 'c']);
  });

  it('writes, reads, syncs and cuts off', async () => {
    const path = join(directory, 'file');
    const file = await nodeStore.open(path, 'create');
    const chunks = Array.from({ length: 3000 }, (_, index) => Buffer.from(`${index} `)); // more than one writev takes
    await file.write([Buffer.from('head '), Buffer.alloc(0)], 0);
    await file.write(chunks, 5);
    await file.sync();
    const all = `head ${chunks.join('')}`;
    expect(await readFile(path, 'utf8')).to.equal(all);
    expect(await file.size()).to.equal(all.length);
    const into = Buffer.alloc(10);
    expect(await file.read(into, all.length - 5)).to.equal(5);
    expect(into.toString('utf8', 0, 5)).to.equal(all.slice(-5));
    await file.truncate(4);
    await file.close();
    expect(await readFile(path, 'utf8')).to.equal('head');
    await nodeStore.syncDirectory(directory);
  });

  it('rejects with the codes of the system', async () => {
    const path = join(directory, 'file');
    await (await nodeStore.open(path, 'create')).close();
    const codeOf = (promise: Promise<unknown>) =>
      promise.then(
        () => 'none',
        error => error.code
      );
    expect(await codeOf(nodeStore.open(path, 'create'))).to.equal('EEXIST');
    expect(await codeOf(nodeStore.open(join(directory, 'x'), 'read'))).to.equal('ENOENT');
    expect(await codeOf(nodeStore.open(join(directory, 'x'), 'write'))).to.equal('ENOENT');
    expect(await codeOf(nodeStore.rmdir(directory))).to.be.oneOf(['ENOTEMPTY', 'EEXIST']);
    expect(await codeOf(nodeStore.list(join(directory, 'x')))).to.equal('ENOENT');
  });

  it('gives signs of life', async () => {
    const path = join(directory, 'file');
    await (await nodeStore.open(path, 'create')).close();
    const first = await nodeStore.touched(path);
    while ((await nodeStore.touched(path)) === first) await nodeStore.touch(path);
  });

  it('makes a file, and the directories above it, without waiting', async () => {
    const path = join(directory, 'a', 'b', 'file');
    nodeStore.createSync(path, [Buffer.from('one '), Buffer.from('two')], true);
    expect(await readFile(path, 'utf8')).to.equal('one two');
    expect(() => nodeStore.createSync(path, [], false))
      .to.throw()
      .with.property('code', 'EEXIST');
  });

  it('leaves nothing of a file that it could not finish', async () => {
    const path = join(directory, 'file');
    const content = [Buffer.from('one'), { length: 1 } as Uint8Array];
    expect(() => nodeStore.createSync(path, content, false)).to.throw(TypeError);
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('has beacons that are out when nobody listens any more', async () => {
    const path = join(directory, 'x.beacon');
    const own = await ownFacts();
    // Another namespace: nothing but the beacon can tell.
    const other = { ...own, namespace: 'pid:[1]' };
    expect(await isAlive(other, path, own)).to.equal(undefined);
    const darken = await nodeStore.lightBeacon(path);
    expect(await isAlive(other, path, own)).to.equal(true);
    await darken();
    expect(await isAlive(other, path, own)).to.equal(undefined);
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('knows processes that live from dead ones, and from others with the same id', async () => {
    const own = await ownFacts();
    const beacon = join(directory, 'none');
    expect(await nodeStore.isAlive(own, beacon)).to.equal(true);
    expect(await nodeStore.isAlive({ ...own, pid: 2 ** 22 + 1 }, beacon)).to.equal(false);
    if (own.started !== undefined) {
      expect(await nodeStore.isAlive({ ...own, started: '1' }, beacon)).to.equal(false);
    }
    expect(await nodeStore.isAlive({ ...own, thread: 7 }, beacon)).to.equal(undefined);
  });

  it('knows nothing of another host, and that all are dead from before the machine was started', async () => {
    const own = { ...(await ownFacts()), boot: 'now', namespace: 'pid:[4026531836]' };
    const beacon = join(directory, 'none');
    expect(await isAlive({ ...own, boot: 'then' }, beacon, own)).to.equal(false);
    expect(await isAlive({ ...own, boot: 'then', host: 'other' }, beacon, own)).to.equal(undefined);
    expect(await isAlive({ ...own, boot: 'then', namespace: 'pid:[1]' }, beacon, own)).to.equal(undefined);
    const nowhere = { ...own, boot: undefined };
    expect(await isAlive({ ...nowhere, host: 'other' }, beacon, nowhere)).to.equal(undefined);
  });
});
