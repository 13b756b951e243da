import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { show } from '../check.js';
import { parseJson } from './json.js';
import { parseYaml } from './yaml.js';

/** A configuration as it was given: a tree of values, and what errors call it. */
export interface Source {
  readonly name: string;
  readonly tree: unknown;
}

/** Reads a file (by its path, or a `file:` URL), or takes an object as it is. */
export function load(config: object | string | URL): Source {
  if (config instanceof URL && config.protocol === 'file:') return loadFile(fileURLToPath(config));
  if (typeof config === 'string') return loadFile(config);
  if (typeof config === 'object' && config !== null && !(config instanceof URL))
    return { name: 'configuration', tree: config };
  const got = config instanceof URL ? `one of ${config.protocol}` : show(config);
  throw new TypeError(`a configuration must be an object, the path of a file or a file: URL, got ${got}`);
}

function loadFile(path: string): Source {
  const parse = parsers.get(extname(path).toLowerCase());
  if (parse === undefined) throw new TypeError(`${path}: the name of a configuration must end in .json, .yaml or .yml`);
  const text = attempt(path, 'cannot be read', () => readFileSync(path, 'utf8'));
  // Editors of Windows put a byte order mark in front.
  return { name: path, tree: attempt(path, 'cannot be parsed', () => parse(text.replace(/^\ufeff/, ''))) };
}

const parsers: ReadonlyMap<string, (text: string) => unknown> = new Map([
  ['.json', parseJson],
  ['.yaml', parseYaml],
  ['.yml', parseYaml]
]);

function attempt<T>(path: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${path} ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
