import { FakeClock } from '../../lib/testing/fake-clock.js';

/** A clock that somebody sets: its time of day makes a step, and its timers do not. */
export class SteppedClock extends FakeClock {
  /** Milliseconds by which it was put forward; below 0: back. */
  step = 0;

  override now(): number {
    return super.now() + this.step;
  }
}
