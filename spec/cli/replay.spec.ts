import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runCommand } from '../../lib/cli/command.js';
import { FluentdServer } from '../../lib/testing/fluentd-server.js';
import { LogstashServer } from '../../lib/testing/logstash-server.js';
import { forwardPart, jsonPart, leaveSpool } from '../support/left-spool.js';

async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const [out, err]: [string[], string[]] = [[], []];
  const write = (into: string[]) => (line: string) => void into.push(line);
  const code = await runCommand(['spool', ...args], { out: write(out), err: write(err) });
  return { code, out, err };
}

describe('logflume spool replay', () => {
  let directory: string;
  let server: FluentdServer;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spool-'));
    server = await FluentdServer.start();
  });
  afterEach(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** A program that could not send its records has ended. */
  async function leave(name: string, count: number): Promise<void> {
    const values = Array.from({ length: count }, (_, index) => ({ n: index + 1, logger: 'Shop', message: 'paid' }));
    await leaveSpool(directory, name, 'msgpack', [forwardPart(name, values)]);
  }

  const numbers = () => server.events.map(({ record }) => record['n']);

  it('sends to an address what was left', async () => {
    await leave('shop', 3);
    const { code, out, err } = await run('replay', directory, '--to', `fluentd://127.0.0.1:${server.port}?tag=again`);
    expect({ code, out, err }).to.deep.equal({ code: 0, out: ['shop: 3 record(s) sent'], err: [] });
    expect(numbers()).to.deep.equal([1, 2, 3]);
    expect(server.messages[0]?.chunk).to.equal('shop');
    expect(await readdir(directory)).to.deep.equal([]);
  });

  it('sends to the target of that name in a configuration, and to no other', async () => {
    await leave('shop', 2);
    await leave('bank', 1);
    const config = join(directory, 'logging.json');
    const target = { type: 'fluentd', tag: 'x', port: server.port, spool: { directory: '/elsewhere', mode: 'always' } };
    await writeFile(config, JSON.stringify({ targets: { shop: target, bank: { ...target, fallbackTarget: 'shop' } } }));
    const { code, out } = await run('replay', directory, '--target', 'shop', '--config', config);
    expect({ code, out }).to.deep.equal({ code: 0, out: ['shop: 2 record(s) sent'] });
    const listed = await run('ls', directory);
    expect(listed.out.join(), listed.err.join()).to.match(/^bank: 1 record/);
    expect((await run('replay', directory, '--config', config)).out).to.deep.equal(['bank: 1 record(s) sent']);
    expect(numbers()).to.deep.equal([1, 2, 1]);
  });

  it('leaves what could not be sent in time', async () => {
    await leave('shop', 2);
    await server.refuse();
    const to = `fluentd://127.0.0.1:${server.port}?tag=x`;
    const { code, out, err } = await run('replay', directory, '--to', to, '--timeout', '300');
    expect({ code, out }).to.deep.equal({ code: 1, out: ['shop: 0 record(s) sent'] });
    expect(err.at(-1)).to.equal('logflume: shop: 2 record(s) are left after 300 ms');
    expect((await run('cat', directory)).out).to.have.length(2);
  });

  it('refuses what the target of that address cannot send, and leaves it', async () => {
    await leave('shop', 2);
    const { code, out, err } = await run('replay', directory, '--to', 'logstash://127.0.0.1:1?transport=beats');
    expect({ code, out }).to.deep.equal({ code: 1, out: ['shop: 0 record(s) sent'] });
    expect(err).to.have.length(1);
    expect(err[0]).to.match(
      /^logflume: shop: 2 record\(s\) .* in the form 'msgpack', which this one, that writes 'json'/
    );
    expect((await run('cat', directory)).out).to.have.length(2);
  });

  it('fails when records are lost', async () => {
    await leaveSpool(directory, 'shop', 'json', [jsonPart('b1', [{ message: 'bad' }])]);
    await using logstash = await LogstashServer.start({ input: 'http' });
    logstash.rejectEvents(() => true);
    const { code, err } = await run(
      'replay',
      directory,
      '--to',
      `logstash://127.0.0.1:${logstash.port}?transport=http`
    );
    expect({ code, last: err.at(-1) }).to.deep.equal({ code: 1, last: 'logflume: shop: 1 record(s) are lost' });
  });

  it('takes credentials, a path and an IPv6 host out of an address, and shows no password', async () => {
    await leaveSpool(directory, 'shop', 'json', [jsonPart('b1', [{ message: 'x' }])]);
    await using logstash = await LogstashServer.start({ input: 'http', host: '::1' });
    logstash.requireLogin('ada', 's/cret');
    const to = `logstash://ada:s%2Fcret@[::1]:${logstash.port}/in?transport=http`;
    expect((await run('replay', directory, '--to', to)).code).to.equal(0);
    expect(logstash.requests.map(({ path }) => path)).to.deep.equal(['/in']);
    await leave('bank', 1);
    const { err } = await run('replay', directory, '--to', 'fluentd://ada:cret@host:99999');
    expect(err.join()).to.include('//…@host:99999').and.not.include('cret');
  });

  it('tells that a configuration has no target of that name', async () => {
    await leave('shop', 1);
    const config = join(directory, 'logging.json');
    await writeFile(config, JSON.stringify({ targets: { bank: { type: 'fluentd', tag: 'x' } } }));
    const { code, err } = await run('replay', directory, '--config', config);
    expect({ code, err }).to.deep.equal({ code: 1, err: [`logflume: ${config} has no target with the name shop`] });
  });
});
