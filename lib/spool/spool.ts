import type { Columns } from './columns.js';

/** The part of a batch that is appended at once: all of it, or the records that have come since the last part. */
export interface SpoolPart {
  /** The id of the batch. Parts of the same id follow each other; only what is spilled may stand between. */
  readonly id: string;
  /** The number of the first record of this part within its batch: 0, or as many as have been appended before. */
  readonly from: number;
  /** The records' forms, one after the other: bytes that a spool does not look into. */
  readonly payload: Uint8Array;
  /** Where each record ends in the payload, counted from its beginning. */
  readonly ends: ArrayLike<number>;
  /** The level of each record, from 1 to 63. */
  readonly levels: ArrayLike<number>;
  /** When each record was logged, in milliseconds since the Unix epoch. */
  readonly times: ArrayLike<number>;
  /** Consecutive records of the same topic: up to before `end`, counted from the part's first record. */
  readonly topics: readonly Topic[];
  /** Whether somebody may have got the batch already: then no record is taken out of it, as its id stands for all. */
  readonly isTried: boolean;
}

/** A whole batch, and whether the caller keeps it in memory: `take` passes it by until it is released. */
export interface HeldPart {
  readonly part: SpoolPart;
  readonly isHeld: boolean;
}

/** Consecutive records that have the same topic. */
export interface Topic {
  readonly topic: string;
  /** The number of the record behind the last one. */
  readonly end: number;
}

/** A batch that has been read from the disk. */
export interface SpooledBatch extends Omit<SpoolPart, 'from' | keyof Columns>, Columns {
  /** What it is called in the spool: the id that it was appended with. */
  readonly id: string;
  /**
   * What it is sent with: `id` as long as all of its records are left, otherwise `partId(id, numbers)`: the same after
   * every crash, and never the same for other records.
   */
  readonly chunk: string;
  /** The numbers, within the batch that was appended, of the records that are left, in ascending order. */
  readonly numbers: Uint32Array;
  /** What made the payload: `msgpack`, `json`, `record`. An earlier version of the program may have used another. */
  readonly format: string;
}

/** Records that a spool does not hold any more though they were not delivered. */
export interface SpoolLoss {
  readonly reason: /** There was no room. */
    | 'queue full'
    /** They were older than `maxAge`. */
    | 'too old'
    /** What was read is not what had been written. */
    | 'unreadable';
  /** The batch that they were appended with. */
  readonly id: string;
  /** Their numbers within that batch. */
  readonly numbers: readonly number[];
  /** The level of each. */
  readonly levels: readonly number[];
  /** When each was logged, in milliseconds since the Unix epoch. */
  readonly times: readonly number[];
}

/** Part of a file that cannot be read, found when a spool is taken up. How many records it held, nobody knows. */
export interface SpoolDamage {
  readonly path: string;
  /** Where the part begins. */
  readonly position: number;
  /** How many bytes it has; undefined if the disk cannot read any of it. */
  readonly length: number | undefined;
  /** Where it is kept for inspection; undefined if that failed too. */
  readonly setAside: string | undefined;
}

/** Is told what nobody waits for. What it throws is the caller's fault. */
export interface SpoolListener {
  /** Records that a dead process has left are in this spool from now on, before all that were appended here. */
  readonly onRecovered: (records: number) => void;
  readonly onLoss: (loss: SpoolLoss) => void;
  readonly onDamage: (damage: SpoolDamage) => void;
  /**
   * What was on disk is not here any more: its directory was removed, or another process has taken it over because this one
   * was stopped for too long. What the caller has in memory can be appended again, from its first record.
   */
  readonly onGone: () => void;
  /** Something failed that will be tried again and that costs no record: noting what has arrived, deleting a file. */
  readonly onError: (what: string, error: unknown) => void;
}

/** When appended records are safe from a power cut. All are safe from the end of the process. */
export type SpoolSync =
  /** When `append` resolves. */
  | 'batch'
  /** Once a second, or after every 4 MiB. */
  | 'interval'
  /** When the operating system thinks fit. */
  | 'never';

