import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';
import { isLit } from './beacon.js';
import type { ProcessFacts } from './store.js';

/** This process. */
export async function ownFacts(): Promise<ProcessFacts> {
  const [machine, boot, namespace, started] = await Promise.all([
    known(readFile('/etc/machine-id', 'utf8')),
    known(readFile('/proc/sys/kernel/random/boot_id', 'utf8')),
    known(readlink('/proc/self/ns/pid')),
    startOf('self')
  ]);
  const host = machine === undefined ? hostname() : `${hostname()} ${machine}`;
  return { pid: process.pid, thread: threadId, host, boot, namespace, started };
}

/**
 * Whether a process lives, as far as `own` can know: by its beacon if it runs on the same system, or by its process id
 * if that counts in the same namespace. Of all others nothing is known.
 */
export async function isAlive(facts: ProcessFacts, beacon: string, own: ProcessFacts): Promise<boolean | undefined> {
  const { pid, thread, host, boot, namespace, started } = facts;
  if (boot !== own.boot) {
    // The machine was started again since. A container may bear the name of another, on another machine.
    return host === own.host && namespace === rootNamespace && own.namespace === rootNamespace ? false : undefined;
  }
  if (boot === undefined && host !== own.host) return undefined;
  const lit = await isLit(beacon);
  if (lit !== undefined) return lit;
  if (namespace !== own.namespace) return undefined;
  if (!exists(pid)) return false;
  if (started !== undefined && (await startOf(pid)) !== started) return false;
  return thread === 0 ? true : undefined; // a thread may end without its process
}

/** The first pid namespace of a system: PROC_PID_INIT_INO in include/linux/proc_ns.h. */
const rootNamespace = 'pid:[4026531836]';

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH'); // EPERM: somebody else's
  }
}

/** When a process was started, in ticks since the system was: field 22 of /proc/[pid]/stat, proc(5). */
async function startOf(pid: number | 'self'): Promise<string | undefined> {
  const stat = await known(readFile(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the program's name in brackets, and may hold anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** What a file says that not every system has. */
async function known(text: Promise<string>): Promise<string | undefined> {
  try {
    return (await text).trim();
  } catch {
    return undefined; // not Linux, or it is hidden
  }
}
