import { connect } from 'node:net';
import { inflateSync } from 'node:zlib';
import { expect } from 'chai';
import { AckReader, ackNumber, framesSize, jsonFrames, windowHead } from '../../../lib/targets/logstash/lumberjack.js';
import { LogstashTarget } from '../../../lib/targets/logstash/target.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { LogstashReceiver } from '../../../lib/testing/logstash-receiver.js';
import { LogstashServer } from '../../../lib/testing/logstash-server.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { WirePacker } from '../../../lib/wire/batch.js';
import { MemoryNetwork } from '../../support/memory-network.js';
import { Random } from '../../support/random.js';
import { readVectors } from '../../support/vectors.js';
import { benches, numbers, until } from './support.js';

describe('LogstashTarget over Beats', () => {
  const start = benches('beats');

  it('sends a batch as one compressed window, acknowledged', async () => {
    const { server, target, logger } = await start();
    for (const message of numbers(3)) await logger.info(message, { id: 17 });
    await target.flush();
    expect(server.windows).to.have.length(1);
    expect(server.windows[0]).to.include({ compressed: true, last: 3 });
    expect(server.events[0]?.event).to.deep.include({ message: '0', level: 'INFORMATION', logger_name: 'Orders' });
    expect(target.stats()).to.include({ accepted: 3, delivered: 3, pending: 0, retries: 0 });
  });

  it('sends metadata that pipelines for Beats make the index of', async () => {
    const { server, target, logger } = await start();
    await logger.info('a');
    await target.flush();
    expect(server.events[0]?.event['@metadata']).to.deep.include({ beat: 'logflume', type: '_doc' });
  });

  it('sends windows of at most maxSize events, in order, over one connection', async () => {
    const { server, target, logger, messages } = await start({ maxSize: 10 });
    for (const message of numbers(95)) await logger.info(message);
    await target.flush();
    expect(server.windows.map(({ events }) => events.length)).to.deep.equal([...Array<number>(9).fill(10), 5]);
    expect(messages()).to.deep.equal(numbers(95));
    expect(server.connections).to.equal(1);
  });

  it('does not compress if it is told not to', async () => {
    const { server, target, logger } = await start({ compress: false });
    await logger.info('a');
    await target.flush();
    expect(server.windows[0]).to.include({ compressed: false });
  });

  it('understands acknowledgements of parts of a window', async () => {
    const { server, target, logger } = await start();
    server.partialAcks(2);
    for (const message of numbers(7)) await logger.info(message);
    await target.flush();
    expect(server.windows).to.have.length(1);
    expect(target.stats()).to.include({ delivered: 7, retries: 0 });
  });

  it('sends only what was not acknowledged of a window again, numbered from 1', async () => {
    const { server, target, logger, messages } = await start();
    server.halveWindows(1);
    for (const message of numbers(7)) await logger.info(message);
    await target.flush();
    expect(server.windows.map(({ events, last }) => [events.length, last])).to.deep.equal([
      [4, 7],
      [3, 3]
    ]);
    expect(messages()).to.deep.equal(numbers(7));
    expect(target.stats()).to.include({ delivered: 7, retries: 1 });
  });

  it('sends a window again that was not acknowledged, on a new connection', async () => {
    const clock = new FakeClock();
    const { server, target, logger, failures, messages } = await start({ clock, ackTimeout: 5000 });
    server.forgetAcks(1);
    await logger.info('a');
    const flushed = target.flush();
    await server.received(1);
    await clock.advance(5000);
    await clock.advance(100); // the delay of the retry
    await flushed;
    expect(messages()).to.deep.equal(['a', 'a']);
    expect(server.connections).to.equal(2);
    expect(String(failures[0]?.error)).to.contain('no answer within 5000 ms');
  });

  it('waits for as long as the receiver says that it is at work', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(1));
    const receiver = new LogstashReceiver('beats', clock);
    network.listen(stream => receiver.accept(stream));
    const target = new LogstashTarget({
      transport: 'beats',
      compress: false,
      dial: network.dial,
      ackTimeout: 6000,
      onFailure: failure => expect.fail(failure.kind),
      clock
    });
    receiver.block(5000);
    void target.log(someRecord({ level: 40 }));
    await clock.advance(60_000);
    expect(target.stats()).to.include({ pending: 1, retries: 0 });
    await receiver.heal();
    await clock.advance(1000);
    expect(target.stats()).to.include({ delivered: 1, retries: 0 });
    expect(receiver.events).to.have.length(1);
    void target.dispose();
    await clock.settle();
  });

  it('does not believe acknowledgements of more than was sent', async () => {
    const { server, target, logger, failures } = await start();
    server.wrongAcks(1);
    await logger.info('a');
    await target.flush();
    expect(String(failures[0]?.error)).to.contain('has acknowledged 2 events of the 1 that were sent to it');
    expect(target.stats()).to.include({ delivered: 1 });
    expect(server.connections).to.equal(2);
  });

  it('understands acknowledgements that come byte by byte', async () => {
    const { server, target, logger } = await start({ maxSize: 2 });
    server.splitAcks();
    for (const message of numbers(4)) await logger.info(message);
    await target.flush();
    expect(server.connections).to.equal(1);
    expect(target.stats()).to.include({ delivered: 4, retries: 0 });
  });

  it('loses nothing when the connection is reset in the middle of a window', async () => {
    const { server, target, logger, messages } = await start({ compress: false, maxSize: 50 });
    server.resetAfter({ bytes: 5000 });
    for (const message of numbers(100)) await logger.info(message);
    await target.flush();
    expect(messages()).to.deep.equal(numbers(100));
  });

  it('loses nothing when a receiver crashes before it acknowledges', async () => {
    const { server, target, logger, messages } = await start();
    server.discard(1);
    await logger.info('a');
    const flushed = target.flush();
    await server.connected(1);
    await until(() => server.openConnections === 1);
    await new Promise(resolve => setImmediate(resolve));
    server.reset();
    await server.heal();
    await flushed;
    expect(messages()).to.include('a');
    expect(target.stats()).to.include({ delivered: 1, lost: 0 });
  });

  it('goes on when the receiver is back', async () => {
    const { server, target, logger } = await start();
    await server.refuse();
    await logger.info('a');
    const flushed = target.flush();
    await until(() => target.stats().retries >= 3);
    await server.heal();
    await flushed;
    expect(server.events).to.have.length(1);
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

  it('says what is wrong when there is no Beats input', async () => {
    const http = await LogstashServer.start({ input: 'http' });
    const { target, logger, failures } = await start({ port: http.port, maxRetries: 0 });
    await logger.info('a');
    await target.flush();
    expect(String(failures[0]?.error)).to.contain('does not answer as a Beats input does');
    await http.close();
  });

  it('leaves the records to the fallback as they were logged', async () => {
    const fallback = new MemoryTarget();
    const { server, target, logger } = await start({ maxRetries: 0, fallbackTarget: fallback });
    await server.refuse();
    const data = { id: 17, list: [1, { a: null }] };
    await logger.warning('order {id} of %s', 'Zoë', data);
    data.id = 18;
    await target.flush();
    expect(fallback.records[0]?.render()).to.equal('order 17 of Zoë');
    expect(fallback.records[0]?.data).to.deep.include({ id: 17, list: [1, { a: null }] });
  });

  it('sends brackets in names as what no receiver stumbles over', async () => {
    const { server, target, logger } = await start();
    await logger.info('a', { 'x]': 1, '[': 2, 'a[b]': 3 });
    await target.flush();
    expect(server.errors).to.deep.equal([]);
    expect(server.events[0]?.event['extra']).to.include({ x_: 1, _: 2, a_b_: 3 });
  });

  it('fails over to another receiver', async () => {
    const other = await LogstashServer.start({ input: 'beats' });
    const dead = await LogstashServer.start({ input: 'beats' });
    await dead.refuse();
    const { target, logger, failures } = await start({ servers: [{ port: dead.port }, { port: other.port }] });
    for (const message of numbers(4)) {
      await logger.info(message);
      await target.flush();
    }
    expect(other.events.map(({ event }) => event['message'])).to.deep.equal(numbers(4));
    expect(failures.map(({ kind }) => kind)).to.deep.equal(['error']);
    expect(failures[0]).to.include({ what: `server 127.0.0.1:${dead.port}` });
    await target.dispose();
    await other.close();
    await dead.close();
  });

  it('closes its connection at dispose', async () => {
    const { server, target, logger } = await start();
    await logger.info('a');
    await target.dispose();
    await server.allClosed();
  });
});

