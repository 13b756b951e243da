import { expect } from 'chai';
import { DiskSpoolSimulation } from '../support/disk-spool-simulation.js';
import { Random } from '../support/random.js';

/** How many seeds are run, and from which on: `SEEDS=50000 FROM=1 npm test`. */
const seeds = Number(process.env['SEEDS'] ?? 300);
const from = Number(process.env['FROM'] ?? 1);

describe('Simulation of a spool: crashes, power cuts, faults of the disk, too little room', () => {
  for (let seed = from; seed < from + seeds; seed++) {
    it(`loses nothing that was acknowledged with seed ${seed}`, async () => {
      await new DiskSpoolSimulation(new Random(seed)).run();
    });
  }

  it('does the same with the same seed', async () => {
    for (const seed of [1, 2, 3]) {
      const [first, second] = [
        await new DiskSpoolSimulation(new Random(seed)).run(),
        await new DiskSpoolSimulation(new Random(seed)).run()
      ];
      expect(second.length).to.equal(first.length);
    }
  });
});
