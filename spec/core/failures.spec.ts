import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect } from 'chai';
import sinon from 'sinon';
import type { BatchEvent } from '../../lib/core/channels.js';
import { LoggerFactory } from '../../lib/core/factory.js';
import { type LogFailure, warn } from '../../lib/core/failures.js';
import { LogTarget } from '../../lib/core/target.js';
import { Warnings } from '../../lib/core/warnings.js';
import { FlushLogTarget } from '../../lib/delivery/flush-target.js';
import { RecordPacker } from '../../lib/delivery/record-batch.js';
import { recordCodec } from '../../lib/delivery/record-codec.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { MemoryFlushTarget } from '../support/memory-flush-target.js';

const down = new Error('down');

function lost(count: number, target = 'shop'): LogFailure {
  return { kind: 'lost', target, count, reason: 'queue full', error: undefined };
}

describe('The default listener', () => {
  let emitted: string[];
  let clock: FakeClock;
  let told: (failure: LogFailure) => void;

  beforeEach(() => {
    emitted = [];
    clock = new FakeClock();
    const warnings = new Warnings(clock);
    told = failure => warn(failure, warnings);
    sinon.stub(process, 'emitWarning').callsFake((...[warning, type]: unknown[]) => {
      emitted.push(`${String(type)} ${String(warning)}`);
    });
  });

  afterEach(() => {
    sinon.restore();
  });

  it('warns at once of the first failure of a target and kind, and of no other within 10 s', async () => {
    told(lost(1));
    for (let index = 0; index < 100; index++) told(lost(5));
    await clock.advance(9999);
    expect(emitted).to.have.length(1);
    expect(emitted[0]).to.match(/^LogflumeWarning shop: 1 record\(s\) lost \(queue full\); raise maxQueued/);
  });

  it('tells after 10 s how many it has left out, and how many records were lost', async () => {
    told(lost(1));
    told(lost(5));
    told(lost(6));
    await clock.advance(10_000);
    expect(emitted).to.have.length(2);
    expect(emitted[1]).to.contain('6 record(s) lost').and.to.contain('(the last of 2 like this within 10 s, in all 11');
  });

  it('tells the one that it has left out as it is', async () => {
    told(lost(1));
    told(lost(5));
    await clock.advance(10_000);
    expect(emitted[1])
      .to.match(/^LogflumeWarning shop: 5 record\(s\) lost/)
      .and.not.to.contain('like this');
  });

  it('stays within its limit for as long as failures go on', async () => {
    for (let second = 0; second < 60; second++) {
      told(lost(1));
      await clock.advance(1000);
    }
    expect(emitted).to.have.length.within(6, 7);
  });

  it('says no more when nothing has been left out', async () => {
    told(lost(1));
    await clock.advance(20_000);
    expect(emitted).to.have.length(1);
    told(lost(2));
    expect(emitted).to.have.length(2);
  });

  it('limits each target, kind and reason for itself', () => {
    told(lost(1));
    told(lost(1, 'other'));
    told({ kind: 'lost', target: 'shop', count: 1, reason: 'rejected', error: down });
    told({ kind: 'retrying', target: 'shop', count: 1, batch: 'x', attempt: 1, delay: 5, error: down });
    expect(emitted).to.have.length(4);
  });

  it('limits what it says of a listener that throws', async () => {
    const target = new MemoryFlushTarget({
      name: 'with a listener that throws',
      clock,
      retryDelay: 1,
      onFailure: () => {
        throw new Error('a listener');
      }
    });
    target.behaviour = { error: down };
    const factory = new LoggerFactory().addTarget(target);
    await factory.getLogger('x').error('a');
    await clock.advance(1000);
    expect(target.stats().retries).to.be.above(10);
    expect(emitted).to.have.length(1);
    expect(emitted[0]).to.contain('onFailure failed: Error: a listener; it was told: with a listener that throws');
  });
});

describe('The channel', () => {
  const heard: unknown[] = [];
  const hear: ChannelListener = message => heard.push(message);

  beforeEach(() => {
    heard.length = 0;
  });

  describe('logflume:failure', () => {
    beforeEach(() => {
      subscribe('logflume:failure', hear);
    });

    afterEach(() => {
      unsubscribe('logflume:failure', hear);
    });

    it('publishes the failures of all targets and factories, as their listeners get them', async () => {
      const failures: LogFailure[] = [];
      const target = new MemoryFlushTarget({ maxRetries: 0, onFailure: failure => failures.push(failure) });
      target.behaviour = { error: down };
      class Failing extends LogTarget {
        override log(): void {
          throw down;
        }
      }
      const factory = new LoggerFactory({ onFailure: failure => failures.push(failure) });
      await factory.addTarget(target).addTarget(new Failing()).getLogger('x').error('a');
      await target.flush();
      expect(heard.map(failure => (failure as LogFailure).target)).to.have.members(['MemoryFlushTarget', 'Failing']);
      expect(heard).to.deep.equal(failures);
    });
  });

  describe('logflume:batch', () => {
    beforeEach(() => {
      subscribe('logflume:batch', hear);
    });

    afterEach(() => {
      unsubscribe('logflume:batch', hear);
    });

    it('publishes each attempt to send a batch, with its outcome and duration', async () => {
      const clock = new FakeClock();
      const target = new MemoryFlushTarget({
        name: 'shop',
        clock,
        retryDelay: 10,
        jitter: 0,
        onFailure: () => undefined
      });
      target.behaviour = { error: down };
      const logger = new LoggerFactory({ clock }).addTarget(target).getLogger('x');
      void logger.info('a');
      void logger.error('b');
      await clock.settle();
      target.behaviour = 'arrive';
      await clock.advance(10);
      const events = heard as BatchEvent[];
      const { batch = '', bytes = 0 } = events[0] ?? {};
      const about = { target: 'shop', batch, size: 2, bytes, duration: 0 };
      expect(events).to.deep.equal([
        { ...about, attempt: 1, outcome: 'failed', error: down },
        { ...about, attempt: 2, outcome: 'delivered' }
      ]);
      expect(bytes).to.be.above(0);
    });

    it('publishes what is sent on the stack of a log call', () => {
      class Prompt extends FlushLogTarget {
        constructor() {
          const deliver = () => Promise.resolve();
          super(
            { name: 'prompt', maxQueued: 10 },
            { packer: new RecordPacker(), codec: recordCodec, deliver, deliverNow: () => true }
          );
        }
        override logRecords(): Promise<void> {
          return Promise.resolve();
        }
      }
      const target = new Prompt();
      for (let index = 0; index < 7; index++) void target.log(someRecord());
      expect(heard).to.have.length(1);
      expect(heard[0]).to.include({ target: 'prompt', size: 6, attempt: 1, outcome: 'delivered' });
    });
  });
});
