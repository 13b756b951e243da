/** Carries out one thing after the other. */
export class Chain {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as `work` does, which begins when all before it has ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined); // whoever asked for it is told
    return done;
  }
}
