import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { systemClock } from '../../../lib/core/clock.js';
import { PermanentDeliveryError } from '../../../lib/core/failures.js';
import { isUnsent } from '../../../lib/delivery/unsent.js';
import { LogstashTarget } from '../../../lib/targets/logstash/target.js';
import { UdpTransport } from '../../../lib/targets/logstash/udp-transport.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { LogstashReceiver } from '../../../lib/testing/logstash-receiver.js';
import { LogstashServer } from '../../../lib/testing/logstash-server.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { WirePacker } from '../../../lib/wire/batch.js';
import { certificate } from '../../support/certificates.js';
import { MemoryNetwork } from '../../support/memory-network.js';
import { Random } from '../../support/random.js';
import { benches, numbers, until } from './support.js';

const serverTls = { cert: certificate('server.pem'), key: certificate('server.key') };
const ca = certificate('authority.pem');

describe('LogstashTarget over TCP', () => {
  const start = benches('tcp');

  it('is what a LogstashTarget is unless it is told otherwise', async () => {
    const server = await LogstashServer.start({ input: 'tcp' });
    const target = new LogstashTarget({ port: server.port });
    await target.log(someRecord());
    await target.dispose();
    await server.received(1);
    await server.close();
  });

  it('sends lines over one connection, in order', async () => {
    const { server, target, logger, messages } = await start({ maxSize: 7 });
    for (const message of numbers(100)) await logger.info(message);
    await target.flush();
    await server.received(100);
    expect(messages()).to.deep.equal(numbers(100));
    expect(server.connections).to.equal(1);
    expect(target.stats()).to.include({ delivered: 100 });
  });

  it('sends newlines and the like inside of a line', async () => {
    const { server, target, logger, messages } = await start();
    const text = 'a\nb\r\u2028c\u0000d\ud800e';
    await logger.info(text, { text });
    await target.flush();
    await server.received(1);
    expect(messages()).to.deep.equal([text.replace('\ud800', '\ufffd')]);
  });

  it('connects again, and goes on with what was not sent', async () => {
    const { server, target, logger, messages } = await start();
    await logger.info('a');
    await target.flush();
    await server.received(1);
    server.reset();
    await server.allClosed();
    await server.refuse();
    await logger.info('b');
    const flushed = target.flush();
    await until(() => target.stats().retries >= 2);
    await server.heal();
    await logger.info('c');
    await flushed;
    await target.flush();
    await server.received(3);
    expect(messages()).to.deep.equal(['a', 'b', 'c']);
  });

  it('notices a receiver that has said goodbye, and sends nothing into its connection', async () => {
    const { server, target, logger, failures, messages } = await start();
    await logger.info('a');
    await target.flush();
    await server.received(1);
    server.halfClose();
    await server.allClosed();
    await logger.info('b');
    await target.flush();
    await server.received(2);
    expect(messages()).to.deep.equal(['a', 'b']);
    expect(server.connections).to.equal(2);
    expect(failures).to.deep.equal([]);
  });

  it('waits for a receiver that does not read, and loses and repeats nothing', async () => {
    const { server, target, logger, messages } = await start({ maxBytes: 512 * 1024 });
    server.stall();
    const text = 'x'.repeat(100_000);
    for (let index = 0; index < 200; index++) await logger.info(`${index} ${text}`);
    await until(() => server.openConnections === 1);
    for (let turns = 0; turns < 200; turns++) await new Promise(resolve => setImmediate(resolve));
    expect(target.stats().pending).to.be.greaterThan(0);
    await server.heal();
    await target.flush();
    await server.received(200);
    expect(messages().map(message => String(message).split(' ')[0])).to.deep.equal(numbers(200));
    expect(target.stats()).to.include({ delivered: 200, retries: 0, lost: 0 });
  });

  it('sends only what the kernel has not taken when a connection breaks in the middle of a batch', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(3), { window: 100_000, latency: [1, 1], maxPieces: 1 });
    const receiver = new LogstashReceiver('tcp', clock);
    network.listen(stream => receiver.accept(stream));
    const target = new LogstashTarget({ dial: network.dial, clock, onFailure: () => undefined, ackTimeout: 1000 });
    const text = 'x'.repeat(20_000);
    for (let n = 0; n < 40; n++) void target.log(someRecord({ data: { n, text } }));
    await clock.advance(1003); // the first piece has arrived, another one is on its way
    receiver.stall();
    await clock.advance(2);
    network.reset();
    await receiver.heal();
    await clock.advance(60_000);
    const seen = receiver.events.flatMap(({ event }) => {
      const { extra } = event as { extra?: { n?: number } };
      return extra?.n === undefined ? [] : [extra.n];
    });
    expect(target.stats()).to.include({ delivered: 40, pending: 0 });
    // Of pieces of 6 records two had been read; one was taken by the kernel, and went with the connection.
    expect(seen).to.deep.equal([...Array(40).keys()].filter(n => n < 12 || n >= 18));
    void target.dispose();
    await clock.advance(10);
  });

  it('gives up a connection over which nothing goes for ackTimeout', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(1), { window: 1000 });
    const receiver = new LogstashReceiver('tcp', clock);
    network.listen(stream => receiver.accept(stream));
    const failures: unknown[] = [];
    const onFailure = (failure: { error: unknown }) => failures.push(failure.error);
    const target = new LogstashTarget({ dial: network.dial, clock, onFailure, ackTimeout: 5000 });
    network.blackHole();
    network.heal();
    void target.log(someRecord({ level: 40 }));
    await clock.advance(100);
    network.blackHole();
    for (let n = 0; n < 50; n++) void target.log(someRecord({ level: 40, data: { text: 'x'.repeat(1000) } }));
    await clock.advance(5100);
    expect(String(failures[0])).to.contain('no answer within 5000 ms');
    const disposed = target.dispose({ timeout: 100 });
    await clock.advance(200);
    await disposed;
  });

  it('takes what a receiver says for nothing', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(1));
    const receiver = new LogstashReceiver('tcp', clock);
    network.listen(stream => {
      stream.write('220 hello\r\n'.repeat(1000));
      receiver.accept(stream);
    });
    const target = new LogstashTarget({ dial: network.dial, clock });
    for (let n = 0; n < 3; n++) {
      void target.log(someRecord({ level: 40 }));
      await clock.advance(100);
    }
    expect(receiver.events).to.have.length(3);
    void target.dispose();
    await clock.advance(10);
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

  describe('with TLS', () => {
    it('sends to a server with a certificate of an authority that is trusted', async () => {
      const { server, target, logger } = await start({ tls: { ca }, host: 'localhost' }, { tls: serverTls });
      await logger.info('a');
      await target.flush();
      await server.received(1);
    });

    for (const [what, tls, host, message] of [
      ['an authority that is not trusted', true, 'localhost', "the server's certificate was rejected: set tls.ca"],
      [
        'a name that is not in the certificate',
        { ca, servername: 'other.example' },
        'localhost',
        'it is for another name'
      ]
    ] as const) {
      it(`sends nothing to ${what}`, async () => {
        const { server, target, logger, failures } = await start({ tls, host, maxRetries: 0 }, { tls: serverTls });
        await logger.info('a');
        await target.flush();
        expect(String(failures[0]?.error)).to.contain(message);
        expect(server.events).to.deep.equal([]);
      });
    }

    it('shows its certificate to a server that wants one, as the tcp input of Logstash does', async () => {
      const tls = { ca, cert: certificate('client.pem'), key: certificate('client.key') };
      const options = { tls: { ...serverTls, clientCa: ca } };
      const { server, target, logger } = await start({ tls, host: 'localhost' }, options);
      await logger.info('a');
      await target.flush();
      await server.received(1);
    });

    it('takes any certificate only if it is told to', async () => {
      const tls = { rejectUnauthorized: false, ca: certificate('stranger.pem') };
      const { server, target, logger } = await start({ tls }, { tls: serverTls });
      await logger.info('a');
      await target.flush();
      await server.received(1);
    });
  });
});

