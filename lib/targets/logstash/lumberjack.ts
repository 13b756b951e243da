import type { WireBatch } from '../../wire/batch.js';
import type { Framing } from '../../wire/channel.js';

/*
 * Lumberjack v2, the protocol of Beats: frames that begin with '2' and a letter; all numbers are uint32, big-endian. There
 * is no specification but github.com/elastic/go-lumber/blob/main/protocol (v2) and the plugin logstash-input-beats.
 */
const version = 0x32;
const letters = { window: 0x57, json: 0x4a, compressed: 0x43, ack: 0x41 } as const;

/** Bytes of a frame that has one number: a window, an acknowledgement, the head of a compressed frame, of an event's. */
const headSize = 6;
/** Bytes before the JSON of an event: a number, by which it is acknowledged, and its length. */
const jsonHeadSize = 10;

/** The largest window that every receiver takes: go-lumber's `maxWindowSize`. */
export const maxWindow = 10_000;

/** Puts a frame that has one number into `into`, at `at`. */
function putHead(into: Buffer, at: number, letter: number, number: number): void {
  into[at] = version;
  into[at + 1] = letter;
  into.writeUInt32BE(number, at + 2);
}

/** What stands before the events of a window: how many they are and, if zlib (RFC 1950) has made one frame of them, its size. */
export function windowHead(count: number, compressedSize?: number): Buffer {
  const head = Buffer.allocUnsafe(compressedSize === undefined ? headSize : 2 * headSize);
  putHead(head, 0, letters.window, count);
  if (compressedSize !== undefined) putHead(head, headSize, letters.compressed, compressedSize);
  return head;
}

/** Bytes of the frames of a batch's events from `from` up to `to`, excluded. Of each line, the newline stays behind. */
export function framesSize(batch: WireBatch, from: number, to: number): number {
  return batch.start(to) - batch.start(from) + (to - from) * (jsonHeadSize - 1);
}

/**
 * Those events, each in a frame of its own, numbered from 1 as every window is. They are put into `memory` if that is large
 * enough: to touch fresh memory takes four times as long as to copy them.
 */
export function jsonFrames(batch: WireBatch, from: number, to: number, memory?: Buffer): Buffer {
  const size = framesSize(batch, from, to);
  const frames = memory !== undefined && memory.length >= size ? memory.subarray(0, size) : Buffer.allocUnsafe(size);
  const begin = batch.start(from);
  // All lines at once, as far back as there is room, and from there each to its place: a view of each would cost more.
  const shift = size - (batch.start(to) - begin) - begin;
  frames.set(batch.payload.subarray(begin, batch.start(to)), begin + shift);
  let at = 0;
  for (let index = from; index < to; index++) {
    const start = batch.start(index) + shift;
    const end = batch.start(index + 1) + shift - 1;
    frames.copyWithin(at + jsonHeadSize, start, end);
    putHead(frames, at, letters.json, index - from + 1);
    frames.writeUInt32BE(end - start, at + headSize);
    at += jsonHeadSize + end - start;
  }
  return frames;
}

/** Reads acknowledgements: the number of the last event that is done, or 0, which says no more than "still at work". */
export class AckReader implements Framing {
  #bytes: Buffer = Buffer.alloc(0);

  get pendingBytes(): number {
    return this.#bytes.length;
  }

  push(chunk: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#bytes, chunk]);
  }

  next(): Uint8Array | undefined {
    const [first = version, second = letters.ack] = this.#bytes;
    if (first !== version || second !== letters.ack) {
      throw new Error('the receiver does not answer as a Beats input does: is there one at this port?');
    }
    if (this.#bytes.length < headSize) return undefined;
    const ack = this.#bytes.subarray(0, headSize);
    this.#bytes = this.#bytes.subarray(headSize);
    return ack;
  }
}

/** The number in an acknowledgement. */
export function ackNumber(frame: Uint8Array): number {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).readUInt32BE(2);
}
