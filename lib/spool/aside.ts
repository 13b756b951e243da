import { isPassing } from './errors.js';
import { join } from './names.js';
import type { Room } from './room.js';
import { type SpoolStore, writeFile } from './store.js';

/** What things are set aside with. */
export interface AsideParts {
  readonly store: SpoolStore;
  /** The directory of the target. */
  readonly directory: string;
  readonly room: Room;
}

/** Where something is kept, and whether it was there before. */
export interface Kept {
  readonly path: string;
  readonly isNew: boolean;
}

interface AsideFile {
  readonly path: string;
  readonly size: number;
  readonly touched: number;
}

/** A file of what could not be read: part of a segment, from a position on; or a batch. */
export const asidePattern = /^(?:\d{8,15}-[0-9a-f]{16}-\d+|batch-[\w%.-]+)\.damaged$/;

/**
 * What cannot be read, in files for inspection. They count as bytes on disk; when they take more than their part of these,
 * the oldest are removed.
 */
export class Aside {
  readonly #parts: AsideParts;

  constructor(parts: AsideParts) {
    this.#parts = parts;
  }

  /** Sees how much is there, which may be more than another process may keep. Rejects if that cannot be told now. */
  async look(): Promise<void> {
    await this.#makeRoom(0, await this.#files());
  }

  /** Keeps these bytes under a name. Rejects if that cannot be done, or if it is more than may be kept. */
  async keep(name: string, parts: readonly Uint8Array[]): Promise<Kept> {
    const { store, room } = this.#parts;
    const path = this.#path(name);
    const files = await this.#files();
    if (files.some(file => file.path === path)) return { path, isNew: false };
    const bytes = Buffer.concat(parts);
    if (bytes.length > room.mostAside) {
      throw new RangeError(`an eighth of spool.maxBytes may be set aside, this has ${bytes.length} bytes`);
    }
    await this.#makeRoom(bytes.length, files);
    await writeFile(store, path, bytes);
    room.aside += bytes.length;
    return { path, isNew: true };
  }

  /** Keeps a file that cannot be read. Rejects if that cannot be done. */
  async move(from: string, name: string): Promise<Kept> {
    const path = this.#path(name);
    await this.#parts.store.rename(from, path);
    await this.look();
    return { path, isNew: true };
  }

  #path(name: string): string {
    return join(this.#parts.directory, `${name}.damaged`);
  }

  /** The oldest first. */
  async #files(): Promise<AsideFile[]> {
    const { store, directory, room } = this.#parts;
    const files: AsideFile[] = [];
    for (const name of await store.list(directory)) {
      if (!asidePattern.test(name)) continue;
      const path = join(directory, name);
      try {
        files.push({ path, size: await sizeOf(store, path), touched: await store.touched(path) });
      } catch (error) {
        if (isPassing(error)) throw error; // otherwise it has been removed, or is none of ours
      }
    }
    room.aside = files.reduce((sum, { size }) => sum + size, 0);
    return files.sort((a, b) => a.touched - b.touched);
  }

  async #makeRoom(bytes: number, files: readonly AsideFile[]): Promise<void> {
    const { store, room } = this.#parts;
    for (const { path, size } of files) {
      if (room.aside + bytes <= room.mostAside) return;
      await store.unlink(path);
      room.aside -= size;
    }
  }
}

async function sizeOf(store: SpoolStore, path: string): Promise<number> {
  const file = await store.open(path, 'read');
  try {
    return await file.size();
  } finally {
    await file.close();
  }
}
