/*
 * The other end, in a process of its own: `node receiver.mjs <forward|json|beats|fifo> [path]`, controlled over IPC.
 *
 * `forward` reads the Forward Protocol (Message, Forward, PackedForward, gzip): it steps over every value of every record
 * and acknowledges each message that asks for it. `json` (TCP) and `fifo` (a named pipe) read lines, `beats` reads
 * lumberjack v2, compressed or not, and acknowledges each window; one event in a thousand is parsed. All of them find the number `seq` of each record and count how many different ones there are.
 */
import { open } from 'node:fs/promises';
import { createServer, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decode, encode } from '@msgpack/msgpack';
import { LineReader, LumberjackReader } from './json-readers.mjs';
import { cpuSeconds, now } from './measure.mjs';
import { Pending } from './pending.mjs';
import { warmUp } from './warm-up.mjs';

const counts = { records: 0, distinct: 0, bytes: 0, acks: 0 };
let seen = new Uint8Array(1 << 20);
let expected = Number.POSITIVE_INFINITY;
/** What is expected: `distinct` or `records`. */
let counted = 'distinct';
/** Bytes per second that are read at most. */
let pace = Number.POSITIVE_INFINITY;

function count(seq) {
  counts.records++;
  if (seq >= seen.length) {
    const grown = new Uint8Array(Math.max(seq + 1, seen.length * 2));
    grown.set(seen);
    seen = grown;
  }
  if (seq < 0 || seen[seq] === 1) return;
  seen[seq] = 1;
  counts.distinct++;
}

function tellIfDone() {
  if (counts[counted] < expected) return;
  expected = Number.POSITIVE_INFINITY;
  process.send({ done: true, at: now(), cpu: cpuSeconds(), ...counts });
}

/** The `seq` of the record that was stepped over last; -1 if it had none. */
let lastSeq = -1;

/** Steps over one value of MessagePack; -1 if it does not end before `end`. */
function skip(bytes, from, end) {
  let at = from;
  let todo = 1;
  while (todo > 0) {
    if (at >= end) return -1;
    const code = bytes[at++];
    todo--;
    if (code < 0x80 || code >= 0xe0) continue;
    if (code < 0x90) todo += (code & 0x0f) * 2;
    else if (code < 0xa0) todo += code & 0x0f;
    else if (code < 0xc0) {
      if (code === 0xa3 && bytes[at] === 0x73 && bytes[at + 1] === 0x65 && bytes[at + 2] === 0x71) {
        if (at + 8 <= end) lastSeq = readInteger(bytes, at + 3);
      }
      at += code & 0x1f;
    } else {
      const lengthSize = lengthSizes[code - 0xc0];
      if (at + lengthSize > end) return -1;
      let length = 0;
      for (let index = 0; index < lengthSize; index++) length = length * 256 + bytes[at++];
      if (code >= 0xdc) todo += code >= 0xde ? length * 2 : length;
      else at += sizes[code - 0xc0] + length;
    }
  }
  return at > end ? -1 : at;
}

/** From 0xc0 (nil, bin, ext, float, uint, int, fixext, str, array, map): bytes that follow, and bytes of a length. */
const sizes = Uint8Array.of(
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  4,
  8,
  1,
  2,
  4,
  8,
  1,
  2,
  4,
  8,
  2,
  3,
  5,
  9,
  17,
  0,
  0,
  0,
  0,
  0,
  0,
  0
);
const lengthSizes = Uint8Array.of(0, 0, 0, 0, 1, 2, 4, 1, 2, 4, ...new Array(15).fill(0), 1, 2, 4, 2, 4, 2, 4);

function readInteger(bytes, at) {
  const code = bytes[at];
  if (code < 0x80) return code;
  if (code === 0xcc) return bytes[at + 1];
  if (code === 0xcd) return bytes[at + 1] * 256 + bytes[at + 2];
  if (code === 0xce) return ((bytes[at + 1] * 256 + bytes[at + 2]) * 256 + bytes[at + 3]) * 256 + bytes[at + 4];
  return -1;
}

/** Entries one after the other; as they begin with an array, they cannot be taken for gzip. */
function countPacked(bytes) {
  const entries = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
  for (let at = 0; at < entries.length; ) {
    lastSeq = -1;
    at = skip(entries, at, entries.length);
    if (at < 0) throw new Error('entries are cut off');
    count(lastSeq);
  }
}

/** Reads messages: `[tag, entries, options?]`, entries as bytes or as an array, or `[tag, time, record, options?]`. */
class ForwardReader {
  #pending = new Pending();
  #send;
  /** The message that has begun: the number of its parts, the part that comes next, entries of an array to come. */
  #message;

