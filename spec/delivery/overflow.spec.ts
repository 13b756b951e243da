import { expect } from 'chai';
import sinon from 'sinon';
import type { LogRecord } from '../../lib/core/record.js';
import { FlushLogTarget, type FlushOptions } from '../../lib/delivery/flush-target.js';
import { type RecordBatch, RecordPacker } from '../../lib/delivery/record-batch.js';
import { recordCodec } from '../../lib/delivery/record-codec.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { arrange, closes, DEBUG, ERROR, INFORMATION, numbers, WARNING } from '../support/arrange.js';
import { SteppedClock } from '../support/stepped-clock.js';

/** A target whose first record is on its way and stays there: what comes after it waits. */
async function stuck(options: Parameters<typeof arrange>[0] = {}) {
  const arranged = arrange({ maxSize: 3, ...options });
  const { target, clock, logAt } = arranged;
  target.behaviour = 'wait';
  logAt(ERROR, 0);
  await clock.settle();
  expect(target.attempts).to.have.length(1);
  const recover = async () => {
    target.behaviour = 'arrive';
    target.attempts[0]?.arrive();
    await target.flush();
    return target.ofUsers;
  };
  return { ...arranged, recover };
}

/** A text that a record of live objects is estimated to take so many bytes for, with its message. */
const textOf = (bytes: number) => 'x'.repeat(Math.max(0, bytes / 2 - 40));

