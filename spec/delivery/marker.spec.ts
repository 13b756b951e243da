import { expect } from 'chai';
import { PermanentDeliveryError } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import type { LogRecord } from '../../lib/core/record.js';
import type { Batch } from '../../lib/delivery/batch.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { DEBUG, down, ERROR, numbers, WARNING } from '../support/arrange.js';
import { MemoryFlushTarget } from '../support/memory-flush-target.js';

/** Keeps the records themselves. */
class RecordTarget extends MemoryFlushTarget {
  readonly records: LogRecord[] = [];

  override async logRecords(records: readonly LogRecord[], batch: Batch): Promise<void> {
    await super.logRecords(records, batch);
    this.records.push(...records);
  }

  get markers(): LogRecord[] {
    return this.records.filter(({ loggerName }) => loggerName === 'logflume');
  }
}

function arrange(options: FlushOptions = {}) {
  const clock = new FakeClock();
  const target = new RecordTarget({ clock, maxSize: 2, onFailure: () => undefined, ...options });
  const log = (level: LogLevel, ...messages: number[]) => {
    for (const message of messages) void target.log(someRecord({ level, message, timestamp: clock.now() }));
  };
  return { clock, target, log };
}

describe('The record that tells of losses', () => {
  it('says how many of each level, between which times, and why', async () => {
    const { clock, target, log } = arrange({ maxQueued: 5 });
    target.behaviour = 'wait';
    log(ERROR, 1, 2);
    await clock.settle();
    log(DEBUG, 3, 4);
    await clock.advance(1500);
    log(DEBUG, 5, 6);
    await clock.advance(500);
    log(ERROR, 7, 8, 9);
    target.behaviour = 'arrive';
    target.attempts[0]?.arrive();
    await target.flush();
    const [marker, ...more] = target.markers;
    expect(more).to.deep.equal([]);
    expect(marker).to.include({ level: LogLevel.WARNING, loggerName: 'logflume' });
    expect(marker?.data).to.deep.equal({
      lost: 4,
      levels: { DEBUG: 4 },
      reasons: { 'queue full': 4 },
      from: '2023-11-14T22:13:20.000Z',
      to: '2023-11-14T22:13:21.500Z'
    });
    expect(marker?.render()).to.equal(
      '4 log record(s) lost, logged from 2023-11-14T22:13:20.000Z to 2023-11-14T22:13:21.500Z: {"queue full":4}'
    );
  });

  it('comes before what was logged later', async () => {
    const { clock, target, log } = arrange({ maxQueued: 4 });
    target.behaviour = 'wait';
    log(WARNING, 1, 2, 3, 4, 5);
    await clock.settle();
    target.behaviour = 'arrive';
    target.attempts[0]?.arrive();
    await clock.settle();
    log(WARNING, 6, 7);
    await target.flush();
    const places = target.records.map(({ message }) => (typeof message === 'number' ? message : 'told'));
    expect(places.indexOf('told')).to.be.below(places.indexOf(6));
    expect(places.filter(place => place === 'told')).to.have.length(1);
  });

  it('is sent for its own sake, flushInterval after the loss, to a target that is well', async () => {
    const { clock, target, log } = arrange({ maxSize: 1, maxQueued: 2, flushInterval: 500 });
    log(ERROR, 1, 2, 3);
    await clock.settle();
    expect(target.ofUsers).to.deep.equal([2, 3]);
    await clock.advance(500);
    expect(target.markers).to.have.length(1);
  });

  it('is sent so, and before dispose ends, to one that has refused what was lost', async () => {
    for (const end of ['in time', 'by dispose']) {
      const { clock, target, log } = arrange();
      target.behaviour = { error: new PermanentDeliveryError('not this') };
      log(ERROR, 1);
      await clock.settle();
      target.behaviour = 'arrive';
      if (end === 'in time') await clock.advance(1000);
      else await Promise.all([target.dispose(), clock.advance(100)]);
      expect(target.markers, end).to.have.length(1);
    }
  });

  it('merges with what is lost before it has arrived', async () => {
    const { clock, target, log } = arrange({ maxSize: 1, maxRetries: 0 });
    target.behaviour = { error: down };
    for (const message of numbers(1, 5)) {
      log(ERROR, message);
      void target.flush();
      await clock.settle();
    }
    target.behaviour = 'arrive';
    log(ERROR, 6);
    await clock.advance(60_000);
    await target.flush();
    const { lost } = target.stats();
    expect(target.markers.map(({ data }) => data['lost'])).to.deep.equal([lost]);
    expect(target.records.map(({ loggerName }) => loggerName).indexOf('logflume')).to.equal(0);
  });

  it('is kept, with what was lost meanwhile, if it could not be delivered', async () => {
    const { clock, target, log } = arrange({ maxSize: 1, maxRetries: 0, maxQueued: 1 });
    target.behaviour = { error: down };
    log(ERROR, 1);
    await clock.settle();
    target.behaviour = 'wait';
    log(ERROR, 2);
    await clock.advance(60_000);
    expect(target.attempts).to.have.length(2); // the second is the marker
    log(ERROR, 3, 4);
    target.behaviour = 'arrive';
    target.attempts[1]?.fail(down);
    await clock.advance(60_000);
    expect(target.markers.map(({ data }) => data['lost'])).to.deep.equal([3]);
    expect(target.ofUsers).to.deep.equal([4]);
    expect(target.stats()).to.include({ accepted: 5, delivered: 2, lost: 3, pending: 0 });
  });

  it('is counted when it has arrived, as accepted and delivered', async () => {
    const { clock, target, log } = arrange({ maxSize: 1, maxRetries: 0 });
    target.behaviour = { error: down };
    log(ERROR, 1);
    await clock.settle();
    expect(target.stats()).to.include({ accepted: 1, lost: 1, pending: 0 });
    target.behaviour = 'arrive';
    await target.flush();
    expect(target.stats()).to.include({ accepted: 2, delivered: 1, lost: 1, pending: 0 });
  });

  it('takes no room from others', async () => {
    const { clock, target, log } = arrange({ maxSize: 1, maxQueued: 2 });
    target.behaviour = 'wait';
    log(ERROR, 1, 2, 3);
    await clock.settle();
    target.behaviour = 'wait';
    target.attempts[0]?.arrive();
    await clock.settle();
    log(ERROR, 4, 5);
    expect(target.stats()).to.include({ pending: 2 });
  });

  it('tells nothing of what fell back', async () => {
    const { clock, target, log } = arrange({ maxRetries: 0, fallbackTarget: new MemoryTarget() });
    target.behaviour = { error: down };
    log(ERROR, 1, 2);
    await clock.settle();
    target.behaviour = 'arrive';
    log(ERROR, 3);
    await clock.advance(60_000);
    log(ERROR, 4);
    await target.flush();
    expect(target.stats()).to.include({ lost: 0 });
    expect(target.markers).to.deep.equal([]);
  });

  it('is not sent again and again to a target that rejects everything', async () => {
    const { clock, target, log } = arrange({ maxSize: 1 });
    target.behaviour = { error: new PermanentDeliveryError('no') };
    log(ERROR, 1);
    await clock.advance(60_000);
    await target.flush();
    await clock.advance(60_000);
    expect(target.attempts.length).to.be.at.most(2);
    expect(target.stats()).to.include({ accepted: 1, lost: 1 });
  });

  it('leaves no timer behind, and nothing waits for it in dispose', async () => {
    const { clock, target, log } = arrange({ maxSize: 1, maxRetries: 0 });
    target.behaviour = { error: down };
    log(ERROR, 1);
    await clock.settle();
    const disposed = target.dispose({ timeout: 100 });
    await clock.advance(100);
    await disposed;
    expect(clock.timers).to.equal(0);
  });
});
