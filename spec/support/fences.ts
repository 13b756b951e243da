import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A piece of TypeScript in a document. */
export interface Fence {
  readonly document: string;
  /** The line of the document at which the code begins, from 1. */
  readonly line: number;
  readonly code: string;
}

/** The fences of a Markdown text that are marked as `ts`. */
export function fencesOf(document: string, text: string): Fence[] {
  const fences: Fence[] = [];
  let code: string[] | undefined;
  let begin = 0;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (code === undefined && /^```ts\s*$/.test(line)) {
      code = [];
      begin = index + 2;
    } else if (code !== undefined && /^```\s*$/.test(line)) {
      fences.push({ document, line: begin, code: code.join('\n') });
      code = undefined;
    } else {
      code?.push(line);
    }
  }
  if (code !== undefined) throw new Error(`${document}:${begin - 1}: the fence does not end`);
  return fences;
}

/**
 * Compiles fences as modules of a package that uses this one by its name, under this repository's rules, in `folder`
 * (inside dist, so that the package is found). Resolves with the compiler's complaints; each begins with the line of the
 * document that it is about.
 */
export async function compileFences(fences: readonly Fence[], folder: string): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const documents = new Map<string, string>();
  for (const { document, line, code } of fences) {
    const file = `${document.replace(/\W/g, '-')}-${line}.ts`;
    documents.set(file, document);
    // Begins at the document's own line, so that the compiler's numbers are those of the document.
    writeFileSync(join(folder, file), `${'\n'.repeat(line - 1)}${code}\nexport {};\n`);
  }
  // With the folder as root and output the compiler takes the package's declarations, not the sources they came from.
  const compilerOptions = { noEmit: true, rootDir: '.', outDir: '.', types: ['node'] };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const output = await compile(folder);
  return output
    .replace(/^\S*?([\w-]+\.ts)\((\d+),(\d+)\): /gm, (found, file: string, line: string, column: string) => {
      const document = documents.get(file);
      return document === undefined ? found : `${document}:${line}:${column}: `;
    })
    .split(/\n(?!\s)/)
    .filter(complaint => complaint !== '');
}

/** What the compiler says of a project. */
function compile(folder: string): Promise<string> {
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [compiler, '--pretty', 'false', '-p', folder], (error, stdout, stderr) => {
      if (error !== null && stdout === '') reject(new Error(`${compiler} failed: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}
