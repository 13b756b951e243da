import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** The emitted declarations of the entry points. Programs and specs run from the package's own folder. */
const entryPoints = ['dist/lib/index.d.ts', 'dist/lib/testing/index.d.ts', 'dist/lib/tsyringe/index.d.ts'];

export const approvedPath = 'spec/api.approved.d.ts';

/** One declaration of a file: its text and the names it declares. */
interface Declaration {
  readonly text: string;
  readonly name: string | undefined;
}

interface DeclarationFile {
  readonly declarations: readonly Declaration[];
  /** Where imported names come from: the file, and their name there. */
  readonly imports: ReadonlyMap<string, readonly [path: string, name: string]>;
}

/**
 * The package's API as a text: what the entry points export, and the declarations that these refer to, by file in order
 * of the paths, without comments and imports. What else a file exports is for the library itself: nobody else can
 * import it. `read` gives a file's text, and undefined if there is no such file.
 */
export function apiReport(read = readIfThere): string {
  const files = new Map<string, DeclarationFile>();
  const reached = new Map<string, Set<Declaration>>();
  const open = (path: string) => {
    const file = files.get(path) ?? parse(path, read(path));
    files.set(path, file);
    return file;
  };
  /** Takes the declarations of `name` in the file, or all, and what they refer to. */
  const reach = (path: string, name?: string) => {
    const { declarations, imports } = open(path);
    const taken = reached.get(path) ?? new Set();
    reached.set(path, taken);
    for (const declaration of declarations) {
      if (taken.has(declaration) || (name !== undefined && declaration.name !== name)) continue;
      taken.add(declaration);
      for (const [target, targetName] of modulesIn(path, declaration.text)) reach(target, targetName);
      for (const [word] of declaration.text.matchAll(/[\w$]+/g)) {
        const imported = imports.get(word);
        if (imported !== undefined) reach(...imported);
        else reach(path, word);
      }
    }
  };
  for (const path of entryPoints) reach(path);
  return Array.from(reached.keys())
    .toSorted()
    .map(path => {
      const taken = open(path).declarations.filter(declaration => reached.get(path)?.has(declaration));
      return `// ${path.replace('dist/', '')}\n${taken.map(({ text }) => text).join('')}`;
    })
    .join('\n');
}

/** A declaration begins with one of these in the first column; members of a union may stand there too. */
const beginning = /^(?=(?:export|import|declare|abstract|class|interface|type|enum|const|let|function|namespace)\b)/m;

function parse(path: string, text: string | undefined): DeclarationFile {
  if (text === undefined) throw new Error(`${path} is not there; run \`npm run build\` first`);
  const code = text
    .replaceAll('\r\n', '\n')
    .replace(/^[ \t]*\/\*[\s\S]*?\*\/\n?/gm, '')
    .replace(/^[ \t]*\/\/.*\n?/gm, '')
    .replace(/^export \{\};\n/gm, '');
  const statements = code.split(beginning).filter(statement => statement.trim() !== '');
  const imports = statements.filter(isImport).flatMap(statement => modulesIn(path, statement, true));
  return {
    declarations: statements
      .filter(statement => !isImport(statement))
      .map(statement => ({ text: statement, name: declared.exec(statement)?.[1] })),
    imports: new Map(imports.map(([target, name = '', local = name]) => [local, [target, name]]))
  };
}

const declared =
  /^(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:const enum|class|interface|type|enum|const|let|function|namespace) ([\w$]+)/;

function isImport(statement: string): boolean {
  return statement.startsWith('import ');
}

/** The names that a statement takes from other files of ours: the file, the name there (none: all), the name here. */
function modulesIn(path: string, statement: string, own = false): [path: string, name?: string, local?: string][] {
  const resolve = (specifier: string) => posix.join(posix.dirname(path), specifier.replace(/\.js$/, '.d.ts'));
  const listed = /^(?:import|export) (?:type )?(?:\{([^}]*)\}|\*) from ['"](\.[^'"]+)/.exec(statement);
  if (listed !== null) {
    const [, names, specifier = ''] = listed;
    if (names === undefined) return [[resolve(specifier)]];
    return names.split(',').map(item => {
      const [name = '', local = name] = item
        .trim()
        .replace(/^type /, '')
        .split(' as ');
      return [resolve(specifier), name, local];
    });
  }
  if (own) return [];
  const inline = statement.matchAll(/import\(['"](\.[^'"]+)['"]\)\.([\w$]+)/g);
  return Array.from(inline, ([, specifier = '', name = '']) => [resolve(specifier), name]);
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** The lines by which two texts differ, with `-` or `+` before them, under the heading of their file. */
export function difference(before: string, after: string): string {
  const [old, now] = [bySection(before), bySection(after)];
  const headings = new Set([...old.keys(), ...now.keys()]);
  return Array.from(headings, heading => {
    const changes = lineDifference(old.get(heading) ?? [], now.get(heading) ?? []);
    return changes.length === 0 ? [] : [heading, ...changes];
  })
    .flat()
    .join('\n');
}

function bySection(report: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of report.split('\n')) {
    if (line.startsWith('// ')) {
      lines = [];
      sections.set(line, lines);
    } else if (line !== '') {
      lines.push(line);
    }
  }
  return sections;
}

/** By the longest common subsequence; sections are short. */
function lineDifference(old: readonly string[], now: readonly string[]): string[] {
  const lengths = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  const common = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const length = old[i] === now[j] ? common(i + 1, j + 1) + 1 : Math.max(common(i + 1, j), common(i, j + 1));
      lengths[i]?.splice(j, 1, length);
    }
  }
  const changes: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i++;
      j++;
    } else if (j >= now.length || (i < old.length && common(i + 1, j) >= common(i, j + 1))) {
      changes.push(`- ${old[i++]}`);
    } else {
      changes.push(`+ ${now[j++]}`);
    }
  }
  return changes;
}
