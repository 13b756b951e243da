import { codeOf, isPassing } from './errors.js';
import { type Draft, draftDone, type FrameRows, frameAt, pickRows, readFrame } from './frame.js';
import { type Arrival, KeptBatch, type Place } from './kept.js';
import { frameCost, Pace } from './pace.js';
import { partId } from './part-id.js';
import type { Segment } from './segment.js';
import type { SpooledBatch, SpoolLoss, SpoolSync, Topic } from './spool.js';
import type { SpoolStore } from './store.js';
import { type Spot, Tail } from './tail.js';

/** What a log works with. */
export interface LogParts {
  readonly store: SpoolStore;
  readonly directory: string;
  readonly segmentBytes: number;
  readonly fsync: SpoolSync;
  readonly prepare: () => Promise<void>;
}

/** How often a batch may fail to be read for a reason that could pass. */
const mostFailures = 3;

/** A directory of segments: batches in order, and which of them are done with. One process writes to it. */
export class SpoolLog {
  /** Where it is, or, as long as it has no segments, may be. */
  directory: string;
  readonly segments: Segment[] = [];
  readonly batches = new Map<string, KeptBatch>();
  readonly tail: Tail;
  /** Records that are kept. */
  records = 0;
  readonly #store: SpoolStore;
  /** Its directory is not here any more: nothing is written to it. */
  isGone = false;
  /** What is done with and has not been written down. */
  #notes: Draft[] = [];
  /** Batches of which an append failed: part of them may be there. */
  readonly #ghosts = new Set<string>();

  constructor(parts: LogParts) {
    this.directory = parts.directory;
    this.#store = parts.store;
    this.tail = new Tail({ ...parts, directory: () => this.directory, segments: this.segments });
  }

