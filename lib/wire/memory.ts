/**
 * Memory of batches that have arrived, for batches to come. New memory has to be found by the kernel page by page, and what
 * nobody needs any more waits for V8's next full collection: with a receiver at full speed, a loop that awaits its log calls
 * held 36 MiB of that.
 */
const free: ArrayBuffer[] = [];

/** How much is kept: two or three batches. Where more wait, each that arrives makes room for the next. */
const maxFree = 8;
const maxFreeBytes = 2 * 1024 * 1024;

/** The part of itself by which a batch's memory may be larger than it: a queue is to hold little besides records. */
const mostSlack = 1 / 8;

/**
 * From this size on memory is taken from the system in pages, and can be made smaller: what is cut off is the system's again
 * at once, neither waits for a collection nor leaves a gap between others.
 */
const leastPaged = 256 * 1024;

/**
 * How many such memories there may be. Each takes two or three mappings, of which Linux lets a process have 65 530
 * (vm.max_map_count); V8 ends the process when it finds no more.
 */
const maxPaged = 1024;

/** Those that V8 has not collected. */
let paged = 0;
const collected = new FinalizationRegistry<undefined>(() => paged--);

/** A multiple of the page size of most systems. */
const page = 16 * 1024;

/** Memory for at least `size` bytes, and at most an eighth more; what is in it may be anything. */
export function takeMemory(size: number): Buffer<ArrayBuffer> {
  const place = free.findIndex(
    ({ byteLength, maxByteLength }) => maxByteLength >= size && byteLength <= size * (1 + mostSlack)
  );
  const [kept] = place < 0 ? [] : free.splice(place, 1);
  const isLargeEnough = kept !== undefined && (kept.byteLength >= size || isResized(kept, size));
  const memory = isLargeEnough ? kept : newMemory(size);
  return Buffer.from(memory, 0, memory.byteLength);
}

/** Takes back memory of which nobody reads or writes a byte any more. */
export function giveMemory(memory: ArrayBuffer): void {
  if (memory.byteLength > maxFreeBytes) return;
  free.push(memory);
  let bytes = free.reduce((sum, { byteLength }) => sum + byteLength, 0);
  while (bytes > maxFreeBytes || free.length > maxFree) bytes -= free.shift()?.byteLength ?? 0;
}

/** Takes back all of a memory but its first `size` bytes. These may move: returns the memory where they are. */
export function shrinkMemory(memory: ArrayBuffer, size: number): ArrayBuffer {
  if (isResized(memory, size)) return memory;
  const other = takeMemory(size);
  other.set(new Uint8Array(memory, 0, size));
  giveMemory(memory);
  return other.buffer;
}

function newMemory(size: number): ArrayBuffer {
  return (size < leastPaged ? undefined : pagedMemory(inPages(size))) ?? Buffer.allocUnsafeSlow(roomFor(size)).buffer;
}

/** Undefined if there are too many, or no addresses left. */
function pagedMemory(size: number): ArrayBuffer | undefined {
  if (paged >= maxPaged) return undefined;
  try {
    const memory = new ArrayBuffer(size, { maxByteLength: size });
    collected.register(memory, undefined);
    paged++;
    return memory;
  } catch {
    return undefined;
  }
}

/** Makes memory as large as `size` bytes need; false if that cannot be done. */
function isResized(memory: ArrayBuffer, size: number): boolean {
  if (!memory.resizable) return false;
  try {
    memory.resize(inPages(size));
    return true;
  } catch {
    return false;
  }
}

function inPages(size: number): number {
  return Math.ceil(size / page) * page;
}

/** The next of the sizes that memory has: sixteen for each power of two, so that batches of nearly one size share them. */
function roomFor(size: number): number {
  const step = 2 ** Math.max(0, 27 - Math.clz32(size));
  return Math.ceil(size / step) * step;
}
