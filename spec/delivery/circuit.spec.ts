import { expect } from 'chai';
import { LogTarget } from '../../lib/core/target.js';
import { Circuit } from '../../lib/delivery/circuit.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { arrange, down, numbers } from '../support/arrange.js';
import { MemoryFlushTarget } from '../support/memory-flush-target.js';

describe('Circuit', () => {
  it('is closed until a failure, and again after a success', async () => {
    const clock = new FakeClock();
    const circuit = new Circuit({ retryDelay: 100, maxRetryDelay: 1000 }, clock, () => 1);
    const start = clock.now();
    expect(circuit.stats).to.deep.equal({ state: 'closed', since: start });
    await clock.advance(50);
    circuit.fail();
    await clock.advance(50);
    circuit.fail();
    expect(circuit.stats).to.deep.equal({ state: 'open', since: start + 50 });
    circuit.succeed();
    expect(circuit.stats).to.deep.equal({ state: 'closed', since: start + 100 });
  });

  it('doubles the delay before the next probe, up to a limit', () => {
    const circuit = new Circuit({ retryDelay: 100, maxRetryDelay: 1000 }, new FakeClock(), () => 1);
    const delays = numbers(1, 6).map(() => {
      circuit.fail();
      return circuit.delay;
    });
    expect(delays).to.deep.equal([100, 200, 400, 800, 1000, 1000]);
  });

  it('leaves the whole delay to chance', () => {
    const circuit = new Circuit({ retryDelay: 100, maxRetryDelay: 1000 }, new FakeClock(), () => 0.25);
    circuit.fail();
    expect(circuit.delay).to.equal(25);
  });

  it('sends a probe when the time has been set back, and does not wait for it to come again', () => {
    let now = 1_000_000;
    const clock = Object.assign(new FakeClock(), { now: () => now });
    const circuit = new Circuit({ retryDelay: 100, maxRetryDelay: 1000 }, clock, () => 1);
    circuit.fail();
    now += 10;
    expect(circuit.delay).to.equal(90);
    now -= 500_000;
    expect(circuit.delay).to.equal(0);
  });

  it('leaves timers a turn also without retryDelay, after any number of failures', () => {
    const circuit = new Circuit({ retryDelay: 0, maxRetryDelay: 1000 }, new FakeClock(), () => 1);
    for (let count = 0; count < 2000; count++) circuit.fail();
    expect(circuit.delay).to.equal(1);
  });
});

