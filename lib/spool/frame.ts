import { nodeZlib } from '../core/node-modules.js';
import { type Columns, readColumns, rowBytes, writeColumns } from './columns.js';
import { numbersOf, runsOf } from './part-id.js';
import type { SpoolPart, Topic } from './spool.js';

/**
 * A segment is a file of frames:
 *
 * ```text
 * marker   4 bytes, of the segment
 * type     1 byte: 1 records, 2 done
 * length   4 bytes, little-endian: of the body
 * check    4 bytes, little-endian: CRC-32 of type, length and body, begun with the segment's seed
 * body     records: length of the head (4 bytes), head (JSON: id, runs, end, format, topics, tried), the levels (1 byte each),
 *            times (float64) and ends (uint32), all little-endian, and the payload
 *          done: JSON: id, and runs of the records that are done with, if these are not all
 * ```
 *
 * Marker and seed are random and stand in the file's name only. So nothing that is logged can look like a frame when one is
 * looked for behind a damaged part.
 */
export interface Seal {
  readonly marker: number;
  readonly seed: number;
}

/** Bytes before the body. */
export const frameHead = 13;

const rowsType = 1;
const doneType = 2;

/** Bytes that are checked in one go, as long as that can wait: about a millisecond. */
const stride = 1024 * 1024;

/** A frame that is not written yet. */
export interface Draft {
  readonly type: number;
  readonly body: readonly Uint8Array[];
  /** Bytes, with what stands before the body. */
  readonly length: number;
}

/** Records of a batch, as they stand in a frame. */
export interface FrameRows extends Omit<SpoolPart, 'from' | keyof Columns>, Columns {
  readonly numbers: Uint32Array;
  /** The number behind the last record that the frame was written with: some may have been taken out since. */
  readonly end: number;
  readonly format: string;
}

/** What a frame says. */
export type FrameBody =
  | { readonly kind: 'rows'; readonly rows: FrameRows }
  | { readonly kind: 'done'; readonly id: string; readonly numbers: Uint32Array | undefined };

/** Records of a batch, as a frame. The payload is not copied. */
export function draftRows(rows: FrameRows): Draft {
  const { id, end, format, topics, isTried, payload } = rows;
  const head = Buffer.from(
    JSON.stringify({
      id,
      runs: runsOf(rows.numbers),
      end,
      format,
      topics: topics.map(({ topic, end: last }) => [topic, last]),
      ...(isTried && { tried: true })
    })
  );
  const table = Buffer.allocUnsafe(4 + head.length + rows.numbers.length * rowBytes);
  table.writeUInt32LE(head.length, 0);
  head.copy(table, 4);
  writeColumns(rows, table, 4 + head.length);
  return draft(rowsType, [table, payload]);
}

/** That a batch, or some of its records, need not be kept any longer. */
export function draftDone(id: string, numbers: ArrayLike<number> | undefined): Draft {
  return draft(doneType, [
    Buffer.from(JSON.stringify({ id, ...(numbers !== undefined && { runs: runsOf(numbers) }) }))
  ]);
}

function draft(type: number, body: readonly Uint8Array[]): Draft {
  return { type, body, length: body.reduce((sum, { length }) => sum + length, frameHead) };
}

/** A frame as it is written into the segment of this seal. */
export function sealed({ type, body, length }: Draft, { marker, seed }: Seal): Uint8Array[] {
  const head = headOf(type, length - frameHead, marker);
  head.writeUInt32LE(
    body.reduce((check, chunk) => nodeZlib().crc32(chunk, check), nodeZlib().crc32(head.subarray(4, 9), seed)),
    9
  );
  return [head, ...body];
}

function headOf(type: number, length: number, marker: number): Buffer {
  const head = Buffer.allocUnsafe(frameHead);
  head.writeUInt32LE(marker, 0);
  head.writeUInt8(type, 4);
  head.writeUInt32LE(length, 5);
  return head;
}

/**
 * The length of the frame that begins at `position` of a segment, if all of it is there and its check is right;
 * `partial` if it would reach beyond the end; otherwise undefined. Lets others run while it checks a long one.
 */
export async function frameAt(segment: Buffer, position: number, seal: Seal): Promise<number | 'partial' | undefined> {
  if (position + frameHead > segment.length) return 'partial';
  if (segment.readUInt32LE(position) !== seal.marker) return undefined;
  const length = frameHead + segment.readUInt32LE(position + 5);
  const end = position + length;
  if (end > segment.length) return 'partial';
  let check = nodeZlib().crc32(segment.subarray(position + 4, position + 9), seal.seed);
  for (let at = position + frameHead; at < end; at += stride) {
    if (at > position + frameHead) await new Promise(setImmediate);
    check = nodeZlib().crc32(segment.subarray(at, Math.min(at + stride, end)), check);
  }
  return check === segment.readUInt32LE(position + 9) ? length : undefined;
}

