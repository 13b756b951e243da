import { createHash } from 'node:crypto';
import { posix, win32 } from 'node:path';

/** A path under another one. */
export const join = process.platform === 'win32' ? win32.join : posix.join;

/** A name as that of a file or a directory: what every file system takes, and different for different names. */
export function fileName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_-]/g, '.');
  if (safe === name && safe.length <= longest) return safe;
  return `${safe.slice(0, longest - 9)}.${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

const longest = 100;
