import { createHash } from 'node:crypto';
import { posix, win32 } from 'node:path';

/** A path under another one. */
export const join = process.platform === 'win32' ? win32.join : posix.join;

/** A name as that of a file or a directory: what every file system takes, and different for different names. */
export function fileName(name: string): string {
  const safe = Buffer.from(name)
    .toString('latin1')
    .replace(/[^A-Za-z0-9_-]/g, byte => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  if (safe.length <= longest) return safe;
  return `${safe.slice(0, longest - 9)}.${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}

/** The name that `fileName` made a file's of; of a very long one no more than its beginning is known, and dots. */
export function nameOf(file: string): string {
  const [safe = '', rest] = file.split('.');
  const bytes = safe.replace(/%([0-9a-f]{2})/g, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
  return Buffer.from(bytes, 'latin1').toString() + (rest === undefined ? '' : '…');
}

const longest = 100;
