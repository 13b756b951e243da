import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runCommand } from '../../lib/cli/command.js';
import { version } from '../../lib/core/version.js';
import { fileName } from '../../lib/spool/names.js';
import { diskSpool, jsonPart, leaveSpool } from '../support/left-spool.js';
import { somePart } from '../support/some-part.js';

async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: [string[], string[]] = [[], []];
  const isCommand = args[0]?.startsWith('--') === false;
  const code = await runCommand([...(isCommand ? ['spool'] : []), ...args], {
    out: line => void out.push(line),
    err: line => void err.push(line)
  });
  return { code, out, err };
}

describe('logflume spool', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spool-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('ls tells what is there, of whom, and whether that one lives', async () => {
    await leaveSpool(directory, 'shop/eu', 'json', [jsonPart('b1', [1, 2]), jsonPart('b2', [3])]);
    const living = diskSpool(directory, 'bank', 'json');
    await living.append(jsonPart('b3', [4]), false);
    const { code, out } = await run('ls', directory);
    await living.close();
    expect(code).to.equal(0);
    expect(out).to.have.length(2);
    expect(out[0]).to.match(
      new RegExp(
        `^bank: 1 record\\(s\\) in 1 batch\\(es\\) of json, \\d+ bytes, since 1970-01-01T00:00:00.000Z; kept by process ${process.pid} on`
      )
    );
    expect(out[1]).to.match(/^shop\/eu: 3 record\(s\) in 2 batch\(es\) of json, \d+ bytes, since .*Z; left behind$/);
  });

  it('cat prints the records of all formats', async () => {
    await leaveSpool(directory, 'shop', 'json', [jsonPart('b1', [{ message: 'paid\u202e' }, { n: 2 }])]);
    const other = diskSpool(directory, 'bank', 'msgpack');
    const entry = Buffer.from([0x92, 0xd7, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x81, 0xa1, 0x61, 1]); // [EventTime(1, 0), { a: 1 }]
    await other.append(somePart('b2', [40], { payload: entry, ends: [entry.length] }), false);
    await other.append(somePart('b3', [40], { payload: Buffer.from([0xc1]), ends: [1] }), false);
    await other.close();
    const { code, out } = await run('cat', directory);
    expect(code).to.equal(0);
    const common = { time: '1970-01-01T00:00:00.000Z', level: 'ERROR', topic: 'shop' };
    expect(out.map(line => JSON.parse(line))).to.deep.equal([
      { target: 'bank', chunk: 'b2', ...common, record: { a: 1 } },
      { target: 'bank', chunk: 'b3', ...common, base64: 'wQ==' },
      { target: 'shop', chunk: 'b1', ...common, level: 'INFORMATION', record: { message: 'paid\u202e' } },
      {
        target: 'shop',
        chunk: 'b1',
        ...common,
        time: '1970-01-01T00:00:00.001Z',
        level: 'INFORMATION',
        record: { n: 2 }
      }
    ]);
    expect(out[2]).to.include('paid\\u202e');
  });

  it('cat looks at one target only, by its name or its directory', async () => {
    await leaveSpool(directory, 'shop', 'json', [jsonPart('b1', [1])]);
    await leaveSpool(directory, 'bank', 'json', [jsonPart('b2', [2])]);
    expect((await run('cat', directory, '--target', 'bank')).out).to.have.length(1);
    expect((await run('cat', directory, '--target', 'hop')).code).to.equal(1);
    expect((await run('cat', join(directory, 'shop'))).out.join()).to.include('"b1"');
  });

  it('cat waits for a reader that is slow', async () => {
    await leaveSpool(directory, 'shop', 'json', [jsonPart('b1', [1, 2, 3])]);
    let waiting = 0;
    let most = 0;
    const out = async () => {
      most = Math.max(most, ++waiting);
      await new Promise(setImmediate);
      waiting--;
    };
    await runCommand(['spool', 'cat', directory], { out, err: () => undefined });
    expect(most).to.equal(1);
  });

  it('cat fails when part of it cannot be read, and prints the rest', async () => {
    await leaveSpool(directory, 'shop', 'json', [jsonPart('b1', [1]), jsonPart('b2', [2]), jsonPart('b3', [3])]);
    const files = await readdir(directory, { recursive: true });
    const path = join(directory, files.find(name => name.endsWith('.segment')) ?? '');
    const content = await readFile(path);
    content[content.indexOf('2\n')] = 0;
    await writeFile(path, content);
    const { code, out, err } = await run('cat', directory);
    expect(out.map(line => JSON.parse(line).record)).to.deep.equal([1, 3]);
    expect({ code, err }).to.deep.equal({
      code: 1,
      err: ['logflume: 1 part(s) are damaged or cannot be read, and were left out']
    });
  });

  it('tells of what cannot be read, and of all the rest', async () => {
    await leaveSpool(directory, 'shop', 'json', [jsonPart('b1', [1])]);
    await writeFile(join(directory, 'shop', '1700000000000-00000000-0123456789abcdef'), 'x');
    const listed = await run('ls', directory);
    expect(listed.out[0]).to.match(/^shop: \/.*-0123456789abcdef cannot be read: Error: ENOTDIR.*; left behind$/);
    expect(listed.out[1]).to.match(/^shop: 1 record/);
    expect(listed).to.deep.include({ code: 1, err: ['logflume: 1 part(s) cannot be read'] });
    expect(await run('cat', directory)).to.have.property('code', 1);
    expect((await run('cat', directory)).out).to.have.length(1);
  });

  it('prints nothing that commands a terminal', async () => {
    const name = 'a\u001b[2J\nb\u202e';
    await leaveSpool(directory, name, 'json', [jsonPart('b1', [1])]);
    const owner = (await readdir(join(directory, fileName(name)))).find(file => /-[0-9a-f]{16}$/.test(file)) ?? '';
    const facts = { pid: 1, thread: 0, host: '\u001b[2J', boot: 'another' };
    await writeFile(join(directory, fileName(name), `${owner.slice(-16)}.owner`), JSON.stringify(facts));
    const listed = await run('ls', directory);
    expect(listed.out[0]).to.match(
      /^a\\u001b\[2J\\nb\\u202e: 1 record.*kept by process 1 on \\u001b\[2J, which may not/
    );
    const none = await run('ls', directory, '--target', '\u001b[2J');
    expect(none.err[0]).to.match(/no spool of \\u001b\[2J$/);
  });

  it('leaves a directory alone that is no spool, whatever its files are called', async () => {
    await writeFile(join(directory, 'photo.damaged'), 'x');
    await writeFile(join(directory, 'photo.owner'), 'x');
    expect((await run('drop', directory)).err).to.deep.equal([`logflume: ${directory} holds no spool`]);
    expect(await readdir(directory)).to.have.length(2);
  });

  it('drop deletes what was left and what was set aside', async () => {
    await leaveSpool(directory, 'shop', 'json', [jsonPart('b1', [1, 2])]);
    await writeFile(join(directory, 'shop', 'batch-x.damaged'), 'x');
    expect(await run('drop', directory)).to.deep.equal({ code: 0, out: ['shop: 2 record(s) dropped'], err: [] });
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('drop deletes nothing that a living process keeps', async () => {
    await leaveSpool(directory, 'bank', 'json', [jsonPart('b1', [1])]);
    const living = diskSpool(directory, 'shop', 'json');
    await living.append(jsonPart('b2', [1]), false);
    const { code, err } = await run('drop', directory);
    expect(code).to.equal(1);
    expect(err[0]).to.match(/^logflume: shop is kept by process \d+ on .*; stop it first$/);
    expect(living.records).to.equal(1);
    await living.close();
    expect((await run('ls', directory)).out).to.have.length(2);
  });

  it('tells what is wrong with its arguments', async () => {
    expect((await run('ls', join(directory, 'none'))).err[0]).to.match(/^logflume: .*none cannot be read: ENOENT/);
    expect((await run('ls', directory)).err[0]).to.equal(`logflume: ${directory} holds no spool`);
    await leaveSpool(directory, 'shop', 'json', [jsonPart('b1', [1])]);
    expect((await run('cat', directory, '--target', 'x')).err).to.deep.equal([
      `logflume: ${directory} holds no spool of x`
    ]);
    expect((await run('replay', directory)).err[0]).to.match(/^logflume: replay needs --config or --to/);
    expect((await run('replay', directory, '--to', 'x')).err[0]).to.match(/^logflume: --to must be an address like/);
    expect((await run('replay', directory, '--timeout', 'x')).err[0]).to.match(/^logflume: --timeout must be/);
    for (const args of [['eat', directory], ['ls'], ['ls', '--nothing', directory]]) {
      expect((await run(...args)).code).to.equal(2);
    }
    expect(await run('--help')).to.deep.include({ code: 0, err: [] });
    expect(await run('--version')).to.deep.equal({ code: 0, out: [version], err: [] });
  });
});
