/** Log calls that wait with one promise. */
interface Group {
  calls: number;
  /** The batch that the record of the last call is in. */
  ordinal: number;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** Log calls that go on in one turn of the event loop, about: those who await them all log again, which takes a millisecond or two. */
const mostTogether = 500;

/**
 * Log calls that wait for the disk. They have one promise for many, and go on in their order, some in each turn of the event
 * loop: not all that a sync of the disk has set free at once.
 */
export class DiskWaits {
  readonly #mayGoOn: () => boolean;
  #groups: Group[] = [];
  /** How many of the groups wait for what is being written; the others, for what comes after it. */
  #begun = 0;
  /** How many may go on. */
  #free = 0;
  #turn: NodeJS.Immediate | undefined;

  /** `mayGoOn` is asked in each turn before some go on; if not, they wait for the next `free`. */
  constructor(mayGoOn: () => boolean = () => true) {
    this.#mayGoOn = mayGoOn;
  }

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  /** Resolves some turns after the record, which stands in the batch of this place, was written and the call set free. */
  add(ordinal: number): Promise<void> {
    let group = this.#groups.length > this.#begun ? this.#groups.at(-1) : undefined;
    if (group === undefined || group.calls === mostTogether) {
      group = newGroup();
      this.#groups.push(group);
    }
    group.calls++;
    group.ordinal = ordinal;
    return group.promise;
  }

  /** What those wait for who have come so far is being written. */
  begin(): void {
    this.#begun = this.#groups.length;
  }

  /** Frees those for whom `begin` was called and whose records stand before the batch of this place. */
  free(ordinal: number): void {
    while (this.#free < this.#begun && (this.#groups[this.#free]?.ordinal ?? ordinal) < ordinal) this.#free++;
    this.#goOn();
  }

  /** Resolves when all that were freed have gone on, and, if they log again, have done so. */
  async gone(): Promise<void> {
    while (this.#free > 0) await new Promise(resolve => setImmediate(resolve));
  }

  /** Frees all. */
  freeAll(): void {
    this.begin();
    this.free(Number.POSITIVE_INFINITY);
  }

  #goOn(): void {
    if (this.#turn !== undefined || this.#free === 0) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      if (!this.#mayGoOn()) return;
      for (let calls = 0; this.#free > 0 && calls < mostTogether; this.#free--, this.#begun--) {
        const group = this.#groups.shift();
        calls += group?.calls ?? 0;
        group?.resolve();
      }
      this.#goOn();
    });
  }
}

function newGroup(): Group {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { calls: 0, ordinal: 0, promise, resolve };
}
