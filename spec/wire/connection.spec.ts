import type { Duplex } from 'node:stream';
import { expect } from 'chai';
import { isUnsent } from '../../lib/delivery/unsent.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import type { Channel, Framing } from '../../lib/wire/channel.js';
import { Connection, type ConnectionOptions } from '../../lib/wire/connection.js';
import type { Dial } from '../../lib/wire/dial.js';
import { MemoryNetwork } from '../support/memory-network.js';
import type { MemoryStream } from '../support/memory-stream.js';
import { Random } from '../support/random.js';

/** Messages of two bytes; `!` begins none. */
class PairFraming implements Framing {
  #bytes = Buffer.alloc(0);

  get pendingBytes(): number {
    return this.#bytes.length;
  }

  push(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  next(): Uint8Array | undefined {
    if (this.#bytes[0] === 0x21) throw new Error('no message');
    if (this.#bytes.length < 2) return undefined;
    const message = this.#bytes.subarray(0, 2);
    this.#bytes = this.#bytes.subarray(2);
    return message;
  }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const forever = new AbortController().signal;

function arrange(options: Partial<ConnectionOptions> = {}) {
  const clock = new FakeClock();
  const network = new MemoryNetwork(clock, new Random(1), { latency: [1, 1], maxPieces: 1 });
  const servers: MemoryStream[] = [];
  let heard = '';
  network.listen(stream => {
    servers.push(stream);
    stream.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    stream.on('end', () => stream.end()).on('error', () => undefined);
  });
  const connection = new Connection({
    dial: network.dial,
    framing: () => new PairFraming(),
    connectTimeout: 1000,
    clock,
    ...options
  });
  const settled: string[] = [];
  const use = (
    name: string,
    exchange: (channel: Channel) => Promise<unknown>,
    timeout = 500,
    signal = forever,
    over = connection
  ) =>
    void over.use(exchange, timeout, signal).then(
      value => settled.push(`${name}: ${String(value)}`),
      error => settled.push(`${name}: ${(error as Error).message}`)
    );
  const ask = async (channel: Channel) => {
    await channel.write([Buffer.from('ask')]);
    return text(await channel.receive());
  };
  /** An exchange in which the peer's end of a connection, counted from 0, answers. */
  const answered = async (name: string, answer: string, index = 0) => {
    use(name, ask);
    await clock.advance(10);
    servers[index]?.write(answer);
    await clock.advance(10);
  };
  return { clock, network, servers, connection, settled, use, ask, answered, heard: () => heard };
}

describe('Connection', () => {
  it('lets no stream keep the process alive, not even while an answer is awaited', async () => {
    const { clock, network, use } = arrange();
    let held = true;
    const unref = () => {
      held = false;
    };
    const dial: Dial = async signal => Object.assign(await network.dial(signal), { unref });
    const connection = new Connection({ dial, framing: () => new PairFraming(), connectTimeout: 1000, clock });
    use('a', channel => channel.receive(), 500, forever, connection);
    await clock.advance(10);
    expect(held).to.equal(false);
  });

  it('opens when it is first used, and is used again', async () => {
    const { servers, settled, answered } = arrange();
    expect(servers).to.have.length(0);
    await answered('a', 'ok');
    await answered('b', 'OK');
    expect(settled).to.deep.equal(['a: ok', 'b: OK']);
    expect(servers).to.have.length(1);
  });

  it('puts answers together that come in pieces, and takes apart those that come together', async () => {
    const { clock, servers, settled, use } = arrange();
    use('a', async channel => {
      const answers: string[] = [];
      for (let index = 0; index < 3; index++) answers.push(text(await channel.receive()));
      return answers;
    });
    await clock.advance(10);
    for (const piece of ['a', 'abbc', 'c']) {
      servers[0]?.write(piece);
      await clock.advance(10);
    }
    expect(settled).to.deep.equal(['a: aa,bb,cc']);
  });

  it('writes chunks in one go, in order', async () => {
    const { clock, settled, use, heard } = arrange();
    use('a', channel => channel.write(['head', 'body', 'tail'].map(chunk => Buffer.from(chunk))));
    await clock.advance(10);
    expect(heard()).to.equal('headbodytail');
    expect(settled).to.deep.equal(['a: undefined']);
  });

  for (const [what, happen, message] of [
    ['is reset', (stream?: MemoryStream) => stream?.breakOff('ECONNRESET'), 'read ECONNRESET'],
    ['is closed by the peer', (stream?: MemoryStream) => stream?.end(), 'the peer has closed the connection'],
    ['gets what is no message', (stream?: MemoryStream) => stream?.write('!'), 'no message']
  ] as const) {
    it(`rejects the exchange and opens anew when it ${what}`, async () => {
      const { clock, servers, settled, use, ask, answered } = arrange();
      use('a', ask);
      await clock.advance(10);
      happen(servers[0]);
      await clock.advance(10);
      expect(settled).to.have.length(1);
      expect(settled[0]).to.contain('a: ');
      if (what !== 'is reset') expect(settled[0]).to.equal(`a: ${message}`);
      await answered('b', 'ok', 1);
      expect(settled[1]).to.equal('b: ok');
    });
  }

  it('rejects an exchange that takes too long, and never gives its late answer to another', async () => {
    const { clock, servers, settled, use, ask, answered } = arrange();
    use('a', ask, 500);
    await clock.advance(501);
    expect(settled).to.deep.equal(['a: no answer within 500 ms']);
    servers[0]?.write('aa');
    await answered('b', 'bb', 1);
    expect(settled[1]).to.equal('b: bb');
  });

  for (const [what, prepare] of [
    ['rejects the exchange', () => undefined],
    ['gives up opening', (network: MemoryNetwork) => network.hang()]
  ] as const) {
    it(`${what} when the signal is aborted`, async () => {
      const { clock, network, settled, use, ask } = arrange();
      prepare(network);
      const controller = new AbortController();
      use('a', ask, 500, controller.signal);
      await clock.advance(10);
      controller.abort(new Error('out of time'));
      await clock.advance(1);
      expect(settled).to.deep.equal(['a: out of time']);
    });
  }

  it('gives up opening after connectTimeout', async () => {
    const { clock, network, settled, use, ask } = arrange();
    network.hang();
    use('a', ask);
    await clock.advance(999);
    expect(settled).to.deep.equal([]);
    await clock.advance(1);
    expect(settled).to.deep.equal(['a: no connection within 1000 ms']);
    expect(clock.timers).to.equal(0);
  });

  for (const [what, options, abort] of [
    ['takes too long', {}, undefined],
    ['is given up', { connectTimeout: 60_000 }, new Error('out of time')]
  ] as const) {
    it(`is not held up by a Dial that ignores its signal when it ${what}, and closes what that opens late`, async () => {
      const { clock, network, settled, use, ask } = arrange();
      const late = () =>
        new Promise<Duplex>(resolve => {
          clock.setTimeout(() => void network.dial(forever).then(resolve), 5000);
        });
      const framing = () => new PairFraming();
      const connection = new Connection({ dial: late, framing, connectTimeout: 1000, clock, ...options });
      const controller = new AbortController();
      use('a', ask, 500, controller.signal, connection);
      await clock.advance(1000);
      if (abort !== undefined) controller.abort(abort);
      await clock.advance(1);
      expect(settled).to.deep.equal([`a: ${abort?.message ?? 'no connection within 1000 ms'}`]);
      await clock.advance(5000);
      expect(network.openConnections).to.equal(0);
    });
  }

  it('tells what a Dial says of its end when it takes too long', async () => {
    const { clock, settled, use, ask } = arrange();
    const dial: Dial = signal =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => process.nextTick(reject, new Error('half way')));
      });
    const connection = new Connection({ dial, framing: () => new PairFraming(), connectTimeout: 1000, clock });
    use('a', ask, 500, forever, connection);
    await clock.advance(1001);
    expect(settled).to.deep.equal(['a: half way']);
  });

  for (const [what, dial] of [
    [
      'throws',
      () => {
        throw new Error('no way');
      }
    ],
    ['rejects', () => Promise.reject(new Error('no way'))]
  ] satisfies readonly (readonly [string, Dial])[]) {
    it(`rejects the exchange when the Dial ${what}`, async () => {
      const { clock, settled, use, ask } = arrange();
      const connection = new Connection({ dial, framing: () => new PairFraming(), connectTimeout: 1000, clock });
      use('a', ask, 500, forever, connection);
      await clock.advance(1);
      expect(settled).to.deep.equal(['a: no way']);
      expect(clock.timers).to.equal(0);
    });
  }

  it('ends when the peer speaks though nobody has asked', async () => {
    const { clock, servers, network, answered } = arrange();
    await answered('a', 'ok');
    expect(network.openConnections).to.equal(1);
    servers[0]?.write('xx');
    await clock.advance(10);
    expect(network.openConnections).to.equal(0);
  });

  it('ends when an answer is left over', async () => {
    const { network, settled, answered } = arrange();
    await answered('a', 'okxx');
    expect(settled).to.deep.equal(['a: ok']);
    expect(network.openConnections).to.equal(0);
  });

  it('ends when the peer sends more than anybody reads', async () => {
    const { clock, servers, network, settled, use } = arrange();
    use('a', () => new Promise(() => undefined), 5000);
    await clock.advance(10);
    for (let index = 0; index < 20; index++) {
      servers[0]?.write('x'.repeat(10_000));
      await clock.advance(10);
    }
    expect(network.openConnections).to.equal(0);
    expect(settled).to.deep.equal([]);
  });

  it('closes', async () => {
    const { clock, network, connection, answered } = arrange();
    await answered('a', 'ok');
    connection.close();
    await clock.advance(10);
    expect(network.openConnections).to.equal(0);
  });

  it('is opened anew when it is older than reconnectInterval, and not while it is in use', async () => {
    const { clock, servers, network, settled, use, ask, answered } = arrange({ reconnectInterval: 100 });
    use('a', ask);
    await clock.advance(150);
    servers[0]?.write('aa');
    await clock.advance(10);
    await answered('b', 'bb', 1);
    await answered('c', 'cc', 1);
    expect(settled).to.deep.equal(['a: aa', 'b: bb', 'c: cc']);
    expect(servers).to.have.length(2);
    expect(network.openConnections).to.equal(1);
  });

  it('is closed when it is idle for idleTimeout, and not before', async () => {
    const { clock, servers, network, settled, connection, use, ask, answered } = arrange({ idleTimeout: 1000 });
    for (const name of ['aa', 'bb']) {
      use(name, ask, 5000);
      await clock.advance(600);
      servers[0]?.write(name);
      await clock.advance(600);
    }
    expect(settled).to.deep.equal(['aa: aa', 'bb: bb']);
    expect(network.openConnections).to.equal(1);
    await clock.advance(410);
    expect(network.openConnections).to.equal(0);
    await answered('c', 'cc', 1);
    connection.close();
    expect(settled[2]).to.equal('c: cc');
    await clock.advance(10);
    expect(clock.timers).to.equal(0);
  });

  describe('of which an exchange fails', () => {
    const failure = (over: Connection, exchange: (channel: Channel) => Promise<unknown>) =>
      over.use(exchange, 500, forever).catch((error: unknown) => error);

    it('says that nothing was sent if it could not be opened, or greeted', async () => {
      for (const options of [
        { dial: () => Promise.reject(new Error('no way')) },
        { greet: () => Promise.reject(new Error('no welcome')) }
      ] satisfies Partial<ConnectionOptions>[]) {
        const { clock, connection, ask } = arrange(options);
        const failed = failure(connection, ask);
        await clock.advance(10);
        expect(isUnsent(await failed)).to.equal(true);
      }
    });

    it('does not say so if it was open', async () => {
      const { clock, connection, ask, network } = arrange();
      const failed = failure(connection, ask);
      await clock.advance(10);
      network.reset();
      expect(isUnsent(await failed)).to.equal(false);
    });

    it('does not say so if it was open at first, and could not be opened again', async () => {
      const { clock, connection, ask, network, answered } = arrange();
      await answered('a', 'ok');
      const failed = failure(connection, ask);
      for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve));
      network.refuse();
      await clock.advance(10);
      expect(String(await failed)).to.contain('ECONNREFUSED');
      expect(isUnsent(await failed)).to.equal(false);
    });
  });

