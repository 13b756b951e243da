import { expect } from 'chai';
import * as fc from 'fast-check';
import { Ticket } from '../../lib/core/receipt.js';
import type { Packer, QueuedBatch } from '../../lib/delivery/batch.js';
import { OpenBatch } from '../../lib/delivery/open-batch.js';
import { RecordPacker } from '../../lib/delivery/record-batch.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { WireBatch, WirePacker } from '../../lib/wire/batch.js';
import { JsonEncoder } from '../../lib/wire/json.js';
import { assertProperty } from '../support/property.js';

/** A record comes, of a level, with somebody who waits for a receipt or without; or one of a level is dropped. */
type Step =
  | { readonly kind: 'add'; readonly level: number; readonly topic: string; readonly isAwaited: boolean }
  | { readonly kind: 'drop'; readonly level: number; readonly isTaking: boolean };

const level = fc.constantFrom(10, 20, 30);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      level,
      topic: fc.constantFrom('a', 'b'),
      isAwaited: fc.boolean()
    })
  },
  fc.record({ kind: fc.constant('drop' as const), level, isTaking: fc.boolean() })
);

/** JSON, and the topic is the name of the logger. */
class TopicEncoder extends JsonEncoder {
  topic({ loggerName }: { loggerName: string }): string {
    return loggerName;
  }
}

function check<B extends QueuedBatch>(steps: readonly Step[], packer: Packer<B>): void {
  const parts = {
    packer,
    clock: new FakeClock(),
    flushInterval: 1000,
    onDue: () => undefined,
    onTime: () => undefined
  };
  const open = new OpenBatch<B>(parts);
  let known: { n: number; level: number; topic: string; ticket: Ticket | undefined; bytes: number }[] = [];
  for (const [n, step] of steps.entries()) {
    if (step.kind === 'add') {
      const { level, topic, isAwaited } = step;
      const before = open.bytes;
      const ticket = isAwaited ? new Ticket() : undefined;
      open.add(someRecord({ level, loggerName: topic, data: { n, text: 'x'.repeat(n % 7) }, timestamp: n }), ticket);
      if (open.size === 1) open.begin(n);
      known.push({ n, level, topic, ticket, bytes: open.bytes - before });
    } else {
      const droppable = step.isTaking ? known.slice(0, -1) : known;
      const victim = droppable.find(({ level }) => level === step.level);
      const dropped = open.drop(step.level, step.isTaking);
      const expected = victim && { level: step.level, time: victim.n, bytes: victim.bytes, ticket: victim.ticket };
      expect(dropped).to.deep.equal(expected);
      known = known.filter(one => one !== victim);
    }
    expect(open).to.include({ size: known.length, since: known[0]?.n });
    expect(open.bytes).to.equal(known.reduce((sum, { bytes }) => sum + bytes, 0));
  }
  if (known.length === 0) return;
  const batch = open.cut(known.length);
  const rows = known.map((_, row) => ({
    n: batch.record(row).data['n'],
    level: batch.level(row),
    time: batch.time(row)
  }));
  expect(rows).to.deep.equal(known.map(({ n, level }) => ({ n, level, time: n })));
  const tickets = known.flatMap(({ ticket }, row) => (ticket === undefined ? [] : [[row, ticket]]));
  expect(Array.from(batch.tickets ?? [])).to.deep.equal(tickets);
  if (!(batch instanceof WireBatch)) return;
  const topics = batch.stretches.flatMap(({ topic, end }, index) =>
    Array.from({ length: end - (batch.stretches[index - 1]?.end ?? 0) }, () => topic)
  );
  expect(topics).to.deep.equal(known.map(({ topic }) => topic));
}

describe('OpenBatch', () => {
  it('drops the oldest record of a level, and keeps all about the others: objects', () => {
    assertProperty(fc.property(fc.array(step, { maxLength: 40 }), steps => check(steps, new RecordPacker())));
  });

  it('drops the oldest record of a level, and keeps all about the others: bytes', () => {
    assertProperty(
      fc.property(fc.array(step, { maxLength: 40 }), steps => check(steps, new WirePacker(new TopicEncoder())))
    );
  });

  it('drops nothing out of a large one, where too much would have to move for each: that can be cut', () => {
    const packer = new RecordPacker();
    const nothing = () => undefined;
    const open = new OpenBatch({ packer, clock: new FakeClock(), flushInterval: 1000, onDue: nothing });
    const add = (text: string) => open.add(someRecord({ level: 30, data: { text } }), undefined);
    for (let count = 0; count < 500; count++) add('');
    expect(open.drop(30, false)).to.include({ level: 30 });
    for (let count = 0; count < 2; count++) add('');
    expect(open.drop(30, false)).to.equal(undefined);
    open.cut(501);
    add('x'.repeat(200_000));
    expect(open.drop(30, false)).to.equal(undefined);
  });
});
