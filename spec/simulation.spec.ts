import { expect } from 'chai';
import { LogstashSimulation } from './support/logstash-simulation.js';
import { Simulation } from './support/simulation.js';

/** How many seeds are run, and from which on: `SEEDS=50000 FROM=1 npm test`. */
const seeds = Number(process.env['SEEDS'] ?? 2000);
const from = Number(process.env['FROM'] ?? 1);

describe('Simulation: outages, delays, splits, resets, overload, deadlines', () => {
  for (let seed = from; seed < from + seeds; seed++) {
    it(`keeps every promise with seed ${seed}`, async () => {
      await new Simulation(seed).run();
    });
  }

  it('does the same with the same seed', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const [first, second] = [await new Simulation(seed).run(), await new Simulation(seed).run()];
      expect(second).to.deep.equal(first);
    }
  });
});

describe('Simulation of the Logstash target, over TCP, HTTP and Beats', () => {
  for (let seed = from; seed < from + seeds / 4; seed++) {
    it(`keeps every promise with seed ${seed}`, async () => {
      await new LogstashSimulation(seed).run();
    });
  }

  it('does the same with the same seed', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const [first, second] = [await new LogstashSimulation(seed).run(), await new LogstashSimulation(seed).run()];
      expect(second).to.deep.equal(first);
    }
  });
});
