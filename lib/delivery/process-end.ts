import { writeSync } from 'node:fs';

/** Something with records that the end of the process would lose. */
export interface Pending {
  /** Resolves when what is pending has left. */
  flush(): Promise<void>;
  /** The last chance, on the stack of the process's `exit` event: a line for stderr if records are lost. */
  atExit(): string | undefined;
}

/** Milliseconds for which pending records keep a process alive that has nothing else to do. */
const exitTimeout = 5000;

const pending = new Set<Pending>();
let listening = false;
let held = false;

/**
 * Remembers that something is pending. No timer of ours keeps the process alive; records do: when nothing else is left
 * to do they are flushed, and the process is held for as long as that takes, though once only and for 5 s at most.
 */
export function remember(one: Pending): void {
  pending.add(one);
  if (listening) return;
  listening = true;
  process.on('beforeExit', hold);
  process.on('exit', finish);
}

export function forget(one: Pending): void {
  pending.delete(one);
  if (pending.size === 0) held = false;
}

function hold(): void {
  if (pending.size === 0 || held) return;
  held = true;
  const alive = setTimeout(() => undefined, exitTimeout);
  void Promise.all(Array.from(pending, one => one.flush())).then(() => clearTimeout(alive));
}

function finish(): void {
  for (const one of pending) {
    const line = one.atExit();
    if (line === undefined) continue;
    try {
      writeSync(2, `logflume: ${line}\n`);
    } catch {
      return; // stderr is closed or full: there is nobody left to tell
    }
  }
}
