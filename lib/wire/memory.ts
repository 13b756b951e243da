/**
 * Memory of batches that have arrived, for batches to come. New memory has to be found by the kernel page by page, and what
 * nobody needs any more waits for V8's next full collection: with a receiver at full speed, a loop that awaits its log calls
 * held 36 MiB of that.
 */
const free: Buffer[] = [];

/** How much is kept: two or three batches. Where more wait, each that arrives makes room for the next. */
const maxFree = 8;
const maxFreeBytes = 2 * 1024 * 1024;

/** The part of itself by which a batch's memory may be larger than it: a queue is to hold little besides records. */
const mostSlack = 1 / 8;

/** Memory for at least `size` bytes, and at most an eighth more; what is in it may be anything. */
export function takeMemory(size: number): Buffer {
  const place = free.findIndex(({ length }) => length >= size && length <= size * (1 + mostSlack));
  const [kept] = place < 0 ? [] : free.splice(place, 1);
  return kept ?? Buffer.allocUnsafeSlow(roomFor(size));
}

/** Takes back memory of which nobody reads or writes a byte any more. */
export function giveMemory(memory: Buffer): void {
  if (memory.length > maxFreeBytes) return;
  free.push(memory);
  let bytes = free.reduce((sum, { length }) => sum + length, 0);
  while (bytes > maxFreeBytes || free.length > maxFree) bytes -= free.shift()?.length ?? 0;
}

/** The next of the sizes that memory has: sixteen for each power of two, so that batches of nearly one size share them. */
function roomFor(size: number): number {
  const step = 2 ** Math.max(0, 27 - Math.clz32(size));
  return Math.ceil(size / step) * step;
}
