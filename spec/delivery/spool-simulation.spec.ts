import { Random } from '../support/random.js';
import { SpoolSimulation } from '../support/spool-simulation.js';

/** How many seeds are run, and from which on: `SEEDS=50000 FROM=1 npm test`. */
const seeds = Number(process.env['SEEDS'] ?? 2000);
const from = Number(process.env['FROM'] ?? 1);

describe('Simulation of the spool: outages, failing disks, crashes, restarts', () => {
  for (let seed = from; seed < from + seeds; seed++) {
    it(`keeps every promise with seed ${seed}`, async () => {
      await new SpoolSimulation(new Random(seed)).run();
    });
  }
});
