import { Appends, Coming, rowsOf, type Waiting } from './appends.js';
import { codeOf, isFull } from './errors.js';
import type { Holdings } from './holdings.js';
import type { Room } from './room.js';
import { makeSpace, type SpaceParts } from './space.js';
import { SpoolFullError, SpoolGapError, type SpoolPart } from './spool.js';

/** Bytes that are written together: more than come together, which are made frames of, and checked, within two milliseconds. */
const mostTogether = 8 * 1024 * 1024;

/** What parts are committed with. */
export interface GroupCommitParts extends SpaceParts {
  readonly holdings: Holdings;
  readonly room: Room;
  readonly format: string;
}

/** Writes the parts of batches that have come while the disk was busy: together, with one write and one sync. */
export class GroupCommit {
  readonly #parts: GroupCommitParts;
  readonly #appends = new Appends();

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#appends.isEmpty;
  }

  /** Whether all that was added has its place, in a segment that is before all that are made from now on. */
  get isPlaced(): boolean {
    return this.isEmpty && (!this.#appends.isBusy || this.#parts.holdings.own.tail.isPlaced);
  }

  /** Whether part of this batch waits, or is being written. */
  has(id: string): boolean {
    return this.#appends.has(id);
  }

  /** Settles when the part has been written, as `Spool.append` does. */
  add(part: SpoolPart, isHeld: boolean): Promise<readonly number[]> {
    return this.#appends.add(part, isHeld);
  }

  /** Writes what waits, up to some bytes. Never rejects. */
  async write(): Promise<void> {
    const group = this.#appends.take(Math.min(mostTogether, this.#parts.room.segmentBytes));
    const error = await this.#write(group);
    if (error === undefined) return;
    const mayFitApart = group.length > 1 && (error instanceof SpoolFullError || isFull(error));
    if (!mayFitApart) this.#fail(group, error);
    else await this.#writeApart(group);
  }

  /** Each alone; on a disk that is full, as many as there is room for, in their order. */
  async #writeApart(group: readonly Waiting[]): Promise<void> {
    let error: unknown;
    for (const one of group) {
      if (!isFull(error)) error = await this.#write([one]);
      if (error !== undefined) this.#fail([one], error);
    }
  }

  #fail(group: readonly Waiting[], error: unknown): void {
    for (const one of group) {
      this.#parts.holdings.own.haunt(one.part.id);
      this.#appends.reject(one, error);
    }
  }

  /** Resolves with what went wrong: none of them is kept then, as far as is known. */
  async #write(group: readonly Waiting[]): Promise<unknown> {
    try {
      await this.#append(this.#comingOf(group));
      return undefined;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && (await this.#parts.holdings.hasGone())) {
        return new SpoolGapError('what was there has gone');
      }
      return error ?? new Error('the store has failed without saying why');
    }
  }

  async #append(coming: readonly Coming[]): Promise<void> {
    if (coming.length === 0) return;
    const { holdings } = this.#parts;
    const { own } = holdings;
    await makeSpace(holdings.present, coming, this.#parts);
    const written = coming.filter(({ rows }) => rows.numbers.length > 0);
    const drafts = written.map(({ draft }) => draft);
    const spots = await own.append(drafts, true);
    await holdings.assure();
    for (const [index, { rows, waiting }] of written.entries()) {
      const spot = spots[index];
      if (spot !== undefined) own.add(rows, spot);
      holdings.supersede(rows.id);
      const batch = own.batches.get(rows.id);
      if (batch !== undefined) batch.isHeld = waiting.isHeld;
    }
    for (const { waiting, dropped } of coming) this.#appends.resolve(waiting, dropped);
  }

  /** What is not there yet. Settles those of whom nothing is left to be written, and those that leave records out. */
  #comingOf(group: readonly Waiting[]): Coming[] {
    const { holdings, format } = this.#parts;
    const nexts = new Map<string, number>();
    return group.flatMap(waiting => {
      const { part } = waiting;
      const { id, from, levels } = part;
      const next = nexts.get(id) ?? holdings.own.batches.get(id)?.next ?? 0;
      const end = from + levels.length;
      if (from > next) {
        const fault = `batch ${id} has ${next} record(s) in the spool; none may be left out before ${from}`;
        this.#appends.reject(waiting, new SpoolGapError(fault));
        return [];
      }
      if (end <= next) {
        this.#appends.resolve(waiting, []);
        return [];
      }
      nexts.set(id, end);
      return new Coming(waiting, rowsOf(part, next, format));
    });
  }
}