  describe('that was used before', () => {
    const again = async () => {
      const arranged = arrange();
      await arranged.answered('a', 'aa');
      return arranged;
    };

    it('and that the peer has just closed is opened anew within the same exchange', async () => {
      const { servers, settled, answered } = await again();
      servers[0]?.breakOff('ECONNRESET');
      await answered('b', 'bb', 1);
      expect(settled).to.deep.equal(['a: aa', 'b: bb']);
    });

    it('is found dead before anything is written to it, if the news came while the program was busy', async () => {
      const { clock, network, servers, settled, use, ask } = await again();
      let exchanges = 0;
      setImmediate(() => network.reset());
      use('b', channel => {
        exchanges++;
        return ask(channel);
      });
      await clock.advance(10);
      servers[1]?.write('bb');
      await clock.advance(10);
      expect(settled[1]).to.equal('b: bb');
      expect(exchanges).to.equal(1);
    });

    it('is not replaced within the exchange when an answer has begun to come', async () => {
      const { clock, servers, settled, answered } = await again();
      await answered('b', 'b');
      servers[0]?.breakOff('ECONNRESET');
      await clock.advance(10);
      expect(servers).to.have.length(1);
      expect(settled[1]).to.contain('b: ');
    });

    it('is not replaced when the answer is late', async () => {
      const { clock, servers, settled, use, ask } = await again();
      use('b', ask, 500);
      await clock.advance(501);
      expect(settled[1]).to.equal('b: no answer within 500 ms');
      expect(servers).to.have.length(1);
    });
  });

  it('is probed by a connection of its own, with its greeting', async () => {
    const { clock, servers, network, connection, heard, use, ask } = arrange({
      greet: channel => channel.write([Buffer.from('hello')])
    });
    use('a', ask);
    await clock.advance(10);
    const probe = connection.probe(forever);
    await clock.advance(10);
    await probe;
    expect(servers).to.have.length(2);
    expect(network.openConnections).to.equal(1);
    expect(heard()).to.equal('helloaskhello');
  });

  it('tells whether it could not be opened, or nobody greeted', async () => {
    const { clock, settled, use, ask } = arrange({ greet: async channel => void (await channel.receive()) });
    use('a', ask);
    await clock.advance(1000);
    expect(settled).to.deep.equal(['a: connected, but no greeting within 1000 ms']);
  });

  it('tells what the peer says unasked, during no exchange and behind an answer', async () => {
    const heard: string[] = [];
    const { clock, servers, answered } = arrange({ onUnasked: message => heard.push(text(message)) });
    await answered('a', 'aaxx');
    await answered('b', 'bb', 1);
    servers[1]?.write('yy');
    await clock.advance(10);
    expect(heard).to.deep.equal(['xx', 'yy']);
  });
});
