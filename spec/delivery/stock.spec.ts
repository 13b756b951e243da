import { expect } from 'chai';
import * as fc from 'fast-check';
import { type RecordBatch, RecordPacker } from '../../lib/delivery/record-batch.js';
import { Stock } from '../../lib/delivery/stock.js';
import { someRecord } from '../../lib/testing/some-record.js';
import type { WireBatch } from '../../lib/wire/batch.js';
import { WirePacker } from '../../lib/wire/batch.js';
import { JsonEncoder } from '../../lib/wire/json.js';
import { assertProperty } from '../support/property.js';

/** What is done to a stock: a batch comes, of records of these levels; a record is dropped; batches leave. */
type Step =
  | { readonly kind: 'push'; readonly levels: readonly number[] }
  | { readonly kind: 'drop' }
  | { readonly kind: 'take'; readonly most: number }
  | { readonly kind: 'take before'; readonly time: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('push' as const),
    levels: fc.array(fc.constantFrom(10, 20, 30, 40), { minLength: 1, maxLength: 8 })
  }),
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('drop' as const) }) },
  fc.record({ kind: fc.constant('take' as const), most: fc.integer({ min: 1, max: 10 }) }),
  fc.record({ kind: fc.constant('take before' as const), time: fc.integer({ min: 0, max: 100 }) })
);

/** A record in the simplest model of a stock: a list. */
interface Known {
  readonly n: number;
  readonly level: number;
  readonly batch: number;
}

function check(steps: readonly Step[], packer: RecordPacker | WirePacker): void {
  const stock = new Stock<RecordBatch | WireBatch>();
  const slice = (batch: RecordBatch | WireBatch, from: number, to: number) =>
    packer.slice(batch as RecordBatch & WireBatch, from, to);
  let known: Known[] = [];
  let n = 0;
  let batches = 0;
  const numbersOf = (batch: RecordBatch | WireBatch | undefined) =>
    batch === undefined ? [] : Array.from({ length: batch.rows }, (_, row) => batch.record(row).data['n']);
  const expectTaken = (batch: RecordBatch | WireBatch | undefined, expected: readonly Known[]) => {
    expect(numbersOf(batch)).to.deep.equal(expected.map(one => one.n));
    known = known.filter(one => !expected.includes(one));
  };
  for (const step of steps) {
    const first = known.filter(({ batch }) => batch === known[0]?.batch);
    if (step.kind === 'push') {
      batches++;
      for (const level of step.levels) {
        const before = packer.bytes;
        packer.add(someRecord({ level, data: { n, text: 'x'.repeat(n % 7) }, timestamp: n }));
        stock.count(level, packer.bytes - before);
        known.push({ n: n++, level, batch: batches });
      }
      stock.push(packer.cut(step.levels.length));
    } else if (step.kind === 'drop') {
      const lowest = known.length === 0 ? undefined : Math.min(...known.map(({ level }) => level));
      expect(stock.lowest()).to.equal(lowest);
      const victim = known.find(({ level }) => level === lowest);
      if (lowest === undefined) continue;
      expect(stock.drop(lowest)).to.include({ level: lowest, time: victim?.n });
      known = known.filter(one => one !== victim);
    } else if (step.kind === 'take') {
      expectTaken(stock.take(step.most, slice), first.slice(0, step.most));
    } else {
      expectTaken(
        stock.takeBefore(step.time, 100, slice),
        first.filter(one => one.n < step.time)
      );
    }
    const bytes = [...stock].reduce((sum, batch) => sum + batch.bytes, 0);
    expect(stock.bytesUpTo(63)).to.equal(bytes);
    expect([...stock].reduce((sum, batch) => sum + batch.size, 0)).to.equal(known.length);
  }
}

