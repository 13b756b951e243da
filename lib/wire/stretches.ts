import type { Topic } from '../spool/spool.js';

/** Consecutive records of a batch that have the same topic: from the record after the last stretch's up to `end`. */
interface Stretch extends Topic {
  end: number;
}

/** The stretches of what is left when only these rows of a batch are kept. */
export function stretchesOf(rows: readonly number[], stretches: readonly Topic[]): Stretch[] {
  const left: Stretch[] = [];
  let end = 0;
  for (const stretch of stretches) {
    const before = end;
    while (end < rows.length && (rows[end] ?? 0) < stretch.end) end++;
    if (end === before) continue;
    const last = left[left.length - 1];
    if (last?.topic === stretch.topic) last.end = end;
    else left.push({ topic: stretch.topic, end });
  }
  return left;
}

/** The topics of the records of an open batch. */
export class OpenStretches {
  #stretches: Stretch[] = [];
  #size = 0;

  /** There is one record more. */
  add(topic: string): void {
    this.#size++;
    const { length } = this.#stretches;
    // A place that an array does not have is looked for by its name from then on, for each record.
    const last = length === 0 ? undefined : this.#stretches[length - 1];
    if (last !== undefined && last.topic === topic) last.end = this.#size;
    else this.#stretches.push({ topic, end: this.#size });
  }

  /** The last record is gone. */
  pop(): void {
    this.#size--;
    const last = this.#stretches[this.#stretches.length - 1];
    if (last === undefined) return;
    last.end = this.#size;
    const before = this.#stretches[this.#stretches.length - 2]?.end ?? 0;
    if (last.end === before) this.#stretches.pop();
  }

  /** A record is gone; those behind it move up. */
  remove(row: number): void {
    this.#size--;
    const left: Stretch[] = [];
    for (const { topic, end } of this.#stretches) {
      const newEnd = end > row ? end - 1 : end;
      const last = left[left.length - 1];
      if (newEnd === (last?.end ?? 0)) continue;
      if (last?.topic === topic) last.end = newEnd;
      else left.push({ topic, end: newEnd });
    }
    this.#stretches = left;
  }

  /** Those of the records from `from` on, counted from there. */
  from(from: number): Stretch[] {
    const rest = this.#stretches.filter(({ end }) => end > from);
    return rest.map(({ topic, end }) => ({ topic, end: end - from }));
  }

  /** Takes those of the first `count` records away. */
  take(count: number): Stretch[] {
    if (count === this.#size) return this.#takeAll();
    const rest = this.from(count);
    const taken = this.#stretches.filter((_, index) => (this.#stretches[index - 1]?.end ?? 0) < count);
    this.#stretches = rest;
    this.#size -= count;
    return taken.map(({ topic, end }) => ({ topic, end: Math.min(end, count) }));
  }

  #takeAll(): Stretch[] {
    const all = this.#stretches;
    this.#stretches = [];
    this.#size = 0;
    return all;
  }
}
