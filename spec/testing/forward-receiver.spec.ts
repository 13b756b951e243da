import type { Duplex } from 'node:stream';
import { encode } from '@msgpack/msgpack';
import { expect } from 'chai';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { ForwardReceiver } from '../../lib/testing/forward-receiver.js';
import { MemoryNetwork } from '../support/memory-network.js';
import { Random } from '../support/random.js';

const message = (n: number) => Buffer.from(encode(['app', 1000 + n, { n }, { chunk: `c${n}` }]));

describe('ForwardReceiver on a network in memory', () => {
  let clock: FakeClock;
  let network: MemoryNetwork;
  let receiver: ForwardReceiver;

  beforeEach(() => {
    clock = new FakeClock();
    network = new MemoryNetwork(clock, new Random(1));
    receiver = new ForwardReceiver({ clock });
    network.listen(stream => receiver.accept(stream));
  });

  async function dial(): Promise<{ stream: Duplex; codes: string[] }> {
    const dialled = network.dial(new AbortController().signal);
    await clock.advance(10);
    const stream = await dialled;
    const codes: string[] = [];
    stream.on('error', (error: NodeJS.ErrnoException) => codes.push(error.code ?? '')).resume();
    return { stream, codes };
  }

  it('closes by a real reset', async () => {
    const { codes } = await dial();
    receiver.reset();
    await clock.advance(10);
    expect(codes).to.deep.equal(['ECONNRESET']);
    expect(receiver.openConnections).to.equal(0);
  });

  it('stalls connections that come later as well', async () => {
    receiver.stall();
    const { stream } = await dial();
    stream.write(message(1));
    await clock.advance(60_000);
    expect(receiver.events).to.deep.equal([]);
    await receiver.heal();
    await clock.settle();
    expect(receiver.events).to.have.length(1);
  });

  it('resets once for one command', async () => {
    receiver.resetAfter({ bytes: 3 });
    const first = await dial();
    first.stream.write(message(1));
    await clock.advance(50);
    expect(first.codes).to.deep.equal(['ECONNRESET']);
    const second = await dial();
    second.stream.write(message(1));
    await clock.advance(50);
    expect(second.codes).to.deep.equal([]);
    expect(receiver.events).to.have.length(1);
  });

  it('forgets late acknowledgements of a connection that has gone', async () => {
    receiver.delayAcks(60_000);
    const { stream } = await dial();
    stream.write(message(1));
    await clock.advance(50);
    expect(clock.timers).to.equal(1);
    stream.destroy();
    await clock.advance(50);
    expect(clock.timers).to.equal(0);
  });
});
