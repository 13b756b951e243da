import { writeSync } from 'node:fs';

/** Milliseconds after which a full pipe is tried again. */
const retryDelay = 5;

/** Milliseconds without progress after which nobody is believed to read any more. */
const stuckTimeout = 2000;

/** Milliseconds since the last progress: a reader that has gone costs the process this time once, not for each write. */
let waited = 0;

/**
 * Writes all bytes to a descriptor, and blocks for as long as that takes: for the end of the process. Returns how many
 * went, which is fewer if the descriptor is closed, or a pipe that nobody reads. Never throws.
 */
export function writeAllSync(descriptor: number, bytes: Uint8Array): number {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
      waited = 0;
    } catch (error) {
      // Node sets pipes not to block. Anything else than a full one (EPIPE, EBADF, ENOSPC) stays as it is.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN') || waited >= stuckTimeout) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryDelay);
      waited += retryDelay;
    }
  }
  return written;
}
