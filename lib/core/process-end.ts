import { writeAllSync } from './write-sync.js';

/** Something with records that the end of the process would lose. */
export interface Pending {
  /** Whose records they are: a target. */
  readonly owner: object;
  /** Milliseconds for which its records may keep a process alive that has nothing else to do. */
  readonly exitTimeout: number;
  /** Resolves when what is pending has left. */
  flush(): Promise<unknown>;
  /** Asks what still runs to end, as it may keep the process alive: `exitTimeout` is over. */
  abandon(): void;
  /** The last chance, on the stack of the process's `exit` event: a line for stderr if records are lost. */
  atExit(): string | undefined;
}

/** What is flushed when the process has nothing else to do, though nothing is known to be pending there. */
export type Idle = Pick<Pending, 'exitTimeout' | 'flush'> & Partial<Pick<Pending, 'abandon'>>;

const pending = new Set<Pending>();
/** Those that have had their time, and have not delivered all of it since. */
const spent = new WeakSet<Pending>();
const idle = new Set<Idle>();
const lastActions: (() => void)[] = [];
let listening = false;
let ended = false;

/**
 * How often the process is held in a row. The second time is for what was logged when the first one ended, as by a
 * listener of `beforeExit`; that one would be called again, and log again, for ever.
 */
const maxHolds = 2;

/** Milliseconds after a hold within which the next one follows in a row: nothing else has been going on. */
const closeBehind = 50;
let holds = 0;
let holdEnd = Number.NEGATIVE_INFINITY;

/** Listens to the end of the process; before anything is pending, as the first record may be the last. */
export function watchProcess(): void {
  if (listening) return;
  listening = true;
  process.on('beforeExit', () => process.nextTick(hold)); // the other listeners may log
  process.on('exit', endNow);
}

/**
 * Remembers that something is pending. No timer or socket of ours keeps the process alive; records do: when nothing else
 * is left to do they are flushed, and the process is held for as long as that takes, for `exitTimeout` at most.
 */
export function remember(one: Pending): void {
  pending.add(one);
}

export function forget(one: Pending): void {
  pending.delete(one);
  spent.delete(one);
}

/** Whether records of `owner` are pending, so that they are flushed before an idle process ends. */
export function isPending(owner: object): boolean {
  return Array.from(pending).some(one => one.owner === owner);
}

/** Flushes `one` too whenever the process has nothing else to do, until the returned function is called. */
export function flushWhenIdle(one: Idle): () => void {
  idle.add(one);
  watchProcess();
  return () => idle.delete(one);
}

/** Calls `action` when the process ends, after all that is pending has had its last chance. */
export function atEnd(action: () => void): void {
  lastActions.push(action);
  watchProcess();
}

/** Whether the process is ending: what is logged now can wait for nobody. */
export function isProcessEnding(): boolean {
  return ended;
}

/** From now on, what is logged can wait for nobody. */
export function beginEnd(): void {
  ended = true;
}

/** Gives all that is pending its last chance, now. */
export function endNow(): void {
  beginEnd();
  for (const one of pending) {
    const line = one.atExit();
    if (line !== undefined) writeAllSync(2, Buffer.from(`logflume: ${line}\n`));
  }
  for (const action of lastActions) action();
}

function hold(): void {
  const waiting = Array.from(pending).filter(one => !spent.has(one));
  holds = performance.now() - holdEnd < closeBehind ? holds + 1 : 1;
  if (holds > maxHolds) return;
  for (const one of waiting) spent.add(one);
  void Promise.all([...waiting, ...idle].map(holdFor)).then(() => {
    holdEnd = performance.now();
  });
}

/** Resolves when `one` has been flushed, or has had its time. */
function holdFor(one: Idle): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      one.abandon?.();
      resolve();
    }, one.exitTimeout);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    one.flush().then(done, done);
  });
}
