import type { Host, HostChannel, HostEvent, HostListener } from '../../lib/core/host.js';
import { type Program, simulateProgram } from '../../lib/core/program.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { systemError } from './fake-disk.js';

/** How a program has ended. */
export type End = { readonly code: number } | { readonly signal: NodeJS.Signals };

const stderr = 2;

/** How often a program may be held when it has nothing else to do. */
const mostTimes = 20;

/** A clock that knows, as Node does, which of its timers keep a program alive, and that stops when it has ended. */
class ProgramClock extends FakeClock {
  readonly #times = new Map<unknown, number>();
  readonly #referenced = new Set<unknown>();
  hasStopped = false;

  override setTimeout(callback: () => void, delay: number): unknown {
    const timer = super.setTimeout(() => {
      this.#forget(timer);
      if (!this.hasStopped) callback();
    }, delay) as object;
    this.#times.set(timer, this.now() + Math.max(1, Math.trunc(delay)));
    return Object.assign(timer, { ref: () => this.#referenced.add(timer) });
  }

  override clearTimeout(timer: unknown): void {
    this.#forget(timer);
    super.clearTimeout(timer);
  }

  /** Whether something keeps the program alive. */
  get isHeld(): boolean {
    return this.#referenced.size > 0;
  }

  /** Moves to the next timer. */
  async step(): Promise<void> {
    const next = Math.min(...this.#times.values());
    await this.advance(Number.isFinite(next) ? Math.max(0, next - this.now()) : 0);
  }

  #forget(timer: unknown): void {
    this.#times.delete(timer);
    this.#referenced.delete(timer);
  }
}

/**
 * A process in memory: it tells of its end as Node does, and from then on nothing of it happens. What it writes in its last
 * turn can fail.
 */
export class FakeHost implements Host {
  readonly isMainThread = true;
  readonly threadId = 0;
  readonly clock = new ProgramClock();
  readonly program: Program;
  /** What stderr has taken. */
  stderr = '';
  readonly files = new Map<string, string>();
  /** Bytes that the files take in all; more fail with `ENOSPC`, after part of them was written. */
  capacity = Number.POSITIVE_INFINITY;
  /** Whether files cannot be opened. */
  isReadOnly = false;
  /** What a write to stderr meets: `full` for some time, so that it must be tried again. */
  pipe: 'open' | 'full' | 'closed' = 'open';
  /** Milliseconds for which the process was blocked. */
  blocked = 0;
  /** How it has ended; undefined while it runs. */
  end: End | undefined;
  /** Called when it has ended, before anything else can happen. */
  onEnd: () => void = () => undefined;
  readonly #listeners = new Map<HostEvent, HostListener[]>();
  readonly #paths = new Map<number, string>();
  #descriptors = stderr;
  #isExiting = false;

  constructor() {
    this.program = simulateProgram(this.clock, this);
  }

  /** What happens in the program's own turn: nothing does any more when it has ended. */
  get isAlive(): boolean {
    return this.end === undefined;
  }

  on(event: HostEvent, listener: HostListener): void {
    this.#listeners.set(event, [...this.#of(event), listener]);
  }

  off(event: HostEvent, listener: HostListener): void {
    const left = this.#of(event).filter(one => one !== listener);
    this.#listeners.set(event, left);
  }

  listenerCount(event: HostEvent): number {
    return this.#of(event).length;
  }

  nextTick(callback: () => void): void {
    process.nextTick(() => this.isAlive && callback());
  }

  uptime(): number {
    return this.clock.now();
  }

  /** Somebody sends a signal. */
  signal(signal: NodeJS.Signals): void {
    if (!this.isAlive) return;
    if (this.listenerCount(signal) === 0) this.#die({ signal });
    else this.#emit(signal);
  }

  kill(signal: NodeJS.Signals): void {
    if (this.isAlive) this.#die({ signal });
  }

  exit(code: number): void {
    if (!this.isAlive || this.#isExiting) return;
    this.#isExiting = true;
    this.#emit('exit');
    this.#die({ code });
  }

  /** Something is thrown, or rejected with, and nobody catches it. */
  throwUncaught(error: unknown, origin: NodeJS.UncaughtExceptionOrigin = 'uncaughtException'): void {
    if (!this.isAlive) return;
    if (this.listenerCount('uncaughtException') === 0) this.exit(1);
    else this.#emit('uncaughtException', error, origin);
  }

  crash(error: unknown): void {
    setImmediate(() => this.throwUncaught(error));
  }

  /** The program has nothing else to do. Resolves when it has ended. */
  async runOut(): Promise<void> {
    for (let wasHeld = true, times = 0; wasHeld && this.isAlive; times++) {
      if (times > mostTimes) throw new Error('the program does not run out, though it has nothing else to do');
      this.#emit('beforeExit');
      await this.clock.settle();
      wasHeld = this.clock.isHeld;
      while (this.clock.isHeld && this.isAlive) await this.clock.step();
    }
    this.exit(0);
  }

  openChannel(): HostChannel {
    return { post: () => undefined, close: () => undefined };
  }

  openFile(path: string): number {
    if (this.isReadOnly) throw systemError('EACCES', path);
    this.#paths.set(++this.#descriptors, path);
    return this.#descriptors;
  }

  endsInLine(path: string): boolean {
    return !/(^|\n)$/.test(this.files.get(path) ?? '');
  }

  write(descriptor: number, bytes: Uint8Array, offset: number): number {
    const text = Buffer.from(bytes.subarray(offset)).toString('latin1');
    if (!this.isAlive) return text.length;
    if (descriptor === stderr) return this.#writeToStderr(text);
    const path = this.#paths.get(descriptor);
    if (path === undefined) throw systemError('EBADF', 'write');
    const room = this.capacity - [...this.files.values()].reduce((sum, { length }) => sum + length, 0);
    if (room <= 0) throw systemError('ENOSPC', path);
    const part = text.slice(0, room);
    this.files.set(path, (this.files.get(path) ?? '') + part);
    return part.length;
  }

  closeFile(descriptor: number): void {
    this.#paths.delete(descriptor);
  }

  block(delay: number): void {
    this.blocked += delay;
    if (this.pipe === 'full' && this.blocked % 50 === 0) this.pipe = 'open';
  }

  #writeToStderr(text: string): number {
    if (this.pipe === 'closed') throw systemError('EPIPE', 'stderr');
    if (this.pipe === 'full') throw systemError('EAGAIN', 'stderr');
    const part = text.slice(0, 8192);
    this.stderr += part;
    if (part.length < text.length) this.pipe = 'full';
    return part.length;
  }

  #of(event: HostEvent): readonly HostListener[] {
    return this.#listeners.get(event) ?? [];
  }

  #emit(event: HostEvent, ...args: unknown[]): void {
    for (const listener of this.#of(event)) if (this.isAlive) listener(...args);
  }

  #die(end: End): void {
    this.end = end;
    this.clock.hasStopped = true;
    this.onEnd();
  }
}
