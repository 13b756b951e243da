import { expect } from 'chai';
import { LoggerFactory } from '../../lib/core/factory.js';
import { describeFailure, type LogFailure, PermanentDeliveryError } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import type { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { arrange, closes, down, numbers } from '../support/arrange.js';
import { type FakeDisk, systemError } from '../support/fake-disk.js';
import { subject, textsIn } from '../support/spool-subject.js';
import { spooled } from '../support/spooled.js';
import { SteppedClock } from '../support/stepped-clock.js';

/** A target with a spool on a disk in memory; `next` is the target of the process after this one. */
function arrangeSpool(options: FlushOptions = {}, mode: 'outage' | 'always' = 'outage') {
  const { disk, spool } = spooled();
  const start = () =>
    arrange({ name: 'collector', maxSize: 2, retryDelay: 100, maxRetryDelay: 100, spool: spool({ mode }), ...options });
  return { disk, next: start, ...start() };
}

const rareRetries = { retryDelay: 60_000, maxRetryDelay: 60_000 };

/** A disk whose syncs take so many milliseconds of this clock. */
function slowSyncs(clock: FakeClock, duration: number): NonNullable<FakeDisk['delay']> {
  return ({ kind }) => (kind === 'sync' ? new Promise(resolve => clock.setTimeout(resolve, duration)) : undefined);
}

describe('The spool of a target, in an outage', () => {
  it('keeps what waits on disk when the target is down, and sends it in order when it is back', async () => {
    const { clock, target, log } = arrangeSpool({ maxRetries: 0 });
    target.behaviour = { error: down };
    log(...numbers(1, 9));
    await clock.advance(1000);
    expect(target.stats()).to.deep.include({ pending: 9, lost: 0 });
    expect(target.stats().spool?.records).to.equal(9);
    target.behaviour = 'arrive';
    await clock.advance(2000);
    expect(target.arrived).to.deep.equal(numbers(1, 9));
    expect(target.stats()).to.deep.include({ delivered: 9, pending: 0 });
    expect(target.stats().spool).to.deep.include({ records: 0, recovered: 0 });
  });

  it('holds more than memory may', async () => {
    const { clock, target, log } = arrangeSpool({ maxRetries: 0, maxQueued: 10 });
    target.behaviour = { error: down };
    for (let n = 1; n <= 100; n += 4) {
      log(...numbers(n, n + 3));
      await clock.advance(50);
    }
    expect(target.stats()).to.deep.include({ pending: 100, lost: 0 });
    target.behaviour = 'arrive';
    await clock.advance(10_000);
    expect(target.arrived).to.deep.equal(numbers(1, 100));
  });

  it('has log calls wait for a slow disk when memory is half full, and loses nothing of what has room on disk', async () => {
    const { clock, disk, target } = arrangeSpool({ maxRetries: 0, maxSize: 5, maxQueued: 40 });
    target.behaviour = { error: down };
    disk.delay = slowSyncs(clock, 100);
    let logged = 0;
    const caller = async () => {
      while (logged < 400) await target.log(someRecord({ message: ++logged, timestamp: clock.now() }));
    };
    const callers = Promise.all([1, 2, 3].map(caller));
    await clock.advance(500);
    expect(logged).to.be.within(20, 100);
    await clock.advance(20_000);
    await callers;
    expect(target.stats()).to.deep.include({ lost: 0, pending: 400 });
    target.behaviour = 'arrive';
    await clock.advance(20_000);
    expect(target.arrived).to.deep.equal(numbers(1, 400));
  });

  for (const mode of ['outage', 'always'] as const) {
    it(`loses nothing of a burst that gives the event loop no turn, in the mode ${mode}`, async () => {
      const { clock, target, log } = arrangeSpool({ maxRetries: 0, maxSize: 5, maxQueued: 400 }, mode);
      target.behaviour = { error: down };
      await clock.advance(10);
      log(...numbers(1, 2000));
      expect(target.stats()).to.deep.include({ lost: 0, pending: 2000 });
      expect(target.stats().spool?.records).to.be.within(1600, 1999);
      await clock.advance(1000);
      target.behaviour = 'arrive';
      await clock.advance(20_000);
      expect(target.arrived).to.deep.equal(numbers(1, 2000));
    });

    it(`loses nothing of a burst while a sync takes long, nor its order, in the mode ${mode}`, async () => {
      const { clock, disk, target, log, next } = arrangeSpool({ maxRetries: 0, maxSize: 5, maxQueued: 400 }, mode);
      target.behaviour = { error: down };
      await clock.advance(10);
      log(...numbers(1, 250));
      await clock.advance(1000);
      disk.delay = slowSyncs(clock, 100);
      log(...numbers(251, 480));
      await clock.advance(50);
      log(...numbers(481, 2000));
      expect(target.stats()).to.deep.include({ lost: 0, pending: 2000 });
      await clock.advance(2000);
      disk.crash({ power: true });
      disk.delay = undefined;
      const { clock: later, target: heir } = next();
      await later.advance(20_000);
      expect(heir.arrived.slice(0, 1900)).to.deep.equal(numbers(1, 1900));
    });
  }

  it('writes a burst behind what is being put into its form for the disk', async () => {
    const { clock, disk, target, log, next } = arrangeSpool({ maxRetries: 0, maxSize: 500, maxQueued: 4000 });
    target.behaviour = { error: down };
    await clock.advance(10);
    log(...numbers(1, 2100));
    for (let turns = 0; turns < 5; turns++) await Promise.resolve();
    log(...numbers(2101, 3150));
    await clock.advance(2000);
    disk.crash({ power: true });
    const { clock: later, target: heir } = next();
    await later.advance(20_000);
    expect(heir.arrived).to.deep.equal(numbers(1, 3150));
  });

  it('sends what could not be written before what was written behind it', async () => {
    const { clock, disk, target, log } = arrangeSpool({ maxRetries: 0, maxSize: 5, maxQueued: 400 });
    target.behaviour = { error: down };
    await clock.advance(10);
    const slow = slowSyncs(clock, 100);
    disk.delay = operation => slow(operation)?.then(() => Promise.reject(systemError('EIO', operation.path)));
    log(...numbers(1, 250));
    await clock.advance(50);
    log(...numbers(251, 480));
    const { records = 0 } = target.stats().spool ?? {};
    expect(records).to.be.within(1, 240); // of those that came last
    disk.fault = ({ kind }) => (['write', 'sync', 'createSync'].includes(kind) ? 'EIO' : undefined);
    await clock.advance(500);
    target.behaviour = 'arrive';
    await clock.advance(20_000);
    expect(target.arrived).to.deep.equal(numbers(1, 480));
  });

  describe('of a batch that is divided while it is written', () => {
    /** A process in which 1 to 4 were refused while they were written down, with 5 to 12 behind them. */
    const divided = async (options: FlushOptions = {}, fault?: FakeDisk['fault']) => {
      const arranged = arrangeSpool({ maxSize: 4, maxQueued: 16, ...options });
      const { clock, disk, target, log } = arranged;
      await clock.advance(10);
      disk.delay = slowSyncs(clock, 100);
      disk.fault = fault;
      target.behaviour = 'wait';
      log(...numbers(1, 12));
      await clock.advance(50);
      expect(target.stats().spool?.records).to.equal(0);
      target.attempts[0]?.fail(new PermanentDeliveryError('too large'));
      await clock.advance(1);
      expect(target.attempts.map(({ messages }) => messages)).to.deep.equal([numbers(1, 4), [1, 2]]);
      /** The target of the next process, when it has sent what it has found. */
      const heir = async () => {
        disk.delay = undefined;
        const { clock: later, target: heirs } = arranged.next();
        await later.advance(20_000);
        return heirs;
      };
      return { ...arranged, heir };
    };

    it('keeps the parts in its place, for a next process, too', async () => {
      const { clock, disk, heir } = await divided();
      await clock.advance(1000);
      disk.crash({ power: true });
      expect((await heir()).arrived).to.deep.equal(numbers(1, 12));
    });

    it('keeps what is left of it when a part has arrived meanwhile, with the same id', async () => {
      const { clock, disk, target, heir } = await divided();
      target.attempts[1]?.arrive();
      await clock.advance(1000);
      expect(target.stats().spool?.records).to.equal(10);
      disk.crash({ power: true });
      const { arrived, attempts } = await heir();
      expect(arrived).to.deep.equal(numbers(3, 12));
      const [, , part] = target.attempts;
      expect(attempts[0]).to.deep.include({ messages: [3, 4], id: part?.id });
      expect(part?.messages).to.deep.equal([3, 4]);
    });

    it('keeps nothing of it, and writes nothing more, when its last part has gone after it was written', async () => {
      const { clock, disk, target, log } = await divided();
      target.attempts[1]?.arrive();
      await clock.advance(1000);
      target.behaviour = 'arrive';
      target.attempts[2]?.arrive();
      await clock.advance(5000);
      expect(target.arrived).to.deep.equal(numbers(1, 12));
      expect(target.stats().spool).to.include({ records: 0, bytes: 0 });
      let writes = 0;
      disk.fault = ({ kind }) => {
        if (kind === 'write') writes++;
        return undefined;
      };
      log(13);
      await clock.advance(2000);
      expect(target.arrived).to.deep.equal(numbers(1, 13));
      expect(writes).to.equal(0);
    });

    it('keeps nothing of it when all parts have gone meanwhile', async () => {
      const { clock, target } = await divided();
      target.behaviour = 'arrive';
      target.attempts[1]?.arrive();
      await clock.advance(1000);
      expect(target.arrived).to.deep.equal(numbers(1, 12));
      expect(target.stats()).to.deep.include({ delivered: 12, pending: 0 });
      expect(target.stats().spool?.records).to.equal(0);
    });

    it('keeps of it what waits for the fallback, until that has taken it', async () => {
      const taking: (() => void)[] = [];
      const fallbackTarget = new MemoryTarget();
      const log = fallbackTarget.log.bind(fallbackTarget);
      fallbackTarget.log = record =>
        new Promise(resolve => {
          taking.push(() => resolve(log(record)));
        });
      const { clock, target } = await divided({ fallbackTarget });
      target.attempts[1]?.fail(new PermanentDeliveryError('bad', { refused: [0, 1] }));
      await clock.advance(1000);
      expect(target.stats().spool?.records).to.equal(12);
      for (const take of taking) take();
      await clock.advance(1);
      for (const take of taking) take();
      await clock.advance(1);
      expect(target.stats()).to.deep.include({ fellBack: 2, pending: 10, lost: 0 });
      expect(target.stats().spool?.records).to.equal(10);
      for (const { arrive } of target.attempts.slice(2)) arrive();
      target.behaviour = 'arrive';
      await clock.advance(1000);
      expect(target.arrived).to.deep.equal(numbers(3, 12));
      expect(target.stats().spool?.records).to.equal(0);
    });

    for (const gone of [200, 400]) {
      it(`keeps nothing of the ${gone} records of it that have arrived before they were given to the disk`, async () => {
        const { clock, target, log } = arrangeSpool({ maxSize: 400, maxQueued: 1600 });
        await clock.advance(10);
        target.behaviour = 'wait';
        log(...numbers(1, 1200));
        for (let turns = 0; turns < 10; turns++) await Promise.resolve();
        target.attempts[0]?.fail(new PermanentDeliveryError('too large'));
        for (let part = 1; part <= gone / 200; part++) {
          for (let turns = 0; turns < 20; turns++) await Promise.resolve();
          target.attempts[part]?.arrive();
        }
        for (let pauses = 0; pauses < 10; pauses++) await clock.advance(100);
        expect(target.stats()).to.include({ delivered: gone, pending: 1200 - gone });
        expect(target.stats().spool?.records).to.equal(1200 - gone);
      });
    }

    it('has its parts before what is written on the stack of a log call meanwhile', async () => {
      const { clock, disk, logAt, heir } = await divided({ maxQueued: 18 });
      logAt(LogLevel.WARNING, ...numbers(13, 16));
      await clock.advance(1000);
      disk.crash({ power: true });
      expect((await heir()).arrived).to.deep.equal(numbers(1, 16));
    });

    it('writes the parts when it could not be written', async () => {
      const { clock, disk, target, heir } = await divided({}, ({ kind }) => (kind === 'sync' ? 'EIO' : undefined));
      await clock.advance(500);
      expect(target.stats().spool?.records).to.equal(0);
      disk.fault = undefined;
      await clock.advance(5000);
      expect(target.stats().spool?.records).to.equal(12);
      disk.crash({ power: true });
      expect((await heir()).arrived).to.deep.equal(numbers(1, 12));
    });

    it('keeps the parts that there is no time for', async () => {
      const { clock, target, heir } = await divided();
      void target.dispose({ timeout: 1000 });
      await clock.advance(2000);
      expect(target.stats()).to.deep.include({ pending: 12, lost: 0 });
      expect((await heir()).arrived).to.deep.equal(numbers(1, 12));
    });
  });

  it('lets log calls go on when the disk has taken nothing for 5 s', async () => {
    const { clock, disk, target } = arrangeSpool({ maxRetries: 0, maxQueued: 10 });
    await clock.advance(10);
    target.behaviour = { error: down };
    disk.processes.clear(); // nothing that is begun ever ends
    const calls = numbers(1, 7).map(message => target.log(someRecord({ message, timestamp: clock.now() })));
    let isOver = false;
    void Promise.all(calls).then(() => {
      isOver = true;
    });
    await clock.advance(4999);
    expect(isOver).to.equal(false);
    await clock.advance(1);
    expect(isOver).to.equal(true);
    const next = target.log(someRecord({ timestamp: clock.now() }));
    await clock.advance(0);
    await next;
  });

  it('writes down what has been due, though its batch is not full, and loses it not by kill -9', async () => {
    const { clock, disk, target, log, next } = arrangeSpool({ maxRetries: 0, maxSize: 100, ...rareRetries });
    target.behaviour = { error: down };
    log(1);
    await clock.advance(1000);
    log(2, 3);
    await clock.advance(999);
    expect(target.stats().spool?.records).to.equal(1);
    await clock.advance(1);
    expect(target.stats().spool?.records).to.equal(3);
    disk.crash({ power: true });
    const { clock: later, target: heir } = next();
    await later.advance(1000);
    expect(heir.arrived).to.deep.equal([1, 2, 3]);
  });

  it('leaves nothing to the fallback of what it keeps', async () => {
    const fallbackTarget = new MemoryTarget();
    const { clock, target, log } = arrangeSpool({ maxRetries: 1, fallbackTarget });
    target.behaviour = { error: down };
    log(...numbers(1, 5));
    await clock.advance(10_000);
    expect(fallbackTarget.messages).to.deep.equal([]);
    target.behaviour = 'arrive';
    await clock.advance(10_000);
    expect(target.arrived).to.deep.equal(numbers(1, 5));
  });

  it('leaves to the fallback what the disk does not take', async () => {
    const fallbackTarget = new MemoryTarget();
    const { clock, disk, target, log, failures } = arrangeSpool({ maxRetries: 1, fallbackTarget });
    disk.fault = () => 'EIO';
    target.behaviour = { error: down };
    log(...numbers(1, 5));
    await clock.advance(10_000);
    expect(fallbackTarget.messages).to.deep.equal(numbers(1, 5).map(String));
    expect(closes(target.stats())).to.equal(true);
    expect(failures.some(failure => failure.kind === 'error' && failure.what.startsWith('spool'))).to.equal(true);
  });

  it('gives up what the receiver refuses, and nothing else', async () => {
    const { clock, target, log } = arrangeSpool({ maxSize: 4 });
    target.behaviour = { error: down };
    log(...numbers(1, 4));
    await clock.advance(3000);
    expect(target.stats().spool?.records).to.equal(4);
    target.behaviour = { error: new PermanentDeliveryError('no', { refused: [1] }) };
    await clock.advance(1000);
    expect(target.stats()).to.deep.include({ delivered: 3, lost: 1, pending: 0, lostByReason: { rejected: 1 } });
    expect(target.stats().spool?.records).to.equal(0);
  });

  it('waits for somebody to see to it when the receiver refuses everything', async () => {
    const { clock, target, log } = arrangeSpool();
    target.behaviour = { error: new PermanentDeliveryError('wrong password', { isDivisible: false }) };
    log(1, 2);
    await clock.advance(10_000);
    expect(target.stats()).to.deep.include({ pending: 2, lost: 0 });
    target.behaviour = 'arrive';
    await clock.advance(1000);
    expect(target.arrived).to.deep.equal([1, 2]);
  });

  it('is sent by a process that runs already and logs nothing, when the one that wrote it dies', async () => {
    const { clock, disk, target, log, next } = arrangeSpool({ maxRetries: 0 });
    target.behaviour = { error: down };
    log(1, 2, 3);
    await clock.advance(1000);
    const [writer] = disk.processes;
    const { clock: other, target: heir } = next();
    await other.advance(1000);
    writer?.kill();
    await other.advance(120_000);
    expect(heir.arrived).to.deep.equal([1, 2, 3]);
  });
});

describe('The spool of a target that is disposed of', () => {
  it('keeps what could not be sent, for the next process, with the same ids and before anything newer', async () => {
    const { clock, target, log, next, failures } = arrangeSpool();
    target.behaviour = { error: down };
    log(...numbers(1, 6));
    await clock.advance(10_000);
    const [{ id } = { id: '' }] = target.attempts;
    await Promise.all([target.dispose({ timeout: 1000 }), clock.advance(1000)]);
    expect(target.stats()).to.deep.include({ accepted: 6, pending: 6, lost: 0 });
    expect(target.stats().spool).to.deep.include({ records: 6 });
    expect(failures.at(-1)).to.deep.include({ kind: 'kept', target: 'collector', count: 6, directory: '/spool' });

    const { clock: later, target: heir, log: logLater } = next();
    logLater(7);
    await later.advance(2000);
    expect(heir.arrived).to.deep.equal(numbers(1, 7));
    expect(heir.attempts[0]?.id).to.equal(id);
    expect(heir.stats()).to.deep.include({ accepted: 7, delivered: 7 });
    expect(heir.stats().spool).to.deep.include({ records: 0, recovered: 6 });
  });

  it('does not wait for a target that is down', async () => {
    const { clock, target, log } = arrangeSpool({ maxRetries: 0 });
    target.behaviour = { error: down };
    log(1);
    await clock.advance(5000);
    let isDisposed = false;
    void target.dispose({ timeout: 8000 }).then(() => {
      isDisposed = true;
    });
    await clock.advance(200);
    expect(isDisposed).to.equal(true);
    expect(target.stats()).to.deep.include({ pending: 1, lost: 0 });
  });

  it('keeps what waits for an answer that does not come', async () => {
    const { clock, target, log, next } = arrangeSpool();
    target.behaviour = 'wait';
    log(...numbers(1, 5));
    await Promise.all([target.dispose({ timeout: 1000 }), clock.advance(1000)]);
    expect(target.stats()).to.deep.include({ pending: 5, lost: 0 });
    const { clock: later, target: heir } = next();
    await later.advance(1000);
    expect(heir.arrived).to.deep.equal(numbers(1, 5));
  });

  it('keeps what a dispose without any time leaves', async () => {
    const { clock, target, log, next } = arrangeSpool();
    target.behaviour = { error: down };
    log(...numbers(1, 5));
    await Promise.all([target.dispose({ timeout: 0 }), clock.advance(60)]);
    expect(target.stats()).to.deep.include({ pending: 5, lost: 0 });
    const { clock: later, target: heir } = next();
    await later.advance(1000);
    expect(heir.arrived).to.deep.equal(numbers(1, 5));
  });

  it('does not wait long for a disk that hangs, and counts what is not written as lost', async () => {
    const { clock, disk, target, log, failures } = arrangeSpool();
    await clock.advance(10);
    target.behaviour = { error: down };
    log(...numbers(1, 5));
    disk.processes.clear(); // nothing that is begun ever ends
    let isDisposed = false;
    void target.dispose({ timeout: 1000 }).then(() => {
      isDisposed = true;
    });
    await clock.advance(1060);
    expect(isDisposed).to.equal(true);
    expect(target.stats()).to.deep.include({ pending: 0, lost: 5, lostByReason: { 'out of time': 5 } });
    const lost = failures.flatMap(failure => (failure.kind === 'lost' ? [failure.count] : []));
    expect(lost.reduce((sum, count) => sum + count, 0)).to.equal(5);
  });

  it('tells receipts what is kept', async () => {
    const { clock, target } = arrangeSpool({ maxRetries: 0 });
    target.behaviour = { error: down };
    const factory = new LoggerFactory({ clock, onFailure: () => undefined }).addTarget(target);
    const receipt = factory.getLogger('shop').deliver(LogLevel.INFORMATION, 'paid');
    await clock.advance(5000);
    await Promise.all([factory.dispose({ timeout: 1000 }), clock.advance(1000)]);
    const [one] = (await receipt).targets;
    expect(one).to.deep.include({ target: 'collector', outcome: 'kept' });
    expect(one).to.not.have.property('reason');
  });

  it('has nothing to keep, and tells nothing, when all has arrived', async () => {
    const { clock, target, log, failures } = arrangeSpool();
    log(...numbers(1, 5));
    await Promise.all([target.dispose({ timeout: 1000 }), clock.advance(1000)]);
    expect(target.arrived).to.deep.equal(numbers(1, 5));
    expect(failures).to.deep.equal([]);
    expect(clock.timers).to.equal(0);
  });
});

describe('The spool of a target that writes everything down', () => {
  it('has log calls wait until their records are on disk, all with one promise', async () => {
    const { clock, target } = arrangeSpool({ maxSize: 100 }, 'always');
    const [first, second] = [target.log(someRecord()), target.log(someRecord())];
    expect(first).to.be.instanceOf(Promise).and.equal(second);
    expect(target.stats().spool?.records).to.equal(0);
    await first;
    expect(target.stats().spool?.records).to.equal(2);
    await clock.advance(1000);
    expect(target.stats()).to.deep.include({ delivered: 2 });
  });

  it('writes with one sync what many log who are set free by one, if syncs are slow', async () => {
    const { clock, disk, target } = arrangeSpool({ maxSize: 100_000 }, 'always');
    const caller = async () => {
      for (let n = 0; n < 3; n++) await target.log(someRecord({ timestamp: clock.now() }));
    };
    let syncs = 0;
    const slow = slowSyncs(clock, 10);
    disk.delay = operation => {
      if (operation.kind === 'sync' && operation.path.endsWith('.segment')) syncs++;
      return slow(operation);
    };
    const callers = Promise.all(Array.from({ length: 2500 }, caller));
    await clock.advance(10);
    for (let turns = 0; turns < 100; turns++) await clock.advance(1);
    await callers;
    expect(syncs).to.equal(3);
  });

  it('loses nothing that was awaited when the process is killed', async () => {
    const { clock, disk, target, next } = arrangeSpool({ maxSize: 4 }, 'always');
    target.behaviour = 'wait';
    for (const message of numbers(1, 6)) await target.log(someRecord({ message, timestamp: clock.now() }));
    disk.crash({ power: true });
    const { clock: later, target: heir, log } = next();
    log(7);
    await later.advance(2000);
    expect(heir.arrived).to.deep.equal(numbers(1, 7));
    expect(heir.batches.map(({ length }) => length)).to.deep.equal([4, 2, 1]);
  });

  it('loses nothing that was awaited when others wait for room behind it', async () => {
    const options = { maxSize: 100, flushInterval: 60_000, maxQueued: 10, overflow: 'wait', maxWait: 60_000 } as const;
    const { clock, disk, target, next } = arrangeSpool(options, 'always');
    target.behaviour = 'wait';
    const awaited: number[] = [];
    const log = async (message: number) => {
      await target.log(someRecord({ message, timestamp: clock.now() }));
      awaited.push(message);
    };
    for (const message of numbers(1, 3)) void log(message);
    await clock.advance(10);
    for (const message of numbers(4, 15)) void log(message);
    await clock.advance(10);
    expect(awaited).to.include.members(numbers(1, 10));
    disk.crash({ power: true });
    const { clock: later, target: heir } = next();
    await later.advance(2000);
    expect(heir.arrived).to.include.members(awaited);
  });

  it('keeps in memory no more than there is room for, and loses nothing for what is on disk', async () => {
    const { clock, target } = arrangeSpool({ maxSize: 4, maxQueued: 40 }, 'always');
    target.behaviour = { error: new Error('down') };
    for (const message of numbers(1, 200)) await target.log(someRecord({ message, timestamp: clock.now() }));
    expect(target.stats()).to.deep.include({ lost: 0, pending: 200 });
    expect(target.stats().spool?.records).to.equal(200);
    target.behaviour = 'arrive';
    await clock.advance(100_000);
    expect(target.arrived).to.deep.equal(numbers(1, 200));
  });

  it('sends a batch with the id under which its records are on disk', async () => {
    const { clock, disk, target, next } = arrangeSpool({ maxSize: 3 }, 'always');
    target.behaviour = 'wait';
    for (const message of numbers(1, 3)) await target.log(someRecord({ message, timestamp: clock.now() }));
    await clock.advance(0);
    expect(target.attempts[0]?.messages).to.deep.equal([1, 2, 3]);
    disk.crash({ power: true });
    const { clock: later, target: heir } = next();
    await later.advance(1000);
    expect(heir.attempts[0]?.id).to.equal(target.attempts[0]?.id);
  });

  it('goes on in memory, and says so, when the disk fails', async () => {
    const { clock, disk, target, failures } = arrangeSpool({}, 'always');
    await clock.advance(10);
    disk.fault = () => 'ENOSPC';
    await target.log(someRecord({ message: 1, timestamp: clock.now() }));
    expect(failures[0]).to.deep.include({ kind: 'error', what: 'spool: writing' });
    await clock.advance(1000);
    expect(target.arrived).to.deep.equal([1]);
    disk.fault = undefined;
    await clock.advance(2000);
    await target.log(someRecord({ message: 2, timestamp: clock.now() }));
    expect(target.stats().spool?.records).to.equal(1);
  });
});

describe('A spool of several processes', () => {
  it('sends what one of them leaves that dies later, though nothing is logged', async () => {
    const { clock, disk, target, next } = arrangeSpool({}, 'always');
    target.behaviour = { error: down };
    for (const message of numbers(1, 5)) await target.log(someRecord({ message, timestamp: clock.now() }));
    const [process] = disk.processes;
    const other = next();
    await other.clock.advance(10_000);
    expect(other.target.arrived).to.deep.equal([]);
    process?.kill();
    await other.clock.advance(70_000);
    expect(other.target.arrived).to.deep.equal(numbers(1, 5));
  });
});

describe('A spool that goes away under a living process', () => {
  /** A target that is down has logged 1 to 5 in batches of 3: one batch is full, the other is not. */
  async function arrangeGone(mode: 'outage' | 'always') {
    const time = new SteppedClock();
    const arranged = arrangeSpool({ clock: time, maxSize: 3, maxRetries: 0, flushInterval: 100_000 }, mode);
    const { target } = arranged;
    target.behaviour = { error: down };
    const logged = (message: number) => target.log(someRecord({ message, timestamp: time.now() }));
    for (const n of numbers(1, 5)) await logged(n);
    await time.advance(1000);
    /** The process does not run for so long. */
    const stop = (milliseconds: number) => {
      time.step += milliseconds;
    };
    return { ...arranged, time, logged, stop };
  }

  /** What a process after this one finds. */
  async function left({ next }: Awaited<ReturnType<typeof arrangeGone>>): Promise<unknown[]> {
    const { clock, target } = next();
    await clock.advance(60_000);
    return target.arrived;
  }

  it('is written again as far as it is in memory, when its directory was removed', async () => {
    const gone = await arrangeGone('always');
    gone.disk.directory('/').entries.clear();
    await gone.time.advance(5000);
    for (const n of numbers(6, 8)) await gone.logged(n);
    gone.disk.crash({ power: false });
    expect(await left(gone)).to.deep.equal(numbers(1, 8));
  });

  it('is written again, too, as far as it waits behind what is sent', async () => {
    const gone = await arrangeGone('always');
    for (const n of numbers(6, 9)) await gone.logged(n);
    gone.disk.directory('/').entries.clear();
    await gone.time.advance(5000);
    gone.disk.crash({ power: false });
    expect(await left(gone)).to.deep.equal(numbers(1, 9));
  });

  it('goes on, and loses nothing, when the target is back', async () => {
    const gone = await arrangeGone('always');
    gone.disk.directory('/').entries.clear();
    await gone.time.advance(5000);
    await gone.logged(6);
    gone.target.behaviour = 'arrive';
    await gone.time.advance(60_000);
    await gone.logged(7);
    await gone.time.advance(200_000);
    expect(gone.target.arrived).to.deep.equal(numbers(1, 7));
    expect(gone.target.stats()).to.deep.include({ delivered: 7, lost: 0, pending: 0 });
  });

  it('has on disk what was awaited, when the process was stopped and another one has taken its log', async () => {
    const gone = await arrangeGone('always');
    const other = subject(gone.disk, {
      name: 'collector',
      format: 'record',
      store: gone.disk.process({ isForeign: true })
    });
    await other.spool.open();
    await other.clock.advance(30_000);
    expect(await textsIn(other.spool)).to.have.length(5);
    await other.clock.advance(2000);
    gone.stop(30_000);
    await gone.logged(6);
    gone.disk.crash({ power: false });
    expect(await left(gone)).to.include.members(numbers(1, 6));
  });
});

describe('What a target tells of its spool', () => {
  const errorsOf = (failures: readonly LogFailure[]) => failures.filter(({ kind }) => kind === 'error');

  it('is told once as long as it stays the same, with the option and what can be done', async () => {
    const { clock, disk, target, failures } = arrangeSpool({}, 'always');
    target.behaviour = { error: down };
    disk.fault = () => 'ENOSPC';
    await target.log(someRecord({ message: 1, timestamp: clock.now() }));
    await clock.advance(60_000);
    expect(errorsOf(failures).map(failure => describeFailure(failure))).to.deep.equal([
      "collector: spool: writing failed: Error: ENOSPC: /spool/collector (spool.directory: '/spool'); make room there, or " +
        'set spool.maxBytes to less than there is; until then all is as without a spool'
    ]);
    expect(errorsOf(failures)[0]?.error).to.deep.include({ code: 'ENOSPC' });
  });

  it('is told again when it has worked meanwhile, when it fails otherwise, and after ten minutes', async () => {
    const { clock, disk, target, failures } = arrangeSpool({}, 'always');
    target.behaviour = { error: down };
    const codes = () => errorsOf(failures).map(({ error }) => (error as { code?: unknown }).code);
    await clock.advance(10);
    const fail = async (code: string | undefined, milliseconds: number) => {
      disk.fault = ({ kind }) => (kind === 'write' ? code : undefined);
      void target.log(someRecord({ timestamp: clock.now() }));
      await clock.advance(milliseconds);
    };
    await fail('ENOSPC', 60_000);
    await fail(undefined, 60_000);
    expect(codes()).to.deep.equal(['ENOSPC']);
    await fail('ENOSPC', 60_000);
    await fail('EIO', 60_000);
    expect(codes()).to.deep.equal(['ENOSPC', 'ENOSPC', 'EIO']);
    await fail('EIO', 600_000);
    expect(codes()).to.deep.equal(['ENOSPC', 'ENOSPC', 'EIO', 'EIO']);
  });
});

describe('The option spool', () => {
  it('must have a directory, and nothing that it does not know', () => {
    const make = (spool: unknown) => () => arrange({ spool: spool as never });
    expect(make({})).to.throw(TypeError, 'MemoryFlushTarget: spool: directory');
    expect(make('/var/spool')).to.throw(TypeError, 'spool');
    expect(make({ directory: '/x', mode: 'sometimes' })).to.throw(RangeError, 'spool: mode');
    expect(make({ directory: '/x', size: 1 })).to.throw(TypeError, "no option 'size'");
  });
});