describe('Stock', () => {
  it('drops the lowest level and of that the oldest, whatever else happens to it: batches of objects', () => {
    assertProperty(
      fc.property(fc.array(step, { maxLength: 60 }), steps => check(steps, new RecordPacker())),
      { numRuns: 300 }
    );
  });

  it('drops the lowest level and of that the oldest, whatever else happens to it: batches of bytes', () => {
    assertProperty(
      fc.property(fc.array(step, { maxLength: 60 }), steps => check(steps, new WirePacker(new JsonEncoder()))),
      { numRuns: 300 }
    );
  });

  it('gives the bytes of dropped records back to the memory when a quarter of a batch is dead', () => {
    const packer = new WirePacker(new JsonEncoder());
    const stock = new Stock<WireBatch>();
    for (let count = 0; count < 100; count++) {
      const before = packer.bytes;
      packer.add(someRecord({ level: count % 2 === 0 ? 10 : 40, data: { text: 'x'.repeat(1000) } }));
      stock.count(count % 2 === 0 ? 10 : 40, packer.bytes - before);
    }
    const batch = packer.cut(100);
    const whole = batch.payload.length;
    stock.push(batch);
    for (let count = 0; count < 20; count++) stock.drop(10);
    expect(batch.payload.length).to.equal(whole);
    expect(batch.bytes).to.be.below(whole * 0.81);
    for (let count = 0; count < 30; count++) stock.drop(10);
    expect(batch.payload.length).to.be.below(whole * 0.63);
  });

  it('gives them back when nothing more of their level is in the batch, if they are a sixteenth of it', () => {
    const packer = new WirePacker(new JsonEncoder());
    const stock = new Stock<WireBatch>();
    const push = (rare: number) => {
      for (let count = 0; count < 100; count++) {
        const before = packer.bytes;
        const level = count % 100 < rare ? 10 : 40;
        packer.add(someRecord({ level, data: { text: 'x'.repeat(1000) } }));
        stock.count(level, packer.bytes - before);
      }
      const batch = packer.cut(100);
      stock.push(batch);
      return { batch, whole: batch.payload.length };
    };
    const batches = [push(20), push(5), push(20)];
    for (let count = 0; count < 26; count++) stock.drop(10);
    const isPacked = batches.map(({ batch, whole }) => batch.payload.length < whole);
    expect(isPacked).to.deep.equal([true, false, false]);
  });

  it('holds little memory beside that of its records, however many were dropped', () => {
    const packer = new WirePacker(new JsonEncoder());
    const stock = new Stock<WireBatch>();
    const pushed: WireBatch[] = [];
    for (let batch = 0; batch < 8; batch++) {
      for (let count = 0; count < 500; count++) {
        const before = packer.bytes;
        const level = [10, 20, 20, 30, 40][count % 5] ?? 0;
        packer.add(someRecord({ level, data: { text: 'x'.repeat(1000) } }));
        stock.count(level, packer.bytes - before);
      }
      pushed.push(packer.cut(500, true));
      stock.push(pushed[batch] ?? expect.fail('no batch'));
    }
    const memory = () => pushed.reduce((sum, { payload }) => sum + payload.buffer.byteLength, 0);
    const most = (share: number) => stock.bytesUpTo(63) * (1 + share) + pushed.length * 16 * 1024;
    for (const level of [10, 20, 30, 40]) {
      const count = level === 20 ? 1600 : 800;
      for (let dropped = 0; dropped < count; dropped++) {
        stock.drop(level);
        expect(memory()).to.be.at.most(most(1 / 3) + 16 * 1024);
      }
    }
    expect(memory()).to.equal(0);
  });

  it('keeps no more than a constant for each record that it holds, however many were dropped', () => {
    const packer = new RecordPacker();
    const stock = new Stock<RecordBatch>();
    const push = (level: number) => {
      packer.add(someRecord({ level }));
      stock.count(level, 1);
      stock.push(packer.cut(1));
    };
    push(40); // stays at the head, and must not keep what comes behind it
    for (let count = 0; count < 50_000; count++) {
      push(30);
      stock.drop(30);
    }
    expect([...stock]).to.have.length(1);
  });
});
