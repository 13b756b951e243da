import { expect } from 'chai';
import { LoggerFactory } from '../../lib/core/factory.js';
import type { LogRecord } from '../../lib/core/record.js';
import { LogTarget } from '../../lib/core/target.js';
import { arrange, closes, down, INFORMATION } from '../support/arrange.js';
import { Shelf } from '../support/odd-target.js';

/** A fallback that takes so many records, and leaves the next one waiting for ever. */
class Stuck extends LogTarget {
  readonly taken: unknown[] = [];
  readonly #most: number;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override log({ message }: LogRecord): void | Promise<void> {
    if (this.taken.length === this.#most) return new Promise(() => undefined);
    this.taken.push(message);
  }
}

describe('The last resort', () => {
  it('keeps what there is no time to deliver', async () => {
    const shelf = new Shelf();
    const { clock, target, log, kinds } = arrange({ name: 'collector' });
    target.keepAtExit(shelf);
    target.behaviour = 'wait';
    log(1, 2, 3);
    const disposed = target.dispose({ timeout: 1000 });
    await clock.advance(1000);
    await disposed;
    expect(shelf.messages).to.deep.equal([1, 2, 3]);
    expect(shelf.kept[0]).to.include({ from: 'collector', reason: 'out of time' });
    expect(kinds()).to.deep.equal(['fell back: out of time']);
    expect(target.stats()).to.include({ fellBack: 3, lost: 0, pending: 0 });
  });

  it('keeps what a fallback that hangs has not taken, in order', async () => {
    const shelf = new Shelf();
    const stuck = new Stuck(2);
    const { clock, target, log, kinds } = arrange({ maxRetries: 0, maxSize: 4, fallbackTarget: stuck });
    target.keepAtExit(shelf);
    target.behaviour = { error: down };
    log(1, 2, 3, 4, 5, 6);
    const disposed = target.dispose({ timeout: 1000 });
    await clock.advance(1000);
    await disposed;
    expect(stuck.taken).to.deep.equal([1, 2]);
    expect(shelf.messages).to.deep.equal([3, 4, 5, 6]);
    expect(target.stats()).to.include({ fellBack: 6, lost: 0, pending: 0 });
    expect(kinds()).to.include('fell back: retries exhausted').and.not.include('lost: retries exhausted');
  });

  it('tells of what it could not keep, and only of that, as lost', async () => {
    const { clock, target, log, failures } = arrange();
    target.keepAtExit(new Shelf(2));
    target.behaviour = 'wait';
    log(1, 2, 3);
    const disposed = target.dispose({ timeout: 1000 });
    await clock.advance(1000);
    await disposed;
    expect(target.stats()).to.include({ fellBack: 2, lost: 1, pending: 0 });
    expect(failures.map(failure => ('count' in failure ? `${failure.kind} ${failure.count}` : ''))).to.deep.equal([
      'fell back 2',
      'lost 1'
    ]);
  });

  it('is named by no receipt of a record that it has not kept', async () => {
    const { clock, target } = arrange({ name: 'audit' });
    const factory = new LoggerFactory({ clock, onFailure: () => undefined }).addTarget(target);
    target.keepAtExit(new Shelf(1));
    target.behaviour = 'wait';
    const receipts = [1, 2].map(n => factory.getLogger('Audit').deliver(INFORMATION, String(n)));
    const disposed = factory.dispose({ timeout: 1000 });
    await clock.advance(1000);
    await disposed;
    const outcomes = (await Promise.all(receipts)).map(({ targets }) => targets[0]);
    expect(outcomes[0]).to.include({ target: 'audit', outcome: 'fell back', reason: 'out of time', attempts: 1 });
    expect(outcomes[1]).to.include({ target: 'audit', outcome: 'lost', reason: 'out of time', attempts: 1 });
  });

  it('receipts say that what it took from a fallback that hangs fell back', async () => {
    const { clock, target } = arrange({ maxRetries: 0, fallbackTarget: new Stuck(0) });
    const factory = new LoggerFactory({ clock, onFailure: () => undefined }).addTarget(target);
    target.keepAtExit(new Shelf());
    target.behaviour = { error: down };
    const receipt = factory.getLogger('Audit').deliver(INFORMATION, 'one');
    const disposed = factory.dispose({ timeout: 1000 });
    await clock.advance(1000);
    await disposed;
    expect((await receipt).targets[0]).to.include({ outcome: 'fell back', reason: 'retries exhausted' });
  });
});

describe('A fallback that hangs', () => {
  it('has got nothing that is not accepted: what waits for room is, when all of it is given up', async () => {
    const options = {
      maxSize: 1,
      maxQueued: 1,
      overflow: 'wait',
      maxWait: 60_000,
      fallbackTarget: new Stuck(3)
    } as const;
    const { clock, target, log } = arrange(options);
    target.behaviour = 'wait';
    log(1, 2, 3, 4);
    await clock.settle();
    expect(target.stats()).to.include({ accepted: 1, waiting: 3 });
    const disposed = target.dispose({ timeout: 1000 });
    await clock.advance(800);
    expect(target.stats()).to.include({ accepted: 4, fellBack: 3, pending: 1, waiting: 0 });
    await clock.advance(200);
    await disposed;
  });

  it('keeps nobody from counting what it has not taken as lost, at the deadline', async () => {
    const { clock, target, log, failures } = arrange({ maxRetries: 0, fallbackTarget: new Stuck(1) });
    target.behaviour = { error: down };
    log(1, 2, 3);
    const disposed = target.dispose({ timeout: 1000 });
    await clock.advance(999);
    expect(target.stats()).to.include({ fellBack: 1, lost: 0, pending: 2 });
    await clock.advance(1);
    await disposed;
    expect(target.stats()).to.include({ fellBack: 1, lost: 2, pending: 0 }).and.to.satisfy(closes);
    const told = failures.at(-1);
    expect(told).to.include({ kind: 'lost', count: 2, reason: 'retries exhausted' });
    expect(String(told?.error)).to.equal('AggregateError: the fallback Stuck has failed too');
  });
});
