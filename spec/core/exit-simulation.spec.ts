import { expect } from 'chai';
import { ExitSimulation } from '../support/exit-simulation.js';
import { Random } from '../support/random.js';

/** How many seeds are run, and from which on: `SEEDS=50000 FROM=1 npm test`. */
const seeds = Number(process.env['SEEDS'] ?? 2000);
const from = Number(process.env['FROM'] ?? 1);

describe('Simulation of the end: naturally, by exit, signals and errors, at any moment', () => {
  for (let seed = from; seed < from + seeds; seed++) {
    it(`lets no record vanish with seed ${seed}`, async () => {
      await new ExitSimulation(new Random(seed)).run();
    });
  }

  it('does the same with the same seed', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const [first, second] = [
        await new ExitSimulation(new Random(seed)).run(),
        await new ExitSimulation(new Random(seed)).run()
      ];
      expect(second).to.deep.equal(first);
    }
  });
});
