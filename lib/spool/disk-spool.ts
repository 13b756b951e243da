import { resolve } from 'node:path';
import type { Clock } from '../core/clock.js';
import { Aside } from './aside.js';
import { type AtOnce, writeAtOnce } from './at-once.js';
import { Chain } from './chain.js';
import { isFull } from './errors.js';
import type { Draft } from './frame.js';
import { GroupCommit } from './group-commit.js';
import { Holdings } from './holdings.js';
import type { SpoolLog } from './log.js';
import { fileName, join } from './names.js';
import { nodeStore } from './node-store.js';
import { heartbeat } from './owner.js';
import { Reader } from './reader.js';
import { Room } from './room.js';
import { makeSpace, type SpaceParts } from './space.js';
import { Spills } from './spills.js';
import type { HeldPart, Spool, SpooledBatch, SpoolListener, SpoolPart, SpoolSync } from './spool.js';
import type { SpoolStore } from './store.js';

/** What a spool works with. */
export interface DiskSpoolParts {
  /** Where spools are; each target has a directory of its own in it. */
  readonly directory: string;
  /** The name of the target: what was left for it is found by that. */
  readonly name: string;
  /** What makes the payloads: `msgpack`, `json`, `record`. */
  readonly format: string;
  /** Bytes on disk at most. */
  readonly maxBytes: number;
  /** Milliseconds after which a record is given up; `Infinity` for never. */
  readonly maxAge: number;
  readonly fsync: SpoolSync;
  readonly clock: Clock;
  readonly listener: SpoolListener;
  /** Default: the machine's disk. */
  readonly store?: SpoolStore;
}

/** Milliseconds after which what was written is synced, if that is not done for every batch. */
const syncInterval = 1000;

/** Milliseconds after which the last file of a spool that has become empty is removed: mostly something comes before. */
const idleTime = 1000;

/** After how many heartbeats is looked for what others have left who died meanwhile: a minute. */
const claimBeats = 12;

/** The directories of targets that are in use, by the disk they are on. */
const inUse = new WeakMap<SpoolStore, Set<string>>();

/** The spool of one target, on disk: logs of append-only segments. */
export class DiskSpool implements Spool {
  readonly #parts: DiskSpoolParts;
  readonly #store: SpoolStore;
  readonly #directory: string;
  readonly #room: Room;
  readonly #holdings: Holdings;
  readonly #space: SpaceParts;
  readonly #reader: Reader;
  readonly #commit: GroupCommit;
  readonly #spills = new Spills();
  /** All that touches the disk, one after the other. */
  readonly #chain = new Chain();
  #isAwake = false;
  #isCrowded = false;
  #beats = 0;
  #pulse: unknown;
  #syncTimer: unknown;
  #idleTimer: unknown;
  #closed: Promise<void> | undefined;

