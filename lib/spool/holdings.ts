import type { Clock } from '../core/clock.js';
import type { Aside } from './aside.js';
import { codeOf, isPassing } from './errors.js';
import { SpoolLog } from './log.js';
import { join } from './names.js';
import { Owner } from './owner.js';
import { recover } from './recovery.js';
import type { Room } from './room.js';
import { Segment } from './segment.js';
import { SpoolFormatError, SpoolGapError, type SpoolListener, type SpoolSync } from './spool.js';
import type { SpoolStore } from './store.js';

/** What holdings work with. */
export interface HoldingsParts {
  readonly store: SpoolStore;
  readonly clock: Clock;
  /** The directory of the target. */
  readonly directory: string;
  readonly room: Room;
  readonly aside: Aside;
  readonly fsync: SpoolSync;
  /** What makes the payloads here. */
  readonly format: string;
  readonly listener: SpoolListener;
}

/** How often a log is tried to be read before it is given up, for now or in part. */
const attempts = 3;

/** The logs of a spool: its own, which is appended to, and before it those that dead owners have left. */
export class Holdings {
  readonly #parts: HoldingsParts;
  #owner: Owner;
  #own: SpoolLog;
  #logs: SpoolLog[];
  /** The directory of the own log has been made, or is about to be. */
  #isPlaced = false;
  /** Directories of logs that could not be read before. */
  readonly #stubborn = new Set<string>();
  /** Directories of logs that another kind of target has left, which alone can send them. */
  readonly #foreign = new Set<string>();
  /** There are logs that could not be read yet. */
  #hasUnread = false;

  constructor(parts: HoldingsParts) {
    this.#parts = parts;
    this.#owner = new Owner(parts);
    this.#own = this.#newLog();
    this.#logs = [this.#own];
  }

  get own(): SpoolLog {
    return this.#own;
  }

  /** The own log, for somebody who makes its directory himself. */
  placed(): SpoolLog {
    this.#isPlaced = true;
    return this.#own;
  }

  /** In the order in which they are emptied. */
  get logs(): readonly SpoolLog[] {
    return this.#logs;
  }

  /** Those that are here. */
  get present(): readonly SpoolLog[] {
    return this.#logs.filter(({ isGone }) => !isGone);
  }

  get records(): number {
    return this.#logs.reduce((sum, { records }) => sum + records, 0);
  }

  get bytes(): number {
    return this.#logs.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether there may be more to take up soon. */
  get isExpectant(): boolean {
    return this.#owner.isWatching || this.#hasUnread;
  }

  /**
   * Takes up what dead owners have left. Rejects if it cannot be looked for or read, and is to be called again then. A log
   * that cannot be read the second time either is told, and passed by until this is called again.
   */
  async takeUp(): Promise<void> {
    const { listener, aside } = this.#parts;
    const claimed = await this.#owner.claim(this.#taking());
    await aside.look();
    const isKnown = (directory: string) =>
      this.#foreign.has(directory) || this.#logs.some(log => log.directory === directory);
    const unread = claimed.filter(directory => !isKnown(directory));
    this.#hasUnread = unread.length > 0;
    for (const directory of unread) {
      let log: SpoolLog;
      try {
        log = await this.#recover(directory);
      } catch (error) {
        if (isPassing(error) || !this.#stubborn.has(directory)) {
          this.#stubborn.add(directory);
          throw error;
        }
        listener.onError('reading what an earlier process has left', error);
        continue;
      }
      if (this.#isForeign(log) || (await this.#isTwin(log))) continue;
      const place = this.#logs.findIndex(other => other === this.#own || other.directory > directory);
      this.#logs.splice(place, 0, log);
      if (log.records > 0) listener.onRecovered(log.records);
    }
    this.#hasUnread = !unread.every(isKnown);
  }

  /** Removes what holds nothing any more, but for the own log's last segment. Never rejects. */
  tidy(): Promise<void> {
    return this.#cleaning(async () => {
      for (const log of this.#logs.filter(one => one !== this.#own)) {
        if (log.records > 0) await log.sweep();
        else await this.#remove(log);
      }
      await this.#own.sweep();
    });
  }

