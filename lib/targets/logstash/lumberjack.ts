import type { WireBatch } from '../../wire/batch.js';
import type { Framing } from '../../wire/channel.js';

/*
 * Lumberjack v2, the protocol of Beats: frames that begin with '2' and a letter; all numbers are uint32, big-endian. There
 * is no specification but github.com/elastic/go-lumber/blob/main/protocol (v2) and the plugin logstash-input-beats.
 */
const version = 0x32;
const letters = { window: 0x57, json: 0x4a, compressed: 0x43, ack: 0x41 } as const;

/** Bytes of a frame that has one number: a window, an acknowledgement, the head of a compressed frame. */
const headSize = 6;
/** Bytes before the JSON of an event: version, letter, sequence, length. */
const jsonHeadSize = 10;

/** The largest window that every receiver takes: go-lumber's `maxWindowSize`. */
export const maxWindow = 10_000;

function head(letter: number, number: number): Buffer {
  const frame = Buffer.allocUnsafe(headSize);
  frame[0] = version;
  frame[1] = letter;
  frame.writeUInt32BE(number, 2);
  return frame;
}

/** How many events follow. */
export function windowFrame(count: number): Buffer {
  return head(letters.window, count);
}

/** Events of a batch from the record at `from` on, each in a frame of its own, numbered from 1 as every window is. */
export function jsonFrames(batch: WireBatch, from: number): Buffer {
  const count = batch.size - from;
  // Of each line, the newline stays behind.
  const frames = Buffer.allocUnsafe(batch.bytes - batch.start(from) + count * (jsonHeadSize - 1));
  let offset = 0;
  for (let index = from; index < batch.size; index++) {
    const event = batch.payload.subarray(batch.start(index), batch.start(index + 1) - 1);
    frames[offset] = version;
    frames[offset + 1] = letters.json;
    frames.writeUInt32BE(index - from + 1, offset + 2);
    frames.writeUInt32BE(event.length, offset + 6);
    frames.set(event, offset + jsonHeadSize);
    offset += jsonHeadSize + event.length;
  }
  return frames;
}

/** What stands before frames that zlib (RFC 1950) has made `size` bytes of. */
export function compressedHead(size: number): Buffer {
  return head(letters.compressed, size);
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
