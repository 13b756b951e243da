import { expect } from 'chai';
import { PermanentDeliveryError } from '../../lib/core/failures.js';
import type { LogRecord } from '../../lib/core/record.js';
import type { Batch } from '../../lib/delivery/batch.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { closes, numbers } from '../support/arrange.js';
import { MemoryFlushTarget } from '../support/memory-flush-target.js';

/** Refuses batches that hold certain records. */
class PickyTarget extends MemoryFlushTarget {
  readonly bad: ReadonlySet<unknown>;
  readonly error: Error;
  readonly sent: { id: string; messages: readonly unknown[] }[] = [];

  constructor(bad: readonly number[], error: Error, options: FlushOptions = {}) {
    super(options);
    this.bad = new Set(bad);
    this.error = error;
  }

  override logRecords(records: readonly LogRecord[], batch: Batch): Promise<void> {
    const messages = records.map(({ message }) => message);
    this.sent.push({ id: batch.id, messages });
    this.behaviour = messages.some(message => this.bad.has(message)) ? { error: this.error } : 'arrive';
    return super.logRecords(records, batch);
  }
}

const refused = new PermanentDeliveryError('cannot be indexed');

function arrange(bad: readonly number[], options: FlushOptions = {}, error: Error = refused) {
  const clock = new FakeClock();
  const fallback = new MemoryTarget();
  const target = new PickyTarget(bad, error, { clock, onFailure: () => undefined, ...options });
  const log = (count: number) => {
    for (const message of numbers(0, count - 1)) void target.log(someRecord({ message, timestamp: clock.now() }));
  };
  return { clock, target, fallback, log };
}

describe('A batch that is refused for good', () => {
  for (const bad of [[0], [3], [7], [0, 7], [3, 4], [1, 2, 5], numbers(0, 7)]) {
    it(`is divided until the bad records are alone: ${bad.join()} of 0 to 7`, async () => {
      const fallbackTarget = new MemoryTarget();
      const { target, log } = arrange(bad, { fallbackTarget });
      log(8);
      await target.flush();
      expect(target.arrived).to.deep.equal(numbers(0, 7).filter(message => !bad.includes(message)));
      expect(fallbackTarget.records.map(({ message }) => message)).to.deep.equal(bad);
      expect(target.stats()).to.include({ delivered: 8 - bad.length, fellBack: bad.length, lost: 0, pending: 0 });
    });
  }

  it('is lost without a fallback, the bad record alone, with the reason', async () => {
    const { target, log } = arrange([5]);
    log(100);
    await target.flush();
    expect(target.ofUsers).to.deep.equal(numbers(0, 99).filter(message => message !== 5));
    expect(target.stats()).to.deep.include({ lost: 1, lostByReason: { rejected: 1 } });
  });

  it('takes some dozen attempts at most, not one for each record', async () => {
    const { target, log } = arrange([123], { maxSize: 500 });
    log(500);
    await target.flush();
    expect(target.sent.length).to.be.at.most(2 * 9 + 3);
  });

  it('never uses an id for other records', async () => {
    const { target, log } = arrange([1, 6, 11], { maxSize: 8 });
    log(16);
    await target.flush();
    const contents = new Map<string, string>();
    for (const { id, messages } of target.sent) {
      expect(contents.get(id) ?? messages.join()).to.equal(messages.join());
      contents.set(id, messages.join());
    }
    expect(contents.size).to.equal(target.sent.length);
  });

  it('keeps what comes behind it in its place', async () => {
    const { target, log } = arrange([2], { maxSize: 4 });
    log(12);
    await target.flush();
    expect(target.ofUsers).to.deep.equal(numbers(0, 11).filter(message => message !== 2));
  });

  it('is given up whole if it is not about its records', async () => {
    const wrongPassword = new PermanentDeliveryError('wrong password', { isDivisible: false });
    const { target, log } = arrange([0], {}, wrongPassword);
    log(8);
    await target.flush();
    expect(target.sent).to.have.length(1);
    expect(target.stats()).to.deep.include({ lost: 8, lostByReason: { rejected: 8 } });
    log(1);
    await target.flush();
    expect(target.sent.map(({ messages }) => messages.length)).to.deep.equal([8, 1]); // it is not told of losses either
  });

  it('costs only the records that the error names, as all others have arrived', async () => {
    const fallbackTarget = new MemoryTarget();
    const some = new PermanentDeliveryError('two of them', { refused: [5, 2] });
    const { target, log } = arrange([0], { fallbackTarget }, some);
    log(8);
    await target.flush();
    expect(target.sent).to.have.length(1);
    expect(fallbackTarget.records.map(({ message }) => message)).to.deep.equal([2, 5]);
    expect(target.stats()).to.include({ delivered: 6, fellBack: 2, pending: 0, pendingBytes: 0 });
  });

  it('is divided when the error names what is not there', async () => {
    const wrong = new PermanentDeliveryError('the ninth', { refused: [8] });
    const { target, log } = arrange([0], {}, wrong);
    log(8);
    await target.flush();
    expect(target.ofUsers).to.deep.equal(numbers(1, 7));
  });

  it('keeps its account closed at every step', async () => {
    const { target, log } = arrange([1, 4, 9, 30], { maxSize: 16 });
    const open: unknown[] = [];
    const logRecords = target.logRecords.bind(target);
    target.logRecords = (records, batch) => {
      const stats = target.stats();
      if (!closes(stats) || stats.pendingBytes < 0) open.push(stats);
      return logRecords(records, batch);
    };
    log(40);
    await target.flush();
    expect(open).to.deep.equal([]);
    expect(target.stats()).to.include({ pending: 0, pendingBytes: 0, lost: 4 });
  });
});

