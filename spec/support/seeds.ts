import { expect } from 'chai';

const first = Number(process.env['FROM'] ?? 1);

/**
 * Specs of a simulation: one for each seed, and that the same seed does the same. `run` resolves with a trace. `SEEDS=50000
 * FROM=1 npm test` says how many seeds there are, and from which on; `seeds` is how many there are else.
 */
export function itHoldsForSeeds(
  promise: string,
  run: (seed: number) => Promise<readonly string[]>,
  seeds = 2000
): void {
  const share = seeds / 2000; // some simulations take longer than others
  const count = Math.ceil(
    process.env['SEEDS'] === undefined ? seeds : Number(process.env['SEEDS']) * Math.min(1, share)
  );
  for (let seed = first; seed < first + count; seed++) {
    it(`${promise} with seed ${seed}`, async () => {
      await run(seed);
    });
  }

  it('does the same with the same seed', async () => {
    for (const seed of [1, 2, 3, 4, 5]) expect(await run(seed)).to.deep.equal(await run(seed));
  });
}
