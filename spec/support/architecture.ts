import { posix } from 'node:path';

/** A file of lib: its path from there (`core/level.ts`), and what it says. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Lines from which a file is told to be long, and from which it is too long. */
export const longFile = 300;
export const maxLines = 400;

/** The folders that others stand on, lowest first: each may import those before it. */
const layers = ['core', 'spool', 'delivery', 'wire'];

/** Where packages may be imported: a folder, or one file. Node's own modules may be imported anywhere. */
const packages: Readonly<Record<string, string>> = {
  'msgpack-lite': 'testing/msgpack-lite.ts',
  tsyringe: 'tsyringe',
  'reflect-metadata': 'tsyringe',
  yaml: 'core/config/yaml.ts'
};

/** Every breach of the rules by these files, as a sentence that names the file, the import and the rule. */
export function breaches(files: readonly SourceFile[]): string[] {
  return [...files.flatMap(file => [...placeBreaches(file), ...importBreaches(file)]), ...cycles(files)];
}

/** The modules that a file imports or re-exports, types included, as they are written in it. */
export function importsOf(text: string): string[] {
  const code = text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, ''); // examples in docstrings import things too
  return Array.from(code.matchAll(importPattern), ([, from, alone, called]) => from ?? alone ?? called ?? '');
}

/** `import … from 'x'` and `export … from 'x'`, or `import 'x'`, or `import('x')` and `require('x')`. */
const importPattern =
  /^\s*(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s*as\s+[\w$]+)?)?\s*from\s*['"]([^'"]+)|^\s*import\s*['"]([^'"]+)|\b(?:import|require)\s*\(\s*['"]([^'"]+)/gm;

export function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** The part of the package that a file belongs to: `core`, `targets/fluentd`, `index`. */
function partOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  if (path === 'index.ts') return 'index';
  return first === 'targets' ? `targets/${second}` : first;
}

function isLeaf(part: string): boolean {
  return part.startsWith('targets/') || ['bridges', 'cli', 'testing', 'tsyringe'].includes(part);
}

function placeBreaches({ path, text }: SourceFile): string[] {
  const part = partOf(path);
  const found: string[] = [];
  if (part !== 'index' && !layers.includes(part) && !isLeaf(part)) {
    found.push(
      `lib/${path}: lib has index.ts and the folders ${layers.join(', ')}, targets/…, bridges, cli, tsyringe and testing only`
    );
  }
  if (lineCount(text) > maxLines) {
    found.push(`lib/${path} has ${lineCount(text)} lines: no file has more than ${maxLines}`);
  }
  return found;
}

function importBreaches(file: SourceFile): string[] {
  return importsOf(file.text).flatMap(specifier => {
    const rule = specifier.startsWith('.') ? ruleBroken(file, specifier) : packageRuleBroken(file.path, specifier);
    return rule === undefined ? [] : [`lib/${file.path} imports '${specifier}': ${rule}`];
  });
}

function ruleBroken({ path }: SourceFile, specifier: string): string | undefined {
  const target = resolve(path, specifier);
  if (target.startsWith('..')) return 'lib imports nothing from outside lib';
  const [from, to] = [partOf(path), partOf(target)];
  if (from === to) return undefined;
  if (to === 'index') return from === 'cli' ? undefined : 'nothing imports index.ts, which is for users';
  if (to === 'testing' || to === 'tsyringe' || to === 'cli')
    return `${to} is an entry point of its own that nothing in lib imports`;
  if (isLeaf(to)) {
    return from === 'index' ? undefined : 'a leaf (a folder of targets, or the bridges) is imported by index.ts only';
  }
  const height = layers.indexOf(from);
  if (height < 0 || layers.indexOf(to) < height) return undefined;
  return `imports point one way, ${layers.join(' ← ')} ← targets ← index`;
}

function packageRuleBroken(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined;
  if (specifier === 'logflume' || specifier.startsWith('logflume/')) return 'lib imports its own files by their paths';
  const place = packages[specifier];
  if (place === undefined) return `of packages, lib imports node:… and ${Object.keys(packages).join(', ')} only`;
  return path === place || partOf(path) === place ? undefined : `${specifier} is imported by lib/${place} only`;
}

/** Rings of parts that import each other. */
function cycles(files: readonly SourceFile[]): string[] {
  const graph = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    const targets = graph.get(partOf(path)) ?? new Set();
    for (const specifier of importsOf(text)) {
      if (specifier.startsWith('.')) targets.add(partOf(resolve(path, specifier)));
    }
    targets.delete(partOf(path));
    graph.set(partOf(path), targets);
  }
  const rings = new Map<string, string>();
  const walk = (trail: readonly string[]) => {
    for (const next of graph.get(trail.at(-1) ?? '') ?? []) {
      const start = trail.indexOf(next);
      const ring = trail.slice(start);
      const members = ring.toSorted().join();
      if (start < 0) walk([...trail, next]);
      else if (!rings.has(members)) rings.set(members, [...ring, next].join(' → '));
    }
  };
  for (const part of graph.keys()) walk([part]);
  return Array.from(rings.values(), ring => `${ring}: folders do not import each other in a circle`);
}

/** The source file that `specifier` means in the file at `path`. */
function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
}
