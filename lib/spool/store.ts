/**
 * The disk, as far as a spool uses it: one of the three seams (with `Clock` and `Dial`) at which a test can take the place
 * of the world. Paths are absolute. What fails rejects with an error that has Node's `code`: `ENOSPC`, `EACCES`, `EMFILE`.
 */
export interface SpoolStore {
  /**
   * Makes a directory, and those above it, for the owner only. One that exists is fine. Resolves when those that were made
   * survive a power cut.
   */
  mkdir(path: string): Promise<void>;
  /** The names of what is in a directory, in no particular order. */
  list(path: string): Promise<string[]>;
  /**
   * Opens a file: `create` makes it, for the owner only, and fails with `EEXIST` if it is there; `write` and `read` fail
   * with `ENOENT` if it is not.
   */
  open(path: string, how: 'create' | 'write' | 'read'): Promise<SpoolFile>;
  /** Gives a file or a directory another name, at once or not at all. A file of that name is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  unlink(path: string): Promise<void>;
  /** Removes an empty directory. */
  rmdir(path: string): Promise<void>;
  /** Resolves when the names in a directory survive a power cut. */
  syncDirectory(path: string): Promise<void>;
  /** Makes a file's time of change the present. */
  touch(path: string): Promise<void>;
  /** A file's time of change, by the clock of its file system. Only whether it differs is of use. */
  touched(path: string): Promise<number>;
  /**
   * Makes a file with this content, and the directories above it, on the stack of the process's `exit` event, where
   * nothing can be waited for. It survives a power cut if `sync` is true. Throws if that cannot be done; there is no such
   * file then.
   */
  createSync(path: string, content: readonly Uint8Array[], sync: boolean): void;
  /** This process, as others can know it. */
  self(): Promise<ProcessFacts>;
  /**
   * Makes a file by which others on the same machine see that this process lives: they cannot any more when it has ended,
   * however that was. Resolves with what takes it away. Rejects if there can be no such file here.
   */
  lightBeacon(path: string): Promise<() => Promise<void>>;
  /** Whether the process of these facts and this beacon lives; undefined if that cannot be told from here. */
  isAlive(facts: ProcessFacts, beacon: string): Promise<boolean | undefined>;
}

/**
 * What tells a process from all others. Process ids repeat, quickly in containers, where the first one is always 1: so
 * there is also where and when it was started.
 */
export interface ProcessFacts {
  readonly pid: number;
  /** The id of the worker thread; 0 for the main thread. */
  readonly thread: number;
  /** The machine, by its name and its id. */
  readonly host: string;
  /** The run of the operating system; undefined where there is no way to know. */
  readonly boot?: string | undefined;
  /** The namespace in which the process id counts; undefined where there are none. */
  readonly namespace?: string | undefined;
  /** When it was started, in the operating system's own unit; undefined where there is no way to know. */
  readonly started?: string | undefined;
}

/** An open file. */
export interface SpoolFile {
  /** Bytes in it. */
  size(): Promise<number>;
  /**
   * Writes all of these, one after the other, from `position`. After a rejection, any part may have been written. They may stand
   * in memory that can be resized, which Node's `fs` reads like any other, and `fetch` and `Response` of Node.js 20 and 22 do not.
   */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** Reads from `position` until `into` is full or the file ends; resolves with how many bytes that were. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Resolves when what has been written survives a power cut (fdatasync). */
  sync(): Promise<void>;
  /** Cuts off what is behind `length`. */
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes a file that holds these bytes. */
export async function writeFile(store: SpoolStore, path: string, bytes: Uint8Array): Promise<void> {
  const file = await store.open(path, 'create');
  try {
    await file.write([bytes], 0);
  } finally {
    await file.close();
  }
}
