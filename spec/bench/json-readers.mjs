/* Readers of events in JSON. Each event is told to `count` by its `seq`; one in a thousand is parsed to see that it is JSON. */
import { inflateSync } from 'node:zlib';
import { Pending } from './pending.mjs';

const seqKey = Buffer.from('"seq":');
const quote = 0x22;

/** The number behind `"seq":`, which stands at `found`; as a label of ECS it is a string. */
function seqAt(bytes, found) {
  let seq = 0;
  const start = found + seqKey.length;
  for (let at = bytes[start] === quote ? start + 1 : start; bytes[at] >= 0x30 && bytes[at] <= 0x39; at++)
    seq = seq * 10 + bytes[at] - 0x30;
  return seq;
}

/** Lines. */
export class LineReader {
  #pending = new Pending();
  #count;
  #lines = 0;

  constructor(count) {
    this.#count = count;
  }

  push(chunk) {
    const pending = this.#pending;
    pending.add(chunk);
    const bytes = pending.bytes.subarray(pending.start, pending.end);
    let begin = 0;
    for (;;) {
      const found = bytes.indexOf(seqKey, begin);
      const end = found < 0 ? -1 : bytes.indexOf(10, found);
      if (end < 0) break;
      this.#count(seqAt(bytes, found));
      if (this.#lines++ % 1000 === 0) JSON.parse(bytes.subarray(begin, end).toString());
      begin = end + 1;
    }
    pending.start += begin;
  }
}

const [window, json, compressed] = Buffer.from('WJC');
/** Bytes that zlib is given at once: with its default of 16 KiB, putting the pieces together takes longer than inflating. */
const inflatedSize = 1024 * 1024;

/** Frames of lumberjack v2. */
export class LumberjackReader {
  #pending = new Pending();
  #count;
  #send;
  #events = 0;
  /** How many events of the window are still to come. */
  #missing = 0;

  constructor(count, send) {
    this.#count = count;
    this.#send = send;
  }

  push(chunk) {
    const pending = this.#pending;
    pending.add(chunk);
    pending.start += this.#read(pending.bytes.subarray(pending.start, pending.end));
  }

  /** How many bytes of `bytes` were whole frames. */
  #read(bytes) {
    let at = 0;
    while (at + 6 <= bytes.length) {
      const letter = bytes[at + 1];
      if (bytes[at] !== 0x32) throw new Error('no lumberjack frame');
      if (letter === window) {
        this.#missing = bytes.readUInt32BE(at + 2);
        at += 6;
      } else if (letter === json) {
        if (at + 10 > bytes.length) break;
        const end = at + 10 + bytes.readUInt32BE(at + 6);
        if (end > bytes.length) break;
        this.#event(bytes, at + 10, end, bytes.readUInt32BE(at + 2));
        at = end;
      } else if (letter === compressed) {
        const end = at + 6 + bytes.readUInt32BE(at + 2);
        if (end > bytes.length) break;
        this.#read(inflateSync(bytes.subarray(at + 6, end), { chunkSize: inflatedSize }));
        at = end;
      } else throw new Error(`no lumberjack frame: ${letter}`);
    }
    return at;
  }

  #event(bytes, begin, end, number) {
    this.#count(seqAt(bytes, bytes.indexOf(seqKey, begin)));
    if (this.#events++ % 1000 === 0) JSON.parse(bytes.subarray(begin, end).toString());
    if (--this.#missing > 0) return;
    const ack = Buffer.from('2A\0\0\0\0');
    ack.writeUInt32BE(number, 2);
    this.#send(ack);
  }
}
