import { execFile } from 'node:child_process';

/** What a program printed, and how it ended. */
export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code, or the signal that ended it. */
  readonly end: number | string;
}

/** Runs a program as its own process, in the folder `cwd`, and ends it after `timeout` milliseconds. */
export function run(program: string, timeout: number, cwd = '.'): Promise<Run> {
  const { FORCE_COLOR: _, ...environment } = process.env; // a CI that likes colours must not change what is compared
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [program],
      { cwd, timeout, killSignal: 'SIGKILL', env: { ...environment, TZ: 'UTC' } },
      (error, stdout, stderr) => resolve({ stdout, stderr, end: error?.signal ?? error?.code ?? 0 })
    );
  });
}

/**
 * What an example's comments promise: the lines after `// Output:` and after `// Stderr:`, up to the first line that is
 * no comment. Without `// Stderr:` that is nothing.
 */
export function promised(source: string): Pick<Run, 'stdout' | 'stderr'> {
  const stdout = block(source, 'Output');
  if (stdout === undefined) throw new Error('an example ends with the comment `// Output:` and what it prints');
  return { stdout, stderr: block(source, 'Stderr') ?? '' };
}

function block(source: string, heading: string): string | undefined {
  const lines = source.split(/\r?\n/);
  const start = lines.lastIndexOf(`// ${heading}:`);
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex(line => !line.startsWith('//') || /^\/\/ (?:Output|Stderr):$/.test(line));
  return rest
    .slice(0, end < 0 ? rest.length : end)
    .map(line => `${line.replace(/^\/\/ ?/, '')}\n`)
    .join('');
}

/** Does `work` for each item, in `lanes` rows that run at the same time; each item's promise. */
export function inLanes<T, R>(items: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R>[] {
  const results: Promise<R>[] = [];
  for (const [index, item] of items.entries()) {
    const before = Promise.allSettled(results.slice(Math.max(0, index - lanes), Math.max(0, index - lanes + 1)));
    results.push(before.then(() => work(item)));
  }
  return results;
}
