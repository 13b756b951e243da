import type { ProcessFacts, SpoolFile, SpoolStore } from '../../lib/spool/store.js';
import { FakeDirectory, FakeFile, type FakeNode } from './fake-files.js';

/** What a process asks of a fake disk. */
export interface DiskOperation {
  readonly kind: keyof SpoolStore | keyof SpoolFile;
  readonly path: string;
  /** How many there were before it, of all processes. */
  readonly index: number;
}

/** A system error as Node makes them. */
export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/**
 * A disk in memory, whose processes can die at any moment and whose power can fail: what was not synced is then there, or
 * not, or in part, by chance. Every operation can be made to fail.
 */
export class FakeDisk {
  /** Bytes that fit; more fail with `ENOSPC`, after part of them was written. */
  capacity = Number.POSITIVE_INFINITY;
  /** The code of the error with which an operation is to fail. */
  fault: ((operation: DiskOperation) => string | undefined) | undefined;
  /** What an operation waits for before it does anything: a disk that is slow. */
  delay: ((operation: Omit<DiskOperation, 'index'>) => Promise<void> | undefined) | undefined;
  /** Operations so far. */
  operations = 0;
  readonly root = new FakeDirectory();
  readonly random: () => number;
  /** The processes that live. */
  readonly processes = new Set<FakeProcess>();
  #pids = 0;
  #boots = 1;
  #touches = 0;

  constructor(random: () => number = () => 0.5) {
    this.random = random;
  }

  /** A store as a new process sees it. */
  process(options: { readonly isForeign?: boolean } = {}): FakeProcess {
    const process = new FakeProcess(this, ++this.#pids, `boot ${this.#boots}`, options.isForeign ?? false);
    this.processes.add(process);
    return process;
  }

  /** All processes die: what they have begun never ends. With the power, what was not synced may be lost. */
  crash({ power }: { readonly power: boolean }): void {
    this.processes.clear();
    if (!power) return;
    this.#boots++;
    this.root.losePower(this.random);
  }

  /** The paths of all files. */
  files(): string[] {
    return [...this.root.walk('')].flatMap(([path, node]) => (node instanceof FakeFile ? [path] : []));
  }

  /** What is in a file, to be looked at or damaged. */
  content(path: string): Buffer {
    return this.file(path).content;
  }

  /** Bytes in all files. */
  get used(): number {
    return this.files().reduce((sum, path) => sum + this.content(path).length, 0);
  }

  nextTouch(): number {
    return ++this.#touches;
  }

  directory(path: string): FakeDirectory {
    const node = this.find(path);
    if (node === undefined) throw systemError('ENOENT', path);
    if (!(node instanceof FakeDirectory)) throw systemError('ENOTDIR', path);
    return node;
  }

  file(path: string): FakeFile {
    const node = this.find(path);
    if (node === undefined) throw systemError('ENOENT', path);
    if (!(node instanceof FakeFile)) throw systemError('EISDIR', path);
    return node;
  }

  find(path: string): FakeNode | undefined {
    let node: FakeNode | undefined = this.root;
    for (const name of path.split('/').filter(Boolean)) {
      node = node instanceof FakeDirectory ? node.entries.get(name) : undefined;
    }
    return node;
  }
}

/** The directory that a path is in, and its name there. */
function parted(path: string): [parent: string, name: string] {
  const at = path.lastIndexOf('/');
  return [path.slice(0, at), path.slice(at + 1)];
}

/** The disk as one process sees it. */
export class FakeProcess implements SpoolStore {
  readonly disk: FakeDisk;
  readonly #facts: ProcessFacts;
  readonly #isForeign: boolean;

  constructor(disk: FakeDisk, pid: number, boot: string, isForeign: boolean) {
    this.disk = disk;
    this.#facts = { pid, thread: 0, host: 'fake', boot };
    this.#isForeign = isForeign;
  }

  /** This process dies, and no other. */
  kill(): void {
    this.disk.processes.delete(this);
  }