describe('Lumberjack', () => {
  const vectorsOf = (name: string) =>
    readVectors<FrameVector>('lumberjack.json').filter(vector => vector.name.includes(name));
  const [one, two] = readVectors<FrameVector>('lumberjack.json').flatMap(({ event }) =>
    event === undefined ? [] : [event]
  );

  /** The vectors' two events as a batch, whose lines are just them. */
  const batchOf = (...lines: (object | undefined)[]) => {
    let next = 0;
    const packer = new WirePacker({ encode: (_record, into) => into.text(`${JSON.stringify(lines[next++])}\n`) });
    for (const _ of lines) packer.add(someRecord());
    return packer.cut(lines.length);
  };

  it('writes windows as the vectors have them', () => {
    expect(windowHead(2).toString('hex')).to.equal(hexOf('window 2'));
    expect(windowHead(2048).toString('hex')).to.equal(hexOf('window 2048'));
  });

  it('writes a batch as the vectors have it, byte for byte', () => {
    const batch = batchOf(one, two);
    const bytes = Buffer.concat([windowHead(2), jsonFrames(batch, 0, 2)]);
    expect(bytes.toString('hex')).to.equal(hexOf('batch of 2, uncompressed'));
    expect(jsonFrames(batchOf(one), 0, 1).toString('hex')).to.equal(hexOf('json frame seq 1'));
  });

  it('numbers what is left of a batch from 1', () => {
    const frames = jsonFrames(batchOf(one, two), 1, 2);
    expect(frames.toString('hex')).to.equal(hexOf('json frame seq 2')?.replace(/^324a00000002/, '324a00000001'));
  });

  it('writes the same into memory that was used before', () => {
    const batch = batchOf(one, two, one);
    const memory = Buffer.alloc(100_000, 0xff);
    const frames = jsonFrames(batch, 1, 3, memory);
    expect(frames.equals(jsonFrames(batch, 1, 3))).to.equal(true);
    expect(frames.buffer).to.equal(memory.buffer);
    expect(frames).to.have.length(framesSize(batch, 1, 3));
    expect(jsonFrames(batch, 0, 3, Buffer.alloc(10)).equals(jsonFrames(batch, 0, 3))).to.equal(true);
  });

  it('compresses what the vectors have compressed', () => {
    const [vector] = vectorsOf('batch of 2, compressed');
    const bytes = Buffer.from(vector?.hex ?? '', 'hex');
    expect(bytes.subarray(0, 12).toString('hex')).to.equal(windowHead(2, bytes.length - 12).toString('hex'));
    expect(inflateSync(bytes.subarray(12)).equals(jsonFrames(batchOf(one, two), 0, 2))).to.equal(true);
  });

  for (const { name, hex, parts, expect: numbersOf, from } of readVectors<FrameVector>('lumberjack.json')) {
    if (from !== 'server') continue;
    it(`reads the answer of the vectors: ${name}`, () => {
      const reader = new AckReader();
      const found: number[] = [];
      for (const part of parts ?? [hex ?? '']) {
        reader.push(Buffer.from(part, 'hex'));
        for (let ack = reader.next(); ack !== undefined; ack = reader.next()) found.push(ackNumber(ack));
      }
      expect(found).to.deep.equal(numbersOf ?? [name === 'ack 2' ? 2 : 0]);
      expect(reader.pendingBytes).to.equal(0);
    });
  }

  for (const {
    name,
    hex,
    expect_ack: ack,
    expect_acks: acks = ack === undefined ? [] : [ack]
  } of readVectors<FrameVector>('lumberjack.json')) {
    if (hex === undefined || acks.length === 0) continue;
    it(`is read by our server as the vectors have it: ${name}`, async () => {
      const server = await LogstashServer.start({ input: 'beats' });
      const socket = connect(server.port);
      const answer: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => answer.push(chunk)).write(Buffer.from(hex, 'hex'));
      await until(() => Buffer.concat(answer).length >= acks.length * 6);
      const expected = acks.map(number => `32410000000${number}`).join('');
      expect(Buffer.concat(answer).toString('hex')).to.equal(expected);
      socket.destroy();
      await server.close();
    });
  }

  function hexOf(name: string): string | undefined {
    return readVectors<FrameVector>('lumberjack.json').find(vector => vector.name.startsWith(name))?.hex;
  }
});

interface FrameVector {
  readonly name: string;
  readonly hex?: string;
  readonly parts?: readonly string[];
  readonly event?: object;
  readonly from?: string;
  readonly expect?: readonly number[];
  readonly expect_ack?: number;
  readonly expect_acks?: readonly number[];
}
