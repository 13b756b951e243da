import { expect } from 'chai';
import { DiskWaits } from '../../lib/delivery/disk-waits.js';

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('Log calls that wait for the disk', () => {
  it('go on some in each turn of the event loop, in their order', async () => {
    const waits = new DiskWaits();
    const gone: number[] = [];
    for (let call = 0; call < 1200; call++) void waits.add(1).then(() => gone.push(call));
    waits.begin();
    waits.free(2);
    const counts: number[] = [];
    for (let turns = 0; turns < 4; turns++) {
      await turn();
      counts.push(gone.length);
    }
    expect(counts).to.deep.equal([500, 1000, 1200, 1200]);
    expect(gone).to.deep.equal(gone.toSorted((a, b) => a - b));
    expect(waits.isEmpty).to.equal(true);
  });

  it('wait on if their records stand behind what was written, or came while that was being written', async () => {
    const waits = new DiskWaits();
    const gone: string[] = [];
    void waits.add(1).then(() => gone.push('first'));
    waits.begin();
    void waits.add(1).then(() => gone.push('second'));
    waits.free(2);
    await turn();
    expect(gone).to.deep.equal(['first']);
    waits.begin();
    waits.free(1);
    await turn();
    expect(gone).to.deep.equal(['first']);
    waits.free(2);
    await turn();
    expect(gone).to.deep.equal(['first', 'second']);
  });

  it('stop when they may not go on, until they are set free again', async () => {
    let mayGoOn = true;
    const waits = new DiskWaits(() => mayGoOn);
    let gone = 0;
    for (let call = 0; call < 1000; call++) void waits.add(1).then(() => gone++);
    waits.freeAll();
    await turn();
    mayGoOn = false;
    for (let turns = 0; turns < 3; turns++) await turn();
    expect(gone).to.equal(500);
    mayGoOn = true;
    waits.freeAll();
    await turn();
    expect(gone).to.equal(1000);
  });
});
