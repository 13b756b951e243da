import { codeOf } from './errors.js';
import { type Draft, sealed } from './frame.js';
import { magic, Segment } from './segment.js';
import type { SpoolSync } from './spool.js';
import type { SpoolFile, SpoolStore } from './store.js';

/** What the end of a log is written with. */
export interface TailParts {
  readonly store: SpoolStore;
  readonly directory: () => string;
  /** The segments of the log, in order; new ones are added. */
  readonly segments: Segment[];
  /** Bytes from which on the next frames go to a new segment. */
  readonly segmentBytes: number;
  readonly fsync: SpoolSync;
  /** Makes the directory, if it is not there. */
  readonly prepare: () => Promise<void>;
}

/** Where a frame was written. */
export interface Spot {
  readonly segment: Segment;
  readonly position: number;
  readonly length: number;
}

interface OpenSegment {
  readonly segment: Segment;
  readonly file: SpoolFile;
}

/** How many bytes that have not been synced are kept in memory, to be written again if the sync fails. */
const mostUnsynced = 4 * 1024 * 1024;

/**
 * The end of a log, where frames are appended. What fails half way is cut off again.
 *
 * After a failed sync nothing is known of what was written since the last one, and the next sync would not tell: Linux
 * reports such an error once. So it is written again, to a new segment.
 */
export class Tail {
  readonly #parts: TailParts;
  #open: OpenSegment | undefined;
  #hasBegun = false;
  /** What was written since the last sync. */
  #unsynced: Draft[] = [];
  #unsyncedBytes = 0;
  /** The number that a segment of the log was given last. */
  #number = 0;
  /** What is appended has its place: in a segment that is before all that are made from now on. */
  isPlaced = false;

  constructor(parts: TailParts) {
    this.#parts = parts;
  }

  /** The segment that is written to. */
  get segment(): Segment | undefined {
    return this.#open?.segment;
  }

  /** Whether there has ever been a file to write to: if not, nothing can have been left half written. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether something waits for `sync`. */
  get isDirty(): boolean {
    return this.#unsynced.length > 0;
  }

  /**
   * Appends frames, together. Resolves with where they stand; `isUrgent`: when they have been synced, if that is wanted
   * for every batch. Rejects if they could not all be written; none of them is there then, as far as the disk lets us.
   */
  async append(drafts: readonly Draft[], isUrgent: boolean): Promise<readonly Spot[]> {
    try {
      return await this.#append(drafts, isUrgent);
    } finally {
      this.isPlaced = false;
    }
  }

  async #append(drafts: readonly Draft[], isUrgent: boolean): Promise<readonly Spot[]> {
    const { fsync } = this.#parts;
    const spots = await this.#write(drafts).catch(error => {
      // A file of its own may take what this one has no room for: there are limits of files, too (ulimit -f).
      if (codeOf(error) !== 'EFBIG' || this.#open === undefined) throw error;
      return this.#writeElsewhere(drafts);
    });
    if (fsync === 'never') return spots;
    this.#unsynced.push(...drafts);
    this.#unsyncedBytes += bytesOf(drafts);
    if (!(isUrgent && fsync === 'batch') && this.#unsyncedBytes < mostUnsynced) return spots;
    const moved = await this.sync();
    // What was written before these, and again now, is still looked for where it was.
    return moved?.slice(-drafts.length) ?? spots;
  }

  /** Syncs what was written. Resolves with where it stands now if it had to be written again. */
  async sync(): Promise<readonly Spot[] | undefined> {
    const drafts = this.#unsynced;
    if (this.#open === undefined || drafts.length === 0) return undefined;
    try {
      await this.#open.file.sync();
      this.#forget();
      return undefined;
    } catch {
      await this.close(); // if it fails again, that is told
    }
    const spots = await this.#write(drafts);
    try {
      await this.#open.file.sync();
    } catch (error) {
      await this.close();
      throw error;
    }
    return spots;
  }

  /** A segment behind all others, which does not exist yet. */
  fresh(): Segment {
    const { directory, segments } = this.#parts;
    this.#number = Math.max(this.#number, segments.at(-1)?.number ?? 0) + 1;
    return Segment.fresh(directory(), this.#number);
  }

  /** The next frames begin a new segment. Never rejects. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#forget();
    await open?.file.close().catch(() => undefined); // nothing is lost with it: what counts has been synced
  }

  async #write(drafts: readonly Draft[]): Promise<Spot[]> {
    const current = await this.#current();
    this.isPlaced = true;
    const { segment, file } = current;
    const start = segment.size;
    const chunks: Uint8Array[] = start === 0 ? [magic] : [];
    let position = start === 0 ? magic.length : start;
    const spots = drafts.map(draft => {
      const spot = { segment, position, length: draft.length };
      chunks.push(...sealed(draft, segment.seal));
      position += draft.length;
      return spot;
    });
    try {
      await file.write(chunks, start);
    } catch (error) {
      await this.#undo(current);
      throw error;
    }
    segment.size = position;
    return spots;
  }

  async #writeElsewhere(drafts: readonly Draft[]): Promise<Spot[]> {
    if (this.isDirty) await this.sync();
    await this.close();
    return this.#write(drafts);
  }

  async #current(): Promise<OpenSegment> {
    if ((this.#open?.segment.size ?? 0) >= this.#parts.segmentBytes) {
      if (this.isDirty) await this.sync();
      if ((this.#open?.segment.size ?? 0) >= this.#parts.segmentBytes) await this.close();
    }
    this.#open ??= await this.#create();
    return this.#open;
  }

  async #create(): Promise<OpenSegment> {
    const { store, directory, segments, fsync, prepare } = this.#parts;
    await prepare();
    const segment = this.fresh();
    this.isPlaced = true;
    const file = await store.open(segment.path, 'create');
    this.#hasBegun = true;
    segments.push(segment);
    const created = { segment, file };
    try {
      if (fsync !== 'never') await store.syncDirectory(directory());
    } catch (error) {
      await this.#undo(created);
      throw error;
    }
    return created;
  }

  /** Cuts off what a write that failed may have left behind. */
  async #undo({ segment, file }: OpenSegment): Promise<void> {
    const { store, segments } = this.#parts;
    try {
      if (segment.size > 0) {
        await file.truncate(segment.size);
        return;
      }
      segments.splice(segments.indexOf(segment), 1);
      await this.close();
      await store.unlink(segment.path);
    } catch {
      await this.close(); // whoever reads it finds a torn end
    }
  }

  #forget(): void {
    this.#unsynced = [];
    this.#unsyncedBytes = 0;
  }
}

function bytesOf(drafts: readonly Draft[]): number {
  return drafts.reduce((sum, { length }) => sum + length, 0);
}
