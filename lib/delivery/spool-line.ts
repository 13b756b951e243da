import type { Ticket } from '../core/receipt.js';
import { partId } from '../spool/part-id.js';
import type { Spool, SpooledBatch } from '../spool/spool.js';
import type { OnDisk, QueuedBatch } from './batch.js';
import type { SpoolCodec } from './spool-codec.js';

/** A batch that is on disk. */
interface Entry<B> {
  readonly id: string;
  /** Its place among the batches of the queue; 0 if it is from an earlier process. */
  readonly ordinal: number;
  /** Records that have not left. */
  size: number;
  /** The batch, if it is in memory and has not been taken. */
  batch: B | undefined;
  isTaken: boolean;
  /** Who waits for a receipt, by the number of the record. */
  tickets: Map<number, Ticket> | undefined;
}

/** What a line works with. */
export interface SpoolLineParts<B> {
  readonly spool: Spool;
  readonly codec: SpoolCodec<B>;
  /** A batch has been read that could not be taken before. */
  readonly onRead: () => void;
  /** Reading has failed; `readAhead` is to be called again later. */
  readonly onError: (error: unknown) => void;
  /** A batch was read and cannot be understood. */
  readonly onUnreadable: (batch: SpooledBatch, error: unknown) => void;
}

/** Batches that are read before they are needed. */
const ahead = 2;

/**
 * The batches on disk, in order: those from earlier processes, then this one's. Some are in memory, too; others are read
 * shortly before it is their turn.
 */
export class SpoolLine<B extends QueuedBatch> {
  readonly #parts: SpoolLineParts<B>;
  /** Of those from earlier processes, the ones that have been read. */
  readonly #old = new Map<string, Entry<B>>();
  /** Records from earlier processes that have not been read. */
  #unread = 0;
  readonly #own = new Map<string, Entry<B>>();
  /** The place of the last batch that was added, of all. */
  #last = 0;
  #isReading = false;

  constructor(parts: SpoolLineParts<B>) {
    this.#parts = parts;
  }

  get isEmpty(): boolean {
    return this.#unread <= 0 && this.#old.size === 0 && this.#own.size === 0;
  }

