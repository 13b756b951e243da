import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rmdir, stat, unlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { lightBeacon } from './beacon.js';
import { makeDirectory, makeDirectorySync, syncDirectory, syncDirectorySync } from './directory.js';
import { isAlive, ownFacts } from './process-facts.js';
import type { SpoolFile, SpoolStore } from './store.js';

/** Logs tell of people: nobody but the owner may read them. */
const fileMode = 0o600;

/** The machine's disk. */
export const nodeStore: SpoolStore = {
  mkdir: makeDirectory,
  list: path => readdir(path),
  open: async (path, how) => new NodeFile(await open(path, { create: 'wx+', write: 'r+', read: 'r' }[how], fileMode)),
  rename,
  unlink,
  rmdir,
  syncDirectory,
  touch: async path => {
    const now = new Date();
    await utimes(path, now, now);
  },
  touched: async path => (await stat(path)).mtimeMs,
  createSync: (path, content, sync) => {
    makeDirectorySync(dirname(path), sync);
    const file = openSync(path, 'wx', fileMode);
    try {
      for (const chunk of content) writeAll(file, chunk);
      if (sync) fdatasyncSync(file);
    } catch (error) {
      rmSync(path, { force: true }); // what was written of it takes room on a full disk
      throw error;
    } finally {
      closeSync(file);
    }
    if (sync) syncDirectorySync(dirname(path));
  },
  self: ownFacts,
  lightBeacon,
  isAlive: async (facts, beacon) => isAlive(facts, beacon, await ownFacts())
};

class NodeFile implements SpoolFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let rest = chunks.filter(({ length }) => length > 0);
    let at = position;
    while (rest.length > 0) {
      const { bytesWritten } = await this.#handle.writev(rest.slice(0, mostChunks), at);
      at += bytesWritten;
      rest = behind(rest, bytesWritten);
    }
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let length = 0;
    while (length < into.length) {
      const { bytesRead } = await this.#handle.read(into, length, into.length - length, position + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return length;
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** As many as one call of writev takes on every system: IOV_MAX is 1024 on Linux and macOS. */
const mostChunks = 1024;

/** What is left of chunks behind the first `length` bytes. */
function behind(chunks: readonly Uint8Array[], length: number): Uint8Array[] {
  let done = length;
  const index = chunks.findIndex(chunk => {
    if (done < chunk.length) return true;
    done -= chunk.length;
    return false;
  });
  if (index < 0) return [];
  return chunks.slice(index).map((chunk, place) => (place === 0 ? chunk.subarray(done) : chunk));
}

function writeAll(file: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done);
}