describe('LogstashTarget over UDP', () => {
  const start = benches('udp');

  it('sends one datagram for each record', async () => {
    const { server, target, logger, messages } = await start();
    for (const message of numbers(200)) await logger.info(message);
    await target.flush();
    await server.received(200);
    expect(messages().toSorted((a, b) => Number(a) - Number(b))).to.deep.equal(numbers(200));
    expect(target.stats()).to.include({ delivered: 200 });
  });

  it('sends the value and nothing behind it', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { target, logger } = await start({ port: socket.address().port });
    const received = once(socket, 'message');
    await logger.error('a');
    const [bytes] = (await received) as [Buffer];
    expect(bytes.toString()).to.match(/^\{.*\}$/);
    await target.dispose();
    socket.close();
  });

  for (const maxDatagramBytes of [1024, 8192, 65_507]) {
    it(`cuts the longest text of what does not fit into ${maxDatagramBytes} bytes, and marks it`, async () => {
      const { server, target, logger } = await start({ maxDatagramBytes });
      await logger.info('message', { long: 'é'.repeat(100_000), short: 'short' });
      await target.flush();
      await server.received(1);
      const extra = server.events[0]?.event['extra'] as Record<string, string>;
      expect(extra['long']).to.match(/é… \[\d+ bytes cut\]$/);
      expect(extra['short']).to.equal('short');
      expect(Buffer.byteLength(JSON.stringify(server.events[0]?.event))).to.be.at.most(maxDatagramBytes);
      expect(target.stats()).to.include({ delivered: 1, lost: 0 });
    });
  }

  it('sends a datagram of exactly the largest size', async () => {
    const { server, target, logger } = await start({ maxDatagramBytes: 65_507 });
    await logger.info('x'.repeat(70_000));
    await target.flush();
    await server.received(1);
    expect(target.stats()).to.include({ delivered: 1, retries: 0 });
  });

  it('notices a host that says that nobody listens, and sends what follows when somebody does', async () => {
    const { server, target, logger, failures } = await start();
    await server.refuse();
    for (const message of numbers(20)) {
      await logger.info(message);
      await target.flush({ timeout: 100 });
      if (failures.length > 0) break;
    }
    expect(String((failures[0] as { error: unknown }).error)).to.contain('ECONNREFUSED');
    await server.heal();
    await logger.info('back');
    await target.flush();
    await server.received(1);
  });

  it('fails, and goes on trying, where a name cannot be resolved', async () => {
    const { target, logger, failures } = await start({ host: 'nowhere.invalid', maxRetries: 0 });
    await logger.info('a');
    await target.flush();
    const { error } = failures[0] as { error: unknown };
    expect(String(error)).to.match(/ENOTFOUND|EAI_AGAIN/);
    expect(isUnsent(error)).to.equal(true);
  });

  it('sends to an IPv6 address', async () => {
    const { server, target, logger } = await start({ host: '::1' }, { host: '::1' });
    await logger.info('a');
    await target.flush();
    await server.received(1);
  });

  it('says what to do about a record that the system takes no datagram of, for good', async () => {
    const { server } = await start();
    const packer = new WirePacker({ encode: (record, into) => into.text(`${JSON.stringify(record.render())}\n`) });
    for (const message of ['a', 'x'.repeat(70_000)]) packer.add(someRecord({ message }));
    const transport = new UdpTransport({ host: '127.0.0.1', port: server.port, clock: systemClock });
    const batch = packer.cut(2);
    for (const attempt of [1, 2]) {
      const error = await transport.send(batch).catch((reason: unknown) => reason);
      expect(error, `${attempt}`).to.be.instanceOf(PermanentDeliveryError);
      expect(String(error)).to.contain('no datagrams of 70002 bytes there: set maxDatagramBytes to less');
    }
    await transport.send(batch.slice(0, 1));
    transport.close();
    await server.received(1);
    expect(server.events).to.have.length(1); // what was sent is not sent again
  });

  it('closes its socket at dispose', async () => {
    const receiver = createSocket('udp4').bind(0, '127.0.0.1');
    await once(receiver, 'listening');
    const { target, logger } = await start({ port: receiver.address().port });
    const received = once(receiver, 'message');
    await logger.error('a');
    const [, { port }] = (await received) as [Buffer, { port: number }];
    await target.dispose();
    const another = createSocket('udp4').bind(port);
    await once(another, 'listening');
    another.close();
    receiver.close();
  });
});
