import { randomUUID } from 'node:crypto';
import type { LogRecord } from '../core/record.js';
import { type Packer, type QueuedBatch, unaborted } from '../delivery/batch.js';
import { ByteWriter } from './bytes.js';
import type { Encoder } from './encoder.js';

/** Consecutive records of a batch that have the same topic: from the record after the last stretch's up to `end`. */
interface Stretch {
  readonly topic: string;
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
}

/** A batch of encoded records. */
export class WireBatch implements QueuedBatch {
  readonly id = randomUUID();
  readonly since: number;
  /** The records' wire forms, one after the other. */
  readonly payload: Uint8Array;
  attempt = 0;
  signal = unaborted;
  /** Where each record ends in the payload. */
  readonly #ends: Uint32Array;
  readonly #levels: Uint8Array;
  readonly #stretches: readonly Stretch[];
  /** The records themselves, if the encoder cannot decode. */
  readonly #kept: readonly LogRecord[] | undefined;
  readonly #encoder: Encoder;

  constructor(parts: {
    since: number;
    payload: Uint8Array;
    ends: Uint32Array;
    levels: Uint8Array;
    stretches: readonly Stretch[];
    kept: readonly LogRecord[] | undefined;
    encoder: Encoder;
  }) {
    this.since = parts.since;
    this.payload = parts.payload;
    this.#ends = parts.ends;
    this.#levels = parts.levels;
    this.#stretches = parts.stretches;
    this.#kept = parts.kept;
    this.#encoder = parts.encoder;
  }

  get size(): number {
    return this.#ends.length;
  }

  get bytes(): number {
    return this.payload.length;
  }

  /** The level of the record at `index`, from 0. */
  level(index: number): number {
    return this.#levels[index] ?? 0;
  }

  /** Where the record at `index` begins in the payload; for `size`, where the payload ends. */
  start(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? this.payload.length);
  }

  record(index: number): LogRecord {
    const kept = this.#kept?.[index];
    if (kept !== undefined) return kept;
    const bytes = this.payload.subarray(this.start(index), this.start(index + 1));
    const topic = this.#stretches.find(({ end }) => index < end)?.topic ?? '';
    const record = this.#encoder.decode?.(bytes, this.level(index), topic);
    if (record === undefined) throw new RangeError(`the batch has ${this.size} records, and none at ${index}`);
    return record;
  }

  /** The records by topic, in the order in which the topics first occur; within each, in the order of the log calls. */
  groups(): TopicGroup[] {
    const [only] = this.#stretches;
    if (this.#stretches.length === 1 && only !== undefined) {
      return [{ topic: only.topic, size: this.size, payload: this.payload, ends: this.#ends }];
    }
    const groups = new Map<string, { ends: number[]; length: number; pieces: Uint8Array[] }>();
    let begin = 0;
    for (const { topic, end } of this.#stretches) {
      const group = groups.get(topic) ?? { ends: [], length: 0, pieces: [] };
      const start = this.start(begin);
      for (let index = begin; index < end; index++) group.ends.push(group.length + this.start(index + 1) - start);
      group.length += this.start(end) - start;
      group.pieces.push(this.payload.subarray(start, this.start(end)));
      groups.set(topic, group);
      begin = end;
    }
    return Array.from(groups, ([topic, { ends, pieces }]) => ({
      topic,
      size: ends.length,
      payload: Buffer.concat(pieces),
      ends: Uint32Array.from(ends)
    }));
  }
}

/** Collects encoded records: one growing byte buffer that they are encoded into during the log call. */
export class WirePacker implements Packer<WireBatch> {
  readonly #encoder: Encoder;
  readonly #writer = new ByteWriter();
  #ends: number[] = [];
  #levels: number[] = [];
  #times: number[] = [];
  #stretches: Stretch[] = [];
  #kept: LogRecord[] | undefined;

  constructor(encoder: Encoder) {
    this.#encoder = encoder;
    this.#kept = encoder.decode === undefined ? [] : undefined;
  }

  get size(): number {
    return this.#ends.length;
  }

  get bytes(): number {
    return this.#writer.length;
  }

  add(record: LogRecord): void {
    const start = this.#writer.length;
    try {
      const topic = this.#encoder.topic?.(record) ?? '';
      this.#encoder.encode(record, this.#writer);
      this.#ends.push(this.#writer.length);
      this.#levels.push(record.level);
      this.#times.push(record.timestamp);
      this.#kept?.push(record);
      this.#extend(topic);
    } catch (error) {
      this.#writer.truncate(start);
      throw error;
    }
  }

  undo(): void {
    this.#ends.pop();
    this.#levels.pop();
    this.#times.pop();
    this.#kept?.pop();
    this.#writer.truncate(this.#ends[this.size - 1] ?? 0);
    this.#shorten();
  }

  cut(count: number): WireBatch {
    const bytes = this.#ends[count - 1] ?? 0;
    const rest = this.#ends.splice(count);
    const batch = new WireBatch({
      since: this.#times[0] ?? 0,
      payload: this.#writer.copy(0, bytes),
      ends: Uint32Array.from(this.#ends),
      levels: Uint8Array.from(this.#levels.splice(0, count)),
      stretches: this.#splitStretches(count),
      kept: this.#kept?.splice(0, count),
      encoder: this.#encoder
    });
    this.#times.splice(0, count);
    this.#writer.shift(bytes);
    this.#ends = rest.map(end => end - bytes);
    return batch;
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
