import { expect } from 'chai';
import { someRecord } from '../../lib/testing/some-record.js';
import { arrange, closes, down, numbers } from '../support/arrange.js';
import { type DiskOperation, FakeDisk } from '../support/fake-disk.js';
import { Random } from '../support/random.js';

type Mode = 'outage' | 'always';

/** More operations than a run can have. */
const most = 2000;

/** A process on a disk: ten records while the receiver is away, which is back then or not. */
async function run(disk: FakeDisk, mode: Mode, first: number, isBack: boolean) {
  const store = disk.process();
  const spool = { directory: '/var/spool', mode, store };
  const options = { name: 'collector', maxSize: 4, maxRetries: 0, retryDelay: 50, maxRetryDelay: 50, spool };
  const { clock, target } = arrange(options);
  const safe: number[] = [];
  target.behaviour = { error: down };
  for (const message of numbers(first, first + 9)) {
    const taken = target.log(someRecord({ message, timestamp: clock.now() }));
    void Promise.resolve(taken).then(() => disk.processes.has(store) && safe.push(message));
    await clock.advance(20);
  }
  await clock.advance(2000);
  if (isBack) target.behaviour = 'arrive';
  await clock.advance(4000);
  await Promise.all([target.dispose({ timeout: 2000 }), clock.advance(2100)]);
  store.kill();
  return { stats: target.stats(), arrived: target.ofUsers, ids: target.attempts, safe };
}

/** Calls `test` for one operation of the disk after the other, until there is none left. */
async function sweep(test: (index: number, disk: FakeDisk) => Promise<void>): Promise<number> {
  for (let index = 0; index < most; index++) {
    const random = new Random(index);
    const disk = new FakeDisk(() => random.random());
    await test(index, disk);
    if (disk.operations <= index) return index;
  }
  return expect.fail('the sweep does not end');
}

describe('The spool, when one operation of the disk after the other', () => {
  for (const mode of ['outage', 'always'] as const) {
    for (const code of ['EIO', 'EMFILE']) {
      it(`fails once with ${code}, mode ${mode}, loses nothing`, async () => {
        const operations = await sweep(async (index, disk) => {
          disk.fault = ({ index: at }: DiskOperation) => (at === index ? code : undefined);
          const before = await run(disk, mode, 1, false);
          const after = await run(disk, mode, 11, true);
          expect(closes(before.stats) && closes(after.stats), `operation ${index}`).to.equal(true);
          const arrived = [...new Set([...before.arrived, ...after.arrived])];
          const lost = before.stats.lost + after.stats.lost;
          expect(arrived.length + lost, `operation ${index}: ${arrived.join()}`).to.be.at.least(20);
          expect(lost, `operation ${index}`).to.equal(0);
        });
        expect(operations).to.be.above(20);
      });
    }

    it(`fails for ever, mode ${mode}, goes on in memory`, async () => {
      await sweep(async (index, disk) => {
        disk.fault = ({ index: at }: DiskOperation) => (at >= index ? 'EIO' : undefined);
        const { stats, arrived } = await run(disk, mode, 1, true);
        expect(closes(stats), `operation ${index}`).to.equal(true);
        expect(arrived, `operation ${index}`).to.include.members(numbers(1, 10));
      });
    });
  }

  for (const power of [false, true]) {
    it(`is the last one before the ${power ? 'power fails' : 'process is killed'}, loses nothing that was awaited`, async () => {
      await sweep(async (index, disk) => {
        let isOver = false;
        disk.fault = ({ index: at }: DiskOperation) => {
          if (at === index && !isOver) {
            isOver = true;
            disk.crash({ power });
          }
          return undefined;
        };
        const before = await run(disk, 'always', 1, false);
        isOver = true;
        const after = await run(disk, 'always', 11, true);
        expect(after.arrived, `operation ${index}`).to.include.members(before.safe);
        expect(
          [...after.arrived].sort((a, b) => a - b),
          `operation ${index}`
        ).to.deep.equal(after.arrived);
        const contents = new Map(before.ids.map(({ id, messages }) => [id, messages.join()]));
        for (const { id, messages } of after.ids) {
          const content = contents.get(id);
          if (content !== undefined) expect(messages.join(), `operation ${index}`).to.equal(content);
        }
      });
    });
  }
});
