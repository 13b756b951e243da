import { DeliverySimulation } from '../support/delivery-simulation.js';
import { Random } from '../support/random.js';
import { itHoldsForSeeds } from '../support/seeds.js';

describe('Simulation of the engine: overflow, age, poison, circuit, fallbacks, receipts, deadlines', () => {
  itHoldsForSeeds('keeps every promise', seed => new DeliverySimulation(new Random(seed)).run());
});
