/** Batches that wait for their delivery, oldest first. */
export class Backlog<B> {
  #batches: B[] = [];
  /** Where the first one stands: taking it away must not move all the others. */
  #head = 0;

  get first(): B | undefined {
    return this.#batches[this.#head];
  }

  get last(): B | undefined {
    return this.#head < this.#batches.length ? this.#batches[this.#batches.length - 1] : undefined;
  }

  push(batch: B): void {
    this.#batches.push(batch);
  }

  removeFirst(): void {
    this.#head++;
    if (this.#head * 2 < this.#batches.length) return;
    this.#batches.splice(0, this.#head);
    this.#head = 0;
  }

  [Symbol.iterator](): Iterator<B> {
    return this.#batches.slice(this.#head).values();
  }
}