describe('A target that is down', () => {
  /** Its first batch has exhausted its retries; the first probe is due after 600 ms, the second 1200 ms after that. */
  async function openCircuit(options: Parameters<typeof arrange>[0] = {}) {
    const fallback = new MemoryTarget();
    const arranged = arrange({ maxSize: 2, maxRetries: 1, fallbackTarget: fallback, random: () => 0.999, ...options });
    const { target, clock, log } = arranged;
    target.behaviour = { error: down };
    log(1, 2);
    await clock.advance(600);
    expect(target.attempts).to.have.length(2);
    return { ...arranged, fallback };
  }

  it('shows an open circuit in its stats, and since when', async () => {
    const { target, clock } = await openCircuit();
    expect(target.stats().circuit).to.deep.equal({ state: 'open', since: clock.now() });
  });

  it('hands records to the fallback at once', async () => {
    const { target, clock, log, fallback, kinds } = await openCircuit();
    log(3);
    await clock.settle();
    expect(fallback.messages).to.deep.equal(['1', '2', '3']);
    expect(target.attempts).to.have.length(2);
    expect(kinds().slice(1)).to.deep.equal(['fell back: retries exhausted', 'fell back: circuit open']);
  });

  it('is not why a batch is given up whose own retries are exhausted, even if they have opened it', async () => {
    const alone = arrange({ maxRetries: 7 });
    alone.target.behaviour = { error: down };
    alone.log(1);
    await alone.clock.advance(1_000_000);
    expect(alone.target.attempts).to.have.length(8);
    expect(alone.target.stats().lostByReason).to.deep.equal({ 'retries exhausted': 1 });

    const { target, clock, log, kinds } = arrange({ maxRetries: 7, fallbackTarget: new MemoryTarget() });
    target.behaviour = { error: down };
    log(1);
    await clock.advance(1_000_000);
    expect(kinds().filter(kind => kind !== 'retrying')).to.deep.equal(['fell back: retries exhausted']);
  });

  it('hands over what was waiting behind the batch that failed, in order', async () => {
    const fallback = new MemoryTarget();
    const { target, clock, log } = arrange({ maxSize: 2, maxRetries: 0, fallbackTarget: fallback, random: () => 0.9 });
    target.behaviour = { error: down };
    log(...numbers(1, 7));
    await clock.settle();
    log(8);
    await clock.settle();
    expect(fallback.messages).to.deep.equal(numbers(1, 8).map(String));
    expect(target.attempts).to.have.length(1);
  });

  it('is tried with one batch at a time, once each', async () => {
    const { target, clock, log, fallback } = await openCircuit();
    await clock.advance(599);
    log(3, 4);
    await clock.settle();
    expect(target.attempts).to.have.length(2);
    await clock.advance(1);
    log(5, 6);
    await clock.settle();
    expect(target.attempts).to.have.length(3);
    log(7, 8);
    await clock.advance(1198);
    expect(target.attempts).to.have.length(3);
    await clock.advance(1);
    log(9, 10);
    await clock.settle();
    expect(target.attempts).to.have.length(4);
    expect(fallback.messages).to.deep.equal(numbers(1, 10).map(String));
  });

  it('gets its records again when a probe arrives, in order', async () => {
    const { target, clock, log, fallback } = await openCircuit();
    await clock.advance(600);
    target.behaviour = 'arrive';
    log(3, 4, 5);
    await target.flush();
    expect(target.arrived).to.deep.equal([3, 4, 5]);
    expect(target.stats().circuit?.state).to.equal('closed');
    expect(fallback.messages).to.deep.equal(['1', '2']);
  });

  it('does not hold up what comes behind a probe that is not answered', async () => {
    const { target, clock, log, fallback } = await openCircuit();
    await clock.advance(600);
    target.behaviour = 'wait';
    log(3, 4);
    await clock.settle();
    log(5, 6);
    await clock.advance(100);
    expect(fallback.messages).to.deep.equal(['1', '2', '5', '6']);
    target.behaviour = 'arrive';
    target.attempts.at(-1)?.arrive();
    await clock.settle();
    log(7);
    await target.flush();
    expect(target.arrived).to.deep.equal([3, 4, 7]);
    expect(target.mostAtOnce).to.equal(1);
  });

  it('keeps the order at the fallback when a probe fails soon', async () => {
    const { target, clock, log, fallback } = await openCircuit();
    await clock.advance(600);
    target.behaviour = 'wait';
    log(3, 4);
    await clock.settle();
    log(5, 6);
    await clock.advance(50);
    target.attempts.at(-1)?.fail(down);
    await clock.settle();
    expect(fallback.messages).to.deep.equal(numbers(1, 6).map(String));
  });

  it('without a fallback keeps what comes later, and is tried on and on', async () => {
    const { target, clock, log } = arrange({ maxSize: 2, maxRetries: 0, maxRetryDelay: 2000 });
    target.behaviour = { error: down };
    log(1, 2, 3, 4, 5, 6);
    await clock.advance(3_600_000);
    expect(target.stats()).to.include({ lost: 2, pending: 4 });
    expect(target.attempts.length).to.be.above(1000);
    target.behaviour = 'arrive';
    await clock.advance(2000);
    expect(target.ofUsers).to.deep.equal([3, 4, 5, 6]);
  });

  it('is shown as open also if its retries have no end', async () => {
    const { target, clock, log } = arrange({ maxSize: 1 });
    target.behaviour = { error: down };
    log(1);
    await clock.advance(600 + 1200 + 1800 - 1);
    expect(target.stats().circuit?.state).to.equal('closed');
    await clock.advance(1);
    expect(target.stats().circuit?.state).to.equal('open');
    target.behaviour = 'arrive';
    await target.flush();
    expect(target.stats().circuit?.state).to.equal('closed');
  });

  it('is tried at once when somebody flushes', async () => {
    const { target, clock, log } = arrange({ maxSize: 2, maxRetries: 0, retryDelay: 60_000, maxRetryDelay: 60_000 });
    target.behaviour = { error: down };
    log(1, 2);
    await clock.settle();
    target.behaviour = 'arrive';
    log(3);
    await target.flush();
    expect(target.ofUsers).to.deep.equal([3]);
  });
});