describe("Overflow 'drop'", () => {
  it('refuses records below WARNING from 80 % full', async () => {
    const { target, logAt, recover } = await stuck({ maxQueued: 10 });
    logAt(DEBUG, ...numbers(1, 9));
    expect(target.stats()).to.include({ pending: 8, lost: 2 });
    logAt(WARNING, 20, 21);
    expect(target.stats()).to.deep.include({ pending: 10, lost: 2, lostByLevel: { DEBUG: 2 } });
    expect(await recover()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 20, 21]);
  });

  it('refuses them from 80 % of the bytes, too', async () => {
    const { target, clock } = await stuck({ maxQueuedBytes: 10_000, maxSize: 100 });
    const log = (level: number) =>
      void target.log(someRecord({ level, data: { text: textOf(580) }, timestamp: clock.now() }));
    for (let count = 0; count < 20; count++) log(INFORMATION);
    const { pending, pendingBytes } = target.stats();
    expect(pendingBytes).to.be.within(8000, 9100);
    log(WARNING);
    expect(target.stats()).to.deep.include({ pending: pending + 1, lostByLevel: { INFORMATION: 21 - pending } });
  });

  it('drops the lowest level first, and of that the oldest', async () => {
    const { target, logAt, recover } = await stuck({ maxQueued: 7 });
    logAt(WARNING, 1);
    logAt(DEBUG, 2);
    logAt(INFORMATION, 3);
    logAt(DEBUG, 4);
    logAt(ERROR, 5, 6);
    logAt(ERROR, 7, 8, 9, 10);
    expect(target.stats()).to.deep.include({
      pending: 7,
      lostByLevel: { DEBUG: 2, INFORMATION: 1, WARNING: 1 },
      lostByReason: { 'queue full': 4 }
    });
    expect(await recover()).to.deep.equal([0, 5, 6, 7, 8, 9, 10]);
  });

  it('drops the oldest when all are of one level', async () => {
    const { logAt, recover } = await stuck({ maxQueued: 4 });
    logAt(ERROR, ...numbers(1, 8));
    expect(await recover()).to.deep.equal([0, 6, 7, 8]);
  });

  it('drops what has just come, if that is the lowest', async () => {
    const { logAt, recover } = await stuck({ maxQueued: 4 });
    logAt(ERROR, 1, 2, 3);
    logAt(WARNING, 4);
    expect(await recover()).to.deep.equal([0, 1, 2, 3]);
  });

  it('never touches the batch on its way, nor one that will be sent again', async () => {
    const { clock, target, logAt } = arrange({ maxQueued: 3, maxSize: 2 });
    target.behaviour = { error: new Error('down') };
    logAt(WARNING, 1, 2);
    await clock.settle();
    logAt(ERROR, 3, 4, 5);
    target.behaviour = 'arrive';
    await target.flush();
    expect(target.ofUsers).to.deep.equal([1, 2, 5]);
    expect(target.attempts.slice(0, 2).map(({ messages }) => messages)).to.deep.equal([
      [1, 2],
      [1, 2]
    ]);
  });

  it('drops out of the batch that is being collected', () => {
    const { target, logAt } = arrange({ maxQueued: 3, maxSize: 100, flushLevel: 50 });
    logAt(DEBUG, 1);
    logAt(ERROR, 2, 3, 4);
    expect(target.stats()).to.deep.include({ pending: 3, lostByLevel: { DEBUG: 1 } });
  });

  it('cuts no batch for that: in overload each would have few records, and the receiver be slower still', async () => {
    const { target, clock, recover } = await stuck({ maxQueuedBytes: 20_000, maxSize: 100 });
    const log = (message: number, level: number, length: number) =>
      void target.log(someRecord({ message, level, data: { text: textOf(length) }, timestamp: clock.now() }));
    for (let number = 1; number < 100; number += 2) {
      log(number, WARNING, 600);
      log(number + 1, ERROR, 4000);
    }
    expect(await recover()).to.include(100);
    expect(target.attempts).to.have.length.below(4);
  });

  it('makes room for large records by dropping several small ones', async () => {
    const { target, clock, recover } = await stuck({ maxQueuedBytes: 20_000, maxSize: 100 });
    const log = (message: number, level: number, length: number) =>
      void target.log(someRecord({ message, level, data: { text: textOf(length) }, timestamp: clock.now() }));
    for (const message of numbers(1, 15)) log(message, DEBUG, 600);
    log(16, ERROR, 8000);
    expect(target.stats().pendingBytes).to.be.at.most(20_000);
    const left = await recover();
    expect(left).to.include(16);
    expect(left).to.not.include(1);
    expect(left).to.include(15);
  });

  it('drops nothing for a record that would not fit all the same', async () => {
    const { target, clock } = await stuck({ maxQueuedBytes: 20_000 });
    const log = (level: number, length: number) =>
      void target.log(someRecord({ level, data: { text: textOf(length) }, timestamp: clock.now() }));
    log(DEBUG, 600);
    log(ERROR, 15_000);
    log(WARNING, 10_000);
    log(ERROR, 30_000);
    expect(target.stats()).to.deep.include({ pending: 3, lostByLevel: { WARNING: 1, ERROR: 1 } });
  });

  it('loses what does not fit, though there is a fallback', async () => {
    const fallbackTarget = new MemoryTarget();
    const { target, logAt } = await stuck({ maxQueued: 2, overflow: 'drop', fallbackTarget });
    logAt(ERROR, 1, 2);
    expect(target.stats()).to.include({ lost: 1, fellBack: 0 });
    expect(fallbackTarget.messages).to.deep.equal([]);
  });

  it('gives memory back as records are dropped', async () => {
    const { target, clock } = await stuck({ maxQueuedBytes: 1_000_000, maxSize: 50 });
    for (let count = 0; count < 20_000; count++) {
      const level = count % 3 === 0 ? WARNING : ERROR;
      void target.log(someRecord({ level, data: { text: textOf(500) }, timestamp: clock.now() }));
    }
    const stats = target.stats();
    expect(closes(stats)).to.equal(true);
    expect(stats.pendingBytes).to.be.within(900_000, 1_000_000);
    expect(stats.lostByLevel).to.include({ WARNING: 6667 });
  });

  it('reports the first that is dropped at once, and the others of a turn of the event loop together', async () => {
    const { clock, failures, logAt } = await stuck({ maxQueued: 2 });
    logAt(ERROR, ...numbers(1, 100));
    expect(failures.map(failure => 'count' in failure && failure.count)).to.deep.equal([1]);
    await clock.settle();
    expect(failures.map(failure => 'count' in failure && failure.count)).to.deep.equal([1, 98]);
  });

  it('is the default without a fallback; with one, what comes goes there', async () => {
    const fallbackTarget = new MemoryTarget();
    const { target, logAt } = await stuck({ maxQueued: 2, fallbackTarget });
    logAt(DEBUG, 1);
    logAt(ERROR, 2);
    expect(fallbackTarget.messages).to.deep.equal(['2']);
    expect(target.stats()).to.include({ pending: 2, fellBack: 1, lost: 0 });
  });

  it("cannot be 'fallback' without a fallback", () => {
    expect(() => arrange({ overflow: 'fallback' })).to.throw(
      TypeError,
      "MemoryFlushTarget: overflow must not be 'fallback' without a fallbackTarget"
    );
    expect(() => arrange({ overflow: 'block' as 'drop' })).to.throw(RangeError, "overflow must be 'drop', 'wait' or");
  });
});

