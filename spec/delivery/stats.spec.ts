import { expect } from 'chai';
import * as fc from 'fast-check';
import { LoggerFactory } from '../../lib/core/factory.js';
import { PermanentDeliveryError } from '../../lib/core/failures.js';
import { Histogram } from '../../lib/delivery/histogram.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { arrange, DEBUG, down, ERROR, numbers } from '../support/arrange.js';
import { assertProperty } from '../support/property.js';

describe('The stats of a target', () => {
  it('are plain JSON, every field of it', async () => {
    const { target, clock, log, logAt } = arrange({ maxSize: 2, maxQueued: 4 });
    log(1, 2);
    await clock.settle();
    target.behaviour = { error: down };
    logAt(ERROR, 3, 4);
    await clock.settle();
    logAt(DEBUG, 5, 6, 7);
    const stats = target.stats();
    expect(JSON.parse(JSON.stringify(stats))).to.deep.equal(stats);
    expect(stats).to.have.all.keys(
      ...['name', 'accepted', 'delivered', 'fellBack', 'lost', 'pending', 'lostByReason', 'lostByLevel', 'waiting'],
      ...['retries', 'circuit', 'batches', 'latency', 'pendingBytes', 'oldestPendingAge', 'lastError']
    );
    const factory = new LoggerFactory().addTarget(target).stats();
    expect(JSON.parse(JSON.stringify(factory))).to.deep.equal(factory);
  });

  it('count batches and measure their sizes', async () => {
    const { target, log } = arrange({ maxSize: 4 });
    log(...numbers(1, 10));
    await target.flush();
    const { batches } = target.stats();
    expect(batches?.count).to.equal(3);
    expect(batches?.records).to.deep.equal({ p50: 4, p99: 4, max: 4 });
    expect(batches?.bytes.max).to.be.within(1600, 2400);
  });

  it('measure the time from log call to delivery', async () => {
    const { target, clock } = arrange({ maxSize: 100, flushInterval: 1000 });
    for (const _ of numbers(1, 10)) {
      void target.log(someRecord({ timestamp: clock.now() }));
      await clock.advance(100);
    }
    const { latency } = target.stats();
    expect(latency?.max).to.equal(1000);
    expect(latency?.p50).to.be.within(475, 525);
    expect(latency?.p99).to.be.within(950, 1000);
  });

  it('begin with zeros', () => {
    const { target } = arrange();
    expect(target.stats()).to.deep.include({
      latency: { p50: 0, p99: 0, max: 0 },
      lostByLevel: {},
      waiting: 0,
      pendingBytes: 0,
      oldestPendingAge: 0
    });
  });
});

describe('The stats of a factory', () => {
  it('add up what is lost at its targets and their fallbacks, by reason and by level, each once', async () => {
    const fallback = arrange({ name: 'fallback', maxSize: 1 });
    const first = arrange({ name: 'first', maxRetries: 0, fallbackTarget: fallback.target });
    const second = arrange({ name: 'second', maxRetries: 0, fallbackTarget: fallback.target });
    const third = arrange({ name: 'third', maxQueued: 2, maxSize: 1 });
    first.target.behaviour = second.target.behaviour = { error: down };
    fallback.target.behaviour = { error: new PermanentDeliveryError('not here') };
    third.target.behaviour = 'wait';
    const factory = new LoggerFactory({ clock: first.clock, onFailure: () => undefined })
      .addTarget(first.target)
      .addTarget(second.target)
      .addTarget(third.target);
    first.logAt(ERROR, 1);
    second.log(2);
    third.log(3, 4, 5);
    await Promise.all([first.target.flush(), second.target.flush()]);
    expect(factory.stats()).to.deep.include({
      accepted: 5,
      fellBack: 0,
      lost: 3,
      pending: 2,
      lostByReason: { 'queue full': 1, rejected: 2 },
      lostByLevel: { ERROR: 1, INFORMATION: 2 }
    });
  });
});

describe('Histogram', () => {
  it('tells percentiles within 5 %, of any values', () => {
    const values = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 300 });
    assertProperty(
      fc.property(values, all => {
        const histogram = new Histogram();
        for (const value of all) histogram.add(value);
        const sorted = all.toSorted((a, b) => a - b);
        const { p50, p99, max } = histogram.distribution;
        for (const [share, told] of [
          [0.5, p50],
          [0.99, p99]
        ] as const) {
          const right = sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
          expect(told).to.be.within(right * 0.95 - 1, right * 1.05 + 1);
        }
        expect(max).to.equal(sorted.at(-1));
      })
    );
  });

  it('takes what is no such number as 0, or as the most that it holds', () => {
    const histogram = new Histogram();
    for (const value of [Number.NaN, -5, 1e300]) histogram.add(value);
    expect(histogram.distribution).to.include({ p50: 0, max: 2 ** 31 - 1 });
  });
});
