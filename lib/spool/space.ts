import type { Coming } from './appends.js';
import type { KeptBatch } from './kept.js';
import type { SpoolLog } from './log.js';
import { rewrite } from './rewrite.js';
import { type Candidate, planDrops, type Room } from './room.js';
import { SpoolFullError, type SpoolLoss } from './spool.js';
import type { SpoolStore } from './store.js';

/** What space is made with. */
export interface SpaceParts {
  readonly store: SpoolStore;
  readonly room: Room;
  /** Whether what is written anew is synced. */
  readonly isSafe: boolean;
  readonly onLoss: (loss: SpoolLoss) => void;
}

/** What may have to give records: a batch on disk, or a part that is about to come. */
type Giver = KeptBatch | Coming;
type Plan = Map<Giver, Set<number>>;

/** How much each record takes is known on average only: so it may need several rounds. */
const mostRounds = 4;

/**
 * Drops what has to go for these parts to come: records of the logs, and of the parts themselves. Rejects with a
 * `SpoolFullError` if that is not enough, and with the disk's error if a segment cannot be written anew.
 */
export async function makeSpace(
  logs: readonly SpoolLog[],
  coming: readonly Coming[],
  parts: SpaceParts
): Promise<void> {
  const { room } = parts;
  for (let round = 0; ; round++) {
    const lacking = room.lacking(sum(logs), sum(coming.map(({ draft }) => ({ bytes: draft.length }))));
    if (lacking <= 0) return;
    const givers = [...keptGivers(logs), ...comingGivers(coming)];
    if (round === mostRounds || sum(givers) < lacking) {
      throw new SpoolFullError('the spool is full, and nothing in it may be dropped; raise spool.maxBytes');
    }
    const plan: Plan = planDrops(room.aim(lacking), givers);
    for (const log of logs) await dropFrom(log, plan, parts);
    for (const part of coming) {
      const levels = plan.get(part);
      if (levels !== undefined) part.drop(levels);
    }
  }
}

function sum(list: readonly { readonly bytes: number }[]): number {
  return list.reduce((all, { bytes }) => all + bytes, 0);
}

function keptGivers(logs: readonly SpoolLog[]): Candidate<Giver>[] {
  return logs
    .flatMap(log => [...log.batches.values()])
    .filter(({ isHeld, isTried }) => !isHeld && !isTried)
    .map(batch => ({ batch, tally: batch.tally, bytes: batch.bytes }));
}

function comingGivers(coming: readonly Coming[]): Candidate<Giver>[] {
  return coming
    .filter(({ isOptional }) => isOptional)
    .map(part => ({ batch: part, tally: part.tally, bytes: part.draft.length }));
}

async function dropFrom(log: SpoolLog, plan: Plan, { store, isSafe, onLoss }: SpaceParts): Promise<void> {
  const touched = new Set(
    [...log.batches.values()].filter(batch => plan.has(batch)).flatMap(({ places }) => places.map(one => one.segment))
  );
  for (const segment of log.segments.filter(one => touched.has(one))) {
    if (segment === log.tail.segment) {
      await log.tail.sync();
      await log.tail.close();
    }
    const isDropped = (batch: KeptBatch, level: number) => plan.get(batch)?.has(level) ?? false;
    for (const loss of await rewrite(log, segment, isDropped, { store, isSafe })) onLoss(loss);
  }
  await log.sweep();
}
