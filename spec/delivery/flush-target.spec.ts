import { expect } from 'chai';
import sinon from 'sinon';
import { LoggerFactory } from '../../lib/core/factory.js';
import { describeFailure, type LogFailure, PermanentDeliveryError } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import { LogTarget, type TargetStats } from '../../lib/core/target.js';
import { Departures } from '../../lib/delivery/departures.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { WireLogTarget } from '../../lib/wire/target.js';
import { MemoryFlushTarget } from '../support/memory-flush-target.js';

const down = new Error('down');

function arrange(options: FlushOptions = {}) {
  const clock = new FakeClock();
  const failures: LogFailure[] = [];
  const target = new MemoryFlushTarget({ clock, onFailure: failure => failures.push(failure), ...options });
  const log = (...messages: unknown[]) => {
    for (const message of messages) void target.log(someRecord({ message, timestamp: clock.now() }));
  };
  const kinds = () =>
    failures.map(failure => ('reason' in failure ? `${failure.kind}: ${failure.reason}` : failure.kind));
  return { clock, target, log, failures, kinds };
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

const closes = ({ accepted, delivered, fellBack, lost, pending }: TargetStats) =>
  accepted === delivered + fellBack + lost + pending;

describe('FlushLogTarget', () => {
  describe('batches', () => {
    it('are sent as soon as they have maxSize records, never on the stack of the log call', async () => {
      const { clock, target, log } = arrange({ maxSize: 3 });
      log(1, 2);
      await clock.settle();
      expect(target.attempts).to.have.length(0);
      log(3);
      expect(target.attempts).to.have.length(0);
      await clock.settle();
      expect(target.batches).to.deep.equal([[1, 2, 3]]);
    });

    it('have maxSize records at most, also when many wait', async () => {
      const { clock, target, log } = arrange({ maxSize: 3 });
      target.behaviour = 'wait';
      log(...numbers(1, 8));
      await clock.settle();
      target.behaviour = 'arrive';
      target.attempts[0]?.arrive();
      await target.flush();
      expect(target.batches).to.deep.equal([
        [1, 2, 3],
        [4, 5, 6],
        [7, 8]
      ]);
    });

    it('have maxBytes bytes at most, unless one record has more', async () => {
      const { target } = arrange({ maxBytes: 2000 });
      const sizes = [900, 900, 900, 5000, 10, 10];
      for (const size of sizes) void target.log(someRecord({ message: size, data: { text: 'x'.repeat(size) } }));
      await target.flush();
      expect(target.batches.map(batch => batch.length)).to.deep.equal([1, 1, 1, 1, 2]);
    });

    it('are sent flushInterval after their first record, full or not', async () => {
      const { clock, target, log } = arrange({ maxSize: 10, flushInterval: 2000 });
      log(1);
      await clock.advance(1500);
      log(2);
      await clock.advance(499);
      expect(target.batches).to.deep.equal([]);
      await clock.advance(1);
      expect(target.batches).to.deep.equal([[1, 2]]);
    });

    it('count flushInterval from the first record of the batch itself', async () => {
      const { clock, target, log } = arrange({ maxSize: 2, flushInterval: 1000 });
      log(1);
      await clock.advance(900);
      log(2, 3);
      await clock.advance(999);
      expect(target.batches).to.deep.equal([[1, 2]]);
      await clock.advance(1);
      expect(target.batches).to.deep.equal([[1, 2], [3]]);
    });

    it('are sent at the end of the tick when flushInterval is 0', async () => {
      const { target, log } = arrange({ flushInterval: 0 });
      log(1, 2);
      await new Promise(process.nextTick);
      await Promise.resolve();
      await Promise.resolve();
      expect(target.batches).to.deep.equal([[1, 2]]);
    });

    it('do not wait when they hold an ERROR, and take along what is logged in the same tick', async () => {
      const { clock, target, log } = arrange();
      log(1);
      void target.log(someRecord({ message: 2, level: LogLevel.ERROR }));
      log(3);
      await clock.settle();
      expect(target.batches).to.deep.equal([[1, 2, 3]]);
    });

    it('do not wait for ERRORs more often than every 10 ms', async () => {
      const { clock, target, log } = arrange();
      const fail = (message: number) => void target.log(someRecord({ message, level: LogLevel.ERROR }));
      fail(1);
      await clock.settle();
      fail(2);
      await clock.advance(4);
      log(3);
      fail(4);
      await clock.advance(5);
      expect(target.batches).to.deep.equal([[1]]);
      await clock.advance(1);
      expect(target.batches).to.deep.equal([[1], [2, 3, 4]]);
      fail(5);
      await clock.advance(10);
      expect(target.batches.slice(2)).to.deep.equal([[5]]);
      await clock.advance(10);
      fail(6);
      await clock.settle();
      expect(target.batches.slice(3)).to.deep.equal([[6]]);
    });

    it('do not wait for ERRORs any longer when the clock was put back', async () => {
      const { clock, target } = arrange();
      void target.log(someRecord({ message: 1, level: LogLevel.ERROR }));
      await clock.settle();
      const before = clock.now() - 60_000;
      clock.now = () => before;
      void target.log(someRecord({ message: 2, level: LogLevel.ERROR }));
      await clock.settle();
      expect(target.batches).to.deep.equal([[1], [2]]);
    });

    it('wait for what flushLevel leaves out', async () => {
      const { clock, target } = arrange({ flushLevel: LogLevel.CRITICAL });
      void target.log(someRecord({ level: LogLevel.ERROR }));
      await clock.settle();
      expect(target.batches).to.deep.equal([]);
    });

    it('are sent one at a time, in order', async () => {
      const { clock, target, log } = arrange({ maxSize: 2 });
      target.behaviour = 'wait';
      log(1, 2, 3, 4);
      void target.flush();
      void target.flush();
      await clock.advance(5000);
      expect(target.attempts.map(({ messages }) => messages)).to.deep.equal([[1, 2]]);
      target.attempts[0]?.arrive();
      await clock.settle();
      target.attempts[1]?.arrive();
      await clock.settle();
      expect(target.batches).to.deep.equal([
        [1, 2],
        [3, 4]
      ]);
      expect(target.mostAtOnce).to.equal(1);
    });

    it('keep their id across attempts, and share it with none', async () => {
      const { clock, target, log } = arrange({ maxSize: 1 });
      target.behaviour = { error: down };
      log(1, 2);
      await clock.advance(1800);
      target.behaviour = 'arrive';
      await target.flush();
      const ids = target.attempts.map(({ id, messages }) => `${id} ${String(messages[0])}`);
      expect(target.attempts.map(({ attempt }) => attempt)).to.deep.equal([1, 2, 3, 4, 1]);
      expect(new Set(ids).size).to.equal(2);
      expect(new Set(target.attempts.map(({ id }) => id)).size).to.equal(2);
    });
  });

  describe('retries', () => {
    it('wait retryDelay times the attempt', async () => {
      const { clock, target, log, failures } = arrange({ maxSize: 1, fallbackTarget: new MemoryTarget() });
      target.behaviour = { error: down };
      log(1);
      const times: number[] = [];
      const start = clock.now();
      for (let ms = 0; ms <= 4000; ms += 100) {
        await clock.advance(ms === 0 ? 0 : 100);
        while (times.length < target.attempts.length) times.push(clock.now() - start);
      }
      expect(times).to.deep.equal([0, 600, 1800, 3600]);
      expect(
        failures.filter(({ kind }) => kind === 'retrying').map(failure => 'delay' in failure && failure.delay)
      ).to.deep.equal([600, 1200, 1800]);
      expect(target.stats().retries).to.equal(3);
    });

    it('wait the same each time without progressiveDelay', async () => {
      const { clock, target, log } = arrange({ maxSize: 1, progressiveDelay: false, retryDelay: 100 });
      target.behaviour = { error: down };
      log(1);
      await clock.advance(499);
      expect(target.attempts).to.have.length(5);
    });

    it('wait no longer than maxRetryDelay', async () => {
      const { clock, target, log } = arrange({ maxSize: 1, retryDelay: 1000, maxRetryDelay: 1500 });
      target.behaviour = { error: down };
      log(1);
      await clock.advance(1000 + 1500 + 1500);
      expect(target.attempts).to.have.length(4);
    });

    it('wait less by chance, down to 1 - jitter', async () => {
      const { clock, target, log } = arrange({ maxSize: 1, retryDelay: 1000, jitter: 0.5, random: () => 0.8 });
      target.behaviour = { error: down };
      log(1);
      await clock.advance(599);
      expect(target.attempts).to.have.length(1);
      await clock.advance(1);
      expect(target.attempts).to.have.length(2);
    });

    it('go on for ever without a fallback, as there is room', async () => {
      const { clock, target, log } = arrange({ maxSize: 1 });
      target.behaviour = { error: down };
      log(1);
      await clock.advance(3_600_000);
      expect(target.stats()).to.include({ lost: 0, pending: 1 });
      expect(target.attempts).to.have.length.above(100);
      target.behaviour = 'arrive';
      await clock.advance(30_000);
      expect(target.arrived).to.deep.equal([1]);
    });

    it('end after maxRetries, and the records are lost and reported as lost', async () => {
      const { clock, target, log, failures } = arrange({ maxSize: 2, maxRetries: 1, retryDelay: 0 });
      target.behaviour = { error: down };
      log(1, 2);
      await clock.advance(10);
      expect(target.attempts).to.have.length(2);
      expect(failures.at(-1)).to.deep.equal({
        kind: 'lost',
        target: 'MemoryFlushTarget',
        count: 2,
        reason: 'retries exhausted',
        error: down
      });
      expect(target.stats()).to.deep.include({
        lost: 2,
        pending: 0,
        lostByReason: { 'retries exhausted': 2 },
        lastError: 'Error: down'
      });
    });

    it('are not made at all with maxRetries 0', async () => {
      const { clock, target, log } = arrange({ maxSize: 1, maxRetries: 0 });
      target.behaviour = { error: down };
      log(1);
      await clock.advance(60_000);
      expect(target.attempts).to.have.length(1);
    });

    it('are not made after a PermanentDeliveryError', async () => {
      const { clock, target, log, kinds } = arrange({ maxSize: 1 });
      target.behaviour = { error: new PermanentDeliveryError('too large') };
      log(1);
      await clock.advance(60_000);
      expect(target.attempts.filter(({ messages }) => messages.includes(1))).to.have.length(1);
      expect(kinds()).to.deep.equal(['lost: rejected']);
    });

    it('are made after logRecords throws, too', async () => {
      const { clock, target, log } = arrange({ maxSize: 1 });
      const logRecords = sinon.stub(target, 'logRecords');
      logRecords.onFirstCall().throws(down);
      logRecords.onSecondCall().resolves();
      log(1);
      await clock.advance(600);
      expect(target.stats()).to.include({ delivered: 1, retries: 1 });
    });

    it('are made at once when somebody flushes', async () => {
      const { clock, target, log } = arrange({ maxSize: 1, retryDelay: 60_000, maxRetryDelay: 60_000 });
      target.behaviour = { error: down };
      log(1);
      await clock.settle();
      target.behaviour = 'arrive';
      await target.flush();
      expect(target.arrived).to.deep.equal([1]);
    });

    it('keep the order: what was logged meanwhile comes after', async () => {
      const { clock, target, log } = arrange({ maxSize: 1 });
      target.behaviour = { error: down };
      log(1);
      await clock.advance(100);
      log(2);
      target.behaviour = 'arrive';
      log(3);
      await clock.advance(600);
      expect(target.arrived).to.deep.equal([1, 2, 3]);
    });

    it('survive errors that cannot be shown', async () => {
      const { clock, target, log } = arrange({ maxSize: 1, maxRetries: 1, retryDelay: 0 });
      target.behaviour = {
        error: Object.create(null, {
          toString: {
            get() {
              throw new Error('no');
            }
          }
        })
      };
      log(1);
      await clock.advance(10);
      expect(target.stats()).to.include({ lost: 1, pending: 0 });
    });
  });

  describe('the fallback', () => {
    it('gets what could not be delivered, in order, and is flushed with the target', async () => {
      const fallback = new MemoryFlushTarget();
      const { clock, target, log, kinds } = arrange({ maxSize: 2, maxRetries: 0, fallbackTarget: fallback });
      target.behaviour = { error: down };
      log(1, 2, 3);
      await target.flush();
      await clock.settle();
      expect(fallback.arrived).to.deep.equal([1, 2, 3]);
      expect(target.stats()).to.include({ fellBack: 3, lost: 0, pending: 0 });
      expect(target.stats().fallback).to.include({ name: 'MemoryFlushTarget', accepted: 3, delivered: 3 });
      expect(kinds()).to.deep.equal(['fell back: retries exhausted', 'fell back: circuit open']);
    });

    it('of a fallback gets what that one cannot deliver', async () => {
      const last = new MemoryTarget();
      const middle = new MemoryFlushTarget({ maxRetries: 0, fallbackTarget: last, onFailure: () => undefined });
      middle.behaviour = { error: down };
      const { target, log } = arrange({ maxRetries: 0, fallbackTarget: middle });
      target.behaviour = { error: down };
      log(1, 2);
      await target.flush();
      expect(last.messages).to.deep.equal(['1', '2']);
    });

    it('that fails costs the records it fails for, which are reported as lost', async () => {
      const fallback = new (class Picky extends LogTarget {
        readonly taken: unknown[] = [];
        override async log({ message }: { message: unknown }): Promise<void> {
          if (message === 2) throw new Error('not this one');
          this.taken.push(message);
        }
      })();
      const { target, log, failures } = arrange({ maxRetries: 0, fallbackTarget: fallback });
      target.behaviour = { error: down };
      log(1, 2, 3);
      await target.flush();
      expect(fallback.taken).to.deep.equal([1, 3]);
      expect(target.stats()).to.deep.include({
        fellBack: 2,
        lost: 1,
        pending: 0,
        lostByReason: { 'retries exhausted': 1 }
      });
      expect(failures.map(({ kind }) => kind)).to.deep.equal(['fell back', 'lost']);
    });

    it('is tried for three retries by default', async () => {
      const fallback = new MemoryTarget();
      const { clock, target, log } = arrange({ maxSize: 1, fallbackTarget: fallback });
      target.behaviour = { error: down };
      log(1);
      await clock.advance(600 + 1200 + 1800 - 1);
      expect(fallback.messages).to.deep.equal([]);
      await clock.advance(1);
      expect(fallback.messages).to.deep.equal(['1']);
      expect(target.attempts).to.have.length(4);
    });

    it('that never answers holds no more than a quarter of maxQueued besides the queue, and no caller', async () => {
      const stuck = new (class Stuck extends LogTarget {
        override log(): Promise<void> {
          return new Promise(() => undefined);
        }
      })();
      const { target, log } = arrange({ maxSize: 1, maxQueued: 10, fallbackTarget: stuck });
      target.behaviour = 'wait';
      log(...numbers(1, 1000));
      expect(target.stats()).to.include({ accepted: 1000, pending: 13, lost: 987 });
      expect(target.stats().pendingBytes).to.be.within(13 * 400, 13 * 500);
      await target.log(someRecord());
    });

    it('gets all records but the one that cannot be decoded', async () => {
      const fallback = new MemoryTarget();
      const failures: LogFailure[] = [];
      const target = new WireLogTarget(
        {
          encode: ({ message }, into) => into.text(String(message)),
          decode: bytes => {
            if (Buffer.from(bytes).toString() === '2') throw new TypeError('two');
            return someRecord({ message: Buffer.from(bytes).toString() });
          }
        },
        { send: () => Promise.reject(down), close: () => undefined },
        { maxRetries: 0, fallbackTarget: fallback, onFailure: failure => failures.push(failure) }
      );
      for (const message of numbers(1, 4)) void target.log(someRecord({ message }));
      await target.flush();
      expect(fallback.messages).to.deep.equal(['1', '3', '4']);
      expect(target.stats()).to.include({ fellBack: 3, lost: 1, pending: 0 });
      expect(failures.map(describeFailure).join()).to.contain('down').and.to.contain('two');
    });

    it('gets what comes when the queue is full', async () => {
      const fallback = new MemoryTarget();
      const { target, log } = arrange({ maxSize: 1, maxQueued: 2, fallbackTarget: fallback });
      target.behaviour = 'wait';
      log(1, 2, 3);
      expect(fallback.messages).to.deep.equal(['3']);
      expect(target.stats()).to.include({ pending: 2 });
    });
  });

  describe('bounds', () => {
    it('are maxQueued records, within one tick too', async () => {
      const { clock, target, log, failures } = arrange({ maxQueued: 1000, maxSize: 10 });
      target.behaviour = 'wait';
      log(...numbers(1, 1500));
      expect(target.stats()).to.deep.include({
        accepted: 1500,
        pending: 800,
        lost: 700,
        lostByReason: { 'queue full': 700 },
        lostByLevel: { INFORMATION: 700 }
      });
      await clock.settle();
      const lost = { kind: 'lost', target: 'MemoryFlushTarget', reason: 'queue full', error: undefined };
      expect(failures).to.deep.equal([
        { ...lost, count: 1 },
        { ...lost, count: 699 }
      ]);
    });

    it('are maxQueuedBytes bytes', () => {
      const { target } = arrange({ maxQueuedBytes: 10_000 });
      for (let index = 0; index < 100; index++) void target.log(someRecord({ data: { text: 'x'.repeat(1000) } }));
      const { pending, pendingBytes, lost } = target.stats();
      expect(pendingBytes).to.be.at.most(10_000);
      expect(pending).to.be.within(4, 10);
      expect(pending + lost).to.equal(100);
    });

    for (const [what, options] of [
      ['maxSize', { maxQueued: 20 }],
      ['maxBytes', { maxQueuedBytes: 10_000, maxSize: 1000 }]
    ] as const) {
      it(`cost nothing though ${what} is above them: a batch is sent when half of what may wait does`, async () => {
        const { target } = arrange(options);
        for (const message of numbers(1, 100)) await target.log(someRecord({ message }));
        expect(target.stats().lost).to.equal(0);
        await target.flush();
        expect(target.arrived).to.deep.equal(numbers(1, 100));
      });
    }

    it('have room again when records have left', async () => {
      const { target, log } = arrange({ maxQueued: 2, maxSize: 2 });
      log(1, 2, 3);
      await target.flush();
      log(4, 5);
      await target.flush();
      expect(target.ofUsers).to.deep.equal([1, 2, 4, 5]);
      expect(target.stats()).to.include({ pendingBytes: 0, lost: 1 });
    });

    it('make the promise of a log call wait for the next turn of the event loop, when very much is logged in one', async () => {
      const { target } = arrange();
      const record = someRecord({ data: { text: 'x'.repeat(100_000) } });
      const answers = numbers(1, 40).map(() => target.log(record));
      expect(answers[0]).to.equal(undefined);
      expect(answers[39]).to.be.instanceOf(Promise);
      await answers[39];
      expect(target.log(record)).to.equal(undefined);
    });
  });

  it('makes the promise of a log call wait for the next turn of the event loop, when this one takes long', async () => {
    const { target } = arrange();
    await new Promise(setImmediate);
    const logAfter = (time: number) => target.log(someRecord({ timestamp: 1_700_000_000_000 + time }));
    expect([0, 0, 2].map(logAfter)).to.deep.equal([undefined, undefined, undefined]);
    const answer = logAfter(3);
    expect(answer).to.be.instanceOf(Promise);
    await answer;
    expect([100, 102].map(logAfter)).to.deep.equal([undefined, undefined]);
  });

  it('gives the sender a turn for each record, when the queue is more than half full and callers await', async () => {
    const { target } = arrange({ maxQueued: 10, maxSize: 1 });
    const turns: boolean[] = [];
    target.behaviour = 'wait';
    for (let index = 0; index < 12; index++) {
      const answer = target.log(someRecord());
      turns.push(answer !== undefined);
      await answer;
    }
    expect(turns.slice(0, 5)).to.deep.equal([false, false, false, false, false]);
    expect(turns.slice(5)).to.deep.equal(new Array(7).fill(true));
  });

  describe('flush', () => {
    it('resolves when every record taken before it has arrived, and not for later ones', async () => {
      const { clock, target, log } = arrange({ maxSize: 2 });
      target.behaviour = 'wait';
      log(1, 2, 3);
      const flushed = sinon.fake();
      void target.flush().then(flushed);
      log(4, 5);
      await clock.settle();
      target.attempts[0]?.arrive();
      await clock.settle();
      expect(flushed.called).to.equal(false);
      target.attempts[1]?.arrive();
      await clock.settle();
      expect(flushed.called).to.equal(true);
      expect(target.batches).to.deep.equal([
        [1, 2],
        [3, 4]
      ]);
    });

    it('after each record of an outage makes no batch of each', async () => {
      const { clock, target, log } = arrange({ maxSize: 100 });
      target.behaviour = { error: down };
      const flushed = sinon.fake();
      for (const message of numbers(1, 50)) {
        log(message);
        void target.flush().then(flushed);
        await clock.advance(10);
      }
      target.behaviour = 'arrive';
      await clock.advance(60_000);
      expect(target.batches).to.deep.equal([[1], numbers(2, 50)]);
      expect(flushed.callCount).to.equal(50);
    });

    it('holds one promise for all who wait for the same record', () => {
      const departures = new Departures();
      const now = { oldest: 1, markers: 0 };
      const one = departures.wait({ oldest: 1, markers: 0 }, now);
      expect(departures.wait({ oldest: 1, markers: 0 }, now)).to.equal(one);
      expect(departures.wait({ oldest: 2, markers: 0 }, now)).to.not.equal(one);
      expect(departures.wait({ oldest: 1, markers: 1 }, now)).to.not.equal(one);
    });

    it('resolves at once when nothing is pending', async () => {
      await arrange().target.flush();
    });

    it('resolves at its deadline, and the records stay', async () => {
      const { clock, target, log } = arrange();
      target.behaviour = { error: down };
      log(1);
      const flushed = sinon.fake();
      void target.flush({ timeout: 250 }).then(flushed);
      await clock.advance(249);
      expect(flushed.called).to.equal(false);
      await clock.advance(1);
      expect(flushed.called).to.equal(true);
      target.behaviour = 'arrive';
      await target.flush();
      expect(target.arrived).to.deep.equal([1]);
    });
  });

  describe('dispose', () => {
    it('delivers what is pending, then closes, once', async () => {
      const { clock, target, log } = arrange();
      log(1, 2);
      const [first, second] = [target.dispose(), target.dispose()];
      expect(first).to.equal(second);
      await first;
      expect(target.arrived).to.deep.equal([1, 2]);
      expect(target.closed).to.equal(1);
      expect(clock.timers).to.equal(0);
    });

    it('tries again until its deadline, then gives up all that is left at once and stops the attempt that runs', async () => {
      const { clock, target, log, failures } = arrange({ maxSize: 2 });
      target.behaviour = { error: down };
      log(1, 2, 3);
      await clock.settle();
      const disposed = sinon.fake();
      void target.dispose({ timeout: 3000 }).then(disposed);
      await clock.advance(2000);
      target.behaviour = 'wait';
      await clock.advance(999);
      expect(disposed.called).to.equal(false);
      await clock.advance(1);
      expect(disposed.called).to.equal(true);
      expect(target.attempts.at(-1)?.signal.aborted).to.equal(true);
      expect(target.stats()).to.deep.include({ lost: 3, pending: 0, lostByReason: { 'out of time': 3 } });
      expect(failures.filter(({ kind }) => kind === 'lost')).to.deep.equal([
        { kind: 'lost', target: 'MemoryFlushTarget', count: 3, reason: 'out of time', error: down }
      ]);
      expect(clock.timers).to.equal(0);
    });

    it('interrupts, at half of its time, an attempt that has waited since before, and makes it again', async () => {
      const { clock, target, log } = arrange({ maxSize: 1 });
      target.behaviour = 'wait';
      log(1, 2, 3);
      await clock.settle();
      const disposed = target.dispose({ timeout: 1000 });
      const [first] = target.attempts;
      await clock.advance(499);
      expect(first?.signal.aborted).to.equal(false);
      target.behaviour = 'arrive';
      await clock.advance(1);
      expect(first?.signal.aborted).to.equal(true);
      first?.fail(first.signal.reason); // as a transport does
      await disposed;
      expect(target.arrived).to.deep.equal([1, 2, 3]);
      expect(target.attempts.map(({ messages, attempt }) => `${String(messages[0])} ${attempt}`)).to.deep.equal([
        '1 1',
        '1 2',
        '2 1',
        '3 1'
      ]);
    });

    it('does not interrupt an attempt that began later', async () => {
      const { clock, target, log } = arrange({ maxSize: 1 });
      target.behaviour = 'wait';
      log(1, 2);
      await clock.settle();
      const disposed = target.dispose({ timeout: 1000 });
      target.attempts[0]?.arrive();
      await clock.advance(999);
      expect(target.attempts[1]?.signal.aborted).to.equal(false);
      target.attempts[1]?.arrive();
      await disposed;
      expect(target.arrived).to.deep.equal([1, 2]);
    });

    it('gives what is left at the deadline to the fallback, which has time of its own', async () => {
      const fallback = new MemoryFlushTarget();
      const { clock, target, log } = arrange({ fallbackTarget: fallback });
      target.behaviour = 'wait';
      log(1, 2);
      const disposed = target.dispose({ timeout: 1000 });
      await clock.advance(1000);
      await disposed;
      expect(fallback.arrived).to.deep.equal([1, 2]);
      expect(fallback.closed).to.equal(1);
    });

    it('hands a large backlog over completely before the fallback is closed', async () => {
      const fallback = new MemoryFlushTarget();
      const { clock, target } = arrange({ fallbackTarget: fallback, maxSize: 100 });
      target.behaviour = 'wait';
      const text = 'x'.repeat(1000);
      for (const message of numbers(1, 10_000)) void target.log(someRecord({ message, data: { text } }));
      const disposed = target.dispose({ timeout: 1000 });
      await clock.advance(750);
      for (let turns = 0; turns < 20; turns++) await clock.settle();
      await clock.advance(250);
      await disposed;
      expect(fallback.arrived).to.deep.equal(numbers(1, 10_000));
      expect(target.stats()).to.include({ fellBack: 10_000, lost: 0, pending: 0 });
      expect(fallback.stats()).to.include({ delivered: 10_000, lost: 0 });
    });

    it('has a deadline of its own: 8 s', async () => {
      const { clock, target, log } = arrange();
      target.behaviour = 'wait';
      log(1);
      const disposed = target.dispose();
      await clock.advance(8000);
      await disposed;
      expect(target.stats()).to.include({ lost: 1, pending: 0 });
    });

    it('meets its deadline though a fallback never answers', async () => {
      const stuck = new (class Stuck extends LogTarget {
        override log(): Promise<void> {
          return new Promise(() => undefined);
        }
      })();
      const { clock, target, log } = arrange({ maxRetries: 0, fallbackTarget: stuck });
      target.behaviour = { error: down };
      log(1, 2);
      const disposed = target.dispose({ timeout: 1000 });
      await clock.advance(1000);
      await disposed;
      expect(target.stats()).to.include({ pending: 0, fellBack: 0, lost: 2 });
    });

    it('counts records that come later as lost, as the fallback is gone too', async () => {
      const fallback = new MemoryTarget();
      const { target, log, kinds } = arrange({ fallbackTarget: fallback });
      await target.dispose();
      log(1, 2);
      expect(fallback.messages).to.deep.equal([]);
      expect(target.stats()).to.deep.include({ accepted: 2, lost: 2, lostByReason: { disposed: 2 } });
      expect(kinds()).to.deep.equal(['lost: disposed']);
    });

    it('reports a close that fails, and does not reject', async () => {
      const failures: LogFailure[] = [];
      const target = new (class BadEnd extends MemoryFlushTarget {
        protected override close(): void {
          throw down;
        }
      })({ onFailure: failure => failures.push(failure) });
      await target.dispose();
      expect(failures).to.deep.equal([{ kind: 'error', target: 'BadEnd', what: 'close', error: down }]);
    });
  });

  describe('stats', () => {
    it('close at every moment', async () => {
      const { clock, target, log } = arrange({ maxSize: 3, maxQueued: 8, maxRetries: 1, retryDelay: 50 });
      const open: TargetStats[] = [];
      const look = () => {
        const stats = target.stats();
        if (!closes(stats)) open.push(stats);
      };
      for (let round = 0; round < 30; round++) {
        target.behaviour = round % 3 === 0 ? { error: down } : 'arrive';
        log(...numbers(1, 5));
        look();
        await clock.advance(20);
        look();
      }
      await target.dispose();
      look();
      expect(open).to.deep.equal([]);
      expect(target.stats().pending).to.equal(0);
    });

    it('tell how long the oldest pending record has waited', async () => {
      const { clock, target, log } = arrange({ maxSize: 2 });
      target.behaviour = 'wait';
      expect(target.stats().oldestPendingAge).to.equal(0);
      log(1);
      await clock.advance(700);
      log(2, 3);
      expect(target.stats().oldestPendingAge).to.equal(700);
      target.attempts[0]?.arrive();
      await clock.settle();
      target.attempts[0]?.arrive();
      await clock.advance(100);
      expect(target.stats().oldestPendingAge).to.equal(100);
    });

    it('show the name that was given', () => {
      expect(arrange({ name: 'audit' }).target.stats().name).to.equal('audit');
    });
  });

  describe('options', () => {
    for (const [options, error, message] of [
      [{ maxSize: 0 }, RangeError, 'MemoryFlushTarget: maxSize must be an integer of 1 or more, got 0'],
      [{ maxSize: -1 }, RangeError, 'maxSize must be an integer of 1 or more, got -1'],
      [{ maxBytes: 0 }, RangeError, 'maxBytes must be an integer of 1 or more, or Infinity, got 0'],
      [{ retryDelay: -1 }, RangeError, 'retryDelay must be a number of milliseconds'],
      [{ maxRetries: -1 }, RangeError, 'maxRetries must be an integer of 0 or more'],
      [{ maxRetries: 1.5 }, RangeError, 'maxRetries must be an integer of 0 or more'],
      [{ jitter: 2 }, RangeError, 'jitter must be a number from 0 to 1'],
      [{ flushLevel: 60 }, RangeError, 'flushLevel must be a LogLevel'],
      [{ fallbackTarget: {} }, TypeError, 'fallbackTarget must be a LogTarget'],
      [{ fallbackTarget: console }, TypeError, 'fallbackTarget must be a LogTarget'],
      [{ clock: { now: 1, setTimeout: 1, clearTimeout: 1 } }, TypeError, 'clock must be a Clock'],
      [{ overflow: 'fallback' }, TypeError, "overflow must not be 'fallback' without a fallbackTarget"],
      [{ maxWait: 5 }, TypeError, "maxWait must be left out unless overflow is 'wait'"],
      [{ retryDelay: 40_000 }, RangeError, 'retryDelay must not be above maxRetryDelay, got 40000 and 30000'],
      [{ retryDelay: 2, maxRetryDelay: 1 }, RangeError, 'retryDelay must not be above maxRetryDelay, got 2 and 1'],
      [{ maxAge: 999 }, RangeError, 'maxAge must not be below flushInterval, as records would be too old'],
      [{ maxlength: 5 }, TypeError, "MemoryFlushTarget has no option 'maxlength'"]
    ] as const) {
      it(`cannot be ${JSON.stringify(options)}`, () => {
        expect(() => new MemoryFlushTarget(options as FlushOptions)).to.throw(error, message);
      });
    }
  });

  it('takes a maxRetryDelay below the default of retryDelay, and keeps to it', async () => {
    const { clock, target, log } = arrange({ maxSize: 1, maxRetryDelay: 100 });
    target.behaviour = { error: down };
    log('a');
    await clock.advance(100);
    expect(target.attempts).to.have.length(2);
  });

  describe('code of the user that throws', () => {
    for (const [what, random] of [
      [
        'throws',
        () => {
          throw new Error('no luck');
        }
      ],
      ['returns no number', () => Number.NaN],
      ['returns too much', () => 1]
    ] as const) {
      it(`does not end the retries: random that ${what}`, async () => {
        const { clock, target, log, failures } = arrange({ maxSize: 1, jitter: 1, random });
        target.behaviour = { error: down };
        log('a');
        await clock.settle();
        expect(failures.find(({ kind }) => kind === 'error')).to.include({ what: 'random' });
        target.behaviour = 'arrive';
        await clock.advance(600);
        expect(target.arrived).to.deep.equal(['a']);
      });
    }

    it('does not block the queue: a record whose level cannot be read', async () => {
      const { target, log } = arrange();
      const odd = Object.defineProperty(someRecord(), 'level', {
        get: () => {
          throw new Error('no level');
        }
      });
      expect(() => target.log(odd)).to.throw('no level');
      log('a', 'b');
      await target.flush();
      expect(target.arrived).to.deep.equal(['a', 'b']);
      expect(target.stats()).to.include({ accepted: 2, delivered: 2 });
    });

    it('does not stop the delivery: a name', async () => {
      class Nameless extends MemoryFlushTarget {
        override get name(): string {
          throw new Error('no name');
        }
      }
      const factory = new LoggerFactory({ onFailure: () => undefined }).addTarget(new Nameless({ maxSize: 1 }));
      const { targets } = await factory.getLogger('a').deliver(20, 'one');
      expect(targets[0]).to.include({ target: 'a target whose name throws', outcome: 'delivered' });
    });
  });

  it('hands the listener of the factory on to its fallback', async () => {
    const failures: LogFailure[] = [];
    const fallback = new MemoryFlushTarget({ name: 'fallback', maxRetries: 0 });
    const target = new MemoryFlushTarget({ name: 'first', maxRetries: 0, fallbackTarget: fallback });
    target.reportTo(failure => failures.push(failure));
    target.behaviour = { error: down };
    fallback.behaviour = { error: down };
    void target.log(someRecord());
    await target.flush();
    expect(failures.map(({ kind, target: name }) => `${kind} ${name}`)).to.deep.equal([
      'fell back first',
      'lost fallback'
    ]);
  });
});