describe('A batch that fails in the same way every time, though the target is well', () => {
  const brokenOff = new Error('read ECONNRESET');

  for (const bad of [[0], [3], [7], [2, 3]]) {
    it(`is divided until the bad records are alone: ${bad.join()} of 0 to 7`, async () => {
      const { clock, target, log } = arrange(bad, {}, brokenOff);
      log(8);
      await clock.advance(600_000);
      await target.flush();
      expect(target.ofUsers).to.deep.equal(numbers(0, 7).filter(message => !bad.includes(message)));
      expect(target.stats()).to.deep.include({ pending: 0, lost: bad.length, lostByReason: { rejected: bad.length } });
    });
  }

  it('does not block what comes behind it for ever', async () => {
    const { clock, target, log } = arrange([1], { maxSize: 1 }, brokenOff);
    log(4);
    await clock.advance(600_000);
    expect(target.ofUsers).to.deep.equal([0, 2, 3]);
  });

  it('is rescued but for the bad record before all of it goes to the fallback, if the target was well before', async () => {
    const fallbackTarget = new MemoryTarget();
    const { clock, target, log } = arrange([5], { maxSize: 4, maxRetries: 1, fallbackTarget }, brokenOff);
    log(12);
    await clock.advance(10_000);
    expect(target.ofUsers).to.deep.equal(numbers(0, 11).filter(message => message !== 5));
    expect(fallbackTarget.records.map(({ message }) => message)).to.deep.equal([5]);
  });

  it('is told apart from a target that is down: nothing is divided then, nor lost', async () => {
    const clock = new FakeClock();
    const target = new MemoryFlushTarget({ clock, maxSize: 4, onFailure: () => undefined });
    target.behaviour = { error: brokenOff };
    for (const message of numbers(1, 8)) void target.log(someRecord({ message, timestamp: clock.now() }));
    await clock.advance(3_600_000);
    const records = target.attempts.filter(({ messages }) => typeof messages[0] === 'number');
    expect(new Set(records.map(({ id }) => id)).size).to.equal(1);
    target.behaviour = 'arrive';
    await target.flush();
    expect(target.ofUsers).to.deep.equal(numbers(1, 8));
    expect(target.stats()).to.include({ lost: 0, pending: 0 });
  });

  it('costs a target that has never been well no attempt more than its retries', async () => {
    const fallbackTarget = new MemoryTarget();
    const { clock, target, log } = arrange(numbers(0, 3), { maxSize: 4, maxRetries: 2, fallbackTarget }, brokenOff);
    log(4);
    await clock.advance(10_000);
    expect(target.sent).to.have.length(3);
    expect(fallbackTarget.records).to.have.length(4);
  });
});