describe('A chain of fallbacks', () => {
  it('writes down who could not deliver a record, and why', async () => {
    const last = new MemoryTarget();
    const middle = new MemoryFlushTarget({
      name: 'middle',
      maxRetries: 0,
      fallbackTarget: last,
      onFailure: () => undefined
    });
    middle.behaviour = { error: down };
    const { target, log } = arrange({ name: 'first', maxRetries: 0, fallbackTarget: middle });
    target.behaviour = { error: down };
    log(1);
    await target.flush();
    expect(last.records.map(({ data }) => data['fellBack'])).to.deep.equal([
      [
        { from: 'first', reason: 'retries exhausted' },
        { from: 'middle', reason: 'retries exhausted' }
      ]
    ]);
  });

  it('leaves the record itself as it is, for other targets', async () => {
    const fallbackTarget = new MemoryTarget();
    const { target } = arrange({ maxRetries: 0, fallbackTarget });
    target.behaviour = { error: down };
    const record = someRecord({ message: '{a} of %s', args: ['b'], data: { a: 1 }, exception: down });
    void target.log(record);
    await target.flush();
    expect(record.data).to.deep.equal({ a: 1 });
    const [copy] = fallbackTarget.records;
    expect(copy).to.include({ level: record.level, timestamp: record.timestamp, loggerName: record.loggerName });
    expect(copy?.exception).to.equal(down);
    expect(copy?.args).to.equal(record.args);
    expect(copy?.render()).to.equal('1 of b');
  });

  it('keeps a field of the user that has the same name', async () => {
    const fallbackTarget = new MemoryTarget();
    const { target } = arrange({ name: 'first', maxRetries: 0, fallbackTarget });
    target.behaviour = { error: down };
    void target.log(someRecord({ data: { fellBack: 'stairs' } }));
    await target.flush();
    expect(fallbackTarget.records[0]?.data).to.deep.equal({
      fellBack: [{ from: 'first', reason: 'retries exhausted' }],
      fellBack_: 'stairs'
    });
  });

  it('keeps getters that throw from harming more than themselves', async () => {
    const fallbackTarget = new MemoryTarget();
    const { target } = arrange({ maxRetries: 0, fallbackTarget });
    target.behaviour = { error: down };
    const data = {
      get bad(): string {
        throw new Error('no');
      }
    };
    void target.log(someRecord({ message: 1, data }));
    const { proxy, revoke } = Proxy.revocable({}, {});
    void target.log(someRecord({ message: 2, data: proxy }));
    revoke();
    await target.flush();
    expect(fallbackTarget.records.map(({ message }) => message)).to.deep.equal([1, 2]);
  });

  it('must not lead back to where it was', () => {
    const a = new (class Ring extends LogTarget {
      next: LogTarget | undefined;
      override get fallback(): LogTarget | undefined {
        return this.next;
      }
      override log(): void {}
    })();
    const b = new MemoryFlushTarget({ name: 'b', fallbackTarget: a });
    a.next = b;
    expect(() => new MemoryFlushTarget({ fallbackTarget: b })).to.throw(
      TypeError,
      'MemoryFlushTarget: fallbackTarget must not lead back to itself: b → Ring → b'
    );
  });

  it('may end in one target that two share, which is closed with the last of them', async () => {
    const shared = new MemoryFlushTarget();
    const [one, two] = ['one', 'two'].map(name => arrange({ name, maxRetries: 0, fallbackTarget: shared }));
    for (const { target, log } of [one, two].filter(arranged => arranged !== undefined)) {
      target.behaviour = { error: down };
      log(target.name);
      await target.dispose();
      log('too late');
    }
    expect(shared.arrived).to.deep.equal(['one', 'two']);
    expect(shared.closed).to.equal(1);
  });
});
