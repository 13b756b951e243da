import { codeOf } from './errors.js';
import type { Arrival } from './kept.js';
import type { SpoolLog } from './log.js';
import { join } from './names.js';
import { Segment, scan } from './segment.js';
import type { SpoolDamage } from './spool.js';
import { type SpoolStore, writeFile } from './store.js';

/** What a log is recovered with. */
export interface RecoveryParts {
  readonly store: SpoolStore;
  /** Whether a segment that the disk cannot read is to be set aside; else that rejects. */
  readonly isLastAttempt: boolean;
  /** Where damaged parts are put; undefined if nothing may be changed. */
  readonly asideDirectory: string | undefined;
  readonly onDamage: (damage: SpoolDamage) => void;
  readonly onError: (what: string, error: unknown) => void;
}

/** Fills a log with what stands in its directory. Rejects if that cannot be read now. */
export async function recover(log: SpoolLog, parts: RecoveryParts): Promise<void> {
  const { store, onError } = parts;
  const names = await store.list(log.directory);
  const segments = names.flatMap(name => Segment.named(log.directory, name) ?? []);
  segments.sort((a, b) => a.number - b.number || (a.path < b.path ? -1 : 1));
  for (const segment of segments) {
    const content = await contentOf(segment, parts);
    if (content === undefined) continue;
    log.segments.push(segment);
    await readThrough(log, segment, content, segment === segments.at(-1), parts);
  }
  for (const name of names.filter(other => other.endsWith('.tmp'))) {
    if (parts.asideDirectory === undefined) break;
    await store.unlink(join(log.directory, name)).catch(error => onError('deleting a file that is not used', error));
  }
  // One batch at a time is sent, the oldest: it may have arrived.
  const [first] = log.batches.values();
  if (first !== undefined) first.isTried = true;
}

/** What is in a segment. If the disk cannot read it, it is set aside as it is. */
async function contentOf(
  segment: Segment,
  { store, isLastAttempt, asideDirectory, onDamage }: RecoveryParts
): Promise<Buffer | undefined> {
  try {
    return await segment.read(store);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined; // its owner has removed it meanwhile
    if (codeOf(error) !== 'EIO' || !isLastAttempt) throw error;
    const path = asidePath(segment, 0, asideDirectory);
    if (path !== undefined) await store.rename(segment.path, path);
    onDamage({ path: segment.path, position: 0, length: undefined, setAside: path });
    return undefined;
  }
}

async function readThrough(
  log: SpoolLog,
  segment: Segment,
  content: Buffer,
  isLast: boolean,
  parts: RecoveryParts
): Promise<void> {
  segment.size = content.length;
  for await (const finding of scan(content, segment.seal)) {
    if (finding.kind === 'frame') {
      const { body } = finding;
      if (body.kind === 'done') log.forget(body.id, body.numbers);
      else log.add(unknownOf(log, body.rows), { segment, ...finding });
      continue;
    }
    const { position, length, isTorn } = finding;
    const isEnd = position + length === content.length;
    // What was being written when the process ended was never acknowledged to anybody.
    if (!(isTorn && isLast)) await setAside(segment, position, content.subarray(position, position + length), parts);
    if (isEnd && parts.asideDirectory !== undefined) await cut(segment, position, parts);
  }
}

/** Those records that are not known yet: a part may have been written twice. */
function unknownOf(log: SpoolLog, { id, numbers, end, levels, times, isTried }: Arrival): Arrival {
  const next = log.batches.get(id)?.next ?? 0;
  const known = Array.from(numbers).filter(number => number < next).length;
  const rest = (list: ArrayLike<number>) => Array.from(list).slice(known);
  return { id, isTried, end, numbers: rest(numbers), levels: rest(levels), times: rest(times) };
}

function asidePath(
  { path, number }: Segment,
  position: number,
  asideDirectory: string | undefined
): string | undefined {
  if (asideDirectory === undefined) return undefined;
  const log = path.split(/[\\/]/).at(-2) ?? '';
  return join(asideDirectory, `${log}-${number}-${position}.damaged`);
}

async function setAside(segment: Segment, position: number, part: Buffer, parts: RecoveryParts): Promise<void> {
  const { store, asideDirectory, onDamage, onError } = parts;
  const path = asidePath(segment, position, asideDirectory);
  let isAside = false;
  try {
    if (path !== undefined) {
      await writeFile(store, path, part);
      isAside = true;
    }
  } catch (error) {
    onError('keeping a damaged part of a file', error);
  }
  onDamage({ path: segment.path, position, length: part.length, setAside: isAside ? path : undefined });
}

async function cut(segment: Segment, length: number, { store, onError }: RecoveryParts): Promise<void> {
  try {
    const file = await store.open(segment.path, 'write');
    try {
      await file.truncate(length);
      segment.size = length;
    } finally {
      await file.close();
    }
  } catch (error) {
    onError('cutting off the damaged end of a file', error);
  }
}
