import { Random } from '../support/random.js';
import { itHoldsForSeeds } from '../support/seeds.js';
import { SpoolSimulation } from '../support/spool-simulation.js';

describe('Simulation of the spool: outages, failing disks, crashes, restarts', () => {
  itHoldsForSeeds('keeps every promise', seed => new SpoolSimulation(new Random(seed)).run());
});
