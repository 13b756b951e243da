import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const file = new URL('results.json', import.meta.url);
const documents = [
  'results.md',
  '../../README.md',
  '../../lib/targets/console/README.md',
  '../../lib/targets/fluentd/README.md',
  '../../lib/targets/logstash/README.md'
].map(path => new URL(path, import.meta.url));

/** The numbers that were written last: the medians of each suite, by row, and the ratios of `quick`. */
export function readResults() {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { machine: '', suites: {} };
}

export function writeResults(results) {
  writeFileSync(file, `${JSON.stringify(results, undefined, 2)}\n`);
}

/** Puts tables between their marks, wherever a document has such. `machine`: what has measured all of the suite. */
export function updateTables(tables, machine, where = documents) {
  for (const document of where) {
    if (!existsSync(document)) continue;
    const before = readFileSync(document, 'utf8');
    let text = machine === undefined ? before : replace(before, 'machine', machine);
    for (const [name, table] of Object.entries(tables)) text = replace(text, name, table);
    if (text !== before) writeFileSync(document, text);
  }
}

function replace(text, name, table) {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  return from < 0 || to < 0 ? text : `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}
