import { type Draft, draftDone, draftRows, pickRows, sealed } from './frame.js';
import type { KeptBatch, Place } from './kept.js';
import type { SpoolLog } from './log.js';
import { Pace } from './pace.js';
import { magic, type Segment, scan } from './segment.js';
import type { SpoolLoss } from './spool.js';
import type { SpoolStore } from './store.js';

/**
 * Writes a segment anew, without what is dead and without the records that `isDropped` picks; it takes the place of the old
 * one at once. Resolves with the records that were dropped. Rejects if it cannot be done: then all is as it was. The log
 * must not be writing to it.
 */
export async function rewrite(
  log: SpoolLog,
  segment: Segment,
  isDropped: (batch: KeptBatch, level: number) => boolean,
  { store, isSafe }: { readonly store: SpoolStore; readonly isSafe: boolean }
): Promise<SpoolLoss[]> {
  const content = await segment.read(store);
  const places = placesIn(log, segment);
  const isFirst = log.segments[0] === segment;
  const drafts: Draft[] = [];
  const moves: { readonly place: Place; readonly draft: Draft }[] = [];
  const losses: SpoolLoss[] = [];
  for await (const finding of scan(content, segment.seal)) {
    if (finding.kind === 'gap') continue;
    const { body, position } = finding;
    if (body.kind === 'done') {
      // What it speaks of stands before it: in this segment it is left out, and before the first there is nothing.
      if (!isFirst) drafts.push(draftDone(body.id, body.numbers));
      continue;
    }
    const { batch, place } = places.get(position) ?? {};
    if (batch === undefined || place === undefined) continue;
    const isLive = (number: number) => number >= place.from && batch.has(number);
    const kept = pickRows(body.rows, number => isLive(number) && !isDropped(batch, batch.level(number)));
    const dropped = pickRows(body.rows, number => isLive(number) && isDropped(batch, batch.level(number)));
    if (dropped.numbers.length > 0) {
      const { id, numbers, levels, times } = dropped;
      const lists = { numbers: Array.from(numbers), levels: Array.from(levels), times: Array.from(times) };
      losses.push({ reason: 'queue full', id, ...lists });
    }
    // The end of a batch of which others are left has to be known: its id stands for all of it.
    const isLast = batch.left === place.live;
    if (kept.numbers.length === 0 && isLast) continue;
    const draft = draftRows(kept);
    drafts.push(draft);
    moves.push({ place, draft });
  }
  await replace(segment, drafts, log.directory, store, isSafe);
  let at = magic.length;
  const moved = new Map(moves.map(({ place, draft }) => [draft, place]));
  for (const draft of drafts) {
    const place = moved.get(draft);
    if (place !== undefined) {
      place.position = at;
      place.length = draft.length;
    }
    at += draft.length;
  }
  segment.size = at;
  for (const { id, numbers } of losses) log.forget(id, numbers);
  return losses;
}

/** The frames of a segment that have records which are kept, by where they begin. */
function placesIn(log: SpoolLog, segment: Segment): Map<number, { batch: KeptBatch; place: Place }> {
  const places = new Map<number, { batch: KeptBatch; place: Place }>();
  for (const batch of log.batches.values()) {
    for (const place of batch.places) {
      if (place.segment === segment && place.live > 0) places.set(place.position, { batch, place });
    }
  }
  return places;
}

async function replace(
  segment: Segment,
  drafts: readonly Draft[],
  directory: string,
  store: SpoolStore,
  isSafe: boolean
): Promise<void> {
  const path = `${segment.path}.tmp`;
  await store.unlink(path).catch(() => undefined); // mostly there is none
  const file = await store.open(path, 'create');
  try {
    try {
      const chunks: Uint8Array[] = [magic];
      const pace = new Pace();
      for (const draft of drafts) {
        chunks.push(...sealed(draft, segment.seal));
        await pace.spend(draft.length);
      }
      await file.write(chunks, 0);
      if (isSafe) await file.sync();
    } finally {
      await file.close();
    }
    await store.rename(path, segment.path);
  } catch (error) {
    await store.unlink(path).catch(() => undefined); // it is deleted when the log is taken up again
    throw error;
  }
  // After a power cut the old one may be there again: with more in it, but nothing missing.
  if (isSafe) await store.syncDirectory(directory).catch(() => undefined);
}
