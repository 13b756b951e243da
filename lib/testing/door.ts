/** What listens, and can be asked to stop and to listen again: one after the other, however these calls overlap. */
export class Door {
  readonly #listen: () => Promise<() => Promise<void>>;
  /** Stops listening; undefined while nobody does. */
  #stop: (() => Promise<void>) | undefined;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** `listen` resolves when it does, with what ends that. */
  constructor(listen: () => Promise<() => Promise<void>>) {
    this.#listen = listen;
  }

  /** Resolves when it is open, or closed for good; rejects if it cannot be opened. */
  open(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#stop === undefined && !this.#isClosed) this.#stop = await this.#listen();
    });
  }

  /** Resolves when it is shut. */
  shut(): Promise<void> {
    return this.#inTurn(async () => {
      const stop = this.#stop;
      this.#stop = undefined;
      await stop?.();
    });
  }

  /** Resolves when it is shut, for good. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.shut();
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => undefined); // its caller has the error
    return result;
  }
}