  /** Throws a `TypeError` if another target of this name uses the same directory: one would take what both have left. */
  constructor(parts: DiskSpoolParts) {
    this.#parts = parts;
    this.#store = parts.store ?? nodeStore;
    this.#directory = join(resolve(parts.directory), fileName(parts.name));
    this.#room = new Room(parts.maxBytes);
    const used = inUse.get(this.#store) ?? new Set();
    if (used.has(this.#directory)) {
      throw new TypeError(
        `spool.directory must not be the same for two targets with the name '${parts.name}', got ${parts.directory}; give each a name of its own`
      );
    }
    inUse.set(this.#store, used.add(this.#directory));
    const own = { store: this.#store, directory: this.#directory, room: this.#room };
    const aside = new Aside(own);
    this.#holdings = new Holdings({ ...parts, ...own, aside });
    this.#reader = new Reader({ ...parts, aside, holdings: this.#holdings, onDone: () => this.#wake() });
    const { fsync, listener, format } = parts;
    const onLoss = listener.onLoss;
    this.#space = { store: this.#store, room: this.#room, isSafe: fsync !== 'never', onLoss };
    this.#commit = new GroupCommit({ ...this.#space, holdings: this.#holdings, format });
  }

  get records(): number {
    return this.#holdings.records + this.#spills.records;
  }

  get bytes(): number {
    return this.#holdings.bytes + this.#spills.bytes;
  }

  get since(): number | undefined {
    return this.#holdings.logs.find(({ since }) => since !== undefined)?.since;
  }

  get hasMore(): boolean {
    return !this.#spills.isEmpty || this.#holdings.logs.some(({ next }) => next !== undefined);
  }

  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  get canSpill(): boolean {
    return this.#closed === undefined && this.#commit.isPlaced && this.#holdings.isOwned;
  }

  open(): Promise<void> {
    this.#beat();
    return this.#run(async () => {
      await this.#holdings.takeUp();
      await this.#makeRoom();
    });
  }

  append(part: SpoolPart, isHeld: boolean): Promise<readonly number[]> {
    if (this.#closed !== undefined) return Promise.reject(new Error('the spool is closed'));
    this.#beat();
    const appended = this.#commit.add(part, isHeld);
    this.#wake();
    return appended;
  }

  take(): Promise<SpooledBatch | undefined> {
    return this.#run(async () => {
      await this.#enterSpills();
      return this.#reader.take();
    });
  }

  release(id: string): void {
    for (const { batches } of this.#holdings.logs) {
      const batch = batches.get(id);
      if (batch !== undefined) batch.isHeld = false;
    }
  }

  done(id: string, numbers?: readonly number[]): void {
    const note = () => {
      for (const log of this.#holdings.logs) log.done(id, numbers);
    };
    if (this.#commit.has(id) || this.#spills.has(id)) void this.#run(async () => note());
    else note();
    this.#wake();
  }

  setAside(id: string): Promise<void> {
    return this.#run(() => this.#reader.setAside(id));
  }

  spill(batches: readonly HeldPart[]): number {
    if (!this.canSpill) return 0;
    const log = this.#holdings.placed();
    const parts = batches.map(({ part }) => part);
    const written = this.#writeAtOnce(parts, { log, notes: [] }, 'writing what memory has no room for');
    for (const [index, one] of written.entries()) this.#spills.add(log, one, batches[index]?.isHeld ?? false);
    this.#isCrowded = this.#room.isCrowded(this.bytes);
    this.#wake();
    return written.length;
  }

  appendSync(batches: readonly SpoolPart[]): number {
    const log = this.#holdings.placed();
    const notes = log.takeNotes();
    return this.#writeAtOnce(batches, { log, notes }, 'writing what was left at the end of the process').length;
  }

  /** What of the batches could be written on this stack: on a disk that is full, half of them, or half of these. */
  #writeAtOnce(
    batches: readonly SpoolPart[],
    { log, notes }: { readonly log: SpoolLog; readonly notes: readonly Draft[] },
    what: string
  ): readonly AtOnce[] {
    const { format, fsync, listener } = this.#parts;
    const room = -this.#room.lacking(this.bytes, 0);
    const parts = { store: this.#store, format, isSafe: fsync !== 'never', notes, room };
    for (let count = batches.length; ; count >>= 1) {
      try {
        return writeAtOnce(batches.slice(0, count), { ...parts, segment: log.tail.fresh() });
      } catch (error) {
        if (isFull(error) && count > 1) continue;
        listener.onError(what, error);
        return [];
      }
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Has work done when all before it is. */
  #run<T>(work: () => Promise<T>): Promise<T> {
    return this.#chain.run(async () => {
      try {
        return await work();
      } finally {
        this.#isCrowded = this.#room.isCrowded(this.bytes);
      }
    });
  }

  /** Sees to it that what waits is written. */
  #wake(): void {
    if (this.#isAwake || this.#closed !== undefined) return;
    this.#isAwake = true;
    void this.#run(async () => {
      this.#isAwake = false;
      await this.#write();
      if (!this.#commit.isEmpty) this.#wake();
    });
  }

  /** Writes some of what waits, and what is done with. Never rejects. */
  async #write(): Promise<void> {
    await this.#enterSpills();
    await this.#commit.write();
    for (const log of this.#holdings.logs) {
      if (!log.hasNotes) continue;
      await log.append([], false).catch(error => this.#parts.listener.onError('noting what has arrived', error));
    }
    await this.#holdings.tidy();
    this.#plan();
  }

  /** What was written at once comes behind what was being written then, and before what is written now. */
  async #enterSpills(): Promise<void> {
    for (const log of this.#spills.enter()) await this.#holdings.part(log);
  }

  /** What has been taken up may be more than there is room for. */
  async #makeRoom(): Promise<void> {
    const { listener } = this.#parts;
    await makeSpace(this.#holdings.present, [], this.#space).catch(error => listener.onError('making room', error));
    await this.#holdings.tidy();
  }

  /** What is to be done later if nothing else comes. */
  #plan(): void {
    if (this.#closed !== undefined) return;
    const { clock, fsync } = this.#parts;
    const { own, logs } = this.#holdings;
    if (fsync === 'interval' && logs.some(({ tail }) => tail.isDirty)) {
      this.#syncTimer ??= clock.setTimeout(() => {
        this.#syncTimer = undefined;
        void this.#run(() => this.#holdings.sync());
      }, syncInterval);
    }
    if (own.records > 0 || own.bytes === 0) return;
    this.#idleTimer ??= clock.setTimeout(() => {
      this.#idleTimer = undefined;
      void this.#run(() => this.#holdings.clearOwn());
    }, idleTime);
  }

  /** Gives signs of life from now on. */
  #beat(): void {
    if (this.#closed !== undefined) return;
    this.#pulse ??= this.#parts.clock.setTimeout(() => {
      this.#pulse = undefined;
      this.#beat();
      void this.#run(() => this.#live());
    }, heartbeat);
  }

  async #live(): Promise<void> {
    if (this.#closed !== undefined) return;
    await this.#holdings.beat();
    await this.#reader.expire();
    this.#beats++;
    if (!this.#holdings.isExpectant && this.#beats % claimBeats > 0) return;
    await this.#holdings
      .takeUp()
      .catch(error => this.#parts.listener.onError('looking for what other processes have left', error));
    await this.#makeRoom();
  }

  async #close(): Promise<void> {
    const { clock } = this.#parts;
    for (const timer of [this.#pulse, this.#syncTimer, this.#idleTimer]) clock.clearTimeout(timer);
    await this.#run(async () => {
      do await this.#write();
      while (!this.#commit.isEmpty);
      await this.#holdings.close();
    });
    inUse.get(this.#store)?.delete(this.#directory);
  }
}