describe("Overflow 'wait'", () => {
  it('keeps the promise of a log call pending until there is room', async () => {
    const { target, clock } = await stuck({ overflow: 'wait', maxQueued: 3, maxWait: 1000 });
    const log = (message: number) => target.log(someRecord({ message, timestamp: clock.now() }));
    void log(1);
    void log(2);
    const accepted = sinon.fake();
    void log(3)?.then(accepted);
    await clock.advance(999);
    expect(accepted.called).to.equal(false);
    expect(target.stats()).to.include({ accepted: 3, pending: 3, waiting: 1, lost: 0 });
    target.attempts[0]?.arrive();
    target.behaviour = 'arrive';
    await clock.settle();
    expect(accepted.called).to.equal(true);
    await target.flush();
    expect(target.stats()).to.include({ accepted: 4, delivered: 4, waiting: 0 });
    expect(target.ofUsers).to.deep.equal([0, 1, 2, 3]);
  });

  it('ends the wait of log calls also when the time is set back meanwhile', async () => {
    const clock = new SteppedClock();
    const { target, logAt } = arrange({ clock, overflow: 'wait', maxQueued: 1, maxSize: 1, maxWait: 1000 });
    target.behaviour = 'wait';
    logAt(ERROR, 0);
    await clock.settle();
    const waited = sinon.fake();
    void Promise.resolve(target.log(someRecord())).then(waited);
    clock.step = -3_600_000;
    await clock.advance(1000);
    expect(waited.called).to.equal(true);
  });

  it('drops the lowest level and the oldest after maxWait', async () => {
    const { target, clock, logAt, recover } = await stuck({ overflow: 'wait', maxQueued: 3, maxWait: 100 });
    logAt(ERROR, 1);
    logAt(DEBUG, 2);
    const accepted = sinon.fake();
    void target.log(someRecord({ message: 3, timestamp: clock.now() }))?.then(accepted);
    await clock.advance(100);
    expect(accepted.called).to.equal(true);
    expect(target.stats()).to.deep.include({ accepted: 4, pending: 3, lostByLevel: { DEBUG: 1 }, waiting: 0 });
    expect(await recover()).to.deep.equal([0, 1, 3]);
  });

  it('lets no record overtake one that waits', async () => {
    const { target, clock, recover } = await stuck({ overflow: 'wait', maxQueued: 2, maxWait: 1000 });
    const order: number[] = [];
    for (const message of numbers(1, 5)) {
      void target.log(someRecord({ message, timestamp: clock.now() }))?.then(() => order.push(message));
    }
    expect(target.stats()).to.include({ accepted: 2, waiting: 4 });
    expect(await recover()).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(order.filter(message => message > 1)).to.deep.equal([2, 3, 4, 5]);
  });

  it('lets no small record overtake a large one that waits', async () => {
    const { target, clock } = await stuck({ overflow: 'wait', maxQueuedBytes: 20_000, maxSize: 1, maxWait: 1000 });
    const log = (length: number) => target.log(someRecord({ data: { text: textOf(length) }, timestamp: clock.now() }));
    for (const _ of numbers(1, 16)) void log(600);
    const large = sinon.fake();
    const small = sinon.fake();
    void log(4000)?.then(large);
    expect(target.stats().pendingBytes).to.be.below(19_000);
    void log(10)?.then(small);
    await clock.settle();
    expect(target.stats()).to.include({ waiting: 2 });
    expect([large.called, small.called]).to.deep.equal([false, false]);
  });

  it('bounds those who do not await', async () => {
    const { target, logAt } = await stuck({ overflow: 'wait', maxQueued: 100 });
    logAt(INFORMATION, ...numbers(1, 20_000));
    expect(target.stats()).to.include({ pending: 100, waiting: 10_000, lost: 20_001 - 100 - 10_000 });
  });

  it('bounds their bytes: a quarter of maxQueuedBytes', async () => {
    const { target, clock } = await stuck({ overflow: 'wait', maxQueuedBytes: 40_000 });
    for (let count = 0; count < 100; count++) {
      void target.log(someRecord({ data: { text: textOf(600) }, timestamp: clock.now() }));
    }
    const { pending, waiting = 0, pendingBytes } = target.stats();
    expect(pendingBytes).to.be.at.most(40_000);
    expect(waiting).to.be.within(pending / 5, pending / 3);
  });

  it('lets everybody go when the target is disposed of', async () => {
    const { target, clock } = await stuck({ overflow: 'wait', maxQueued: 2, maxWait: 60_000 });
    const calls = numbers(1, 5).map(message => target.log(someRecord({ message, timestamp: clock.now() })));
    const disposed = target.dispose({ timeout: 1000 });
    await clock.advance(1000);
    await disposed;
    await Promise.all(calls);
    expect(target.stats()).to.deep.include({ accepted: 6, pending: 0, lostByReason: { 'out of time': 6 } });
    expect(clock.timers).to.equal(0);
  });
});

