import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LoggerFactory } from '../../lib/core/factory.js';
import type { LogTarget } from '../../lib/core/target.js';
import type { SpoolOptions } from '../../lib/delivery/spool-options.js';
import { FluentdTarget } from '../../lib/targets/fluentd/target.js';
import { LogstashTarget } from '../../lib/targets/logstash/target.js';
import { FluentdServer } from '../../lib/testing/fluentd-server.js';
import { LogstashServer } from '../../lib/testing/logstash-server.js';
import { numbers } from '../support/arrange.js';

const quick = { retryDelay: 5, maxRetryDelay: 5, onFailure: () => undefined };

describe('A spool on a real disk', () => {
  let directory = '';
  const servers: { close(): Promise<void> }[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'logflume-spool-'));
  });

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const spool = (mode: SpoolOptions['mode'] = 'outage'): SpoolOptions => ({ directory, mode });

  /** What is on disk. */
  const files = () => readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(name => name.includes('.'));

  /** Logs numbers to a target, and disposes of it. */
  async function process(target: LogTarget, from: number, to: number, timeout: number) {
    const factory = new LoggerFactory().addTarget(target);
    const logger = factory.getLogger('Shop');
    for (const n of numbers(from, to)) void logger.info('order {n}', { n });
    await factory.dispose({ timeout });
    return factory.stats();
  }

  async function fluentd(): Promise<FluentdServer> {
    const server = await FluentdServer.start();
    servers.push(server);
    return server;
  }

  for (const mode of ['outage', 'always'] as const) {
    it(`has a Fluentd that was away get everything in order from the next process, mode ${mode}`, async () => {
      const server = await fluentd();
      const make = () =>
        new FluentdTarget({ tag: 'shop', port: server.port, maxSize: 7, spool: spool(mode), ...quick });
      await server.refuse();
      const before = await process(make(), 1, 40, 5000);
      expect(before).to.deep.include({ accepted: 40, pending: 40, lost: 0 });
      await server.heal();
      const after = await process(make(), 41, 50, 8000);
      expect(after).to.deep.include({ accepted: 50, delivered: 50, pending: 0 });
      expect(server.events.map(({ record }) => record['n'])).to.deep.equal(numbers(1, 50));
      expect(server.duplicates()).to.deep.equal([]);
      expect(files()).to.deep.equal([]);
    });
  }

  it('sends a batch that was not acknowledged again with the same chunk, and the tags it had', async () => {
    const server = await fluentd();
    const tag = ({ data }: { readonly data: Readonly<Record<string, unknown>> }) => `tag.${Number(data['n']) % 2}`;
    const make = () => new FluentdTarget({ tag, port: server.port, spool: spool(), ...quick });
    server.forgetAcks();
    await process(make(), 1, 6, 2000);
    await server.heal();
    await process(make(), 7, 8, 8000);
    const kinds = new Map(server.events.map(({ record, tag: of }) => [record['n'], of]));
    expect([...kinds]).to.have.deep.members(numbers(1, 8).map(n => [n, `tag.${n % 2}`]));
    const chunks = (n: number) =>
      server.messages.filter(({ events }) => events.some(({ record }) => record['n'] === n));
    expect(chunks(1).length).to.be.at.least(2);
    expect(new Set(chunks(1).map(({ chunk }) => chunk)).size).to.equal(1);
  });

  for (const transport of ['beats', 'http', 'tcp'] as const) {
    it(`has a Logstash that was away get everything in order from the next process, over ${transport}`, async () => {
      const server = await LogstashServer.start({ input: transport });
      servers.push(server);
      const make = () => new LogstashTarget({ transport, port: server.port, maxSize: 7, spool: spool(), ...quick });
      await server.refuse();
      expect(await process(make(), 1, 20, 5000)).to.deep.include({ pending: 20, lost: 0 });
      await server.heal();
      expect(await process(make(), 21, 25, 8000)).to.deep.include({ accepted: 25, delivered: 25 });
      await server.received(25);
      expect(server.events.map(({ event }) => event['message'])).to.deep.equal(numbers(1, 25).map(n => `order ${n}`));
      expect(files()).to.deep.equal([]);
    });
  }

  it('is told apart by the names of targets that share a directory, and refuses two of one name', async () => {
    const server = await fluentd();
    const make = (name: string) => new FluentdTarget({ name, tag: name, port: server.port, spool: spool(), ...quick });
    await server.refuse();
    const [a, b] = [make('a'), make('b')];
    expect(() => make('a')).to.throw(TypeError, directory);
    await Promise.all([process(a, 1, 3, 5000), process(b, 4, 6, 5000)]);
    await server.heal();
    await process(make('b'), 7, 7, 8000);
    expect(server.events.map(({ record }) => record['n'])).to.deep.equal([4, 5, 6, 7]);
    await process(make('a'), 8, 8, 8000);
    expect(server.events.map(({ record }) => record['n'])).to.deep.equal([4, 5, 6, 7, 1, 2, 3, 8]);
  });
});