  /** Removes the own log's last segment too, if it holds nothing. Never rejects. */
  clearOwn(): Promise<void> {
    return this.#cleaning(async () => {
      if (this.#own.records === 0) await this.#own.clear();
    });
  }

  /** Syncs what has not been. Never rejects. */
  async sync(): Promise<void> {
    for (const { tail } of this.#logs) {
      await tail.sync().catch(error => this.#parts.listener.onError('syncing what was written', error));
    }
  }

  /** Gives a sign of life. If somebody has taken the owner for dead, it begins anew as another. Never rejects. */
  async beat(): Promise<void> {
    try {
      await this.#owner.beat();
    } catch (error) {
      if (codeOf(error) === 'ENOENT') await this.#beginAnew();
      else this.#parts.listener.onError('giving a sign of life', error);
    }
  }

  /**
   * Makes sure that what was just written is still here, if this process may have been stopped for so long that another one
   * has taken it over. A log is taken over by being renamed: who finds a file under its old name has written to it before.
   */
  async assure(): Promise<void> {
    const { segment } = this.#own.tail;
    if (segment === undefined || !this.#owner.isOverdue) return;
    try {
      await this.#parts.store.touched(segment.path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await this.#beginAnew();
      throw new SpoolGapError('what was written has been taken over by another process, or was removed');
    }
    await this.beat();
  }

  /** Whether what is here has gone, and another owner has begun. */
  async hasGone(): Promise<boolean> {
    const own = this.#own;
    await this.beat();
    return this.#own !== own;
  }

  /** This batch has been appended again: what has gone of it is not missed. */
  supersede(id: string): void {
    for (const log of this.#logs) if (log.isGone) log.forget(id);
  }

  /** Another owner begins a new log, as what there was has gone. */
  async #beginAnew(): Promise<void> {
    const { listener } = this.#parts;
    await this.#owner.leave();
    for (const log of this.#logs) {
      log.isGone = true;
      log.takeNotes();
      await log.tail.close();
    }
    this.#owner = new Owner(this.#parts);
    this.#isPlaced = false;
    this.#own = this.#newLog();
    this.#logs.push(this.#own);
    listener.onError('keeping the spool', new Error('its directory was removed, or taken over by another process'));
    listener.onGone();
  }

  /** Leaves everything to others. Never rejects. */
  async close(): Promise<void> {
    await this.sync();
    for (const log of this.#logs) {
      if (log.records > 0) await log.tail.close();
      else if (log !== this.#own || this.#isPlaced) await this.#cleaning(() => this.#remove(log));
    }
    await this.#owner.leave();
  }

  /**
   * Whether a log must wait because it holds the rest of a batch of which another log here holds the beginning. What both
   * hold is left to that one: a process whose log was taken over has written it again.
   */
  async #isTwin(log: SpoolLog): Promise<boolean> {
    let isTwin = false;
    for (const [id, batch] of log.batches) {
      const next = Math.max(...this.present.map(({ batches }) => batches.get(id)?.next ?? 0));
      if (next === 0) continue;
      const both = batch.numbers().filter(number => number < next);
      if (both.length > 0) log.done(id, both);
      isTwin ||= log.batches.has(id);
    }
    await log.append([], false).catch(error => this.#parts.listener.onError('noting what was there twice', error));
    if (isTwin) await log.tail.close();
    return isTwin;
  }

  /**
   * Of several dead processes, each could leave as much as there is room for here. What is too much stays where it is, until
   * there is room or another process takes it: to take it up would be to drop it.
   */
  #taking(): (log: string) => Promise<boolean> {
    let bytes = this.bytes;
    return async log => {
      const isFirst = bytes === 0;
      bytes += await bytesIn(this.#parts.store, log);
      return isFirst || this.#parts.room.mayTakeUp(bytes);
    };
  }

  /** Whether a log is left where it is, as nothing in it can be understood here; it is told then. */
  #isForeign({ directory, batches, records }: SpoolLog): boolean {
    const { format, listener } = this.#parts;
    const [first] = batches.values();
    if (first === undefined || [...batches.values()].some(batch => batch.format === format)) return false;
    this.#foreign.add(directory);
    listener.onError('taking up what was left', new SpoolFormatError(records, first.format, format));
    return true;
  }

  /** The log in a directory. What goes wrong once may go well when it is tried again; if not, it is the disk. */
  async #recover(directory: string): Promise<SpoolLog> {
    const { store, aside, fsync, listener } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      const log = this.#logOf(directory);
      try {
        await recover(log, {
          store,
          aside,
          isSafe: fsync !== 'never',
          isLastAttempt: attempt === attempts,
          ...listener
        });
        return log;
      } catch (error) {
        if (attempt === attempts) throw error;
      }
    }
  }

  async #remove(log: SpoolLog): Promise<void> {
    await log.clear();
    await this.#parts.store.rmdir(log.directory).catch(error => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
    this.#logs = this.#logs.filter(one => one !== log);
  }

  async #cleaning(work: () => Promise<void>): Promise<void> {
    await work().catch(error => this.#parts.listener.onError('deleting a file that is not used', error));
  }

  #newLog(): SpoolLog {
    return this.#logOf(join(this.#parts.directory, this.#owner.logName()));
  }

  #logOf(directory: string): SpoolLog {
    const { store, room, fsync } = this.#parts;
    const log: SpoolLog = new SpoolLog({
      store,
      directory,
      segmentBytes: room.segmentBytes,
      fsync,
      prepare: async () => {
        // That of an earlier owner is there, or was taken away.
        if (log === this.#own && log.segments.length === 0) await this.#prepare(log);
      }
    });
    return log;
  }

  /** Makes the directory of the own log, which comes behind all that there are. */
  async #prepare(log: SpoolLog): Promise<void> {
    await this.#owner.settle();
    if (!this.#isPlaced) log.directory = join(this.#parts.directory, this.#owner.logName());
    await this.#parts.store.mkdir(log.directory);
    this.#isPlaced = true;
  }
}

/** Bytes of the segments in a log's directory, as far as that can be told. */
async function bytesIn(store: SpoolStore, directory: string): Promise<number> {
  let bytes = 0;
  for (const name of await store.list(directory).catch(() => [])) {
    const segment = Segment.named(directory, name);
    if (segment !== undefined) bytes += await segment.length(store).catch(() => 0);
  }
  return bytes;
}