/**
 * What a frame says whose check is right; it shares the frame's memory. Undefined if it says nothing that this version
 * understands.
 */
export function readFrame(frame: Buffer): FrameBody | undefined {
  const body = frame.subarray(frameHead);
  try {
    if (frame[4] === doneType) return readDone(JSON.parse(body.toString()));
    return frame[4] === rowsType ? readRows(body) : undefined;
  } catch {
    return undefined; // no JSON, or too short: not written by us
  }
}

function readDone({ id, runs }: { id?: unknown; runs?: unknown }): FrameBody | undefined {
  if (typeof id !== 'string') return undefined;
  if (runs === undefined) return { kind: 'done', id, numbers: undefined };
  return isRuns(runs) ? { kind: 'done', id, numbers: numbersOf(runs) } : undefined;
}

function readRows(body: Buffer): FrameBody | undefined {
  const tableAt = 4 + body.readUInt32LE(0);
  const head: Record<string, unknown> = JSON.parse(body.toString('utf8', 4, tableAt));
  const { id, runs, end: last, format, tried } = head;
  const topics = readTopics(head['topics']);
  if (typeof id !== 'string' || typeof format !== 'string' || topics === undefined || !isRuns(runs)) return undefined;
  if (!isNumber(last) || last < (runs.at(-1) ?? 0)) return undefined;
  const count = runs.reduce((sum, edge, index) => sum + (index % 2 === 0 ? -edge : edge), 0);
  const payloadAt = tableAt + count * rowBytes;
  if (payloadAt > body.length) return undefined;
  const columns = readColumns(body, tableAt, count);
  const payload = body.subarray(payloadAt);
  const isRight =
    areRight(columns, payload.length) &&
    topics.every(({ end }, index) => end > (topics[index - 1]?.end ?? 0)) &&
    (topics.at(-1)?.end ?? 0) === count;
  if (!isRight) return undefined;
  const numbers = numbersOf(runs);
  return {
    kind: 'rows',
    rows: { id, numbers, end: last, format, topics, isTried: tried === true, ...columns, payload }
  };
}

/** Whether these can be the columns of records that take so many bytes. */
function areRight({ levels, ends }: Columns, bytes: number): boolean {
  let begin = 0;
  for (let row = 0; row < ends.length; row++) {
    const end = ends[row] ?? 0;
    const level = levels[row] ?? 0;
    if (end < begin || level < 1 || level > 63) return false;
    begin = end;
  }
  return begin === bytes;
}

function readTopics(list: unknown): Topic[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const topics = list.map((entry: unknown) => {
    const [topic, end] = Array.isArray(entry) ? entry : [];
    return typeof topic === 'string' && typeof end === 'number' ? { topic, end } : undefined;
  });
  return topics.every(topic => topic !== undefined) ? topics : undefined;
}

/** More records than any batch has: what claims to hold more is not ours. */
const mostNumbers = 2 ** 24;

function isRuns(runs: unknown): runs is number[] {
  return (
    Array.isArray(runs) &&
    runs.length % 2 === 0 &&
    runs.every((edge, index) => isNumber(edge) && (index === 0 || edge > (runs[index - 1] ?? 0)))
  );
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostNumbers;
}

/** Those records of a frame whose numbers `keep` picks. */
export function pickRows(rows: FrameRows, keep: (number: number) => boolean): FrameRows {
  const picked: number[] = [];
  const count = rows.numbers.length;
  for (let row = 0; row < count; row++) if (keep(rows.numbers[row] ?? 0)) picked.push(row);
  if (picked.length === count) return rows;
  const start = (row: number) => (row === 0 ? 0 : (rows.ends[row - 1] ?? 0));
  let end = 0;
  const ends = Uint32Array.from(picked, row => {
    end += (rows.ends[row] ?? 0) - start(row);
    return end;
  });
  return {
    ...rows,
    numbers: Uint32Array.from(picked, row => rows.numbers[row] ?? 0),
    levels: Uint8Array.from(picked, row => rows.levels[row] ?? 0),
    times: Float64Array.from(picked, row => rows.times[row] ?? 0),
    ends,
    topics: pickTopics(rows.topics, picked),
    payload: Buffer.concat(picked.map(row => rows.payload.subarray(start(row), rows.ends[row])))
  };
}

function pickTopics(topics: readonly Topic[], rows: readonly number[]): Topic[] {
  const left: Topic[] = [];
  let row = 0;
  for (const { topic, end } of topics) {
    const before = row;
    while (row < rows.length && (rows[row] ?? 0) < end) row++;
    if (row > before) left.push({ topic, end: row });
  }
  return left;
}
