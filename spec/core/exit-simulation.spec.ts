import { ExitSimulation } from '../support/exit-simulation.js';
import { Random } from '../support/random.js';
import { itHoldsForSeeds } from '../support/seeds.js';

describe('Simulation of the end: naturally, by exit, signals and errors, at any moment', () => {
  itHoldsForSeeds('lets no record vanish', seed => new ExitSimulation(new Random(seed)).run());
});
