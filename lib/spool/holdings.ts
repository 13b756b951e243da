import type { Clock } from '../core/clock.js';
import type { Aside } from './aside.js';
import { codeOf } from './errors.js';
import { Leftovers } from './leftovers.js';
import { SpoolLog } from './log.js';
import { join } from './names.js';
import { Owner } from './owner.js';
import type { Room } from './room.js';
import { SpoolGapError, type SpoolListener, type SpoolSync } from './spool.js';
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

/** The logs of a spool: its own, which is appended to, and before it those that dead owners have left. */
export class Holdings {
  readonly #parts: HoldingsParts;
  #owner: Owner;
  #own: SpoolLog;
  #logs: SpoolLog[];
  /** The directory of the own log has been made, or is about to be. */
  #isPlaced = false;
  readonly #leftovers: Leftovers;

  constructor(parts: HoldingsParts) {
    this.#parts = parts;
    this.#owner = new Owner(parts);
    this.#own = this.#newLog();
    this.#logs = [this.#own];
    this.#leftovers = new Leftovers({ ...parts, logOf: directory => this.#logOf(directory) });
  }

  get own(): SpoolLog {
    return this.#own;
  }

  /** Whether what is written to the own log is this spool's for certain: others know that it is not for them. */
  get isOwned(): boolean {
    return this.#owner.isIntroduced && !this.#owner.isOverdue;
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
    return this.#owner.isWatching || this.#leftovers.hasUnread;
  }

  /** Takes up what dead owners have left. Rejects as `Leftovers.take` does. */
  takeUp(): Promise<void> {
    return this.#leftovers.take(this.#owner, this.present, log => {
      const place = this.#logs.findIndex(other => other === this.#own || other.directory > log.directory);
      this.#logs.splice(place, 0, log);
      if (log.records > 0) this.#parts.listener.onRecovered(log.records);
    });
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
    for (const log of this.#logs) await this.#sync(log);
  }

  /** What is appended to a log next begins a new segment. Never rejects. */
  async part(log: SpoolLog): Promise<void> {
    await this.#sync(log);
    await log.tail.close();
  }

  #sync({ tail }: SpoolLog): Promise<unknown> {
    return tail.sync().catch(error => this.#parts.listener.onError('syncing what was written', error));
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
