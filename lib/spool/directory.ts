import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './errors.js';

/** Logs tell of people: nobody but the owner may read them. */
const mode = 0o700;

/**
 * Makes a directory, and before it those above it that are missing. Resolves when they survive a power cut. Not by Node's
 * option `recursive`, which tries for ever where there can be none: /proc says ENOENT to all.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    const found = codeOf(error) === 'ENOENT' ? undefined : await stat(path).catch(() => undefined); // `error` says why
    if (found?.isDirectory()) return;
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Resolves when the names in a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return; // a directory cannot be opened there, and its entries need no sync
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** As `makeDirectory`; survives a power cut if `sync` is true. */
export function makeDirectorySync(path: string, sync: boolean): void {
  try {
    makeOneSync(path, sync);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeDirectorySync(dirname(path), sync);
    makeOneSync(path, sync);
  }
}

function makeOneSync(path: string, sync: boolean): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  mkdirSync(path, mode);
  if (sync) syncDirectorySync(dirname(path));
}

export function syncDirectorySync(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
