import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { encode } from '@msgpack/msgpack';
import { expect } from 'chai';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { ForwardReceiver } from '../../lib/testing/forward-receiver.js';
import { MessageReader } from '../../lib/wire/msgpack-scan.js';
import { MemoryNetwork, type Weather } from '../support/memory-network.js';
import { Random } from '../support/random.js';

const never = new AbortController().signal;

/** How a stream ended, when it has: the code of its error, or `closed`. */
function over(stream: Duplex): Promise<string> {
  return new Promise(resolve => {
    stream.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    stream.on('close', () => resolve('closed'));
  });
}

/** Whether the promise has settled, once the clock has been moved by a minute. */
async function settles(promise: Promise<unknown>, clock: FakeClock): Promise<boolean> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  void promise.then(settle, settle);
  await clock.advance(60_000);
  return isSettled;
}

describe('Random', () => {
  it('repeats itself for the same seed, and only then', () => {
    const draw = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, () => random.int(1, 1000));
    };
    expect(draw(7)).to.deep.equal(draw(7));
    expect(draw(7)).not.to.deep.equal(draw(8));
  });

  it('spreads evenly', () => {
    const random = new Random(1);
    const counts = [0, 0, 0, 0, 0];
    for (let draw = 0; draw < 10_000; draw++) {
      const index = random.int(0, 4);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    for (const count of counts) expect(count).to.be.within(1850, 2150);
    expect(Array.from({ length: 1000 }, () => random.chance(0.1)).filter(Boolean).length).to.be.within(70, 130);
    expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b'])))).to.deep.equal(new Set(['a', 'b']));
  });
});

