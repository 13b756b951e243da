import { expect } from 'chai';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { someRecord } from '../../lib/testing/some-record.js';
import type { WireBatch } from '../../lib/wire/batch.js';
import { WireLogTarget } from '../../lib/wire/target.js';
import type { Transport } from '../../lib/wire/transport.js';
import { takeFreeMemory } from '../support/free-memory.js';

/** Says which batches it was given, and ends each when it is told to. */
class SlowTransport implements Transport {
  readonly begun: string[] = [];
  #end: (error?: Error) => void = () => undefined;

  send(batch: WireBatch): Promise<void> {
    this.begun.push(Buffer.from(batch.payload).toString());
    return new Promise((resolve, reject) => {
      this.#end = error => (error === undefined ? resolve() : reject(error));
      batch.signal.addEventListener('abort', () => reject(batch.signal.reason as Error));
    });
  }

  end(error?: Error): void {
    this.#end(error);
  }

  close(): void {}
}

describe('WireLogTarget', () => {
  const arrange = () => {
    const clock = new FakeClock();
    const transport = new SlowTransport();
    const encoder = {
      encode: (record: { message: unknown }, into: { text(value: string): void }) => into.text(String(record.message))
    };
    const target = new WireLogTarget(encoder, transport, {
      clock,
      maxSize: 1,
      retryDelay: 1,
      onFailure: () => undefined
    });
    const settled: string[] = [];
    const logRecords = (...messages: string[]) =>
      void target.logRecords(messages.map(message => someRecord({ message }))).then(
        () => settled.push(`${messages.join()} sent`),
        (error: Error) => settled.push(`${messages.join()}: ${error.message}`)
      );
    return { clock, transport, target, settled, logRecords };
  };

  it('gives its transport one batch at a time, also those of logRecords', async () => {
    const { clock, transport, target, settled, logRecords } = arrange();
    void target.log(someRecord({ message: 'logged' }));
    await clock.settle();
    logRecords('a', 'b');
    logRecords('c');
    await clock.settle();
    expect(transport.begun).to.deep.equal(['logged']);
    transport.end();
    await clock.settle();
    expect(transport.begun).to.deep.equal(['logged', 'ab']);
    transport.end(new Error('refused'));
    await clock.settle();
    expect(transport.begun).to.deep.equal(['logged', 'ab', 'c']);
    transport.end();
    await clock.settle();
    expect(settled).to.deep.equal(['a,b: refused', 'c sent']);
    expect(target.stats()).to.include({ accepted: 1, delivered: 1 });
  });

  it('gives up what logRecords has not sent when it is disposed of, and sends nothing afterwards', async () => {
    const { clock, transport, target, settled, logRecords } = arrange();
    logRecords('a');
    logRecords('b');
    await clock.settle();
    await target.dispose();
    logRecords('c');
    await clock.settle();
    expect(transport.begun).to.deep.equal(['a']);
    const message = 'WireLogTarget has been disposed of';
    expect(settled).to.deep.equal([`a: ${message}`, `b: ${message}`, `c: ${message}`]);
  });

  describe('uses the memory of batches again', () => {
    beforeEach(takeFreeMemory);

    const memories = async (reusesMemory: boolean | undefined, fails: boolean) => {
      const clock = new FakeClock();
      const used: unknown[] = [];
      const texts: string[] = [];
      const transport: Transport = {
        ...(reusesMemory !== undefined && { reusesMemory }),
        send: async batch => {
          if (fails && batch.attempt === 1) throw new Error('not now');
          used.push(batch.payload.buffer);
          texts.push(Buffer.from(batch.payload).toString());
        },
        close: () => undefined
      };
      const encoder = {
        encode: (record: { message: unknown }, into: { text(value: string): void }) =>
          into.text(String(record.message)),
        decode: () => someRecord()
      };
      const options = { clock, maxSize: 1, retryDelay: 1, onFailure: () => undefined };
      const target = new WireLogTarget(encoder, transport, options);
      for (const message of ['first'.repeat(100), 'other'.repeat(100)]) {
        void target.log(someRecord({ message }));
        await clock.advance(1000);
      }
      expect(texts).to.deep.equal(['first'.repeat(100), 'other'.repeat(100)]);
      return new Set(used).size;
    };

    it('when they have arrived, if the transport says that it may', async () => {
      expect(await memories(true, false)).to.equal(1);
      expect(await memories(false, false)).to.equal(2);
      expect(await memories(undefined, false)).to.equal(2);
    });

    it('not when an earlier attempt has failed, as a stream may still hold what that has written', async () => {
      expect(await memories(true, true)).to.equal(2);
    });
  });

  describe('has what will wait in memory that can be made smaller', () => {
    /** How many of six batches arrive, of which the last two have four before them. */
    const sent = async (transport: Pick<Transport, 'send' | 'prepare' | 'reusesMemory'>) => {
      const encoder = { encode: (_: unknown, into: { text(value: string): void }) => into.text('x'.repeat(300_000)) };
      const options = { maxSize: 1, maxBytes: 300_000 };
      const target = new WireLogTarget(encoder, { ...transport, close: () => undefined }, options);
      for (let count = 0; count < 6; count++) void target.log(someRecord());
      await target.flush();
      const { delivered } = target.stats();
      await target.dispose();
      return delivered;
    };
    const isResizable = ({ payload: { buffer } }: WireBatch) => buffer instanceof ArrayBuffer && buffer.resizable;

    it('where memory is used again: all of it, as others may wait in it later', async () => {
      const found: boolean[] = [];
      await sent({ reusesMemory: true, send: async batch => void found.push(isResizable(batch)) });
      expect(found).to.deep.equal([true, true, true, true, true, true]);
    });

    it('and elsewhere only until it is sent, as fetch does not read such memory', async () => {
      let prepared = 0;
      const read = async ({ payload }: WireBatch) => {
        const { byteLength } = await new Response(payload as Uint8Array<ArrayBuffer>).arrayBuffer();
        expect(byteLength).to.equal(300_000);
      };
      const prepare = (batch: WireBatch) => void read(batch).then(() => prepared++);
      expect(await sent({ send: read, prepare })).to.equal(6);
      expect(prepared).to.be.above(0);
    });
  });

  it('has nothing to send where logRecords has no records', async () => {
    const { transport, target } = arrange();
    await target.logRecords([]);
    expect(transport.begun).to.deep.equal([]);
  });
});
