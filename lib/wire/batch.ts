import type { LogRecord } from '../core/record.js';
import { levelOf, type Packer, SparseBatch, ticketsBetween } from '../delivery/batch.js';
import type { Topic } from '../spool/spool.js';
import { ByteWriter } from './bytes.js';
import type { Encoder } from './encoder.js';
import { giveMemory, shrinkMemory, takeMemory } from './memory.js';
import { OpenRows, type RowColumns } from './open-rows.js';
import { OpenStretches, stretchesOf } from './stretches.js';

/** What a batch holds of one topic. */
export interface TopicGroup {
  readonly topic: string;
  /** How many records. */
  readonly size: number;
  /** Their wire forms, one after the other. */
  readonly payload: Uint8Array;
  /** Where each record ends in the payload. */
  readonly ends: Uint32Array;
  /** Where the record at `index` of the group stands in the batch; absent if that is there, too. */
  place?(index: number): number;
}

/** What a batch of encoded records is made of. */
export interface WireParts extends RowColumns {
  readonly payload: Uint8Array;
  readonly stretches: readonly Topic[];
  /** The records themselves, if the encoder cannot decode. */
  readonly kept: readonly LogRecord[] | undefined;
}

/** A batch of encoded records. */
export class WireBatch extends SparseBatch {
  #parts: WireParts;
  readonly #encoder: Encoder;
  /** The memory that the payload is at the beginning of; undefined if somebody else reads it, too. */
  #memory: ArrayBuffer | undefined;
  readonly #reuses: boolean;

  /** `memory`: if nobody else reads it. `reuses`: whether it is used for other batches when this one is released. */
  constructor(parts: WireParts, encoder: Encoder, memory?: ArrayBuffer, reuses = false) {
    super();
    this.#parts = parts;
    this.#encoder = encoder;
    this.#memory = memory;
    this.#reuses = reuses;
  }

  /** The records' wire forms, one after the other. */
  get payload(): Uint8Array {
    return this.#parts.payload;
  }

  get rows(): number {
    return this.#parts.ends.length;
  }

  /** The level of the record at `index`, from 0. */
  level(index: number): number {
    return this.#parts.levels[index] ?? 0;
  }

  /** When the record at `index` was logged, in milliseconds since the Unix epoch. */
  time(index: number): number {
    return this.#parts.times[index] ?? 0;
  }

