import { expect } from 'chai';
import type { LogFailure } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import type { WireBatch } from '../../lib/wire/batch.js';
import { WireLogTarget } from '../../lib/wire/target.js';
import type { Transport } from '../../lib/wire/transport.js';

/** Notes what it is given, and ends each batch when it is told to. */
class NotingTransport implements Transport {
  readonly notes: string[] = [];
  onPrepare: () => void = () => undefined;
  prepared: Pick<WireBatch, 'payload'> = { payload: Buffer.alloc(0) };
  #end: (error?: Error) => void = () => undefined;

  send(batch: WireBatch): Promise<void> {
    this.notes.push(`send ${textOf(batch)}`);
    return new Promise((resolve, reject) => {
      this.#end = error => (error === undefined ? resolve() : reject(error));
      batch.signal.addEventListener('abort', () => reject(batch.signal.reason as Error));
    });
  }

  prepare(batch: WireBatch): void {
    this.notes.push(`prepare ${textOf(batch)}`);
    this.prepared = batch;
    this.onPrepare();
  }

  end(error?: Error): void {
    this.#end(error);
  }

  close(): void {}
}

const textOf = ({ payload }: WireBatch): string => Buffer.from(payload).toString();

describe('LookAhead', () => {
  const arrange = (options: FlushOptions = {}) => {
    const clock = new FakeClock();
    const transport = new NotingTransport();
    const failures: LogFailure[] = [];
    const encoder = {
      encode: (record: { message: unknown }, into: { text(value: string): void }) => into.text(String(record.message))
    };
    const target = new WireLogTarget(encoder, transport, {
      clock,
      maxSize: 2,
      jitter: 0,
      onFailure: failure => failures.push(failure),
      ...options
    });
    const log = (messages: string, level: LogLevel = LogLevel.INFORMATION) => {
      for (const message of messages) void target.log(someRecord({ message, level, timestamp: clock.now() }));
    };
    return { clock, transport, target, failures, log };
  };

  it('has the next batch made ready while one is on its way, and no other', async () => {
    const { clock, transport, target, log } = arrange();
    log('abcdef');
    await clock.settle();
    expect(transport.notes).to.deep.equal(['send ab', 'prepare cd']);
    transport.end();
    await clock.settle();
    expect(transport.notes).to.deep.equal(['send ab', 'prepare cd', 'send cd', 'prepare ef']);
    expect(target.stats()).to.include({ delivered: 2, pending: 4 });
  });

  it('has one made ready that is cut meanwhile, though not on the stack of the log call', async () => {
    const { clock, transport, log } = arrange();
    log('ab');
    await clock.settle();
    log('cd');
    expect(transport.notes).to.deep.equal(['send ab']);
    await clock.settle();
    expect(transport.notes).to.deep.equal(['send ab', 'prepare cd']);
  });

  it('leaves what is not due where it is', async () => {
    const { clock, transport, log } = arrange();
    log('abc');
    await clock.settle();
    expect(transport.notes).to.deep.equal(['send ab']);
  });

  it('puts it back when the batch before it fails, so that records can be dropped out of it', async () => {
    const { clock, transport, target, log } = arrange({ maxQueued: 4 });
    log('ab');
    log('cd', LogLevel.DEBUG);
    await clock.settle();
    transport.end(new Error('down'));
    await clock.settle();
    log('E', LogLevel.ERROR);
    expect(target.stats().lostByLevel).to.deep.equal({ DEBUG: 1 });
    await clock.advance(600);
    transport.end();
    await clock.settle();
    expect(transport.notes).to.deep.equal(['send ab', 'prepare cd', 'send ab', 'send d']);
  });

  it('leaves bytes as they are that the transport may still read, though a record is dropped out of the batch', async () => {
    const { clock, transport, target, log } = arrange({ maxQueued: 4 });
    log('ab');
    log('cd', LogLevel.DEBUG);
    await clock.settle();
    const { payload } = transport.prepared;
    transport.end(new Error('down'));
    await clock.settle();
    log('E', LogLevel.ERROR);
    expect(target.stats()).to.include({ lost: 1 });
    expect(Buffer.from(payload).toString()).to.equal('cd');
  });

  it('does not overtake the record that tells of losses', async () => {
    const { clock, transport, log } = arrange({ maxQueued: 4 });
    log('abcde');
    await clock.settle();
    transport.end();
    await clock.settle();
    log('fg');
    for (let batch = 0; batch < 3; batch++) {
      await clock.advance(1000);
      transport.end();
    }
    const sent = transport.notes.filter(note => note.startsWith('send'));
    expect(sent.map(note => (note.includes('lost') ? 'losses' : note.slice(5)))).to.deep.equal([
      'ab',
      'cd',
      'losses',
      'fg'
    ]);
  });

  it('lets a record that is too old go to the fallback, too', async () => {
    const fallback = new MemoryTarget();
    const { clock, transport, log } = arrange({ maxAge: 5000, flushInterval: 1000, fallbackTarget: fallback });
    log('ab');
    await clock.advance(1000);
    log('cd');
    await clock.advance(5100);
    expect(transport.notes).to.deep.equal(['send ab', 'prepare cd']);
    expect(fallback.messages).to.deep.equal(['c', 'd']);
  });

  it('sees to it that what is made ready leaves at dispose', async () => {
    const { clock, target, log } = arrange();
    log('abcdef');
    await clock.settle();
    void target.dispose({ timeout: 100 });
    await clock.advance(200);
    expect(target.stats()).to.include({ accepted: 6, lost: 6, pending: 0 });
  });

  it('reports a transport that throws', async () => {
    const { clock, transport, target, failures, log } = arrange();
    transport.onPrepare = () => {
      throw new Error('not today');
    };
    log('abcd');
    await clock.settle();
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include({ kind: 'error', what: 'prepare' });
    transport.end();
    await clock.settle();
    expect(transport.notes.at(-1)).to.equal('send cd');
    expect(target.stats()).to.include({ delivered: 2 });
  });
});