  mkdir(path: string): Promise<void> {
    return this.step('mkdir', path, () => this.#makeDirectories(path));
  }

  list(path: string): Promise<string[]> {
    return this.step('list', path, () =>
      [...this.disk.directory(path).entries.keys()].sort(() => this.disk.random() - 0.5)
    );
  }

  open(path: string, how: 'create' | 'write' | 'read'): Promise<SpoolFile> {
    return this.step('open', path, () => {
      if (how === 'create') this.#create(path);
      return new FakeHandle(this, path, this.disk.file(path));
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.step('rename', from, () => {
      const [parent, name] = parted(from);
      const [heirs, heir] = parted(to);
      const node = this.disk.find(from);
      if (node === undefined) throw systemError('ENOENT', from);
      if (this.disk.find(to) instanceof FakeDirectory) throw systemError('EEXIST', to);
      if (parent === heirs) {
        this.disk.directory(parent).change(entries => {
          entries.delete(name);
          entries.set(heir, node);
        });
        return;
      }
      this.disk.directory(heirs).change(entries => entries.set(heir, node));
      this.disk.directory(parent).change(entries => entries.delete(name));
    });
  }

  unlink(path: string): Promise<void> {
    return this.step('unlink', path, () => {
      this.disk.file(path);
      this.#remove(path);
    });
  }

  rmdir(path: string): Promise<void> {
    return this.step('rmdir', path, () => {
      if (this.disk.directory(path).entries.size > 0) throw systemError('ENOTEMPTY', path);
      this.#remove(path);
    });
  }

  syncDirectory(path: string): Promise<void> {
    return this.step('syncDirectory', path, () => this.disk.directory(path).sync());
  }

  touch(path: string): Promise<void> {
    return this.step('touch', path, () => {
      this.disk.file(path).touched = this.disk.nextTouch();
    });
  }

  touched(path: string): Promise<number> {
    return this.step('touched', path, () => {
      const isDirectory = this.disk.find(path) instanceof FakeDirectory;
      return isDirectory ? 0 : this.disk.file(path).touched;
    });
  }

  createSync(path: string, content: readonly Uint8Array[], sync: boolean): void {
    this.#begin('createSync', path);
    this.#makeDirectories(parted(path)[0]);
    this.#create(path);
    const file = this.disk.file(path);
    try {
      this.writeInto(file, path, content, 0);
    } catch (error) {
      const [parent, name] = parted(path);
      this.disk.directory(parent).entries.delete(name);
      throw error;
    }
    if (!sync) return;
    file.sync();
    this.disk.directory(parted(path)[0]).sync();
  }

  self(): Promise<ProcessFacts> {
    return this.step('self', '', () => this.#facts);
  }

  lightBeacon(path: string): Promise<() => Promise<void>> {
    return this.step('lightBeacon', path, () => {
      this.#create(path);
      return () => this.unlink(path);
    });
  }

  isAlive({ pid }: ProcessFacts): Promise<boolean | undefined> {
    return this.step('isAlive', '', () => {
      if (this.#isForeign) return undefined;
      return [...this.disk.processes].some(process => process.#facts.pid === pid);
    });
  }

  /** An operation: it takes effect some time after it has begun, if the process lives so long, and ends some time after. */
  async step<T>(kind: DiskOperation['kind'], path: string, effect: () => T | Promise<T>): Promise<T> {
    this.#begin(kind, path);
    await this.disk.delay?.({ kind, path });
    await this.turns();
    const result = await effect();
    await this.turns();
    return result;
  }

  /** Some turns of the microtask queue; for ever, if the process dies meanwhile. */
  async turns(): Promise<void> {
    for (let turns = Math.floor(this.disk.random() * 3); turns >= 0; turns--) await Promise.resolve();
    if (!this.disk.processes.has(this)) await new Promise(() => undefined);
  }

  writeInto(file: FakeFile, path: string, chunks: readonly Uint8Array[], position: number): void {
    const bytes = Buffer.concat(chunks);
    const room = this.disk.capacity - this.disk.used + file.content.length - position;
    file.write(bytes.subarray(0, Math.max(0, room)), position);
    if (bytes.length > room) throw systemError('ENOSPC', path);
  }

  #begin(kind: DiskOperation['kind'], path: string): void {
    const code = this.disk.fault?.({ kind, path, index: this.disk.operations++ });
    if (code !== undefined) {
      if (kind === 'sync') this.disk.file(path).failSync();
      throw systemError(code, path);
    }
  }

  #makeDirectories(path: string): void {
    let at = '';
    for (const name of path.split('/').filter(Boolean)) {
      const parent = this.disk.directory(at);
      at += `/${name}`;
      if (this.disk.find(at) !== undefined) continue;
      const made = new FakeDirectory();
      parent.change(entries => entries.set(name, made));
      parent.sync();
    }
  }

  #create(path: string): void {
    const [parent, name] = parted(path);
    if (this.disk.find(path) !== undefined) throw systemError('EEXIST', path);
    const file = new FakeFile();
    file.touched = this.disk.nextTouch();
    this.disk.directory(parent).change(entries => entries.set(name, file));
  }

  #remove(path: string): void {
    const [parent, name] = parted(path);
    this.disk.directory(parent).change(entries => entries.delete(name));
  }
}

class FakeHandle implements SpoolFile {
  readonly #process: FakeProcess;
  readonly #path: string;
  readonly #file: FakeFile;
  #isClosed = false;

  constructor(process: FakeProcess, path: string, file: FakeFile) {
    this.#process = process;
    this.#path = path;
    this.#file = file;
  }

  size(): Promise<number> {
    return this.#step('size', () => this.#file.content.length);
  }

  write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    return this.#step('write', async () => {
      const bytes = Buffer.concat(chunks);
      const half = Math.floor(this.#process.disk.random() * (bytes.length + 1));
      this.#process.writeInto(this.#file, this.#path, [bytes.subarray(0, half)], position);
      await this.#process.turns();
      this.#process.writeInto(this.#file, this.#path, [bytes.subarray(half)], position + half);
    });
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#step('read', () => {
      const part = this.#file.content.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    });
  }

  sync(): Promise<void> {
    return this.#step('sync', () => this.#file.sync());
  }

  truncate(length: number): Promise<void> {
    return this.#step('truncate', () => this.#file.truncate(length));
  }

  async close(): Promise<void> {
    await this.#step('close', () => undefined);
    this.#isClosed = true;
  }

  #step<T>(kind: keyof SpoolFile, effect: () => T | Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(systemError('EBADF', this.#path));
    return this.#process.step(kind, this.#path, effect);
  }
}
