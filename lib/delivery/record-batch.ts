import { LogRecord } from '../core/record.js';
import { levelOf, type Packer, SparseBatch, ticketsBetween } from './batch.js';
import { estimateBytes } from './estimate.js';

/** Stands in the place of a record that was dropped. */
const nothing = new LogRecord(0, 0, '', 0, '');

/** A batch of live records. */
export class RecordBatch extends SparseBatch {
  #list: LogRecord[];
  /** Where each record ends, in bytes from the beginning. */
  #ends: readonly number[];

  constructor(list: LogRecord[], ends: readonly number[]) {
    super();
    this.#list = list;
    this.#ends = ends;
  }

  /** The records; the batch must be packed. */
  get list(): readonly LogRecord[] {
    return this.#list;
  }

  get rows(): number {
    return this.#list.length;
  }

  level(row: number): number {
    const record = this.#list[row];
    return record === undefined || record === nothing ? 0 : levelOf(record);
  }

  time(row: number): number {
    return this.#list[row]?.timestamp ?? 0;
  }

  start(row: number): number {
    return row === 0 ? 0 : (this.#ends[row - 1] ?? 0);
  }

  record(row: number): LogRecord {
    const record = this.#list[row];
    if (record === undefined || record === nothing) throw new RangeError(`the batch has no record at ${row}`);
    return record;
  }

  protected bury(row: number): void {
    this.#list[row] = nothing;
  }

  protected keep(rows: readonly number[]): void {
    let end = 0;
    this.#ends = rows.map(row => {
      end += this.start(row + 1) - this.start(row);
      return end;
    });
    this.#list = this.#list.filter(record => record !== nothing);
  }
}

/** Collects live records; their bytes are an estimate. */
export class RecordPacker implements Packer<RecordBatch> {
  bytes = 0;
  #records: LogRecord[] = [];
  #ends: number[] = [];

  get size(): number {
    return this.#records.length;
  }

  add(record: LogRecord): number {
    const bytes = estimateBytes(record);
    this.bytes += bytes;
    this.#records.push(record);
    this.#ends.push(this.bytes);
    return bytes;
  }

  undo(): void {
    this.#records.pop();
    this.#ends.pop();
    this.bytes = this.#ends[this.#ends.length - 1] ?? 0;
  }

  level(row: number): number {
    const record = this.#records[row];
    return record === undefined ? 0 : levelOf(record);
  }

  time(row: number): number {
    return this.#records[row]?.timestamp ?? 0;
  }

  start(row: number): number {
    return row === 0 ? 0 : (this.#ends[row - 1] ?? 0);
  }

  remove(row: number): void {
    const bytes = this.start(row + 1) - this.start(row);
    this.#records.splice(row, 1);
    this.#ends.splice(row, 1);
    this.#ends = this.#ends.map((end, index) => (index < row ? end : end - bytes));
    this.bytes -= bytes;
  }

  cut(count: number): RecordBatch {
    const [records, ends] = [this.#records, this.#ends];
    const bytes = ends[count - 1] ?? 0;
    this.#records = records.splice(count);
    this.#ends = ends.splice(count).map(end => end - bytes);
    this.bytes -= bytes;
    return new RecordBatch(records, ends);
  }

  copy(from: number): RecordBatch {
    const begin = this.#ends[from - 1] ?? 0;
    return new RecordBatch(
      this.#records.slice(from),
      this.#ends.slice(from).map(end => end - begin)
    );
  }

  slice(batch: RecordBatch, from: number, to: number): RecordBatch {
    const begin = batch.start(from);
    const ends = Array.from({ length: to - from }, (_, index) => batch.start(from + index + 1) - begin);
    const part = new RecordBatch(batch.list.slice(from, to), ends);
    part.tickets = ticketsBetween(batch.tickets, from, to);
    return part;
  }
}