describe('A target that can be written to without waiting', () => {
  /** Takes what it is given at once, as long as it has room. */
  class Prompt extends FlushLogTarget {
    readonly arrived: unknown[] = [];
    room = Number.POSITIVE_INFINITY;
    /** Lets an attempt in the usual way end. */
    release: (() => void) | undefined;

    constructor(options: FlushOptions) {
      super(
        { onFailure: () => undefined, ...options },
        {
          packer: new RecordPacker(),
          codec: recordCodec,
          deliver: batch => this.logRecords((batch as RecordBatch).list),
          deliverNow: batch => {
            if (this.room < batch.size) return false;
            this.#take((batch as RecordBatch).list);
            return true;
          }
        }
      );
    }

    override async logRecords(records: readonly LogRecord[]): Promise<void> {
      if (this.room < records.length) {
        await new Promise<void>(resolve => {
          this.release = resolve;
        });
      }
      this.#take(records);
    }

    #take(records: readonly LogRecord[]): void {
      this.room -= records.length;
      this.arrived.push(...records.map(({ message }) => message).filter(message => typeof message === 'number'));
    }
  }

  const logAll = (target: Prompt, ...messages: unknown[]) => {
    for (const message of messages) void target.log(someRecord({ message }));
  };

  it('loses nothing within one tick, however much is logged, and keeps the order', async () => {
    const target = new Prompt({ maxQueued: 250, maxSize: 20 });
    logAll(target, ...numbers(1, 10_000));
    expect(target.stats()).to.include({ accepted: 10_000, lost: 0 });
    expect(target.stats().pending).to.be.at.most(250);
    await target.flush();
    expect(target.arrived).to.deep.equal(numbers(1, 10_000));
  });

  it('is not written to while nothing presses', () => {
    const target = new Prompt({ maxQueued: 250 });
    logAll(target, ...numbers(1, 100));
    expect(target.arrived).to.deep.equal([]);
  });

  it('gets first what it had no room for, and all of it', async () => {
    const target = new Prompt({ maxQueued: 250, maxSize: 50 });
    target.room = 60;
    logAll(target, ...numbers(1, 2000));
    expect(target.arrived).to.deep.equal(numbers(1, 50));
    target.room = Number.POSITIVE_INFINITY;
    await target.flush();
    expect(target.arrived.slice(0, 100)).to.deep.equal(numbers(1, 100));
    expect(target.stats().delivered + target.stats().lost).to.equal(target.stats().accepted);
  });

  it('is left alone while a batch is on its way', async () => {
    const target = new Prompt({ maxQueued: 250, maxSize: 50, flushInterval: 0 });
    target.room = 0;
    logAll(target, 1);
    await new Promise(resolve => setImmediate(resolve));
    target.room = Number.POSITIVE_INFINITY;
    logAll(target, ...numbers(2, 1000));
    expect(target.arrived).to.deep.equal([]);
    target.release?.();
    await target.flush();
    expect(target.arrived.slice(0, 3)).to.deep.equal([1, 2, 3]);
  });

  it('is not written to while a record is put into its form', async () => {
    const target = new Prompt({ maxQueued: 10, maxSize: 5 });
    const data = Object.defineProperty({}, 'value', {
      enumerable: true,
      get: () => logAll(target, 2, 3)
    });
    for (let index = 0; index < 6; index++) void target.log(someRecord({ message: 1, data }));
    await target.flush();
    expect(target.arrived.slice(0, 3)).to.deep.equal([1, 2, 3]);
    expect(target.stats()).to.satisfy(closes);
  });
});

