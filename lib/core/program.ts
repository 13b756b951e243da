import { type Clock, systemClock } from './clock.js';
import { ExitWatch } from './exit.js';
import { type Host, nodeHost } from './host.js';
import { ProcessEnd } from './process-end.js';

/** A program that runs and ends: what all factories and targets in it share. */
export class Program {
  readonly end: ProcessEnd;
  readonly exitWatch: ExitWatch;

  constructor(host: Host, clock: Clock) {
    this.end = new ProcessEnd(host, clock);
    this.exitWatch = new ExitWatch(host, clock, this.end);
  }
}

/** This one. */
export const thisProgram = new Program(nodeHost, systemClock);

const programs = new WeakMap<Clock, Program>([[systemClock, thisProgram]]);

/** The program that ends with a time; undefined for the time of a test, whose records the end of a process does not concern. */
export function programOf(clock: Clock): Program | undefined {
  return programs.get(clock);
}

/** Makes a program of a test's time: it ends when `host` says so. */
export function simulateProgram(clock: Clock, host: Host): Program {
  const program = new Program(host, clock);
  programs.set(clock, program);
  return program;
}