  get bytes(): number {
    return this.isGone ? 0 : this.segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** When the oldest record that is kept was logged, or one that stood in a batch with it. */
  get since(): number | undefined {
    const [first] = this.batches.values();
    return first?.since;
  }

  /** Whether there is something to write down besides what is appended. */
  get hasNotes(): boolean {
    return this.#notes.length > 0;
  }

  /** The oldest batch that nobody holds. */
  get next(): KeptBatch | undefined {
    for (const batch of this.batches.values()) if (!batch.isHeld) return batch;
    return undefined;
  }

  /** What is done with and has not been written down, for somebody else to do so. */
  takeNotes(): Draft[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  /** Appends frames, and before them what is done with. Resolves with where they stand. */
  async append(drafts: readonly Draft[], isUrgent: boolean): Promise<readonly Spot[]> {
    const notes = this.takeNotes();
    if (notes.length + drafts.length === 0) return [];
    try {
      return (await this.tail.append([...notes, ...drafts], isUrgent)).slice(notes.length);
    } catch (error) {
      this.#notes.unshift(...notes.slice(0, mostNotes));
      throw error;
    }
  }

  /** Records now stand here. Returns how many of them did not before. */
  add(arrival: Arrival, { segment, position, length }: Spot): number {
    const known = this.batches.get(arrival.id);
    if (arrival.end <= (known?.next ?? 0) || (known === undefined && arrival.numbers.length === 0)) return 0;
    const batch = known ?? new KeptBatch(arrival.id, arrival.format);
    batch.add(arrival, segment, position, length);
    this.batches.set(batch.id, batch);
    this.records += arrival.numbers.length;
    return arrival.numbers.length;
  }

  /** An append of this batch failed: when it is done with, that has to be written down though it is not here. */
  haunt(id: string): void {
    if (this.tail.hasBegun) this.#ghosts.add(id);
  }

  /** Whether the batch was here, or may have been. */
  done(id: string, numbers?: readonly number[]): boolean {
    const isGhost = this.#ghosts.has(id);
    if (numbers === undefined) this.#ghosts.delete(id);
    const isHere = this.forget(id, numbers);
    if ((isHere || isGhost) && !this.isGone) this.#notes.push(draftDone(id, numbers));
    return isHere || isGhost;
  }

  /** As `done`, but without writing it down. */
  forget(id: string, numbers?: Iterable<number>): boolean {
    const batch = this.batches.get(id);
    if (batch === undefined) return false;
    const before = batch.left;
    if (numbers === undefined) batch.clear();
    else batch.remove(numbers);
    this.records -= before - batch.left;
    if (batch.left === 0) this.batches.delete(id);
    return true;
  }

  /** What is left of a batch, and what of it cannot be read. Rejects if that may pass. */
  async read(batch: KeptBatch): Promise<Reading> {
    const pieces: FrameRows[] = [];
    const missing: number[] = [];
    const remains: Uint8Array[] = [];
    const pace = new Pace();
    for (const span of spansOf(batch.places)) {
      const bytes = await this.#bytesOf(batch, span);
      for (const place of span.places) {
        const begin = place.position - span.begin;
        const frame = bytes?.subarray(begin, begin + place.length);
        const rows = frame && (await rowsIn(frame, place.segment));
        const kept = rows && pickRows(rows, number => number >= place.from && batch.has(number));
        await pace.spend(place.length + frameCost);
        if (kept?.id === batch.id && kept.numbers.length === place.live) {
          pieces.push(kept);
          continue;
        }
        missing.push(...batch.numbers().filter(number => number >= place.from && number < place.end));
        if (frame !== undefined) remains.push(frame);
      }
    }
    const loss = missing.length === 0 ? undefined : lossOf(batch, missing, 'unreadable');
    return { batch: joined(batch, pieces), loss, remains };
  }

  /** Removes what holds nothing any more: segments from the front, up to the first that does. Rejects if that fails. */
  async sweep(): Promise<void> {
    for (let [first] = this.segments; first?.live === 0; [first] = this.segments) {
      if (first === this.tail.segment) return;
      await this.#remove(first);
    }
  }

  /** Removes everything: nothing is kept any more. Rejects if that fails. */
  async clear(): Promise<void> {
    this.#notes = [];
    await this.tail.close();
    await this.sweep();
  }

  async #remove(segment: Segment): Promise<void> {
    try {
      await this.#store.unlink(segment.path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    this.segments.splice(this.segments.indexOf(segment), 1);
  }

  /** The bytes of a span; undefined if they are lost. */
  async #bytesOf(batch: KeptBatch, { segment, begin, end }: Span): Promise<Buffer | undefined> {
    try {
      const file = await this.#store.open(segment.path, 'read');
      try {
        const bytes = Buffer.allocUnsafeSlow(end - begin);
        return bytes.subarray(0, await file.read(bytes, begin));
      } finally {
        await file.close();
      }
    } catch (error) {
      const isForGood = codeOf(error) === 'ENOENT' || (!isPassing(error) && ++batch.failures >= mostFailures);
      if (isForGood) return undefined;
      throw error;
    }
  }
}

/** Frames of a batch that are read together: they stand close to each other. */
interface Span {
  readonly segment: Segment;
  readonly begin: number;
  end: number;
  readonly places: Place[];
}

/** How many bytes of others may stand between frames that are read together, and how many are read at most. */
const widestGap = 64 * 1024;
const longestSpan = 4 * 1024 * 1024;

function spansOf(places: readonly Place[]): Span[] {
  const spans: Span[] = [];
  for (const place of places) {
    if (place.live === 0) continue;
    const { segment, position: begin, length } = place;
    const end = begin + length;
    const last = spans.at(-1);
    const isNear = last?.segment === segment && begin >= last.end && begin - last.end <= widestGap;
    if (last !== undefined && isNear && end - last.begin <= longestSpan) {
      last.end = end;
      last.places.push(place);
    } else {
      spans.push({ segment, begin, end, places: [place] });
    }
  }
  return spans;
}

/** What was read of a batch. */
export interface Reading {
  /** What is left of it; undefined if nothing is. */
  readonly batch: SpooledBatch | undefined;
  /** The records that cannot be read. */
  readonly loss: SpoolLoss | undefined;
  /** What stands in their places. */
  readonly remains: readonly Uint8Array[];
}

async function rowsIn(frame: Buffer, { seal }: Segment): Promise<FrameRows | undefined> {
  const body = (await frameAt(frame, 0, seal)) === frame.length ? readFrame(frame) : undefined;
  return body?.kind === 'rows' ? body.rows : undefined;
}

/** How much of what is done with is remembered while the disk does not take it: without it, it is sent again. */
const mostNotes = 10_000;

/** Records of a batch that are gone; each was logged when its batch was, as far as is known here. */
export function lossOf(batch: KeptBatch, numbers: readonly number[], reason: SpoolLoss['reason']): SpoolLoss {
  const { id, since } = batch;
  return { reason, id, numbers, levels: numbers.map(number => batch.level(number)), times: numbers.map(() => since) };
}

/** The parts of a batch as one. */
function joined(batch: KeptBatch, pieces: readonly FrameRows[]): SpooledBatch | undefined {
  const [first] = pieces;
  if (first === undefined) return undefined;
  const { id, next, isTried } = batch;
  const { format, numbers, levels, times, ends, topics, payload } = pieces.length === 1 ? first : joinedRows(pieces);
  const chunk = numbers.length === next ? id : partId(id, numbers);
  return { id, chunk, numbers, format, topics, isTried, levels, times, ends, payload };
}

function joinedRows(pieces: readonly FrameRows[]): Omit<FrameRows, 'id' | 'end' | 'isTried'> {
  const count = pieces.reduce((sum, { numbers }) => sum + numbers.length, 0);
  const all = {
    format: pieces[0]?.format ?? '',
    numbers: new Uint32Array(count),
    levels: new Uint8Array(count),
    times: new Float64Array(count),
    ends: new Uint32Array(count),
    topics: [] as Topic[],
    payload: Buffer.concat(pieces.map(({ payload }) => payload))
  };
  let bytes = 0;
  let rows = 0;
  for (const piece of pieces) {
    all.numbers.set(piece.numbers, rows);
    all.levels.set(piece.levels, rows);
    all.times.set(piece.times, rows);
    for (let row = 0; row < piece.ends.length; row++) all.ends[rows + row] = bytes + (piece.ends[row] ?? 0);
    for (const { topic, end } of piece.topics) {
      if (all.topics.at(-1)?.topic === topic) all.topics.pop();
      all.topics.push({ topic, end: rows + end });
    }
    bytes += piece.payload.length;
    rows += piece.numbers.length;
  }
  return all;
}
