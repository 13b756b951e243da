import { rowsOf } from './appends.js';
import { type Draft, draftRows, type FrameRows, sealed } from './frame.js';
import { magic, type Segment } from './segment.js';
import type { SpoolPart } from './spool.js';
import type { SpoolStore } from './store.js';
import type { Spot } from './tail.js';

/** What is written at once, and how. */
export interface AtOnceParts {
  readonly store: SpoolStore;
  readonly format: string;
  /** One that does not exist yet. */
  readonly segment: Segment;
  /** Whether it survives a power cut then. */
  readonly isSafe: boolean;
  /** What is written before the batches. */
  readonly notes: readonly Draft[];
  /** Bytes that there is room for. */
  readonly room: number;
}

/** A batch that was written, and where. */
export interface AtOnce {
  readonly rows: FrameRows;
  readonly spot: Spot;
}

/**
 * Writes as many of the batches, from the first, as there is room for, on the caller's stack, into a segment of its own: the
 * last one may be being written to at this very moment. Throws if the disk does not take them.
 */
export function writeAtOnce(batches: readonly SpoolPart[], parts: AtOnceParts): readonly AtOnce[] {
  const { store, format, segment, isSafe, notes, room } = parts;
  const chunks: Uint8Array[] = [magic, ...notes.flatMap(note => sealed(note, segment.seal))];
  let position = notes.reduce((sum, { length }) => sum + length, magic.length);
  const written: AtOnce[] = [];
  for (const part of batches) {
    const rows = rowsOf(part, part.from, format);
    const draft = draftRows(rows);
    if (position + draft.length > room) break;
    chunks.push(...sealed(draft, segment.seal));
    written.push({ rows, spot: { segment, position, length: draft.length } });
    position += draft.length;
  }
  if (chunks.length > 1) store.createSync(segment.path, chunks, isSafe);
  segment.size = position;
  return written;
}
