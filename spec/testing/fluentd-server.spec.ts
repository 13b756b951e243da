import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventTime, FluentClient } from '@fluent-org/logger';
import { encode } from '@msgpack/msgpack';
import { expect } from 'chai';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { FluentdServer } from '../../lib/testing/fluentd-server.js';
import { readVectors } from '../support/vectors.js';

/** A message in Message mode with an event of its own. */
const message = (n: number, option: object = { chunk: `c${n}` }) =>
  Buffer.from(encode(['app', 1000 + n, { n }, option]));
const ack = (chunk: string) => Buffer.from(encode({ ack: chunk }));
const wrongAck = ack('wrong chunk wrong chunk!');

/** How a reset looks from the other end: Node may send a FIN just before. */
const reset = ['ECONNRESET', 'end'];

/** A client that speaks in bytes. */
class Client {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  /** `end`, the code of an error, or `closed`: how it went, when it is over. */
  readonly over: Promise<string>;

  constructor(server: FluentdServer) {
    this.socket = connect({ host: server.host, port: server.port, noDelay: true });
    this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.over = new Promise(resolve => {
      this.socket.on('end', () => resolve('end'));
      this.socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      this.socket.on('close', () => resolve('closed'));
    });
  }

  send(...parts: Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Resolves with the chunks that were read when they have `count` bytes together. */
  async answer(count: number): Promise<Buffer[]> {
    while (Buffer.concat(this.#chunks).length < count) await once(this.socket, 'data');
    return this.#chunks;
  }
}

describe('FluentdServer', () => {
  let server: FluentdServer;
  let clients: Client[];

  beforeEach(async () => {
    server = await FluentdServer.start();
    clients = [];
  });

  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    await server.close();
  });

  const client = () => {
    const made = new Client(server);
    clients.push(made);
    return made;
  };
  const answer = async (from: Client, expected: Buffer) => {
    const bytes = Buffer.concat(await from.answer(expected.length));
    expect(bytes.toString('hex')).to.equal(expected.toString('hex'));
  };

  it('stores the events of a message that comes byte by byte, and acknowledges it', async () => {
    const vectors = readVectors<{ name: string; hex: string; ack_hex?: string }>('forward-frames.json');
    const vector = vectors.find(({ name }) => name === 'packedforward, bin, size+chunk');
    const sender = client();
    for (const byte of Buffer.from(vector?.hex ?? '', 'hex')) sender.socket.write(Buffer.of(byte));
    await answer(sender, Buffer.from(vector?.ack_hex ?? '', 'hex'));
    const chunk = 'AAECAwQFBgcICQoLDA0ODw==';
    const time = { seconds: 1_700_000_000, nanoseconds: 123_456_789 };
    expect(server.events[0]).to.deep.equal({
      tag: 'app.info',
      time,
      record: { message: 'hello', level: 'info' },
      chunk,
      connection: 1
    });
    expect(server.messages).to.deep.equal([
      {
        mode: 'PackedForward',
        tag: 'app.info',
        events: server.events,
        invalid: 0,
        size: 2,
        chunk,
        bytes: 148,
        connection: 1
      }
    ]);
  });

  it('acknowledges in order what comes in one read, and keeps the rest of it', async () => {
    const sender = client();
    const rest = message(3);
    sender.send(message(1), message(2), rest.subarray(0, 4));
    await answer(sender, Buffer.concat([ack('c1'), ack('c2')]));
    sender.send(rest.subarray(4));
    expect((await server.received(3)).map(({ record }) => record)).to.deep.equal([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('waits for connections, and counts them', async () => {
    const next = server.nextConnection();
    const first = client();
    expect((await next).id).to.equal(1);
    const second = server.nextConnection();
    client();
    expect((await second).id).to.equal(2);
    expect([server.connections, server.openConnections]).to.deep.equal([2, 2]);
    first.socket.destroy();
    server.reset();
    await server.allClosed();
    expect([server.connections, server.openConnections]).to.deep.equal([2, 0]);
  });

  it('resets the connection for what it cannot decode, and keeps the error', async () => {
    const sender = client();
    sender.send(message(1), Buffer.from('93a36170700181a161d6ff6553f100', 'hex'), message(2));
    expect(await sender.over).to.be.oneOf(reset);
    expect(server.errors.map(({ error }) => String(error))).to.deep.equal(['Error: MessagePack: unknown ext type -1']);
    expect(server.events).to.have.length(1);
  });

  it('closes by reset when the client ends', async () => {
    const sender = client();
    sender.socket.end(message(1));
    await server.received(1);
    await server.allClosed();
  });

  it('refuses connections, and listens on the same port again', async () => {
    const { port } = server;
    const before = client();
    await once(before.socket, 'connect');
    await server.refuse();
    expect(await before.over).to.be.oneOf(reset);
    expect(await client().over).to.equal('ECONNREFUSED');
    await server.heal();
    expect(server.port).to.equal(port);
    client().send(message(1));
    await server.received(1);
  });

  it('resets open connections', async () => {
    const next = server.nextConnection();
    const sender = client();
    await next;
    server.reset();
    expect(await sender.over).to.be.oneOf(reset);
  });

  it('stalls, so that the sender has to wait, and goes on when it is healed', async () => {
    server.stall();
    const sender = client();
    const big = Buffer.from(encode(['app', 1, { text: 'x'.repeat(32 * 1024 * 1024) }, { chunk: 'big' }]));
    expect(sender.socket.write(big)).to.equal(false);
    await once(sender.socket, 'connect');
    await new Promise(resolve => setImmediate(resolve));
    expect(server.events).to.have.length(0);
    await server.heal();
    await answer(sender, ack('big'));
  });

  it('discards messages', async () => {
    server.discard(2);
    const sender = client();
    sender.send(message(1), message(2), message(3));
    await answer(sender, ack('c3'));
    expect(server.events.map(({ record }) => record)).to.deep.equal([{ n: 3 }]);
  });

  it('forgets acknowledgements', async () => {
    server.forgetAcks(2);
    const sender = client();
    sender.send(message(1), message(2), message(3));
    await answer(sender, ack('c3'));
    expect(server.events).to.have.length(3);
  });

  it('sends wrong acknowledgements', async () => {
    server.wrongAcks(1);
    const sender = client();
    sender.send(message(1), message(2));
    await answer(sender, Buffer.concat([wrongAck, ack('c2')]));
  });

  it('sends acknowledgements late and in order', async () => {
    const clock = new FakeClock();
    await using slow = await FluentdServer.start({ clock });
    slow.delayAcks(5000);
    const sender = new Client(slow);
    clients.push(sender);
    sender.send(message(1));
    await slow.received(1);
    slow.delayAcks(0);
    sender.send(message(2));
    await slow.received(2);
    await clock.advance(4999);
    expect(sender.socket.bytesRead).to.equal(0);
    await clock.advance(1);
    await answer(sender, Buffer.concat([ack('c1'), ack('c2')]));
  });

  it('splits acknowledgements into bytes', async () => {
    server.splitAcks();
    const sender = client();
    sender.send(message(1), message(2));
    await answer(sender, Buffer.concat([ack('c1'), ack('c2')]));
    expect((await sender.answer(16)).length).to.be.greaterThan(4);
  });

  it('merges acknowledgements', async () => {
    server.mergeAcks();
    const sender = client();
    sender.send(message(1), message(2), message(3));
    await answer(sender, Buffer.concat([ack('c1'), ack('c2'), ack('c3')]));
    expect(await sender.answer(1)).to.have.length(1);
  });

  it('resets after so many messages, in place of the last acknowledgement', async () => {
    server.resetAfter({ messages: 2 });
    const sender = client();
    sender.send(message(1));
    await answer(sender, ack('c1'));
    sender.send(message(2));
    expect(await sender.over).to.be.oneOf(reset);
    expect(server.events).to.have.length(2);
    const again = client();
    again.send(message(2));
    await answer(again, ack('c2'));
  });

  it('resets after so many bytes, in the middle of a message', async () => {
    server.resetAfter({ bytes: message(1).length + 3 });
    const sender = client();
    sender.send(message(1), message(2));
    expect(await sender.over).to.be.oneOf(reset);
    expect(server.events.map(({ record }) => record)).to.deep.equal([{ n: 1 }]);
  });

  it('ends its side only', async () => {
    const next = server.nextConnection();
    const sender = new Client(server);
    clients.push(sender);
    sender.socket.allowHalfOpen = true;
    await next;
    server.halfClose();
    expect(await sender.over).to.equal('end');
    sender.send(message(1));
    await server.received(1);
  });

  // Each of these was sent to a Fluent Bit 5.1.1 and to a Fluentd 1.19.3.
  for (const [what, bytes] of [
    ['no array', encode(5)],
    ['an empty array', encode([])],
    ['a tag that is bin', encode([Buffer.from('app'), 1000, {}])],
    ['a tag that is nil', encode([null, 1000, {}])],
    ['a chunk that is a number', encode(['app', 1000, {}, { chunk: 42 }])],
    ['a chunk that is bin', encode(['app', 1000, {}, { chunk: Buffer.from('c') }])],
    ['a time with a fraction', encode(['app', 1.5, {}])],
    ['a time before 1970', encode(['app', -5, {}])],
    ['a record that is no map', encode(['app', 1000, 'text'])],
    ['an entry that is none', encode(['app', [[1000, 'text']]])],
    ['no packed entries', encode(['app', Buffer.alloc(0)])]
  ] as const) {
    it(`closes the connection for ${what} as Fluent Bit, and takes, skips or ignores it as Fluentd`, async () => {
      await using fluentBit = await FluentdServer.start({ kind: 'fluent-bit' });
      const refused = new Client(fluentBit);
      clients.push(refused);
      refused.send(Buffer.from(bytes), message(1));
      expect(await refused.over).to.equal('end');
      expect(String(fluentBit.errors[0]?.error)).to.contain('Fluent Bit takes no ');
      expect(fluentBit.events).to.deep.equal([]);
      const sender = client();
      sender.send(Buffer.from(bytes), message(1));
      await server.receivedMessages(1);
      while (server.events.at(-1)?.record['n'] !== 1) await server.received(server.events.length + 1);
      expect(server.errors).to.deep.equal([]);
    });
  }

  it('finds duplicates by chunk, and by whatever one likes', async () => {
    const sender = client();
    sender.send(message(1), message(2, {}), message(1), message(2, {}), message(1, { chunk: 'other' }));
    await server.received(5);
    expect(server.duplicates()).to.deep.equal([server.events[2]]);
    const byNumber = server.duplicates(({ record: { n } }) => n);
    expect(byNumber).to.deep.equal([server.events[2], server.events[3], server.events[4]]);
    server.clear();
    expect(server.duplicates()).to.deep.equal([]);
  });

  it('listens on a Unix socket', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'logflume-'));
    const path = join(directory, 'fluentd.sock');
    try {
      await using unix = await FluentdServer.start({ path });
      const socket = connect(path);
      socket.on('error', () => undefined); // the reset at the end
      socket.write(message(1));
      await unix.received(1);
      await unix.refuse();
      await unix.heal();
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is closed once and for all', async () => {
    await Promise.all([server.close(), server.heal(), server.close()]);
    expect(await client().over).to.equal('ECONNREFUSED');
  });

  it('refuses wrong options, and a port that is taken', async () => {
    expect(await FluentdServer.start({ port: -1 }).catch(String)).to.contain('FluentdServer: port must be');
    expect(await FluentdServer.start({ port: server.port }).catch(String)).to.contain('EADDRINUSE');
  });

  for (const eventMode of ['Message', 'Forward', 'PackedForward', 'CompressedPackedForward'] as const) {
    for (const withAck of [true, false]) {
      it(`takes ${eventMode} from @fluent-org/logger ${withAck ? 'and acknowledges it' : 'without acknowledgement'}`, async () => {
        const { host, port } = server;
        const sender = new FluentClient('app', { eventMode, socket: { host, port }, ...(withAck && { ack: {} }) });
        const time = new EventTime(1_700_000_000, 123_456_789);
        const texts = ['hello', 'wörld', 'x'.repeat(100_000)];
        await Promise.all(texts.map(text => sender.emit('test', { text, n: 2 ** 40 }, time)));
        const events = await server.received(3);
        expect(events.map(({ tag, time: at, record }) => ({ tag, at, record }))).to.deep.equal(
          texts.map(text => ({
            tag: 'app.test',
            at: { seconds: 1_700_000_000, nanoseconds: 123_456_789 },
            record: { text, n: 2 ** 40 }
          }))
        );
        expect(server.messages.every(({ mode }) => mode === eventMode)).to.equal(true);
        expect(server.messages.every(({ chunk }) => (typeof chunk === 'string') === withAck)).to.equal(true);
        await sender.shutdown();
      });
    }
  }
});
