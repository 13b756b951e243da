/** Where records end in their bytes, counted from where the first begins, their levels, and when they were logged. */
export interface RowColumns {
  readonly ends: Uint32Array;
  readonly levels: Uint8Array;
  readonly times: Float64Array;
}

/** What is known of the records of an open batch besides their bytes: columns that grow. */
export class OpenRows {
  /** Of these, the first `size` are in use. */
  #ends = new Uint32Array(leastRows);
  #levels = new Uint8Array(leastRows);
  #times = new Float64Array(leastRows);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Where the first `count` records end. */
  endOf(count: number): number {
    return count === 0 ? 0 : (this.#ends[count - 1] ?? 0);
  }

  level(row: number): number {
    return this.#levels[row] ?? 0;
  }

  time(row: number): number {
    return this.#times[row] ?? 0;
  }

  add(end: number, level: number, time: number): void {
    if (this.#size === this.#ends.length) this.#grow();
    this.#ends[this.#size] = end;
    this.#levels[this.#size] = level;
    this.#times[this.#size] = time;
    this.#size++;
  }

  /** Takes the last record away. */
  pop(): void {
    this.#size--;
  }

  /** Takes a record out; those behind it move up. */
  remove(row: number): void {
    const bytes = this.endOf(row + 1) - this.endOf(row);
    for (const column of [this.#ends, this.#levels, this.#times]) column.copyWithin(row, row + 1, this.#size);
    this.#size--;
    for (let index = row; index < this.#size; index++) this.#ends[index] = (this.#ends[index] ?? 0) - bytes;
  }

  /** A copy of the records from `from` to before `to`. */
  slice(from: number, to: number): RowColumns {
    const begin = this.endOf(from);
    const ends = this.#ends.slice(from, to);
    if (begin > 0) for (let row = 0; row < ends.length; row++) ends[row] = (ends[row] ?? 0) - begin;
    return { ends, levels: this.#levels.slice(from, to), times: this.#times.slice(from, to) };
  }

  /** Takes the first `count` records away. */
  shift(count: number): void {
    const { ends, levels, times } = this.slice(count, this.#size);
    this.#ends.set(ends);
    this.#levels.set(levels);
    this.#times.set(times);
    this.#size -= count;
  }

  #grow(): void {
    const { ends, levels, times } = this.slice(0, this.#size);
    const room = this.#size * 2;
    this.#ends = new Uint32Array(room);
    this.#levels = new Uint8Array(room);
    this.#times = new Float64Array(room);
    this.#ends.set(ends);
    this.#levels.set(levels);
    this.#times.set(times);
  }
}

/** Records that there is room for at first, half of a batch: to grow so far takes 0.2 ms in a program that has just begun. */
const leastRows = 1024;
