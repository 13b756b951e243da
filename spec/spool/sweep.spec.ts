import { expect } from 'chai';
import { DiskSpool } from '../../lib/spool/disk-spool.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { FakeDisk } from '../support/fake-disk.js';
import { somePart, textsOf } from '../support/some-part.js';

/** The life of a spool: some batches, a restart, and some more. Resolves with the ids that must be there at its end. */
async function live(disk: FakeDisk): Promise<Set<string>> {
  const kept = new Set<string>();
  for (const ids of [
    ['b1', 'b2', 'b3'],
    ['b4', 'b5']
  ]) {
    const clock = new FakeClock();
    const spool = make(disk, clock);
    await spool.open().catch(() => undefined); // the engine goes on, and opens it later
    for (const id of ids) {
      const isThere = await spool.append(somePart(id, [20, 30]), false).then(
        () => true,
        () => false
      );
      if (isThere) kept.add(id);
    }
    const batch = await spool.take().catch(() => undefined);
    if (batch !== undefined) {
      spool.done(batch.id);
      kept.delete(batch.id);
    }
    await clock.advance(10_000);
    await spool.close();
    disk.crash({ power: true });
  }
  return kept;
}

function make(disk: FakeDisk, clock: FakeClock): DiskSpool {
  const ignore = () => undefined;
  return new DiskSpool({
    directory: '/spool',
    name: 'shop',
    format: 'json',
    maxBytes: 2 ** 20,
    maxAge: Number.POSITIVE_INFINITY,
    fsync: 'batch',
    clock,
    store: disk.process(),
    listener: { onRecovered: ignore, onLoss: ignore, onDamage: ignore, onGone: ignore, onError: ignore }
  });
}

async function left(disk: FakeDisk): Promise<string[]> {
  const clock = new FakeClock();
  const spool = make(disk, clock);
  await spool.open();
  await clock.advance(70_000); // an owner whose file could not be written is known by its silence only
  const found: string[] = [];
  for (let batch = await spool.take(); batch !== undefined; batch = await spool.take()) {
    expect(textsOf(batch)).to.deep.equal([`${batch.id}:0`, `${batch.id}:1`]);
    found.push(batch.id);
  }
  return found;
}

describe('A spool of which the n-th operation fails', () => {
  for (const [often, times] of [
    ['once', 1],
    ['three times', 3],
    ['for as long as the program runs', Number.POSITIVE_INFINITY]
  ] as const) {
    it(`keeps what it has acknowledged, if it fails ${often}`, async () => {
      for (let n = 0, isOver = false; !isOver; n++) {
        const disk = new FakeDisk();
        disk.fault = ({ index, kind }) => {
          // What cannot be read for good is given up: that is not what is asked here.
          return index >= n && index < n + times ? (kind === 'read' ? 'EMFILE' : 'EIO') : undefined;
        };
        const kept = await live(disk);
        isOver = disk.operations <= n;
        disk.fault = undefined;
        expect(await left(disk), `after operation ${n}`).to.include.members([...kept]);
      }
    });
  }
});
