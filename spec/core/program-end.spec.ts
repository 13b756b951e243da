import { expect } from 'chai';
import type { ExitOptions } from '../../lib/core/exit.js';
import { LoggerFactory } from '../../lib/core/factory.js';
import { LogLevel } from '../../lib/core/level.js';
import { LogRecord } from '../../lib/core/record.js';
import { LogTarget } from '../../lib/core/target.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import type { Encoder } from '../../lib/wire/encoder.js';
import { WireLogTarget } from '../../lib/wire/target.js';
import type { Transport } from '../../lib/wire/transport.js';
import { FakeHost } from '../support/fake-host.js';
import { MemoryFlushTarget } from '../support/memory-flush-target.js';

const onFailure = () => undefined;

/** A program in memory with one target, which takes nothing in if it is told to wait. */
function arrange(exit: ExitOptions | undefined, options: FlushOptions = {}, host = new FakeHost()) {
  const { clock } = host;
  const target = new MemoryFlushTarget({ clock, name: 'collector', onFailure, ...options });
  const factory = new LoggerFactory({ clock, onFailure, env: {} }).addTarget(target);
  if (exit !== undefined) factory.handleExit(exit);
  const log = (...messages: string[]) => {
    for (const message of messages) void factory.getLogger('Program').info(message);
  };
  return { host, clock, target, factory, log };
}

/** The messages of the lines of JSON in a text. */
function messages(text = ''): unknown[] {
  const lines = text.split('\n').filter(line => line.startsWith('{') && line.endsWith('}'));
  return lines.map(line => (JSON.parse(line) as { message: unknown }).message);
}

const exitFile = '/exit.jsonl';

describe('The end of a program', () => {
  it('keeps what a listener of exit logs, though nothing was pending', () => {
    const { host, log } = arrange({ exitFile });
    host.on('exit', () => log('bye', 'and good night'));
    host.exit(0);
    expect(messages(host.files.get(exitFile))).to.deep.equal(['bye', 'and good night']);
  });

  it('tells that what a listener of exit logs is lost, where nobody keeps it', () => {
    const { host, log, target } = arrange(undefined);
    host.on('exit', () => log('bye'));
    host.exit(0);
    expect(host.stderr).to.match(/^logflume: collector: 1 record\(s\) lost, as the process ended/);
    expect(target.stats()).to.include({ lost: 1, pending: 0 });
  });

  it('comes in time after a signal, though a dispose with more time has begun', async () => {
    const { host, clock, target, factory, log } = arrange({ timeout: 1000, exitFile });
    target.behaviour = 'wait';
    log('one');
    void factory.dispose({ timeout: 60_000 });
    host.signal('SIGTERM');
    await clock.advance(1100);
    expect(host.end).to.deep.equal({ signal: 'SIGTERM' });
    expect(messages(host.files.get(exitFile))).to.deep.equal(['one']);
  });

  it('counts once what arrives when it has been written down, and the process has not ended yet', async () => {
    const { host, clock, target, factory, log } = arrange({ timeout: 1000, exitFile });
    target.behaviour = 'wait';
    log('one');
    await clock.settle();
    void factory.dispose({ timeout: 60_000 });
    const write = host.write.bind(host);
    host.write = (descriptor, bytes, offset) => {
      queueMicrotask(() => target.attempts[0]?.arrive());
      return write(descriptor, bytes, offset);
    };
    host.throwUncaught(new Error('nobody catches this'));
    await clock.advance(1100);
    expect(host.end).to.deep.equal({ code: 1 });
    expect(target.arrived).to.deep.equal(['one']);
    expect(target.stats()).to.include({ delivered: 0, lost: 0, pending: 0 });
  });

  it('comes in time though another listener takes its share, and targets are late', async () => {
    const { host, clock, factory } = arrange({ timeout: 1000 });
    factory.addTarget(
      new (class Late extends LogTarget {
        override log(): Promise<void> {
          return new Promise(() => undefined);
        }
      })()
    );
    void factory.getLogger('Program').info('never taken');
    host.on('SIGTERM', () => undefined);
    host.signal('SIGTERM');
    await clock.advance(1100);
    expect(host.end).to.deep.equal({ signal: 'SIGTERM' });
  });

  describe('has the last resort keep', () => {
    it('what is on its way, what was made ready to be sent, and what waits', async () => {
      const { host, clock, factory, log } = arrange({ exitFile });
      const ready: number[] = [];
      const transport: Transport = {
        prepare: batch => ready.push(batch.size),
        send: () => new Promise(() => undefined),
        close: () => undefined
      };
      const encoder: Encoder = { encode: (record, into) => into.text(record.render()) };
      factory.addTarget(new WireLogTarget(encoder, transport, { clock, name: 'wire', maxSize: 1, onFailure }));
      log('one', 'two', 'three');
      await clock.settle();
      host.exit(0);
      expect(ready).to.deep.equal([1]);
      const lines = host.files
        .get(exitFile)
        ?.split('\n')
        .filter(line => line.includes('"from":"wire"'));
      expect(messages(lines?.join('\n'))).to.deep.equal(['one', 'two', 'three']);
    });

    it('what was logged to a fallback without an account that has not taken it', () => {
      const slow = new (class Slow extends LogTarget {
        override log(): Promise<void> {
          return new Promise(() => undefined);
        }
      })();
      const { host, target, log } = arrange({ exitFile }, { fallbackTarget: slow });
      log('one');
      host.exit(0);
      expect(messages(host.files.get(exitFile))).to.deep.equal(['one']);
      expect(target.stats()).to.include({ fellBack: 1, lost: 0 });
    });

    it('what a fallback refuses for which there was no time', async () => {
      const refusing = new (class Refusing extends LogTarget {
        override log({ message }: LogRecord): void {
          if (message === 'one') throw new Error('refused');
        }
      })();
      const { host, clock, target, factory, log } = arrange({ exitFile }, { fallbackTarget: refusing });
      target.behaviour = 'wait';
      log('one', 'two');
      await Promise.all([factory.dispose({ timeout: 1000 }), clock.advance(1000)]);
      expect(messages(host.files.get(exitFile))).to.deep.equal(['one']);
      expect(target.stats()).to.include({ fellBack: 2, lost: 0, pending: 0 });
    });
  });
});

