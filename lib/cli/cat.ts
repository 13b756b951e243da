import { levelName } from '../core/level.js';
import { escapeJson } from '../core/text.js';
import { plain } from '../core/values.js';
import { nodeStore } from '../spool/node-store.js';
import type { SpooledBatch } from '../spool/spool.js';
import { batchesOf } from '../spool/survey.js';
import { decode } from '../wire/msgpack-read.js';
import { CommandError, type Given, type Streams } from './command.js';
import { targetsOf } from './targets.js';

/**
 * Prints the records of spools, in the order in which they would be sent: a JSON line for each. Throws at the end if not all
 * could be read.
 */
export async function cat(given: Given, { out }: Streams): Promise<void> {
  let missing = 0;
  for (const target of await targetsOf(given)) {
    for (const { damages, error } of target.logs) missing += error === undefined ? damages : 1;
    for await (const { batch, loss } of batchesOf(nodeStore, target)) {
      if (loss !== undefined) missing++;
      if (batch !== undefined) for (const line of linesOf(target.name, batch)) await out(line);
    }
  }
  if (missing > 0) throw new CommandError(`${missing} part(s) are damaged or cannot be read, and were left out`);
}

function* linesOf(target: string, batch: SpooledBatch): Generator<string> {
  const { chunk, payload, ends, levels, times, topics, format } = batch;
  let begin = 0;
  for (let row = 0; row < ends.length; row++) {
    const bytes = payload.subarray(begin, ends[row]);
    begin = ends[row] ?? begin;
    const topic = topics.find(({ end }) => row < end)?.topic ?? '';
    const line = {
      target,
      chunk,
      time: timeOf(times[row] ?? Number.NaN),
      level: levelName(levels[row] ?? 0),
      ...(topic !== '' && { topic }),
      ...contentOf(bytes, format)
    };
    yield escapeJson(JSON.stringify(line));
  }
}

function timeOf(time: number): string | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** What a target sends for a record, or, of a format that is not known here, its bytes. */
function contentOf(bytes: Uint8Array, format: string): { record: unknown } | { base64: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (format === 'json' || format === 'record') return { record: JSON.parse(buffer.toString()) };
    if (format === 'msgpack') return { record: plain(entryOf(decode(buffer))) };
  } catch {
    return { base64: buffer.toString('base64') }; // a form that only the target knows
  }
  return { base64: buffer.toString('base64') };
}

/** Of an entry of the forward protocol, `[time, record]`, the record: the time is there already. */
function entryOf(value: unknown): unknown {
  return Array.isArray(value) && value.length === 2 ? value[1] : value;
}