/**
 * Batches on disk, in order, until they are done with. Owned by one target of one process; what dead processes have left
 * for a target of the same name comes before what is appended.
 *
 * Nothing is written before there is something to keep. Calls are carried out in their order, and concurrent calls of
 * `append` together: one write and one sync for all that have come while the disk was busy.
 */
export interface Spool {
  /** Records that are kept, those that were taken and are not done with included. */
  readonly records: number;
  /** Bytes on disk, with all that is dead and not yet removed. */
  readonly bytes: number;
  /** When the oldest record that is kept was logged; undefined if there is none. */
  readonly since: number | undefined;
  /** Whether `take` has something to read: a batch that nobody holds. */
  readonly hasMore: boolean;
  /** Whether the room that is left, a fifth of `maxBytes`, is for warnings and worse. */
  readonly isCrowded: boolean;

  /** Whether `spill` can be called now: what was appended before has its place, and it is known what there is. */
  readonly canSpill: boolean;

  /**
   * Takes up what dead processes have left. Resolves when that has been read through; `take` then gives it before
   * anything newer. Rejects if the directory cannot be read or made; may be called again then, and everything else may
   * be called all the same.
   */
  open(): Promise<void>;

  /**
   * Appends part of a batch. Resolves when it is as safe as `fsync` says, with the numbers of those of its records that
   * were dropped, without `onLoss`, because there was no room for them. To make room, records of the lowest level are
   * dropped, of these the oldest first; never such as are held or in a batch that was tried.
   *
   * `isHeld` says that the caller keeps the batch in memory: `take` passes it by until it is released. Of a batch that is
   * held no record is dropped: there is room for all of the part, or the promise rejects.
   *
   * Rejects with a `SpoolFullError`, or with the error of the disk: none of the part is kept then, or, for all that the
   * caller can know, some of it is, and all may be appended again under the same id. Rejects with a `SpoolGapError` if
   * records before the part are not here.
   */
  append(part: SpoolPart, isHeld: boolean): Promise<readonly number[]>;

  /**
   * Reads the oldest batch that nobody holds; the caller holds it from then on. Undefined if there is none. Rejects if it
   * cannot be read now; a batch that can never be read is set aside, told to `onLoss`, and passed by.
   */
  take(): Promise<SpooledBatch | undefined>;

  /** The caller does not keep this batch in memory any more: `take` will give it again, in its place. */
  release(id: string): void;

  /**
   * The batch, or these of its records, need not be kept any longer: they have arrived, or gone elsewhere. That is
   * written without a sync: after a crash the batch may be given again, with the same `chunk`. A batch that is not here
   * is fine. Never throws.
   */
  done(id: string, numbers?: readonly number[]): void;

  /** Keeps a held batch of an unknown or broken format in a file of its own, for inspection, and is done with it. */
  setAside(id: string): Promise<void>;

  /**
   * Appends whole batches on the caller's stack, for one who comes faster than the disk, or gives the event loop no turn.
   * Returns how many, from the first, are kept; 0 if it cannot be done now.
   */
  spill(batches: readonly HeldPart[]): number;

  /** Appends whole batches on the stack of the process's `exit` event. Returns how many, from the first, are kept. */
  appendSync(batches: readonly SpoolPart[]): number;

  /**
   * Resolves when everything has been written and freed, and what is still kept can be taken up by another process.
   * What is empty is removed. Never rejects. A second call returns the same promise.
   */
  close(): Promise<void>;
}

/** There is no room in a spool, and nothing in it that may be dropped. */
export class SpoolFullError extends Error {
  override name = 'SpoolFullError';
}

/**
 * Records before those of a part are not in the spool: they were left out, or have gone meanwhile, of which `onGone` tells.
 * All of the batch can be appended again.
 */
export class SpoolGapError extends RangeError {
  override name = 'SpoolGapError';
}

/** What was left was written by another kind of target. It stays on disk. */
export class SpoolFormatError extends Error {
  override name = 'SpoolFormatError';

  constructor(records: number, left: string, own: string) {
    super(
      `${records} record(s) of a target of this name are in the form '${left}', which this one, that writes '${own}', cannot send: ` +
        "they stay there; give it another name, or send them as they are by 'npx logflume spool replay'"
    );
  }
}
