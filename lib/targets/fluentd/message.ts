import type { Plain } from '../../core/values.js';
import type { TopicGroup } from '../../wire/batch.js';
import { ByteWriter } from '../../wire/bytes.js';
import { type Compression, compress } from '../../wire/compress.js';
import { writeArrayHeader, writePlain, writeString } from '../../wire/msgpack.js';

/** The four ways to send events (Forward Protocol v1, Event Modes). */
export type EventMode = 'PackedForward' | 'CompressedPackedForward' | 'Forward' | 'Message';

/** How messages are made. */
export interface MessageForm {
  readonly mode: EventMode;
  /** For CompressedPackedForward. */
  readonly compression: Compression;
  /** Whether messages ask for an acknowledgement. */
  readonly requireAck: boolean;
}

/** Bytes that a message has beside its records: array, tag, the longest header, options. Tags have 1000 bytes at most. */
export const messageOverhead = 1200;

/**
 * One message of the forward protocol, of records that are neighbours in a group: those from `from` up to `to`, excluded.
 * Its id, the chunk that is acknowledged, says which they are, so that it never stands for others.
 */
export class ForwardMessage {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  /** How often it was sent as a whole and not acknowledged. */
  failures = 0;
  /** How often that happened when another had just been acknowledged. */
  passes = 0;
  readonly #groupId: string;
  readonly #group: TopicGroup;
  readonly #form: MessageForm;
  #chunks: Promise<readonly Uint8Array[]> | undefined;

  constructor(groupId: string, group: TopicGroup, from: number, to: number, form: MessageForm) {
    this.id = from === 0 && to === group.size ? groupId : `${groupId}/${from}-${to}`;
    this.from = from;
    this.to = to;
    this.#groupId = groupId;
    this.#group = group;
    this.#form = form;
  }

  /** How many records it has. */
  get size(): number {
    return this.to - this.from;
  }

  /** Bytes of its records, before compression. */
  get bytes(): number {
    const { ends } = this.#group;
    return (ends[this.to - 1] ?? 0) - (this.from === 0 ? 0 : (ends[this.from - 1] ?? 0));
  }

  /** The message, in pieces to be written one after the other. Made once: attempts send the same bytes. */
  chunks(): Promise<readonly Uint8Array[]> {
    this.#chunks ??= this.#make();
    return this.#chunks;
  }

  /** Where its records stand in the batch. */
  get places(): number[] {
    const { from } = this;
    return Array.from({ length: this.size }, (_, index) => this.#group.place?.(from + index) ?? from + index);
  }

  /** The same records in two messages. */
  halves(): ForwardMessage[] {
    const middle = Math.ceil((this.from + this.to) / 2);
    return [this.#part(this.from, middle), this.#part(middle, this.to)];
  }

  /** The first record, in a message that keeps nothing else of this one. */
  witness(): ForwardMessage {
    const { topic, payload, ends } = this.#group;
    const start = this.from === 0 ? 0 : (ends[this.from - 1] ?? 0);
    const record = Buffer.from(payload.subarray(start, ends[this.from]));
    const group = { topic, size: 1, payload: record, ends: Uint32Array.of(record.length) };
    return new ForwardMessage(`${this.id}/again`, group, 0, 1, this.#form);
  }

  #part(from: number, to: number): ForwardMessage {
    return new ForwardMessage(this.#groupId, this.#group, from, to, this.#form);
  }

  async #make(): Promise<readonly Uint8Array[]> {
    const { mode, compression, requireAck } = this.#form;
    const { topic, payload, ends } = this.#group;
    const { size } = this;
    const records = payload.subarray(this.from === 0 ? 0 : ends[this.from - 1], ends[this.to - 1]);
    const chunk = requireAck ? { chunk: this.id } : undefined;
    switch (mode) {
      case 'Message': {
        // The record is there as [time, map]; the message is [tag, time, map, option].
        const option = chunk === undefined ? [] : [encode(chunk)];
        return [Buffer.concat([Buffer.of(0x93 + option.length), encode(topic), records.subarray(1), ...option])];
      }
      case 'Forward':
        return [head(topic, into => writeArrayHeader(into, size)), records, encode({ size, ...chunk })];
      case 'PackedForward':
        return [packedHead(topic, records.length), records, encode({ size, ...chunk })];
      case 'CompressedPackedForward': {
        const compressed = await compress(records, compression);
        const option = encode({ size, compressed: compression, ...chunk });
        return [packedHead(topic, compressed.length), compressed, option];
      }
    }
  }
}

const scratch = new ByteWriter(256);

/** What is small, in MessagePack. */
export function encode(value: Plain): Buffer {
  scratch.truncate(0);
  writePlain(scratch, value);
  return scratch.copy(0, scratch.length);
}

/** What stands before the records of a message; `begin` writes what they begin with. */
function head(topic: string, begin: (into: ByteWriter) => void): Buffer {
  scratch.truncate(0);
  writeArrayHeader(scratch, 3);
  writeString(scratch, topic);
  begin(scratch);
  return scratch.copy(0, scratch.length);
}

/** Packed records are sent as bin and not as str, as the specification recommends for new senders. */
function packedHead(topic: string, size: number): Buffer {
  return head(topic, into => writeBinHeader(into, size));
}

/** The shortest header of a bin of `size` bytes. */
function writeBinHeader(into: ByteWriter, size: number): void {
  into.reserve(5);
  const { view, length } = into;
  const [type, bytes] = size < 0x100 ? [0xc4, 1] : size < 0x10000 ? [0xc5, 2] : [0xc6, 4];
  view.setUint8(length, type);
  if (bytes === 1) view.setUint8(length + 1, size);
  else if (bytes === 2) view.setUint16(length + 1, size);
  else view.setUint32(length + 1, size);
  into.length = length + 1 + bytes;
}
