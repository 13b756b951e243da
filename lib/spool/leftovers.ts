import type { Aside } from './aside.js';
import { isPassing } from './errors.js';
import type { SpoolLog } from './log.js';
import type { Owner } from './owner.js';
import { recover } from './recovery.js';
import type { Room } from './room.js';
import { Segment } from './segment.js';
import { SpoolFormatError, type SpoolListener, type SpoolSync } from './spool.js';
import type { SpoolStore } from './store.js';

/** What leftovers are taken up with. */
export interface LeftoversParts {
  readonly store: SpoolStore;
  readonly room: Room;
  readonly aside: Aside;
  readonly fsync: SpoolSync;
  /** What makes the payloads here. */
  readonly format: string;
  readonly listener: SpoolListener;
  /** An empty log for a directory. */
  readonly logOf: (directory: string) => SpoolLog;
}

/** How often a log is tried to be read before it is given up, for now or in part. */
const attempts = 3;

/** What dead owners have left: logs that are claimed, read, and taken up if that can be done here. */
export class Leftovers {
  readonly #parts: LeftoversParts;
  /** Directories of logs that could not be read before. */
  readonly #stubborn = new Set<string>();
  /** Directories of logs that another kind of target has left, which alone can send them. */
  readonly #foreign = new Set<string>();
  #hasUnread = false;

  constructor(parts: LeftoversParts) {
    this.#parts = parts;
  }

  /** Whether there are logs that were claimed and could not be taken up yet. */
  get hasUnread(): boolean {
    return this.#hasUnread;
  }

  /**
   * Claims logs for an owner who has those that are `here`, and gives those that can be taken up to `found`, the oldest
   * first. Rejects if they cannot be looked for or read, and is to be called again then. A log that cannot be read the second
   * time either is told, and passed by until this is called again.
   */
  async take(owner: Owner, here: readonly SpoolLog[], found: (log: SpoolLog) => void): Promise<void> {
    const { listener, aside } = this.#parts;
    const claimed = await owner.claim(this.#choice(here));
    await aside.look();
    const all = [...here];
    const isKnown = (directory: string) => this.#foreign.has(directory) || all.some(log => log.directory === directory);
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
      if (this.#isForeign(log) || (await this.#isTwin(log, all))) continue;
      all.push(log);
      found(log);
    }
    this.#hasUnread = !unread.every(isKnown);
  }

  /**
   * Which logs are claimed. Of several dead processes, each could leave as much as there is room for here. What is too much stays where it is, until
   * there is room or another process takes it: to take it up would be to drop it.
   */
  #choice(here: readonly SpoolLog[]): (log: string) => Promise<boolean> {
    let bytes = here.reduce((sum, log) => sum + log.bytes, 0);
    return async log => {
      const isFirst = bytes === 0;
      bytes += await bytesIn(this.#parts.store, log);
      return isFirst || this.#parts.room.mayTakeUp(bytes);
    };
  }

  /** The log in a directory. What goes wrong once may go well when it is tried again; if not, it is the disk. */
  async #recover(directory: string): Promise<SpoolLog> {
    const { store, aside, fsync, listener, logOf } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      const log = logOf(directory);
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

  /** Whether a log is left where it is, as nothing in it can be understood here; it is told then. */
  #isForeign({ directory, batches, records }: SpoolLog): boolean {
    const { format, listener } = this.#parts;
    const [first] = batches.values();
    if (first === undefined || [...batches.values()].some(batch => batch.format === format)) return false;
    this.#foreign.add(directory);
    listener.onError('taking up what was left', new SpoolFormatError(records, first.format, format));
    return true;
  }

  /**
   * Whether a log must wait because it holds the rest of a batch of which another log here holds the beginning. What both
   * hold is left to that one: a process whose log was taken over has written it again.
   */
  async #isTwin(log: SpoolLog, here: readonly SpoolLog[]): Promise<boolean> {
    let isTwin = false;
    for (const [id, batch] of log.batches) {
      const next = Math.max(...here.map(({ batches }) => batches.get(id)?.next ?? 0));
      if (next === 0) continue;
      const both = batch.numbers().filter(number => number < next);
      if (both.length > 0) log.done(id, both);
      isTwin ||= log.batches.has(id);
    }
    await log.append([], false).catch(error => this.#parts.listener.onError('noting what was there twice', error));
    if (isTwin) await log.tail.close();
    return isTwin;
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
