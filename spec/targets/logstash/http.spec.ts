import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { isUnsent } from '../../../lib/delivery/unsent.js';
import { HttpClient } from '../../../lib/targets/logstash/http-client.js';
import { LogstashTarget } from '../../../lib/targets/logstash/target.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { LogstashReceiver } from '../../../lib/testing/logstash-receiver.js';
import { LogstashServer } from '../../../lib/testing/logstash-server.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { certificate } from '../../support/certificates.js';
import { MemoryNetwork } from '../../support/memory-network.js';
import { Random } from '../../support/random.js';
import { benches, numbers, until } from './support.js';

describe('LogstashTarget over HTTP', () => {
  const start = benches('http');

  it('posts a batch as one JSON array', async () => {
    const { server, target, logger, messages } = await start();
    for (const message of numbers(3)) await logger.info(message);
    await target.flush();
    expect(server.requests).to.have.length(1);
    expect(server.requests[0]).to.include({ method: 'POST', path: '/', status: 200 });
    expect(server.requests[0]?.headers).to.include({
      'content-type': 'application/json',
      host: `127.0.0.1:${server.port}`
    });
    expect(messages()).to.deep.equal(numbers(3));
  });

  it('posts JSON lines if it is told to', async () => {
    const { server, target, logger, messages } = await start({ bodyFormat: 'ndjson' });
    for (const message of numbers(3)) await logger.info(message);
    await target.flush();
    expect(server.requests[0]?.headers).to.include({ 'content-type': 'application/x-ndjson' });
    expect(messages()).to.deep.equal(numbers(3));
  });

  it('compresses with gzip', async () => {
    const { server, target, logger, messages } = await start({ compress: true });
    for (const message of numbers(100)) await logger.info(message);
    await target.flush();
    expect(server.requests[0]?.headers).to.include({ 'content-encoding': 'gzip' });
    expect(server.requests[0]?.bytes).to.be.lessThan(10_000);
    expect(messages()).to.deep.equal(numbers(100));
  });

  it('uses one connection for many requests', async () => {
    const { server, target, logger } = await start({ maxSize: 1 });
    for (const message of numbers(20)) await logger.info(message);
    await target.flush();
    expect(server.requests).to.have.length(20);
    expect(server.connections).to.equal(1);
  });

  it('takes an idle connection that was closed for no failure', async () => {
    const { server, target, logger, failures, messages } = await start();
    await logger.info('a');
    await target.flush();
    server.reset();
    await server.allClosed();
    await logger.info('b');
    await target.flush();
    expect(messages()).to.deep.equal(['a', 'b']);
    expect(failures).to.deep.equal([]);
  });

  it('posts to the path and with the headers and credentials it is told', async () => {
    const { server, target, logger } = await start({
      path: '/logs?source=shop',
      headers: { 'X-Source': 'shop' },
      username: 'zoë',
      password: 'a:b'
    });
    server.requireLogin('zoë', 'a:b');
    await logger.info('a');
    await target.flush();
    expect(server.requests[0]).to.include({ path: '/logs?source=shop', status: 200 });
    expect(server.requests[0]?.headers).to.include({ 'x-source': 'shop' });
  });

  it('takes all that from a URL', async () => {
    const server = await LogstashServer.start({ input: 'http' });
    const { target, logger } = await start({ url: `http://localhost:${server.port}/a/b?c` });
    await logger.info('a');
    await target.flush();
    expect(server.requests[0]).to.include({ path: '/a/b?c' });
    expect(server.requests[0]?.headers).to.include({ host: `localhost:${server.port}` });
    await target.dispose();
    await server.close();
  });

  it('names the host without the port that is the default', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(1));
    const receiver = new LogstashReceiver('http', clock);
    network.listen(stream => receiver.accept(stream));
    for (const [url, host] of [
      ['http://logs.example/', 'logs.example'],
      ['http://logs.example:443/', 'logs.example:443'],
      ['http://[::1]:80/', '[::1]']
    ] as const) {
      const target = new LogstashTarget({ transport: 'http', url, dial: network.dial, clock });
      void target.log(someRecord({ level: 40 }));
      await clock.advance(100);
      expect(receiver.requests.at(-1)?.headers.host).to.equal(host);
      void target.dispose();
      await clock.advance(100);
    }
  });

  it('posts over TLS, with the certificate verified', async () => {
    const tls = { cert: certificate('server.pem'), key: certificate('server.key') };
    const server = await LogstashServer.start({ input: 'http', tls });
    const url = `https://localhost:${server.port}/`;
    const trusting = await start({ url, tls: { ca: certificate('authority.pem') } });
    await trusting.logger.info('a');
    await trusting.target.flush();
    expect(server.events).to.have.length(1);
    const wary = await start({ url, maxRetries: 0 });
    await wary.logger.info('a');
    await wary.target.flush();
    expect(String(wary.failures[0]?.error)).to.contain("the server's certificate was rejected");
    expect(server.events).to.have.length(1);
    await trusting.target.dispose();
    await wary.target.dispose();
    await server.close();
  });

  it('says that nothing was sent if there was no connection, not even one that was kept', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(1), { maxPieces: 1 });
    network.listen(stream => {
      let posts = 0;
      stream
        .on('error', () => undefined)
        .on('data', (chunk: Buffer) => {
          posts += chunk.toString().split('POST').length - 1;
          if (posts === 2) network.refuse();
          else if (chunk.toString().includes('body')) stream.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        });
    });
    const client = new HttpClient({ dial: network.dial, connectTimeout: 1000, clock });
    const post = async () => {
      const what = { path: '/', headers: { host: 'here' }, body: Buffer.from('body') };
      const posted = client.post(what, 500, new AbortController().signal).catch((error: unknown) => error);
      await clock.advance(100);
      return posted;
    };
    expect(await post()).to.include({ status: 200 });
    for (const nothing of [false, true]) {
      const error = await post();
      expect(String(error)).to.contain('ECONNREFUSED');
      expect(isUnsent(error)).to.equal(nothing);
    }
  });

  for (const status of [408, 429, 500, 502, 503, 504]) {
    it(`sends a batch again that was answered with ${status}`, async () => {
      const { server, target, logger, messages, failures } = await start();
      server.answer({ status });
      await logger.info('a');
      await target.flush();
      expect(messages()).to.deep.equal(['a']);
      expect(target.stats()).to.include({ delivered: 1, retries: 1 });
      expect(String(failures[0]?.error)).to.contain(`answered ${status}`);
    });
  }

  for (const status of [200, 201, 202, 204]) {
    it(`takes ${status} as delivered`, async () => {
      const { server, target, logger } = await start();
      server.answer({ status });
      await logger.info('a');
      await target.flush();
      expect(target.stats()).to.include({ delivered: 1, retries: 0 });
    });
  }

  it('follows no redirect, and says where it leads', async () => {
    const { server, target, logger, failures } = await start({ maxRetries: 0 });
    server.answer({ status: 302, headers: { location: 'http://elsewhere/' } });
    await logger.info('a');
    await target.flush();
    expect(String(failures[0]?.error)).to.contain('a redirect to http://elsewhere/ is not followed; set url');
    expect(target.stats()).to.include({ delivered: 0, lost: 1 });
  });

  it('says what to do about missing and wrong credentials, and shows none', async () => {
    const { server, target, logger, failures } = await start({ maxRetries: 0, username: 'me', password: 'secret' });
    server.requireLogin('you', 'other');
    await logger.info('a');
    await target.flush();
    expect(String(failures[0]?.error)).to.contain('answered 401 Unauthorized: set username and password to those');
    expect(JSON.stringify([failures, target.stats()])).not.to.contain('secret');
  });

  it('splits a batch that is too large, and does not try so much again', async () => {
    const { server, target, logger, messages } = await start({ maxSize: 16 });
    server.limitBody(4000);
    for (const message of numbers(64)) await logger.info(message);
    await target.flush();
    expect(messages()).to.deep.equal(numbers(64));
    expect(target.stats()).to.include({ delivered: 64, lost: 0, retries: 0 });
    expect(server.requests.filter(({ status }) => status === 413).length).to.be.lessThan(4);
  });

  it('tries so much again after ten minutes', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(1), { latency: [0, 0] });
    const receiver = new LogstashReceiver('http', clock);
    network.listen(stream => receiver.accept(stream));
    const target = new LogstashTarget({ transport: 'http', dial: network.dial, clock });
    const log = async (count: number) => {
      for (let index = 0; index < count; index++) void target.log(someRecord());
      void target.flush();
      await clock.advance(100);
      return receiver.requests.splice(0).map(({ status }) => status);
    };
    receiver.limitBody(3000);
    expect(await log(8)).to.include(413);
    await receiver.heal();
    await clock.advance(599_000);
    expect((await log(8)).length).to.be.greaterThan(1);
    await clock.advance(1000);
    expect(await log(8)).to.deep.equal([200]);
    const disposed = target.dispose();
    await clock.advance(10);
    await disposed;
  });

  it('rejects a single event that is too large, and sends those before it only once', async () => {
    const { server, target, logger, failures } = await start({ maxSize: 4 });
    server.limitBody(4000);
    for (const message of ['a', 'b', 'x'.repeat(5000), 'c']) void logger.info(message);
    await target.flush();
    expect(server.duplicates(({ message }) => message)).to.deep.equal([]);
    expect(failures.at(-1)).to.include({ kind: 'lost', reason: 'rejected' });
    expect(String((failures.at(-1) as { error: unknown }).error)).to.contain('413 Payload Too Large to a single event');
  });

  it('gives up for good what is answered with 400', async () => {
    const { server, target, logger, failures, messages } = await start();
    server.rejectEvents(({ message }) => message === 'bad');
    await logger.info('bad');
    await target.flush();
    expect(target.stats()).to.deep.include({ lost: 1, retries: 0, lostByReason: { rejected: 1 } });
    expect(String((failures[0] as { error: unknown }).error)).to.contain('answered 400 Bad Request (bad event)');
    await logger.info('good');
    await target.flush();
    expect(messages()).to.include('good');
    expect(server.connections).to.equal(2); // Logstash fails all that comes behind a 400
  });

  it('sends a request again whose connection was closed without an answer', async () => {
    const { server, target, logger, messages } = await start();
    server.forgetAcks(1);
    await logger.info('a');
    await target.flush();
    expect(messages()).to.deep.equal(['a', 'a']);
    expect(target.stats()).to.include({ delivered: 1 });
  });

  it('sends a request again that is not answered in time', async () => {
    const { server, target, logger, failures } = await start({ ackTimeout: 50 });
    server.stall();
    await logger.info('a');
    const flushed = target.flush();
    await until(() => failures.length > 0);
    await server.heal();
    await flushed;
    expect(String((failures[0] as { error: unknown }).error)).to.contain('no answer within 50 ms');
    expect(server.events.length).to.be.at.least(1);
  });

  it('fails over to another receiver', async () => {
    const other = await LogstashServer.start({ input: 'http' });
    const { server, target, logger } = await start({ servers: [{ port: 1 }, { port: other.port }] });
    await server.refuse();
    await logger.info('a');
    await logger.info('b');
    await target.flush();
    expect(other.events).to.have.length(2);
    expect(target.stats()).to.include({ delivered: 2, retries: 0 });
    await target.dispose();
    await other.close();
  });

  it('closes its connection at dispose', async () => {
    const { server, target, logger } = await start();
    await logger.info('a');
    await target.flush();
    await server.received(1);
    expect(server.openConnections).to.equal(1);
    await target.dispose();
    await server.allClosed();
  });

  describe('with answers that are too much', () => {
    const answering = async (answer: string) => {
      const server = createServer(socket => {
        socket.on('error', () => undefined).once('data', () => socket.write(answer));
      }).listen(0);
      await once(server, 'listening');
      const address = server.address();
      if (typeof address !== 'object' || address === null) throw new Error('no port');
      return { server, port: address.port };
    };

    const cases: readonly (readonly [what: string, answer: string, delivered: boolean])[] = [
      ['a body without end after 200', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(100_000)}`, true],
      ['200 whose body never comes', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n', true],
      ['headers without end', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`, false],
      ['no HTTP', '2A\0\0\0\u0001', false],
      ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', false],
      ['500 with control characters', 'HTTP/1.1 500 \u001b[31m\r\ncontent-length: 6\r\n\r\n\u001b[1m\r\n', false]
    ];
    for (const [what, answer, delivered] of cases) {
      it(`bounds ${what}`, async () => {
        const { server, port } = await answering(answer);
        const { target, logger, failures } = await start({ port, ackTimeout: 100, maxRetries: 0 });
        await logger.info('a');
        await target.flush();
        expect(target.stats()).to.include({ delivered: delivered ? 1 : 0, lost: delivered ? 0 : 1 });
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
        for (const failure of failures) expect(String(failure.error)).not.to.match(/[\u0000-\u001f]/);
        await target.dispose();
        server.close();
      });
    }
  });
});
