/*
 * npm run bench [-- suite… --rounds=3 --scale=1 --write]
 *
 * Every measurement runs in a process of its own; the variants of a suite take turns, round by round, so that what
 * disturbs the machine disturbs all of them. Tables show the median of the rounds, ratios the median of the ratios within
 * each round. `--scale=0.2` does a fifth of the work. `--write` puts the tables between the marks
 * `<!-- bench:suite -->` and `<!-- /bench:suite -->` of results.md, README.md and the guides, and the numbers into
 * results.json: some 20 minutes on two cores that have nothing else to do.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { goalsTable } from './goals.mjs';
import { machine } from './machine.mjs';
import { median, now } from './measure.mjs';
import { readResults, updateTables, writeResults } from './results.mjs';
import { runSuite } from './runner.mjs';
import { suites } from './suites.mjs';
import { summaryTable } from './summary.mjs';

function medians(numbers) {
  return Object.fromEntries(
    Object.entries(numbers).map(([row, values]) => [
      row,
      Object.fromEntries(Object.entries(values).map(([key, rounds]) => [key, round(median(rounds))]))
    ])
  );
}

function round(number) {
  return number === undefined ? undefined : Number(number.toPrecision(4));
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    scale: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false }
  }
});
const settings = { rounds: Number(options.rounds), scale: Number(options.scale) };
const unknown = positionals.filter(name => !(name in suites) && name !== 'goals');
if (unknown.length > 0) {
  console.error(`There is no suite ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}
const chosen = positionals.length > 0 ? positionals : [...Object.keys(suites), 'goals'];

console.log(`${machine()}; logflume ${version()}\n`);
const begin = now();
const stored = readResults();
const fresh = {};
const tables = {};
for (const name of chosen) {
  if (name === 'goals') continue;
  const suite = suites[name];
  const numbers = await runSuite(name, suite, settings);
  fresh[name] = { rows: medians(numbers), ratios: suite.ratios?.(numbers) ?? {} };
  tables[name] = suite.table(numbers);
  console.log(`### ${suite.title}\n\n${tables[name]}\n`);
  write();
}
if (chosen.includes('goals')) {
  tables.goals = goalsTable(options.write ? known() : fresh);
  console.log(`### Goals\n\n${tables.goals}\n`);
  write();
}
console.log(`${Math.round((now() - begin) / 60_000)} minutes.`);

/** The numbers of this run, and of those before it for suites that were not chosen. */
function known() {
  return { ...stored.suites, ...fresh };
}

/** After each suite: what has been measured is kept, should a later one fail. */
function write() {
  if (!options.write) return;
  writeResults({ machine: machine(), suites: known() });
  updateTables({ ...tables, summary: summaryTable(known()) }, machine());
}

function version() {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