describe('maxAge', () => {
  it('may be longer than a timer can hold', async () => {
    const delays: number[] = [];
    const clock = new FakeClock();
    const watched = {
      now: () => clock.now(),
      setTimeout: (callback: () => void, delay: number) => {
        delays.push(delay);
        return clock.setTimeout(callback, delay);
      },
      clearTimeout: (timer: unknown) => clock.clearTimeout(timer)
    };
    const { target, log } = arrange({ clock: watched, maxAge: 30 * 24 * 3_600_000 });
    target.behaviour = 'wait';
    log(1);
    await clock.settle();
    expect(Math.max(...delays)).to.equal(2 ** 31 - 1);
  });

  it('gives up what has waited longer, and keeps the others', async () => {
    const { target, clock, log, recover } = await stuck({ maxAge: 1000 });
    log(1);
    await clock.advance(500);
    log(2);
    await clock.advance(501);
    expect(target.stats()).to.deep.include({ pending: 2, lostByReason: { 'too old': 1 } });
    expect(await recover()).to.deep.equal([0, 2]);
  });

  it('gives the old records to the fallback', async () => {
    const fallbackTarget = new MemoryTarget();
    const { target, clock, log } = await stuck({ maxAge: 1000, fallbackTarget });
    log(1, 2);
    await clock.advance(1002);
    expect(fallbackTarget.records.map(({ data }) => data['fellBack'])).to.deep.equal(
      [1, 2].map(() => [{ from: 'MemoryFlushTarget', reason: 'too old' }])
    );
    expect(target.stats()).to.include({ fellBack: 2, lost: 0 });
  });

  it('gives up what waits for its next attempt before what stands behind it', async () => {
    const fallbackTarget = new MemoryTarget();
    const { clock, target, log } = arrange({
      maxAge: 1000,
      maxSize: 2,
      retryDelay: 600,
      maxRetries: 9,
      fallbackTarget
    });
    target.behaviour = { error: new Error('down') };
    log(...numbers(1, 6));
    await clock.advance(1100);
    expect(fallbackTarget.records.map(({ message }) => message)).to.deep.equal(numbers(1, 6));
    expect(target.stats()).to.include({ fellBack: 6, pending: 0 });
  });

  it('ends the retries of a batch, and keeps of it what is young enough', async () => {
    const { clock, target, logAt } = arrange({ maxAge: 1000, maxSize: 2, retryDelay: 300, progressiveDelay: false });
    target.behaviour = { error: new Error('down') };
    logAt(INFORMATION, 1);
    await clock.advance(400);
    logAt(INFORMATION, 2);
    await clock.advance(601);
    expect(target.stats()).to.deep.include({ lostByReason: { 'too old': 1 }, pending: 1 });
    target.behaviour = 'arrive';
    await target.flush();
    expect(target.ofUsers).to.deep.equal([2]);
    const ids = target.attempts
      .filter(({ messages }) => messages.includes(2))
      .map(({ id, messages }) => `${id} ${messages.length}`);
    expect(new Set(ids).size).to.equal(2);
  });

  it('leaves no timer behind', async () => {
    const { clock, target, log } = arrange({ maxAge: 60_000 });
    log(1);
    await target.dispose();
    expect(clock.timers).to.equal(0);
  });
});
