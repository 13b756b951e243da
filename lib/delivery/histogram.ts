import type { Distribution } from '../core/target.js';

/** Steps in which each doubling of a value is counted: 16 keep the error of a percentile below 1/32. */
const steps = 16;
const stepBits = 4;

/** Counts values of any size in a few hundred numbers, to tell their percentiles within 5 %. */
export class Histogram {
  readonly #counts = new Float64Array(steps * 33);
  #total = 0;
  #max = 0;

  /** Adds an integer from 0 to 2^31 - 1 (what is not is made one), `weight` times. */
  add(value: number, weight = 1): void {
    const whole = value > 0x7fffffff ? 0x7fffffff : value > 0 ? Math.trunc(value) : 0;
    const place = placeOf(whole);
    this.#counts[place] = (this.#counts[place] ?? 0) + weight;
    this.#total += weight;
    if (whole > this.#max) this.#max = whole;
  }

  get distribution(): Distribution {
    return { p50: this.#percentile(0.5), p99: this.#percentile(0.99), max: this.#max };
  }

  #percentile(share: number): number {
    if (this.#total === 0) return 0;
    let missing = this.#total * share;
    for (const [place, count] of this.#counts.entries()) {
      missing -= count;
      if (missing <= 1e-9) return Math.min(middleOf(place), this.#max);
    }
    return this.#max;
  }
}

function placeOf(value: number): number {
  if (value < steps * 2) return value;
  const doublings = 31 - Math.clz32(value) - stepBits;
  return doublings * steps + (value >>> doublings);
}

function middleOf(place: number): number {
  if (place < steps * 2) return place;
  const doublings = Math.floor(place / steps) - 1;
  const from = ((place % steps) + steps) * 2 ** doublings;
  return from + Math.floor((2 ** doublings - 1) / 2);
}
