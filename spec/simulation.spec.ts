import { LogstashSimulation } from './support/logstash-simulation.js';
import { itHoldsForSeeds } from './support/seeds.js';
import { Simulation } from './support/simulation.js';

describe('Simulation: outages, delays, splits, resets, overload, deadlines', () => {
  itHoldsForSeeds('keeps every promise', seed => new Simulation(seed).run());
});

describe('Simulation of the Logstash target, over TCP, HTTP and Beats', () => {
  itHoldsForSeeds('keeps every promise', seed => new LogstashSimulation(seed).run(), 500);
});