describe('MemoryNetwork', () => {
  let clock: FakeClock;

  beforeEach(() => {
    clock = new FakeClock();
  });

  /** A network whose server keeps its streams. */
  function network(weather: Partial<Weather> = {}, seed = 1) {
    const net = new MemoryNetwork(clock, new Random(seed), weather);
    const servers: Duplex[] = [];
    net.listen(stream => servers.push(stream));
    return { net, servers };
  }

  async function connected(weather: Partial<Weather> = {}) {
    const { net, servers } = network(weather);
    const dialled = net.dial(never);
    await clock.advance(10);
    const client = await dialled;
    const [server] = servers;
    if (server === undefined) throw new Error('the network did not connect');
    const read = { client: '', server: '' };
    client.on('data', (chunk: Buffer) => {
      read.client += chunk.toString();
    });
    server.on('data', (chunk: Buffer) => {
      read.server += chunk.toString();
    });
    return { net, client, server, read, clientOver: over(client), serverOver: over(server) };
  }

  it('delivers both ways, in order, cut into pieces', async () => {
    const { client, server, read } = await connected({ maxPieces: 5 });
    let pieces = 0;
    server.on('data', () => pieces++);
    for (const word of ['one ', 'two ', 'three']) client.write(word);
    server.write('answer');
    await clock.advance(50);
    expect(read).to.deep.equal({ client: 'answer', server: 'one two three' });
    expect(pieces).to.be.greaterThan(3);
  });

  it('keeps the order however long the pieces take', async () => {
    const { net, client, read } = await connected();
    net.weather.latency = [1, 100];
    const text = Array.from({ length: 100 }, (_, n) => `${n} `);
    for (const word of text) client.write(word);
    await clock.advance(100);
    expect(read.server).to.equal(text.join(''));
  });

  it('delivers nothing before its time', async () => {
    const { client, read } = await connected({ latency: [10, 10] });
    client.write('late');
    await clock.advance(9);
    expect(read.server).to.equal('');
    await clock.advance(1);
    expect(read.server).to.equal('late');
  });

  it('ends: the server reads the rest, and closes', async () => {
    const { net, client, server, read, clientOver, serverOver } = await connected();
    server.on('end', () => server.end('bye'));
    client.end('last words');
    await clock.advance(50);
    expect(read).to.deep.equal({ client: 'bye', server: 'last words' });
    expect(await Promise.all([clientOver, serverOver])).to.deep.equal(['closed', 'closed']);
    expect(net.openConnections).to.equal(0);
    expect(clock.timers).to.equal(0);
  });

  it('delivers what a client wrote before it was destroyed, and answers writes to it by a reset', async () => {
    const { client, server, read, serverOver } = await connected();
    client.write('written');
    client.destroy();
    await clock.advance(50);
    expect(read.server).to.equal('written');
    server.write('to nobody');
    await clock.advance(50);
    expect(await serverOver).to.equal('ECONNRESET');
  });

  it('loses what is on its way at a reset, from one end or from the middle', async () => {
    const one = await connected();
    one.client.write('lost');
    (one.client as Duplex & { resetAndDestroy(): void }).resetAndDestroy();
    await clock.advance(50);
    expect(one.read.server).to.equal('');
    expect(await one.serverOver).to.equal('ECONNRESET');

    const both = await connected();
    both.client.write('lost');
    both.net.reset();
    expect(await Promise.all([both.clientOver, both.serverOver])).to.deep.equal(['ECONNRESET', 'ECONNRESET']);
    expect(both.read.server).to.equal('');
  });

  it('resets a connection whose reader does not read', async () => {
    const { client, server, serverOver } = await connected();
    server.pause();
    client.write('x'.repeat(1_000_000));
    await clock.advance(50);
    (client as Duplex & { resetAndDestroy(): void }).resetAndDestroy();
    await clock.advance(50);
    expect(await serverOver).to.equal('ECONNRESET');
  });

  it('lets a writer wait when the window is full, until the reader reads', async () => {
    const { client, server, read } = await connected({ window: 100_000 });
    server.pause();
    const text = 'x'.repeat(400_000);
    client.write(text);
    const drained = once(client, 'drain');
    expect(await settles(drained, clock)).to.equal(false);
    server.resume();
    expect(await settles(drained, clock)).to.equal(true);
    expect(read.server).to.have.length(text.length);
  });

  it('fails a waiting write when the stream is destroyed', async () => {
    const { net, client } = await connected({ window: 10 });
    net.blackHole();
    const written = new Promise(resolve => client.write('12345678901', resolve));
    await clock.advance(100);
    client.destroy();
    expect(String(await written)).to.contain('ECANCELED');
  });

  it('refuses, hangs and heals', async () => {
    const { net } = network();
    net.refuse();
    const refused = net.dial(never).catch((error: NodeJS.ErrnoException) => error.code);
    await clock.advance(10);
    expect(await refused).to.equal('ECONNREFUSED');

    net.hang();
    const abort = new AbortController();
    const hanging = net.dial(abort.signal).catch(String);
    expect(await settles(hanging, clock)).to.equal(false);
    abort.abort(new Error('given up'));
    expect(await hanging).to.equal('Error: given up');
    expect(await net.dial(abort.signal).catch(String)).to.equal('Error: given up');

    net.heal();
    expect(await settles(net.dial(never), clock)).to.equal(true);
  });

  it('refuses while nobody listens', async () => {
    const dialled = new MemoryNetwork(clock, new Random(1)).dial(never).catch(String);
    await clock.advance(10);
    expect(await dialled).to.contain('ECONNREFUSED');
  });

  it('swallows: writes succeed up to the window, and nobody hears of anything', async () => {
    const { net, client, read, serverOver } = await connected({ window: 10 });
    net.blackHole();
    const small = new Promise(resolve => client.write('12345', resolve));
    expect(await settles(small, clock)).to.equal(true);
    expect(await settles(new Promise(resolve => client.write('123456', resolve)), clock)).to.equal(false);
    expect(await settles(net.dial(never), clock)).to.equal(false);
    client.destroy();
    expect(await settles(serverOver, clock)).to.equal(false);
    net.heal();
    expect(read.server).to.equal('');
    expect(await settles(net.dial(never), clock)).to.equal(true);
  });

  /** Sends messages one by one, each until it is acknowledged, through a bad network; the whole story. */
  async function story(seed: number, messages: number) {
    const bad = { resetChance: 0.02, refuseChance: 0.1, latency: [1, 30] as const };
    const net = new MemoryNetwork(clock, new Random(seed), bad);
    const receiver = new ForwardReceiver({ clock });
    net.listen(stream => receiver.accept(stream));
    let acknowledged = 0;
    const send = async () => {
      const stream = await net.dial(never).catch(() => undefined);
      if (stream === undefined) return;
      const next = () => stream.write(encode(['app', 1 + acknowledged, { n: acknowledged }, { chunk: 'c' }]));
      const acks = new MessageReader({ maxBytes: 100, maxDepth: 2 });
      stream.on('data', (chunk: Buffer) => {
        acks.push(chunk);
        if (acks.next() === undefined) return;
        acknowledged++;
        if (acknowledged < messages) next();
        else stream.destroy();
      });
      next();
      await over(stream);
    };
    const sendAll = async () => {
      while (acknowledged < messages) await send();
    };
    const sending = sendAll();
    while (acknowledged < messages) await clock.advance(100);
    await sending;
    return { trace: net.trace, numbers: new Set(receiver.events.map(({ record: { n } }) => n)) };
  }

  it('does the same for the same seed, and something else for another', async () => {
    const run = async (seed: number) => {
      clock = new FakeClock();
      return (await story(seed, 50)).trace;
    };
    const first = await run(1);
    expect(first.length).to.be.greaterThan(100);
    expect(await run(1)).to.deep.equal(first);
    expect(await run(2)).not.to.deep.equal(first);
  });

  it('loses no message that is sent until it is acknowledged, whatever the seed', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { numbers } = await story(seed, 20);
      expect(numbers.size, `seed ${seed}`).to.equal(20);
    }
  });
});