  /** The place of the first batch; Infinity if there is none. */
  get ordinal(): number {
    if (this.#unread > 0 || this.#old.size > 0) return 0;
    const [first] = this.#own.values();
    return first?.ordinal ?? Number.POSITIVE_INFINITY;
  }

  /** The place of the first batch that has not been taken; Infinity if there is none. */
  get nextOrdinal(): number {
    for (const { isTaken } of this.#old.values()) if (!isTaken) return 0;
    return this.#unread > 0 ? 0 : (this.#next()?.ordinal ?? Number.POSITIVE_INFINITY);
  }

  /** The batches in memory that take room in the queue and have not been taken. */
  get inRoom(): B[] {
    return Array.from(this.#own.values()).flatMap(({ batch }) => (batch?.onDisk?.isRead === false ? batch : []));
  }

  /** Records from earlier processes are there. */
  recover(records: number): void {
    this.#unread += records;
  }

  /**
   * A batch has been written: it stays in memory, somebody has taken it, or neither. One that took longer than others behind
   * it comes before them all the same. Of one that was divided meanwhile these `parts` are there, under its name.
   */
  add(batch: B, from: 'memory' | 'taken' | 'disk', parts: readonly B[] = [batch]): void {
    const entry: Entry<B> = {
      id: batch.id,
      ordinal: batch.ordinal,
      size: parts.reduce((sum, { size }) => sum + size, 0),
      batch: undefined,
      isTaken: from === 'taken',
      tickets: from === 'disk' ? batch.tickets : undefined
    };
    batch.onDisk = placeOf(batch, batch.rows);
    for (const part of parts) if (part.onDisk !== undefined) part.onDisk = { ...part.onDisk, written: part.rows };
    if (this.#own.has(batch.id)) return; // it has been written again
    if (from === 'memory') entry.batch = batch;
    const later = entry.ordinal < this.#last ? [...this.#own.values()].filter(one => one.ordinal > entry.ordinal) : [];
    this.#last = Math.max(this.#last, entry.ordinal);
    for (const one of [entry, ...later]) {
      this.#own.delete(one.id);
      this.#own.set(one.id, one);
    }
  }

  /** The next batch; undefined if there is none, or if it must be read first. */
  take(): B | undefined {
    const entry = this.#next();
    const batch = entry?.batch;
    if (entry !== undefined && batch !== undefined) {
      entry.isTaken = true;
      entry.batch = undefined;
    }
    this.readAhead();
    return batch;
  }

  /** A batch, or a part of one, has left for good. */
  left(batch: B): void {
    const { onDisk } = batch;
    if (onDisk === undefined) return;
    const entry = this.#entry(onDisk.id);
    const isLast = entry !== undefined && entry.size <= batch.rows;
    this.#parts.spool.done(onDisk.id, isLast ? undefined : Array.from(onDisk.numbers));
    if (entry === undefined) return;
    entry.size -= batch.rows;
    if (isLast) this.#remove(onDisk.id);
  }

  /** Records of a batch have been lost; returns the tickets of those who wait for them, in their places. */
  lose(id: string, numbers: readonly number[]): readonly (Ticket | undefined)[] {
    const entry = this.#entry(id);
    if (entry === undefined) {
      this.#unread = Math.max(0, this.#unread - numbers.length);
      return [];
    }
    entry.size -= numbers.length;
    if (entry.size <= 0) this.#remove(id);
    return numbers.map(number => entry.tickets?.get(number));
  }

  /** The tickets of all records that are here and not taken. */
  *tickets(): Generator<readonly [Ticket, chunk: string]> {
    for (const { id, batch, tickets } of [...this.#old.values(), ...this.#own.values()]) {
      for (const ticket of (batch?.tickets ?? tickets)?.values() ?? []) yield [ticket, id];
    }
  }

  /** Reads what will be taken next, if it is not in memory. */
  readAhead(): void {
    if (this.#isReading || !this.#isShort()) return;
    this.#isReading = true;
    void this.#read().then(() => {
      this.#isReading = false;
    });
  }

  async #read(): Promise<void> {
    const { spool, onRead, onError } = this.#parts;
    try {
      while (this.#isShort()) {
        const read = await spool.take();
        if (read === undefined) return;
        this.#enter(read);
        onRead();
      }
    } catch (error) {
      onError(error);
    }
  }

  #enter(read: SpooledBatch): void {
    const { codec, onUnreadable } = this.#parts;
    const { id, chunk, numbers } = read;
    let entry = this.#own.get(id);
    if (entry === undefined) {
      entry = { id, ordinal: 0, size: numbers.length, batch: undefined, isTaken: false, tickets: undefined };
      this.#old.set(id, entry);
      this.#unread = Math.max(0, this.#unread - numbers.length);
    }
    let batch: B;
    try {
      batch = codec.read(read);
    } catch (error) {
      onUnreadable(read, error);
      return;
    }
    const { tickets } = entry;
    const own = Array.from(numbers).flatMap((number, row): [number, Ticket][] => {
      const ticket = tickets?.get(number);
      return ticket === undefined ? [] : [[row, ticket]];
    });
    batch.id = chunk;
    batch.ordinal = entry.ordinal;
    batch.tickets = own.length === 0 ? undefined : new Map(own);
    batch.onDisk = { id, numbers, written: numbers.length, isRead: true };
    entry.batch = batch;
  }

  /** Whether one of the next batches is not in memory. */
  #isShort(): boolean {
    let ready = 0;
    for (const { isTaken, batch } of this.#old.values()) if (!isTaken && batch !== undefined) ready++;
    if (this.#unread > 0) return ready < ahead;
    for (const { isTaken, batch } of this.#own.values()) {
      if (ready >= ahead) return false;
      if (!isTaken && batch === undefined) return true;
      if (!isTaken) ready++;
    }
    return false;
  }

  /** The first one that has not been taken, if that is known. */
  #next(): Entry<B> | undefined {
    for (const entry of this.#old.values()) if (!entry.isTaken) return entry;
    if (this.#unread > 0) return undefined;
    for (const entry of this.#own.values()) if (!entry.isTaken) return entry;
    return undefined;
  }

  #entry(id: string): Entry<B> | undefined {
    return this.#old.get(id) ?? this.#own.get(id);
  }

  #remove(id: string): void {
    this.#old.delete(id);
    this.#own.delete(id);
  }
}

/** Whether a batch was read from the disk, and so takes no room in the queue. */
export function isOutside({ onDisk }: QueuedBatch): boolean {
  return onDisk?.isRead === true;
}

/** A part of a batch that is on disk: it is called by the numbers of its records, so that it is so after a restart, too. */
export function markPart<B extends QueuedBatch>(part: B, of: B, from: number): void {
  if (of.onDisk === undefined) return;
  const { id, numbers, written, isRead } = of.onDisk;
  const own = Array.from(numbers).slice(from, from + part.rows);
  part.onDisk = { id, numbers: own, written: Math.max(0, written - from), isRead };
  part.id = partId(id, own);
}

/** Where a batch is that was written, as far as it was. */
export function placeOf({ id, rows }: QueuedBatch, written: number): OnDisk {
  const numbers = new Uint32Array(rows);
  for (let number = 0; number < rows; number++) numbers[number] = number;
  return { id, numbers, written, isRead: false };
}
