import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';

/** What a process tells of its end. */
export type HostEvent = 'beforeExit' | 'exit' | 'uncaughtException' | NodeJS.Signals;

/** Each event has arguments of its own: for `uncaughtException`, what was thrown, and whether it was a rejection. */
export type HostListener = (...args: unknown[]) => void;

/** A way to the other threads of the process. */
export interface HostChannel {
  post(message: unknown): void;
  close(): void;
}

/**
 * The process, as far as its end is concerned: a seam as `Clock`, `Dial` and `SpoolStore` are, so that a test can end a
 * program at any moment. What is called `…Sync` in Node is so here: at the end nobody can wait.
 */
export interface Host {
  /** Whether this is the main thread, which alone hears of signals. */
  readonly isMainThread: boolean;
  readonly threadId: number;
  on(event: HostEvent, listener: HostListener): void;
  off(event: HostEvent, listener: HostListener): void;
  listenerCount(event: HostEvent): number;
  /** Calls `callback` when all listeners of the present event have been called. */
  nextTick(callback: () => void): void;
  /** Milliseconds that have gone by, whatever becomes of the time of day. */
  uptime(): number;
  /** Ends the process by a signal, whoever listens to it. */
  kill(signal: NodeJS.Signals): void;
  exit(code: number): void;
  /** Throws where nobody catches it. */
  crash(error: unknown): void;
  /** Opens a channel that does not keep the process alive. */
  openChannel(listener: (message: unknown) => void): HostChannel;
  /** Opens a file to append to it, made for its owner only. Throws as `openSync` does. */
  openFile(path: string): number;
  /** Whether what is in a file ends within a line: its last byte is not a newline. False where that cannot be seen. */
  endsInLine(path: string): boolean;
  /** Writes bytes from `offset` on, and returns how many went. Throws as `writeSync` does. */
  write(descriptor: number, bytes: Uint8Array, offset: number): number;
  closeFile(descriptor: number): void;
  /** Blocks for so many milliseconds. */
  block(delay: number): void;
}

/** This process. */
export const nodeHost: Host = {
  isMainThread,
  threadId,
  on: (event, listener) => void process.on(event, listener),
  off: (event, listener) => void process.off(event, listener),
  listenerCount: event => process.listenerCount(event),
  nextTick: callback => process.nextTick(callback),
  uptime: () => performance.now(),
  kill: signal => {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // Still here: the first process of a container is not ended by signals that it does not listen to.
    process.exit(128 + constants.signals[signal]);
  },
  exit: code => process.exit(code),
  crash: error => {
    setImmediate(() => {
      throw error;
    });
  },
  openChannel: listener => {
    const channel = new BroadcastChannel('logflume:exit');
    channel.unref();
    channel.onmessage = event => listener((event as { readonly data: unknown }).data);
    return { post: message => channel.postMessage(message), close: () => channel.close() };
  },
  openFile: path => openSync(path, 'a', 0o600),
  endsInLine,
  write: (descriptor, bytes, offset) => writeSync(descriptor, bytes, offset),
  closeFile: descriptor => closeSync(descriptor),
  block: delay => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delay)
};

function endsInLine(path: string): boolean {
  let file: number | undefined;
  try {
    const { size } = statSync(path);
    if (size === 0) return false; // a pipe, too, whose reading end is somebody else's
    file = openSync(path, 'r');
    const last = new Uint8Array(1);
    return readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
  } catch {
    return false; // it may be written, and not read
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
