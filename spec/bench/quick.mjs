/*
 * npm run bench:quick: is anything much slower than it was? Compares ratios with those of results.json, and fails when one
 * is below 70 % of it. Ratios to other code in the same minute, as no two machines or hours are equally fast; and ratios of
 * CPU time: those of records a second are shown and not judged, as two processes that need both cores share them with
 * whatever else runs. In less than a minute: three rounds, or as many as there is time for.
 */

import { now } from './measure.mjs';
import { readResults } from './results.mjs';
import { runSuite } from './runner.mjs';
import { quickRatios, suites } from './suites.mjs';
import { markdown, number } from './table.mjs';

const least = 0.7;
/** Milliseconds after which no other round is begun. */
const enough = 25_000;

const begin = now();
const numbers = await runSuite('quick', suites.quick, { rounds: 3, scale: 1, goOn: () => now() - begin < enough });
const ratios = quickRatios(numbers);
const committed = readResults().suites.quick?.ratios ?? {};
const rows = Object.entries(ratios).map(([name, ratio]) => {
  const before = committed[name];
  const share = before === undefined ? undefined : ratio / before;
  return [name, number(before, 2), number(ratio, 2), number(share, 2), verdictOf(name, share)];
});

function verdictOf(name, share) {
  if (name.includes('records/s')) return 'not judged';
  if (share === undefined) return 'new';
  return share >= least ? 'good' : 'SLOWER';
}

console.log(markdown(['ratio, more is better', 'before', 'now', 'of it', ''], rows));
if (rows.some(row => row.at(-1) === 'SLOWER')) {
  console.error(`\nA ratio is below ${least * 100} % of what results.json has.`);
  process.exitCode = 1;
}
