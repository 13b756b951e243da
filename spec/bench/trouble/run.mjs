/*
 * What becomes of records in trouble: `node spec/bench/trouble/run.mjs [scenario…]`, after `npm run build` and
 * `npm ci --prefix spec/bench`. Prints a Markdown table for each scenario, with a line for each client, and if all of
 * them have run, one of all losses. A client has a process, and a receiver, for itself. What is short is done three times,
 * as chance has its part: the least and the most are printed where they differ, and of the rest what the last time showed.
 * `CLIENTS=logflume` runs only those with that in their names.
 */
import { cpus } from 'node:os';
import { markdown, number } from '../table.mjs';
import { clients } from './clients.mjs';
import { scenarios } from './scenarios.mjs';

const titles = {
  received: 'received',
  kept: 'in exitFile',
  lost: 'lost',
  again: 'twice',
  told: 'the program was told',
  curve: 'RSS in MiB, each second',
  longestTurn: 'longest turn, ms',
  logged: 'logged',
  how: 'ended by',
  time: 'after ms'
};

const texts = {
  curve: curve => curve.join(' '),
  told: told => told,
  how: String
};

/** Does `work` for each item, so many at the same time; the results in order. */
async function inLanes(items, lanes, work) {
  const results = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** A number of all rounds, from the least to the most. */
function range(values) {
  const known = values.filter(value => value !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)].map(value => number(value));
  if (known.length === 0) return '–';
  return least === most ? least : `${least} to ${most}`;
}

const isWanted = name => name.includes(process.env.CLIENTS ?? '');

async function measure({ title, lanes, rounds = 1, applies = name => !clients[name].floods, run, columns }) {
  const names = Object.keys(clients).filter(isWanted).filter(applies);
  const jobs = Array.from({ length: rounds }, () => names).flat();
  const results = await inLanes(jobs, lanes, run);
  const rows = names.map((_, index) => results.filter((_, at) => at % names.length === index));
  const cell = (row, column) =>
    texts[column] === undefined ? range(row.map(round => round[column])) : texts[column](row.at(-1)[column]);
  console.log(`\n**${title}**\n`);
  console.log(
    markdown(
      ['', ...columns.map(column => titles[column])],
      names.map((name, index) => [name, ...columns.map(column => cell(rows[index], column))])
    )
  );
  return Object.fromEntries(names.map((name, index) => [name, rows[index]]));
}

const chosen = process.argv.slice(2);
for (const name of chosen) if (!Object.hasOwn(scenarios, name)) throw new Error(`there is no scenario '${name}'`);
const names = chosen.length > 0 ? chosen : Object.keys(scenarios);

console.log(`Node ${process.version} on ${process.platform}, ${cpus().length} × ${cpus()[0]?.model}`);
const found = {};
for (const name of names) found[name] = await measure(scenarios[name]);

const lossy = names.filter(name => scenarios[name].columns.includes('lost'));
if (lossy.length > 1) {
  console.log('\n**Lost, of all**\n');
  const line = client =>
    lossy.map(name => (found[name][client] === undefined ? '–' : range(found[name][client].map(({ lost }) => lost))));
  console.log(
    markdown(
      ['', ...lossy],
      Object.keys(clients)
        .filter(name => isWanted(name) && !clients[name].floods)
        .map(client => [client, ...line(client)])
    )
  );
}
