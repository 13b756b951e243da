import { asidePattern } from './aside.js';
import { codeOf } from './errors.js';
import { type Reading, SpoolLog } from './log.js';
import { join, nameOf } from './names.js';
import { logPattern, ownerPattern, readFacts, tokenOf } from './owner.js';
import { recover } from './recovery.js';
import type { ProcessFacts, SpoolStore } from './store.js';

/** What one owner has in a spool, or has left there. */
export interface LogSurvey {
  readonly directory: string;
  /** The process that keeps it; undefined if it has left, or nothing is known of it. */
  readonly owner: ProcessFacts | undefined;
  /** Whether that process lives; undefined if that cannot be told from here. */
  readonly isAlive: boolean | undefined;
  /** What has made the payloads. */
  readonly formats: readonly string[];
  readonly batches: number;
  readonly records: number;
  /** Bytes on disk. */
  readonly bytes: number;
  /** When the oldest record was logged, in milliseconds since the Unix epoch; undefined if there is none. */
  readonly since: number | undefined;
  /** How many parts of it cannot be read. */
  readonly damages: number;
  /** Why nothing is known of what it holds; undefined if something is. */
  readonly error: unknown;
}

/** The spool of one target. */
export interface TargetSurvey {
  readonly name: string;
  readonly directory: string;
  /** The oldest first. */
  readonly logs: readonly LogSurvey[];
  /** Files of what could not be read. */
  readonly aside: readonly string[];
}

/** What is in the spools of a directory, or in the one spool that it is. Changes nothing. */
export async function survey(store: SpoolStore, directory: string): Promise<TargetSurvey[]> {
  const names = await store.list(directory);
  if (names.some(isOfTarget)) return [await surveyTarget(store, directory, names)];
  const targets: TargetSurvey[] = [];
  for (const name of names.sort()) {
    const below = join(directory, name);
    const files = await store.list(below).catch(() => []); // no directory, or none that may be read
    if (files.some(isOfTarget)) targets.push(await surveyTarget(store, below, files));
  }
  return targets;
}

/** The batches of a target's spool, the oldest first. Changes nothing. What goes away meanwhile is left out. */
export async function* batchesOf(store: SpoolStore, target: TargetSurvey): AsyncGenerator<Reading> {
  for (const { directory, error } of target.logs) {
    const read = error === undefined ? await readLog(store, directory) : undefined;
    if (read === undefined) continue;
    for (const kept of read.log.batches.values()) yield await read.log.read(kept);
  }
}

function isOfTarget(name: string): boolean {
  return [logPattern, ownerPattern, asidePattern].some(pattern => pattern.test(name));
}

async function surveyTarget(store: SpoolStore, directory: string, names: readonly string[]): Promise<TargetSurvey> {
  const logs: LogSurvey[] = [];
  for (const name of names.filter(other => logPattern.test(other)).sort()) {
    const path = join(directory, name);
    const owner = await ownerOf(store, join(directory, tokenOf(name)));
    try {
      const read = await readLog(store, path);
      if (read !== undefined) logs.push({ ...owner, ...factsOf(read), directory: path, error: undefined });
    } catch (error) {
      logs.push({ ...owner, ...nothing, directory: path, error });
    }
  }
  const aside = names.filter(name => asidePattern.test(name)).map(name => join(directory, name));
  return { name: nameOf(directory.split(/[\\/]/).at(-1) ?? ''), directory, logs, aside };
}

const nothing = { formats: [], batches: 0, records: 0, bytes: 0, since: undefined, damages: 0 };

function factsOf({ log, damages }: ReadLog): Omit<LogSurvey, 'directory' | 'owner' | 'isAlive' | 'error'> {
  const { records, bytes, since, batches } = log;
  const formats = [...new Set(Array.from(batches.values(), ({ format }) => format))];
  return { formats, batches: batches.size, records, bytes, since, damages };
}

/** Of one that has left there is no file; one that may not be read, or says nothing, may live. */
async function ownerOf(store: SpoolStore, path: string): Promise<Pick<LogSurvey, 'owner' | 'isAlive'>> {
  try {
    const owner = await readFacts(store, `${path}.owner`);
    return { owner, isAlive: owner && (await store.isAlive(owner, `${path}.beacon`)) };
  } catch (error) {
    return { owner: undefined, isAlive: codeOf(error) === 'ENOENT' ? false : undefined };
  }
}

interface ReadLog {
  readonly log: SpoolLog;
  readonly damages: number;
}

/** Undefined if its owner has removed or moved it meanwhile. */
async function readLog(store: SpoolStore, directory: string): Promise<ReadLog | undefined> {
  const log = new SpoolLog({ store, directory, segmentBytes: 0, fsync: 'never', prepare: async () => undefined });
  let damages = 0;
  try {
    await recover(log, {
      store,
      isLastAttempt: true,
      aside: undefined,
      isSafe: false,
      onDamage: () => {
        damages++;
      },
      onError: (_, error) => {
        throw error;
      }
    });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return { log, damages };
}
