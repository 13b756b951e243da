import type { Aside } from './aside.js';
import { codeOf, isPassing } from './errors.js';
import type { Arrival } from './kept.js';
import type { SpoolLog } from './log.js';
import { join } from './names.js';
import { rewrite } from './rewrite.js';
import { Segment, scan } from './segment.js';
import type { SpoolDamage } from './spool.js';
import type { SpoolStore } from './store.js';

/** What a log is recovered with. */
export interface RecoveryParts {
  readonly store: SpoolStore;
  /** Whether a segment that the disk cannot read is to be set aside; else that rejects. */
  readonly isLastAttempt: boolean;
  /** Where damaged parts are put; undefined if nothing may be changed. */
  readonly aside: Aside | undefined;
  /** Whether what was found is to survive a power cut as it is. */
  readonly isSafe: boolean;
  readonly onDamage: (damage: SpoolDamage) => void;
  readonly onError: (what: string, error: unknown) => void;
}

/** Fills a log with what stands in its directory. Rejects if that cannot be read now. */
export async function recover(log: SpoolLog, parts: RecoveryParts): Promise<void> {
  const { store, onError } = parts;
  const names = await store.list(log.directory);
  const segments = names.flatMap(name => Segment.named(log.directory, name) ?? []);
  segments.sort((a, b) => a.number - b.number || (a.path < b.path ? -1 : 1));
  const holed: Segment[] = [];
  for (const segment of segments) {
    const content = await contentOf(segment, parts);
    if (content === undefined) continue;
    log.segments.push(segment);
    if (parts.isSafe) await sync(segment, parts);
    if (await readThrough(log, segment, content, segment === segments.at(-1), parts)) holed.push(segment);
  }
  // What is kept elsewhere need not be found again.
  for (const segment of holed) {
    await rewrite(log, segment, () => false, parts).catch(error =>
      onError('removing what was set aside from its file', error)
    );
  }
  for (const name of names.filter(other => other.endsWith('.tmp'))) {
    if (parts.aside === undefined) break;
    await store.unlink(join(log.directory, name)).catch(error => onError('deleting a file that is not used', error));
  }
  // One batch at a time is sent, the oldest: it may have arrived.
  const [first] = log.batches.values();
  if (first !== undefined) first.isTried = true;
}

/**
 * What a killed process had not synced is in the system's memory only. It may be sent now, under an id that must not stand
 * for less of it after a power cut.
 */
async function sync(segment: Segment, { store, onError }: RecoveryParts): Promise<void> {
  try {
    const file = await store.open(segment.path, 'write');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isPassing(error)) throw error;
    onError('syncing what an earlier process has left', error);
  }
}

/** What is in a segment. If the disk cannot read it, it is set aside as it is. */
async function contentOf(
  segment: Segment,
  { store, isLastAttempt, aside, onDamage }: RecoveryParts
): Promise<Buffer | undefined> {
  try {
    return await segment.read(store);
  } catch (error) {
    // Its owner has removed it meanwhile, or it is no file.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EISDIR') return undefined;
    if (codeOf(error) !== 'EIO' || !isLastAttempt) throw error;
    const kept = await aside?.move(segment.path, asideName(segment, 0));
    onDamage({ path: segment.path, position: 0, length: undefined, setAside: kept?.path });
    return undefined;
  }
}

/** Resolves with whether a part in the middle of it has been set aside. */
async function readThrough(
  log: SpoolLog,
  segment: Segment,
  content: Buffer,
  isLast: boolean,
  parts: RecoveryParts
): Promise<boolean> {
  let isHoled = false;
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
    const isLost = !(isTorn && isLast);
    const isKept = isLost && (await setAside(segment, position, content.subarray(position, position + length), parts));
    if (isEnd && parts.aside !== undefined) await cut(segment, position, parts);
    else if (isKept) isHoled = true;
  }
  return isHoled;
}

/** Those records that are not known yet: a part may have been written twice. */
function unknownOf(log: SpoolLog, { numbers, levels, times, ...common }: Arrival): Arrival {
  const next = log.batches.get(common.id)?.next ?? 0;
  const known = Array.from(numbers).filter(number => number < next).length;
  const rest = (list: ArrayLike<number>) => Array.from(list).slice(known);
  return { ...common, numbers: rest(numbers), levels: rest(levels), times: rest(times) };
}

/** By the segment, whoever owns it: what is found again is known by that. */
function asideName({ path }: Segment, position: number): string {
  const file = path.split(/[\\/]/).at(-1) ?? '';
  return `${file.replace('.segment', '')}-${position}`;
}

/** Tells of a damaged part, unless it was told when it was set aside. Resolves with whether it is kept. */
async function setAside(segment: Segment, position: number, part: Buffer, parts: RecoveryParts): Promise<boolean> {
  const { aside, onDamage, onError } = parts;
  const kept = await aside
    ?.keep(asideName(segment, position), [part])
    .catch(error => onError('keeping a damaged part of a file', error));
  if (kept?.isNew !== false) onDamage({ path: segment.path, position, length: part.length, setAside: kept?.path });
  return kept !== undefined;
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
