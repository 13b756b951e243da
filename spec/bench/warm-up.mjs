/*
 * What a receiver reads before it is used, so that its own first steps are no part of what is measured: a cold one takes as long
 * for the first thousand records as most senders, and a collector is not cold when a program starts.
 */
import { deflateSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { errorFields, makeSamples } from './records.mjs';

const count = 2000;

function records() {
  return makeSamples(count).map(({ level, logger, error, text, fields }, seq) => {
    const data = fields(seq);
    return { level, logger, message: text(data), ...data, ...(error !== undefined && { error: errorFields(error) }) };
  });
}

/** Messages of every mode. */
function forward() {
  const entries = records().map(record => [1_700_000_000, record]);
  const packed = Buffer.concat(entries.map(entry => encode(entry)));
  const option = { size: count, chunk: 'warm' };
  const messages = [
    ['warm', packed, option],
    ['warm', entries, option],
    ...entries.map(([time, record]) => ['warm', time, record, { chunk: 'warm' }])
  ];
  return Buffer.concat(messages.map(message => encode(message)));
}

function lines() {
  return Buffer.from(
    records()
      .map(record => `${JSON.stringify(record)}\n`)
      .join('')
  );
}

/** Windows of lumberjack v2, one of them compressed. */
function windows() {
  const frames = records().map((record, index) => {
    const event = Buffer.from(JSON.stringify(record));
    return Buffer.concat([frame('J', index + 1), number(event.length), event]);
  });
  const body = deflateSync(Buffer.concat(frames));
  return Buffer.concat([frame('W', count), ...frames, frame('W', count), frame('C', body.length), body]);
}

function frame(letter, value) {
  return Buffer.concat([Buffer.from(`2${letter}`), number(value)]);
}

function number(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Has a reader of this kind read some thousand records. */
export function warmUp(kind, reader) {
  const bytes = kind === 'forward' ? forward() : kind === 'beats' ? windows() : lines();
  for (let at = 0; at < bytes.length; at += 65_536) reader.push(bytes.subarray(at, at + 65_536));
}
