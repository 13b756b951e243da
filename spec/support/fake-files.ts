export type FakeNode = FakeFile | FakeDirectory;

/** Bytes that reach a disk together. */
const sector = 512;

/** A file: what processes see of it, and what would be left of it without power. */
export class FakeFile {
  content: Buffer = Buffer.alloc(0);
  touched = 0;
  #durable: Buffer = Buffer.alloc(0);
  /** What was done since the last sync. */
  #unsynced: (readonly [position: number, bytes: Buffer] | number)[] = [];

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const copy = Buffer.from(bytes);
    this.content = written(this.content, copy, position);
    this.#unsynced.push([position, copy]);
  }

  truncate(length: number): void {
    this.content = Buffer.from(this.content.subarray(0, length));
    this.#unsynced.push(length);
  }

  sync(): void {
    for (const change of this.#unsynced) this.#durable = changed(this.#durable, change);
    this.#unsynced = [];
  }

  /** A sync that fails, as Linux does it: what was to be written is taken for clean, and never will be. */
  failSync(): void {
    this.#unsynced = [];
  }

  /** Of what was not synced, any sector may have been written, and any not. */
  losePower(random: () => number): void {
    for (const change of this.#unsynced) {
      if (typeof change === 'number') {
        if (random() < 0.5) this.#durable = changed(this.#durable, change);
        continue;
      }
      const [position, bytes] = change;
      const likely = random();
      for (let at = 0; at < bytes.length; at += sector) {
        if (random() > likely) continue;
        this.#durable = written(this.#durable, bytes.subarray(at, at + sector), position + at);
      }
    }
    this.#unsynced = [];
    this.content = Buffer.from(this.#durable);
  }
}

function changed(content: Buffer, change: readonly [number, Buffer] | number): Buffer {
  if (typeof change === 'number') return Buffer.from(content.subarray(0, change));
  return written(content, change[1], change[0]);
}

function written(content: Buffer, bytes: Buffer, position: number): Buffer {
  const grown = Buffer.alloc(Math.max(content.length, position + bytes.length));
  content.copy(grown);
  bytes.copy(grown, position);
  return grown;
}

type Entries = Map<string, FakeNode>;

/** A directory. Changes of its names become durable in their order. */
export class FakeDirectory {
  readonly entries: Entries = new Map();
  #durable: Entries = new Map();
  #unsynced: ((entries: Entries) => void)[] = [];

  change(how: (entries: Entries) => void): void {
    how(this.entries);
    this.#unsynced.push(how);
  }

  sync(): void {
    for (const how of this.#unsynced) how(this.#durable);
    this.#unsynced = [];
  }

  losePower(random: () => number): void {
    const kept = Math.floor(random() * (this.#unsynced.length + 1));
    for (const how of this.#unsynced.slice(0, kept)) how(this.#durable);
    this.#unsynced = [];
    this.entries.clear();
    for (const [name, node] of this.#durable) {
      this.entries.set(name, node);
      node.losePower(random);
    }
  }

  /** All that is below, with the paths. */
  *walk(path: string): Generator<[string, FakeNode]> {
    for (const [name, node] of this.entries) {
      yield [`${path}/${name}`, node];
      if (node instanceof FakeDirectory) yield* node.walk(`${path}/${name}`);
    }
  }
}