  /** Where the record at `index` begins in the payload; for `size`, where the payload ends. */
  start(index: number): number {
    return index === 0 ? 0 : (this.#parts.ends[index - 1] ?? this.payload.length);
  }

  record(index: number): LogRecord {
    const kept = this.#parts.kept?.[index];
    if (kept !== undefined) return kept;
    const bytes = this.payload.subarray(this.start(index), this.start(index + 1));
    const topic = this.#parts.stretches.find(({ end }) => index < end)?.topic ?? '';
    const record = this.#encoder.decode?.(bytes, this.level(index), topic);
    if (record === undefined) throw new RangeError(`the batch has no record at ${index}`);
    return record;
  }

  /** Consecutive records of the same topic. */
  get stretches(): readonly Topic[] {
    return this.#parts.stretches;
  }

  /** The records by topic, in the order in which the topics first occur; within each, in the order of the log calls. */
  groups(): TopicGroup[] {
    const { stretches, ends } = this.#parts;
    const [only] = stretches;
    if (stretches.length === 1 && only !== undefined) {
      return [{ topic: only.topic, size: this.size, payload: this.payload, ends }];
    }
    const groups = new Map<string, { ends: number[]; places: number[]; length: number; pieces: Uint8Array[] }>();
    let begin = 0;
    for (const { topic, end } of stretches) {
      const group = groups.get(topic) ?? { ends: [], places: [], length: 0, pieces: [] };
      const start = this.start(begin);
      for (let index = begin; index < end; index++) {
        group.ends.push(group.length + this.start(index + 1) - start);
        group.places.push(index);
      }
      group.length += this.start(end) - start;
      group.pieces.push(this.payload.subarray(start, this.start(end)));
      groups.set(topic, group);
      begin = end;
    }
    return Array.from(groups, ([topic, { ends, places, pieces }]) => ({
      topic,
      size: ends.length,
      payload: Buffer.concat(pieces),
      ends: Uint32Array.from(ends),
      place: index => places[index] ?? 0
    }));
  }

  /**
   * A batch of its own, with a new id, of the records from `from` to before `to`. It shares this one's memory: a transport
   * may know by that what of it has arrived.
   */
  slice(from: number, to: number): WireBatch {
    this.hold();
    const rows = Array.from({ length: to - from }, (_, index) => from + index);
    const payload = this.payload.subarray(this.start(from), this.start(to));
    const part = new WireBatch({ ...this.#partsOf(rows), payload }, this.#encoder);
    part.tickets = ticketsBetween(this.tickets, from, to);
    return part;
  }

  /** Somebody keeps reading its bytes: nothing else is written where they are. */
  hold(): void {
    this.#memory = undefined;
  }

  /**
   * Puts its bytes where anybody can read them: `fetch` of Node.js 20 and 22 refuses what stands in memory that can be resized.
   * To be called before it is sent for the first time, as others know the memory that it has then.
   */
  settle(): void {
    if (!(this.payload.buffer as ArrayBuffer).resizable) return;
    const payload = Buffer.allocUnsafeSlow(this.payload.length);
    payload.set(this.payload);
    if (this.#memory !== undefined) giveMemory(this.#memory);
    this.#memory = payload.buffer;
    this.#parts = { ...this.#parts, payload };
  }

  override release(): void {
    if (!this.#reuses || this.#memory === undefined) return;
    giveMemory(this.#memory);
    this.#memory = undefined;
    this.#parts = { ...this.#parts, payload: nothing };
  }

  /** What is left of everything but the payload when only these rows are kept. */
  #partsOf(rows: readonly number[]): Omit<WireParts, 'payload'> {
    const { kept } = this.#parts;
    const ends = new Uint32Array(rows.length);
    const levels = new Uint8Array(rows.length);
    const times = new Float64Array(rows.length);
    let end = 0;
    for (const [place, row] of rows.entries()) {
      end += this.start(row + 1) - this.start(row);
      ends[place] = end;
      levels[place] = this.level(row);
      times[place] = this.time(row);
    }
    return {
      ends,
      levels,
      times,
      stretches: stretchesOf(rows, this.#parts.stretches),
      kept: kept === undefined ? undefined : rows.flatMap(row => kept[row] ?? [])
    };
  }

  protected bury(index: number): void {
    this.#parts.levels[index] = 0;
  }

  /** It has never been sent, so that nobody reads memory of its own: there, what is kept moves to the front. */
  protected keep(rows: readonly number[]): void {
    const parts = this.#partsOf(rows);
    const size = parts.ends[rows.length - 1] ?? 0;
    const own = this.#memory;
    const into = own === undefined ? takeMemory(size) : new Uint8Array(own);
    let at = 0;
    for (let index = 0; index < rows.length; ) {
      const begin = rows[index] ?? 0;
      let end = begin + 1; // of the rows that stand together
      for (index++; rows[index] === end; index++) end++;
      into.set(this.payload.subarray(this.start(begin), this.start(end)), at);
      at += this.start(end) - this.start(begin);
    }
    const memory = own === undefined ? into.buffer : shrinkMemory(own, size);
    this.#memory = memory;
    this.#parts = { ...parts, payload: Buffer.from(memory, 0, size) };
  }
}

const nothing = new Uint8Array(0);

/** Collects encoded records: one growing byte buffer that they are encoded into during the log call. */
export class WirePacker implements Packer<WireBatch> {
  readonly #encoder: Encoder;
  readonly #reuses: boolean;
  readonly #writer = new ByteWriter();
  readonly #rows = new OpenRows();
  readonly #stretches = new OpenStretches();
  #kept: LogRecord[] | undefined;

  /** `reuses`: whether the memory of a batch is used for others when it is released. */
  constructor(encoder: Encoder, reuses = false) {
    this.#encoder = encoder;
    this.#reuses = reuses;
    this.#kept = encoder.decode === undefined ? [] : undefined;
  }

  get size(): number {
    return this.#rows.size;
  }

  get bytes(): number {
    return this.#writer.length;
  }

  add(record: LogRecord): number {
    const start = this.#writer.length;
    try {
      const topic = this.#encoder.topic?.(record) ?? '';
      this.#encoder.encode(record, this.#writer);
      const end = this.#writer.length;
      this.#rows.add(end, levelOf(record), record.timestamp);
      this.#kept?.push(record);
      this.#stretches.add(topic);
      return end - start;
    } catch (error) {
      this.#writer.truncate(start);
      throw error;
    }
  }

  undo(): void {
    this.#rows.pop();
    this.#kept?.pop();
    this.#writer.truncate(this.#rows.endOf(this.size));
    this.#stretches.pop();
  }

  level(row: number): number {
    return this.#rows.level(row);
  }

  time(row: number): number {
    return this.#rows.time(row);
  }

  start(row: number): number {
    return this.#rows.endOf(row);
  }

  remove(row: number): void {
    const [begin, end] = [this.start(row), this.start(row + 1)];
    this.#writer.bytes.copyWithin(begin, end, this.bytes);
    this.#writer.truncate(this.bytes - (end - begin));
    this.#rows.remove(row);
    this.#kept?.splice(row, 1);
    this.#stretches.remove(row);
  }

  cut(count: number, willWait = false): WireBatch {
    const payload = this.#takeBytes(count, willWait);
    const batch = new WireBatch(
      {
        payload,
        ...this.#rows.slice(0, count),
        stretches: this.#stretches.take(count),
        kept: this.#kept?.splice(0, count)
      },
      this.#encoder,
      payload.buffer,
      this.#reuses
    );
    this.#rows.shift(count);
    return batch;
  }

  copy(from: number): WireBatch {
    return new WireBatch(
      {
        payload: this.#writer.copy(this.#rows.endOf(from), this.bytes),
        ...this.#rows.slice(from, this.size),
        stretches: this.#stretches.from(from),
        kept: this.#kept?.slice(from)
      },
      this.#encoder
    );
  }

  slice(batch: WireBatch, from: number, to: number): WireBatch {
    return batch.slice(from, to);
  }

  #takeBytes(count: number, willWait: boolean): Buffer<ArrayBuffer> {
    const size = this.#rows.endOf(count);
    const most = willWait ? undefined : Number.POSITIVE_INFINITY;
    const memory = this.#reuses || willWait ? takeMemory(size, most) : Buffer.allocUnsafeSlow(size);
    this.#writer.bytes.copy(memory, 0, 0, size);
    this.#writer.shift(size);
    return memory.subarray(0, size);
  }
}
