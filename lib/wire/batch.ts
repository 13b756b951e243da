import type { LogRecord } from '../core/record.js';
import { levelOf, type Packer, SparseBatch, ticketsBetween } from '../delivery/batch.js';
import type { Topic } from '../spool/spool.js';
import { ByteWriter } from './bytes.js';
import type { Encoder } from './encoder.js';
import { OpenRows, type RowColumns } from './open-rows.js';

/** Consecutive records of a batch that have the same topic: from the record after the last stretch's up to `end`. */
interface Stretch extends Topic {
  end: number;
}

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

  constructor(parts: WireParts, encoder: Encoder) {
    super();
    this.#parts = parts;
    this.#encoder = encoder;
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
    const rows = Array.from({ length: to - from }, (_, index) => from + index);
    const payload = this.payload.subarray(this.start(from), this.start(to));
    const part = new WireBatch({ ...this.#partsOf(rows), payload }, this.#encoder);
    part.tickets = ticketsBetween(this.tickets, from, to);
    return part;
  }

  /** What is left of everything but the payload when only these rows are kept. */
  #partsOf(rows: readonly number[]): Omit<WireParts, 'payload'> {
    const { kept } = this.#parts;
    let end = 0;
    return {
      ends: Uint32Array.from(rows, row => {
        end += this.start(row + 1) - this.start(row);
        return end;
      }),
      levels: Uint8Array.from(rows, row => this.level(row)),
      times: Float64Array.from(rows, row => this.time(row)),
      stretches: stretchesOf(rows, this.#parts.stretches),
      kept: kept === undefined ? undefined : rows.flatMap(row => kept[row] ?? [])
    };
  }

  protected bury(index: number): void {
    this.#parts.levels[index] = 0;
  }

  protected keep(rows: readonly number[]): void {
    const parts = this.#partsOf(rows);
    const payload = Buffer.allocUnsafeSlow(parts.ends[rows.length - 1] ?? 0);
    for (const [index, row] of rows.entries()) {
      const start = index === 0 ? 0 : parts.ends[index - 1];
      payload.set(this.payload.subarray(this.start(row), this.start(row + 1)), start);
    }
    this.#parts = { ...parts, payload };
  }
}

/** The stretches of what is left when only these rows of a batch are kept. */
function stretchesOf(rows: readonly number[], stretches: readonly Topic[]): Stretch[] {
  const left: Stretch[] = [];
  let end = 0;
  for (const stretch of stretches) {
    const before = end;
    while (end < rows.length && (rows[end] ?? 0) < stretch.end) end++;
    if (end === before) continue;
    const last = left[left.length - 1];
    if (last?.topic === stretch.topic) last.end = end;
    else left.push({ topic: stretch.topic, end });
  }
  return left;
}

/** Collects encoded records: one growing byte buffer that they are encoded into during the log call. */
export class WirePacker implements Packer<WireBatch> {
  readonly #encoder: Encoder;
  readonly #writer = new ByteWriter();
  readonly #rows = new OpenRows();
  #stretches: Stretch[] = [];
  #kept: LogRecord[] | undefined;

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
    this.#kept = encoder.decode === undefined ? [] : undefined;
  }

  get size(): number {
    return this.#rows.size;
  }

  get bytes(): number {
    return this.#writer.length;
  }

  add(record: LogRecord): void {
    const start = this.#writer.length;
    try {
      const topic = this.#encoder.topic?.(record) ?? '';
      this.#encoder.encode(record, this.#writer);
      this.#rows.add(this.#writer.length, levelOf(record), record.timestamp);
      this.#kept?.push(record);
      this.#extend(topic);
    } catch (error) {
      this.#writer.truncate(start);
      throw error;
    }
  }

  undo(): void {
    this.#rows.pop();
    this.#kept?.pop();
    this.#writer.truncate(this.#rows.endOf(this.size));
    this.#shorten();
  }

  cut(count: number): WireBatch {
    const bytes = this.#rows.endOf(count);
    const batch = new WireBatch(
      {
        payload: this.#writer.copy(0, bytes),
        ...this.#rows.slice(0, count),
        stretches: this.#splitStretches(count),
        kept: this.#kept?.splice(0, count)
      },
      this.#encoder
    );
    this.#writer.shift(bytes);
    this.#rows.shift(count);
    return batch;
  }

  copy(from: number): WireBatch {
    const topics = this.#stretches.filter(({ end }) => end > from);
    return new WireBatch(
      {
        payload: this.#writer.copy(this.#rows.endOf(from), this.bytes),
        ...this.#rows.slice(from, this.size),
        stretches: topics.map(({ topic, end }) => ({ topic, end: end - from })),
        kept: this.#kept?.slice(from)
      },
      this.#encoder
    );
  }

  slice(batch: WireBatch, from: number, to: number): WireBatch {
    return batch.slice(from, to);
  }

  #extend(topic: string): void {
    const last = this.#stretches[this.#stretches.length - 1];
    if (last?.topic === topic) last.end = this.size;
    else this.#stretches.push({ topic, end: this.size });
  }

  /** The last record is gone. */
  #shorten(): void {
    const last = this.#stretches[this.#stretches.length - 1];
    if (last === undefined) return;
    last.end = this.size;
    const before = this.#stretches[this.#stretches.length - 2]?.end ?? 0;
    if (last.end === before) this.#stretches.pop();
  }

  /** Takes the stretches of the first `count` records; those of the others stay, counted anew. */
  #splitStretches(count: number): Stretch[] {
    const taken: Stretch[] = [];
    const kept: Stretch[] = [];
    let begin = 0;
    for (const { topic, end } of this.#stretches) {
      if (begin < count) taken.push({ topic, end: Math.min(end, count) });
      if (end > count) kept.push({ topic, end: end - count });
      begin = end;
    }
    this.#stretches = kept;
    return taken;
  }
}
