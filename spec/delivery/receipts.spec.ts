import { expect } from 'chai';
import sinon from 'sinon';
import { LoggerFactory } from '../../lib/core/factory.js';
import { PermanentDeliveryError } from '../../lib/core/failures.js';
import type { Receipt } from '../../lib/core/receipt.js';
import type { LogRecord } from '../../lib/core/record.js';
import { LogTarget } from '../../lib/core/target.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import { SamplingTarget } from '../../lib/targets/gates/sampling.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { DEBUG, down, ERROR, INFORMATION } from '../support/arrange.js';
import { MemoryFlushTarget } from '../support/memory-flush-target.js';

function arrange(options: FlushOptions = {}) {
  const clock = new FakeClock();
  const target = new MemoryFlushTarget({ name: 'audit', clock, onFailure: () => undefined, ...options });
  const factory = new LoggerFactory({ clock, onFailure: () => undefined }).addTarget(target);
  return { clock, target, factory, logger: factory.getLogger('Audit') };
}

describe('A receipt', () => {
  it('says that the record was delivered, with which batch and attempt', async () => {
    const { target, logger } = arrange();
    const { targets } = await logger.deliver(INFORMATION, 'access to {file}', { file: 'a' });
    expect(targets).to.deep.equal([
      { target: 'audit', outcome: 'delivered', chunk: target.attempts[0]?.id, attempts: 1 }
    ]);
  });

  it('does not wait for the batch to fill; what is logged in the same tick goes with it', async () => {
    const { clock, target, logger } = arrange();
    void logger.info('before');
    void logger.deliver(DEBUG, 'one');
    void logger.deliver(DEBUG, 'two');
    await clock.settle();
    expect(target.batches).to.deep.equal([['before', 'one', 'two']]);
  });

  it('comes after retries, and counts them', async () => {
    const { clock, target, logger } = arrange();
    target.behaviour = { error: down };
    const settled = sinon.fake();
    const receipt = logger.deliver(INFORMATION, 'one');
    void receipt.then(settled);
    await clock.advance(600);
    expect(settled.called).to.equal(false);
    target.behaviour = 'arrive';
    await clock.advance(1200);
    expect((await receipt).targets[0]).to.include({ outcome: 'delivered', attempts: 3 });
  });

  it('says that the record fell back, why, and what became of it there', async () => {
    const fallbackTarget = new MemoryFlushTarget({ name: 'file' });
    const { target, logger } = arrange({ maxRetries: 0, fallbackTarget });
    target.behaviour = { error: down };
    const { targets } = await logger.deliver(INFORMATION, 'one');
    expect(targets).to.deep.equal([
      {
        target: 'audit',
        outcome: 'fell back',
        reason: 'retries exhausted',
        chunk: target.attempts[0]?.id,
        attempts: 1,
        error: 'Error: down',
        fallback: { target: 'file', outcome: 'delivered', chunk: fallbackTarget.attempts[0]?.id, attempts: 1 }
      }
    ]);
  });

  it('of a fallback that keeps no account comes when it has flushed', async () => {
    const { target, logger } = arrange({ maxRetries: 0, fallbackTarget: new MemoryTarget({ name: 'memory' }) });
    target.behaviour = { error: down };
    const { targets } = await logger.deliver(INFORMATION, 'one');
    expect(targets[0]?.fallback).to.deep.equal({ target: 'memory', outcome: 'delivered', attempts: 1 });
  });

  it('says that the record is lost: rejected, alone in the end', async () => {
    const { clock, target, logger } = arrange();
    target.behaviour = { error: new PermanentDeliveryError('no') };
    const receipts = [logger.deliver(INFORMATION, 'one'), logger.deliver(INFORMATION, 'two')];
    await clock.settle();
    for (const receipt of await Promise.all(receipts)) {
      expect(receipt.targets[0]).to.include({ outcome: 'lost', reason: 'rejected', attempts: 2 });
    }
  });

  it('says that the record was refused, or dropped to make room', async () => {
    const { clock, target, logger } = arrange({ maxQueued: 3, maxSize: 1 });
    target.behaviour = 'wait';
    void logger.error('zero');
    await clock.settle();
    const dropped = logger.deliver(ERROR, 'one');
    void logger.error('two');
    const refused = logger.deliver(DEBUG, 'three');
    void logger.error('four');
    for (const receipt of await Promise.all([dropped, refused])) {
      expect(receipt.targets).to.deep.equal([{ target: 'audit', outcome: 'lost', reason: 'queue full', attempts: 0 }]);
    }
  });

  it('stays with its record when others are dropped out of the batch', async () => {
    const { clock, target, logger } = arrange({ maxQueued: 7, maxSize: 6 });
    target.behaviour = 'wait';
    void logger.error('zero');
    await clock.settle();
    for (const text of ['d1', 'd2', 'd3']) void logger.debug(text);
    const kept = logger.deliver(ERROR, 'kept');
    for (const text of ['e1', 'e2', 'e3', 'e4']) void logger.error(text);
    target.behaviour = 'arrive';
    target.attempts[0]?.arrive();
    await target.flush();
    const chunk = target.attempts.find(({ messages }) => messages.includes('kept'))?.id;
    expect((await kept).targets).to.deep.equal([{ target: 'audit', outcome: 'delivered', chunk, attempts: 1 }]);
    expect(target.stats().lostByLevel).to.deep.equal({ DEBUG: 2 });
  });

  it('stays with its record when the batch has been packed and is then divided', async () => {
    const { clock, target, logger } = arrange({ maxQueued: 9, maxSize: 8, flushLevel: 50 });
    target.behaviour = 'wait';
    void logger.deliver(ERROR, 'zero');
    await clock.settle();
    for (const text of ['d1', 'd2', 'd3']) void logger.debug(text);
    const receipts = ['good', 'bad', 'also good'].map(text => logger.deliver(ERROR, text));
    for (const text of ['e1', 'e2', 'e3', 'e4', 'e5']) void logger.error(text);
    const logRecords = target.logRecords.bind(target);
    target.logRecords = (records, batch) => {
      const isBad = records.some(({ message }) => message === 'bad');
      target.behaviour = isBad ? { error: new PermanentDeliveryError('no') } : 'arrive';
      return logRecords(records, batch);
    };
    target.attempts[0]?.arrive();
    await target.flush();
    const outcomes = (await Promise.all(receipts)).map(({ targets }) => targets[0]?.outcome);
    expect(outcomes).to.deep.equal(['delivered', 'lost', 'delivered']);
    expect(target.stats().lostByLevel).to.deep.equal({ DEBUG: 3, ERROR: 1 });
  });

  it('comes when the target is disposed of, at the latest', async () => {
    const { clock, target, factory, logger } = arrange();
    target.behaviour = 'wait';
    const receipt = logger.deliver(INFORMATION, 'one');
    const disposed = factory.dispose({ timeout: 1000 });
    await clock.advance(1000);
    await disposed;
    expect((await receipt).targets[0]).to.include({ outcome: 'lost', reason: 'out of time', attempts: 1 });
    expect((await logger.deliver(INFORMATION, 'two')).targets[0]).to.include({ outcome: 'lost', reason: 'disposed' });
  });

  it('comes though a fallback never takes the record', async () => {
    const stuck = new (class Stuck extends LogTarget {
      override log(): Promise<void> {
        return new Promise(() => undefined);
      }
    })();
    const { clock, target, logger } = arrange({ maxRetries: 0, fallbackTarget: stuck });
    target.behaviour = { error: down };
    const receipt = logger.deliver(INFORMATION, 'one');
    const disposed = target.dispose({ timeout: 1000 });
    await clock.advance(1000);
    await disposed;
    expect((await receipt).targets[0]).to.include({ outcome: 'lost', reason: 'retries exhausted' });
  });

  it('comes when the factory is disposed of, though a target or its flush never ends', async () => {
    class Stuck extends LogTarget {
      override log(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    class Unflushed extends LogTarget {
      override log(): void {}
      override flush(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    const { clock, target, factory, logger } = arrange({ maxRetries: 0, fallbackTarget: new Unflushed() });
    target.behaviour = { error: down };
    factory.addTarget(new Stuck());
    const receipt = logger.deliver(INFORMATION, 'one');
    const disposed = factory.dispose({ timeout: 1000 });
    await clock.advance(1100);
    const { lost, pending, targets } = await disposed;
    expect({ lost, pending }).to.deep.equal({ lost: 1, pending: 0 });
    expect(targets[1]?.lostByReason).to.deep.equal({ 'out of time': 1 });
    const [first, second] = (await receipt).targets;
    expect(first).to.include({ target: 'audit', outcome: 'fell back', reason: 'retries exhausted' });
    expect(second).to.deep.equal({ target: 'Stuck', outcome: 'lost', reason: 'out of time', attempts: 0 });
  });

  it('tells of every target that the record was routed to, and of no other', async () => {
    const { factory, logger } = arrange();
    factory.addTarget(new MemoryTarget({ name: 'all' })).addTarget(new MemoryTarget({ name: 'errors' }), ERROR);
    const { targets } = await logger.deliver(INFORMATION, 'one');
    expect(targets.map(({ target, outcome }) => `${target} ${outcome}`)).to.deep.equal([
      'audit delivered',
      'all delivered'
    ]);
    expect(await new LoggerFactory().getLogger('nobody').deliver(INFORMATION, 'one')).to.deep.equal({ targets: [] });
  });

  it('says nothing of a target whose gate has kept the record back', async () => {
    const behind = new MemoryTarget();
    const gate = new SamplingTarget(behind, { rules: [{ rate: 0 }] });
    const logger = new LoggerFactory().addTarget(gate).getLogger('x');
    expect(await logger.deliver(INFORMATION, 'one')).to.deep.equal({ targets: [] });
  });

  it('passes through a gate to the target in charge', async () => {
    const { target } = arrange();
    const gate = new SamplingTarget(target, { rules: [{ rate: 1 }] });
    const logger = new LoggerFactory().addTarget(gate).getLogger('x');
    const { targets } = await logger.deliver(INFORMATION, 'one');
    expect(targets).to.deep.equal([
      { target: 'audit', outcome: 'delivered', chunk: target.attempts[0]?.id, attempts: 1 }
    ]);
  });

  it('says that a target failed, and does not reject', async () => {
    class Broken extends LogTarget {
      override log(_record: LogRecord): void | Promise<void> {
        throw down;
      }
    }
    class Later extends LogTarget {
      override log(_record: LogRecord): void | Promise<void> {
        return Promise.reject(down);
      }
    }
    const factory = new LoggerFactory({ onFailure: () => undefined }).addTarget(new Broken()).addTarget(new Later());
    const { targets } = await factory.getLogger('x').deliver(INFORMATION, 'one');
    for (const receipt of targets) expect(receipt).to.include({ outcome: 'lost', reason: 'target failed' });
    expect(factory.stats()).to.include({ accepted: 2, lost: 2, pending: 0 });
  });

  it('belongs to its record, and not to one that is logged while its values are read', async () => {
    const { target, logger } = arrange();
    const inner: Promise<Receipt>[] = [];
    const data = {
      get value(): number {
        inner.push(logger.deliver(DEBUG, 'inner'));
        return 1;
      }
    };
    const outer = logger.deliver(INFORMATION, 'outer {value}', data);
    await target.flush();
    expect((await outer).targets[0]).to.include({ outcome: 'delivered' });
    for (const receipt of inner) expect((await receipt).targets).to.have.length(1);
  });

  it('that nobody awaits costs no unhandled rejection', async () => {
    const rejected = sinon.fake();
    process.on('unhandledRejection', rejected);
    const { clock, target, logger } = arrange({ maxRetries: 0 });
    target.behaviour = { error: down };
    void logger.deliver(INFORMATION, 'one');
    await clock.settle();
    await clock.settle();
    process.off('unhandledRejection', rejected);
    expect(rejected.called).to.equal(false);
  });
});