describe('A dispose', () => {
  it('leaves a record to the fallback in whose queue it waits for room, and keeps those behind it', async () => {
    const host = new FakeHost();
    const { clock } = host;
    const second = new MemoryFlushTarget({ clock, name: 'second', onFailure, maxQueued: 1, overflow: 'wait' });
    second.behaviour = 'wait';
    const own = new LoggerFactory({ clock, onFailure, env: {} }).addTarget(second); // who else holds it disposes of it
    const { target, factory, log } = arrange({ exitFile }, { maxRetries: 0, fallbackTarget: second }, host);
    target.behaviour = { error: new Error('down') };
    log('one', 'two', 'three');
    await Promise.all([factory.dispose({ timeout: 100 }), clock.advance(100)]);
    expect(target.stats()).to.include({ fellBack: 3, lost: 0, pending: 0 });
    expect(second.stats()).to.include({ accepted: 1, waiting: 1 });
    expect(messages(host.files.get(exitFile))).to.deep.equal(['three']);
    second.behaviour = 'arrive';
    second.attempts[0]?.arrive();
    await Promise.all([own.dispose(), clock.advance(1000)]);
    expect(second.arrived).to.deep.equal(['one', 'two']);
  });
});

describe('The exitFile', () => {
  const lines = ['one', 'two', 'three', 'four'];

  /** Ends a program with four records pending. */
  function end(prepare: (host: FakeHost) => void) {
    const { host, target, log } = arrange({ exitFile });
    prepare(host);
    log(...lines);
    host.exit(0);
    return { file: host.files.get(exitFile), stderr: host.stderr, stats: target.stats() };
  }

  it('that has no room for all lines has the first ones, and stderr the others', () => {
    const { file, stderr, stats } = end(host => {
      host.capacity = 400;
    });
    const kept = messages(file);
    expect(kept).to.have.length.within(1, 3);
    expect([...kept, ...messages(stderr)]).to.deep.equal(lines);
    expect(stderr).to.match(/^logflume: collector: the exitFile cannot be written, its records follow here: .*ENOSPC/);
    expect(stats).to.include({ fellBack: 4, lost: 0 });
  });

  it('gets a record whose own form in JSON cannot be made in the usual one', () => {
    class Odd extends LogRecord {
      override toJSON(): Record<string, unknown> {
        throw new Error('no JSON');
      }
    }
    const { host, target, log } = arrange({ exitFile });
    log('one');
    void target.log(new Odd(host.clock.now(), 1, 'Program', LogLevel.ERROR, 'two'));
    log('three');
    host.exit(0);
    expect(messages(host.files.get(exitFile))).to.deep.equal(['one', 'two', 'three']);
  });

  it('that cannot be opened leaves all lines to stderr', () => {
    const { stderr } = end(host => {
      host.isReadOnly = true;
    });
    expect(messages(stderr)).to.deep.equal(lines);
    expect(stderr).to.contain('EACCES');
  });

  it('that ends within a line gets the next ones behind it', () => {
    const { file } = end(host => host.files.set(exitFile, '{"message":"cut'));
    expect(file?.split('\n')[0]).to.equal('{"message":"cut');
    expect(messages(file)).to.deep.equal(lines);
  });

  it('is filled by way of a pipe that is full for some time', () => {
    const { stderr, stats } = end(host => {
      host.isReadOnly = true;
      host.pipe = 'full';
    });
    expect(messages(stderr)).to.deep.equal(lines);
    expect(stats.lost).to.equal(0);
  });

  it('that nobody can take is no reason to hang: what is lost is counted', () => {
    const { stats } = end(host => {
      host.isReadOnly = true;
      host.pipe = 'closed';
    });
    expect(stats).to.include({ fellBack: 0, lost: 4, pending: 0 });
  });
});
