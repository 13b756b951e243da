import { expect } from 'chai';
import { LoggerFactory } from '../lib/core/factory.js';
import type { LogFailure } from '../lib/core/failures.js';
import type { LogRecord } from '../lib/core/record.js';
import { LogstashFormatter } from '../lib/targets/logstash/logstash-formatter.js';
import { type LogstashOptions, LogstashTarget } from '../lib/targets/logstash/target.js';
import { FakeClock } from '../lib/testing/fake-clock.js';
import type { LogstashReceiver } from '../lib/testing/logstash-receiver.js';
import { LogstashServer, type LogstashServerOptions } from '../lib/testing/logstash-server.js';
import { someRecord } from '../lib/testing/some-record.js';
import { certificate } from './support/certificates.js';
import { MemoryNetwork } from './support/memory-network.js';
import { Random } from './support/random.js';

/**
 * What goes wrong in python-logstash-async 4.0.2, and does not here; the titles say what it was there. P4 to P6 are about
 * its database (see the specs of the spool), P24 about what a fork copies and P27 about a Python type: there is nothing
 * like them here.
 */
describe('Where python-logstash-async fails', () => {
  const servers: LogstashServer[] = [];
  const targets: LogstashTarget[] = [];

  async function serve(options: LogstashServerOptions = {}): Promise<LogstashServer> {
    const server = await LogstashServer.start(options);
    servers.push(server);
    return server;
  }

  function send(options: LogstashOptions) {
    const failures: LogFailure[] = [];
    const target = new LogstashTarget({ retryDelay: 5, onFailure: failure => failures.push(failure), ...options });
    targets.push(target);
    const factory = new LoggerFactory().addTarget(target);
    return { target, failures, factory, logger: factory.getLogger('x') };
  }

  afterEach(async () => {
    for (const target of targets.splice(0)) await target.dispose({ timeout: 0 });
    for (const server of servers.splice(0)) await server.close();
  });

  const messages = (receiver: LogstashReceiver) => receiver.events.map(({ event }) => event['message']);

  it('P1, one worker for the whole process: each target has its own transport', async () => {
    const [one, two] = [await serve(), await serve({ input: 'tcp' })];
    const first = send({ transport: 'beats', port: one.port });
    const second = send({ port: two.port });
    await first.logger.info('to one');
    await second.logger.info('to two');
    await Promise.all([first.target.flush(), second.target.flush()]);
    await two.received(1);
    expect([messages(one), messages(two)]).to.deep.equal([['to one'], ['to two']]);
  });

  it('P2, a queue that orders by bytes: records arrive in the order of the calls', async () => {
    const server = await serve();
    const { target, logger } = send({ transport: 'beats', port: server.port });
    for (const message of ['z', 'a', 'm', 'B']) await logger.info(message);
    await target.flush();
    expect(messages(server)).to.deep.equal(['z', 'a', 'm', 'B']);
  });

  it('P3, nothing is sent under load: batches leave while records come in without a pause', async () => {
    const server = await serve();
    const { target, logger } = send({ transport: 'beats', port: server.port, maxQueued: 100_000 });
    let count = 0;
    while (server.events.length < 1000 && count < 200_000) await logger.info(String(count++));
    expect(server.events.length).to.be.at.least(1000);
    await target.flush();
    expect(target.stats()).to.include({ delivered: count, lost: 0 });
  });

  it('P7, one event that cannot be sent blocks all others and repeats those before it: it is given up alone', async () => {
    const server = await serve({ input: 'http' });
    server.rejectEvents(({ message }) => message === 'bad');
    const { target, logger } = send({ transport: 'http', port: server.port, maxSize: 1 });
    for (const message of ['a', 'bad', 'c']) await logger.info(message);
    await target.flush();
    expect(messages(server)).to.deep.equal(['a', 'c']);
    expect(target.stats()).to.deep.include({ delivered: 2, lost: 1, lostByReason: { rejected: 1 } });
  });

  it('P8, every two seconds for ever: delays grow, up to a limit', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(1));
    const { target, failures } = send({ transport: 'beats', dial: network.dial, clock, retryDelay: 600, jitter: 0 });
    void target.log(someRecord({ level: 40 }));
    await clock.advance(120_000);
    const delays = failures.map(failure => (failure.kind === 'retrying' ? failure.delay : 0));
    expect(delays.slice(0, 4)).to.deep.equal([600, 1200, 1800, 2400]);
    const disposed = target.dispose({ timeout: 1 });
    await clock.advance(10);
    await disposed;
  });

  it('P9, a limit on messages that network errors are exempt from: no more than one warning in ten seconds', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(1));
    network.refuse();
    const target = new LogstashTarget({ transport: 'beats', dial: network.dial, clock, retryDelay: 100 });
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.message);
    process.on('warning', listen);
    try {
      void target.log(someRecord({ level: 40 }));
      await clock.advance(19_000);
      expect(target.stats().retries).to.be.at.least(10);
      const disposed = target.dispose({ timeout: 1 });
      await clock.advance(10);
      await disposed;
    } finally {
      process.off('warning', listen);
    }
    expect(warnings.filter(text => text.includes('LogstashTarget: attempt'))).to.have.length(1);
  });

  it('P10 and P11, close waits for a worker that waits for close: dispose meets its deadline, whoever logs', async () => {
    const server = await serve();
    await server.refuse();
    let told = false;
    const { target, logger, factory } = send({
      transport: 'beats',
      port: server.port,
      onFailure: () => {
        if (!told) void logger.warning('it failed');
        told = true;
      }
    });
    await logger.error('a');
    while (!told) await new Promise(resolve => setImmediate(resolve));
    const begin = performance.now();
    await factory.dispose({ timeout: 50 });
    expect(performance.now() - begin).to.be.lessThan(5000);
    expect(target.stats().pending).to.equal(0);
  });

  const tls = { cert: certificate('server.pem'), key: certificate('server.key') };

  it('P12, no check of the host name and no SNI: a certificate for another name is refused', async () => {
    const server = await serve({ tls: { cert: certificate('other-name.pem'), key: certificate('other-name.key') } });
    const { target, logger, failures } = send({
      transport: 'beats',
      host: 'localhost',
      port: server.port,
      tls: { ca: certificate('authority.pem') },
      maxRetries: 0
    });
    await logger.info('a');
    await target.flush();
    expect(String(failures[0]?.error)).to.contain('it is for another name');
    expect(server.events).to.deep.equal([]);
  });

  it('P13, no verification is verification: rejectUnauthorized: false takes any certificate, with a ca too', async () => {
    const server = await serve({ tls });
    const ca = certificate('stranger.pem');
    const { target, logger } = send({ transport: 'beats', port: server.port, tls: { rejectUnauthorized: false, ca } });
    await logger.info('a');
    await target.flush();
    expect(server.events).to.have.length(1);
  });

  it('P14, handshake errors that say "file descriptor": they say what is wrong', async () => {
    const server = await serve({ input: 'tcp' });
    const { target, logger, failures } = send({
      transport: 'beats',
      port: server.port,
      tls: true,
      connectTimeout: 200,
      maxRetries: 0
    });
    await logger.info('a');
    await target.flush();
    expect(String(failures[0]?.error)).to.match(/no connection within 200 ms|TLS/);
  });

  it('P15, a connection for every 50 events: one serves all', async () => {
    const server = await serve({ input: 'tcp' });
    const { target, logger } = send({ port: server.port, maxSize: 50 });
    for (let n = 0; n < 500; n++) await logger.info(String(n));
    await target.flush();
    await server.received(500);
    expect(server.connections).to.equal(1);
  });

  it('P16, large events dropped in silence: they are cut, and say so', async () => {
    const server = await serve({ input: 'http' });
    const { target, logger } = send({ transport: 'http', port: server.port, maxRecordBytes: 5000 });
    await logger.info('x'.repeat(10_000));
    await target.flush();
    expect(messages(server)[0]).to.match(/^x+… \[\d+ bytes cut\]$/);
  });

  it('P17, events made again for each one that is added to a request: each is made once, whatever happens', async () => {
    const server = await serve({ input: 'http' });
    server.limitBody(2000);
    server.answer({ status: 503 }, 2);
    let made = 0;
    const formatter = { format: (record: LogRecord) => ({ message: record.render(), made: ++made }) };
    const { target, logger } = send({ transport: 'http', port: server.port, formatter });
    for (let n = 0; n < 100; n++) void logger.info(String(n));
    await target.flush();
    expect(server.events).to.have.length(100);
    expect(made).to.equal(100);
  });

  it('P18, a redirect counts as delivered: it does not', async () => {
    const server = await serve({ input: 'http' });
    server.answer({ status: 301 });
    const { target, logger } = send({ transport: 'http', port: server.port });
    await logger.info('a');
    await target.flush();
    expect(target.stats()).to.include({ delivered: 1, retries: 1 });
    expect(messages(server)).to.deep.equal(['a']);
  });

  const format = (data: object, options = {}) =>
    new LogstashFormatter(options).format(someRecord({ data: data as Record<string, unknown> }));

  it('P19, an exception that is none loses the event: whatever was thrown is written', () => {
    for (const exception of [null, undefined, '', [null, null, null]]) {
      expect(new LogstashFormatter().format(someRecord({ exception }))).to.include({ message: 'something happened' });
    }
  });

  it('P20, a field named as the prefix loses the event: it is a field', () => {
    expect(format({ extra: 'x' })['extra']).to.include({ extra: 'x' });
  });

  it('P21, fields replace level, host and time, and static ones replace those of the call: neither does', () => {
    const data = { '@timestamp': 'x', host: 'x', level: 'x', pid: 'x' };
    for (const extraPrefix of ['extra', '']) {
      expect(format(data, { extraPrefix })).to.deep.include({
        '@timestamp': '2023-11-14T22:13:20.123Z',
        level: 'INFORMATION',
        pid: process.pid
      });
    }
    expect(format({ team: 'own' }, { extra: { team: 'static' } })['extra']).to.include({ team: 'own' });
  });

  it('P22, cycles, NaN, keys and times that break an event: each value has a form', () => {
    const cycle: Record<string, unknown> = { nan: Number.NaN, map: new Map([[[1, 2], 3]]), at: new Date(1) };
    cycle['self'] = cycle;
    expect(JSON.parse(JSON.stringify(format(cycle)))['extra']).to.deep.include({
      nan: null,
      map: { '_ 1, 2 _': 3 },
      at: '1970-01-01T00:00:00.001Z',
      self: '[Circular]'
    });
  });

  it('P23, a host that Logstash 8 cannot take: it is a map', () => {
    expect(format({})['host']).to.be.an('object').with.keys('hostname', 'name');
  });

  it('P25, queues without bounds: they have some, and what they refuse is counted', async () => {
    const server = await serve();
    await server.refuse();
    const { target } = send({ transport: 'beats', port: server.port, maxQueued: 10 });
    for (let n = 0; n < 25; n++) void target.log(someRecord());
    const { pending, lost, lostByReason } = target.stats();
    expect(pending).to.be.at.most(10);
    expect(lost).to.be.at.least(15);
    expect(lostByReason['queue full']).to.equal(lost);
  });

  it('P26, a flush that wakes nobody and says nothing: it resolves when all has arrived', async () => {
    const server = await serve();
    const { target, logger } = send({ transport: 'beats', port: server.port, flushInterval: 600_000 });
    await logger.info('a');
    await target.flush();
    expect(messages(server)).to.deep.equal(['a']);
  });

  it('P28, a database that one must name: nothing but the port is needed, and for Beats not even that', async () => {
    await new LogstashTarget({ port: 5959 }).dispose();
    await new LogstashTarget({ transport: 'beats' }).dispose();
  });
});