  constructor(send) {
    this.#send = send;
  }

  push(chunk) {
    const pending = this.#pending;
    pending.add(chunk);
    while (pending.start < pending.end && this.#step(pending));
  }

  /** Reads the next part; false if it has not come completely. */
  #step(pending) {
    const { bytes, start, end } = pending;
    if (this.#message === undefined) {
      const parts = bytes[start] & 0x0f;
      if ((bytes[start] & 0xf0) !== 0x90 || parts < 2 || parts > 4) throw new Error('no forward message');
      this.#message = { parts, part: 0, entries: 0, isSingle: false, options: undefined };
      pending.start++;
      return true;
    }
    const message = this.#message;
    if (message.entries > 0) {
      lastSeq = -1;
      const next = skip(bytes, start, end);
      if (next < 0) return false;
      count(lastSeq);
      message.entries--;
      pending.start = next;
      if (message.entries === 0) this.#endPart();
      return true;
    }
    if (message.part === 1 && isArray(bytes[start])) {
      const size = bytes[start] < 0xa0 ? 1 : bytes[start] === 0xdc ? 3 : 5;
      if (start + size > end) return false;
      message.entries = size === 1 ? bytes[start] & 0x0f : bytes.readUIntBE(start + 1, size - 1);
      pending.start += size;
      return true;
    }
    lastSeq = -1;
    const next = skip(bytes, start, end);
    if (next < 0) return false;
    pending.start = next;
    if (message.part === 1 && isBytes(bytes[start])) countPacked(contentOf(bytes.subarray(start, next)));
    else if (message.part === 1) message.isSingle = true;
    else if (message.part === 2 && message.isSingle) count(lastSeq);
    else if (message.part > 1) message.options = decode(bytes.subarray(start, next));
    this.#endPart();
    return true;
  }

  #endPart() {
    const message = this.#message;
    message.part++;
    if (message.part < message.parts) return;
    if (message.options?.chunk !== undefined) {
      counts.acks++;
      this.#send(encode({ ack: message.options.chunk }));
    }
    this.#message = undefined;
  }
}

function isArray(code) {
  return (code & 0xf0) === 0x90 || code === 0xdc || code === 0xdd;
}

function isBytes(code) {
  return (code >= 0xa0 && code < 0xc0) || (code >= 0xc4 && code <= 0xc6) || (code >= 0xd9 && code <= 0xdb);
}

function contentOf(bytes) {
  const code = bytes[0];
  if (code < 0xc0) return bytes.subarray(1);
  const lengthSize = code === 0xc4 || code === 0xd9 ? 1 : code === 0xc5 || code === 0xda ? 2 : 4;
  return bytes.subarray(1 + lengthSize);
}

/** Reads a stream, at the pace that is set. */
function read(stream, reader) {
  const begin = now();
  let bytes = 0;
  stream.on('data', chunk => {
    counts.bytes += chunk.length;
    bytes += chunk.length;
    reader.push(chunk);
    tellIfDone();
    const early = (bytes / pace) * 1000 - (now() - begin);
    if (early <= 1) return;
    stream.pause();
    if (pace > 0) setTimeout(() => stream.resume(), early);
  });
  stream.on('error', () => stream.destroy());
  if (pace === 0) stream.pause();
}

process.on('message', message => {
  if ('pace' in message) pace = message.pace;
  if ('expected' in message) {
    expected = message.expected;
    counted = message.counted ?? 'distinct';
    tellIfDone();
  }
  if ('ask' in message) process.send({ answer: true, cpu: cpuSeconds(), ...counts });
});
process.on('disconnect', () => process.exit());

const [kind, path] = process.argv.slice(2);

function readerOf(send) {
  if (kind === 'forward') return new ForwardReader(send);
  return kind === 'beats' ? new LumberjackReader(count, send) : new LineReader(count);
}

warmUp(
  kind,
  readerOf(() => undefined)
);
Object.assign(counts, { records: 0, distinct: 0, bytes: 0, acks: 0 });
seen.fill(0);

if (kind === 'fifo') {
  const handle = await open(path, 'r');
  const stream = new Socket({ fd: handle.fd, readable: true, writable: false });
  stream.on('close', () => process.connected && process.send({ closed: true, ...counts }));
  read(stream, readerOf());
  process.send({ ready: true });
} else {
  const server = createServer(socket => {
    socket.setNoDelay(true);
    read(
      socket,
      readerOf(bytes => socket.write(bytes))
    );
  });
  server.listen(0, '127.0.0.1', () => process.send({ ready: true, port: server.address().port }));
}
