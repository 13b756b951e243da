/**
 * Memory of batches that have arrived, for batches to come. New memory has to be found by the kernel page by page, and what
 * nobody needs any more waits for V8's next full collection: with a receiver at full speed, a loop that awaits its log calls
 * held 36 MiB of that.
 */
const free: ArrayBuffer[] = [];

/**
 * How much is kept: four batches, as there may be one on its way, one made ready, and two that come. Where more wait, each that
 * arrives makes room for the next.
 */
const maxFree = 8;
const maxFreeBytes = 4 * 1024 * 1024;

/** How many times the size of a batch that waits its memory may have: a queue is to hold little besides records. */
const maxRatio = 1 + 1 / 8;

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

/**
 * Memory for at least `size` bytes and `most` at most; what is in it may be anything. For a batch that does not wait, any that
 * is there will do.
 */
export function takeMemory(size: number, most = size * maxRatio): Buffer<ArrayBuffer> {
  const kept = takeKept(size, most);
  const memory = kept !== undefined && (kept.byteLength >= size || isResized(kept, size)) ? kept : newMemory(size);
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

/** The smallest that is kept, if it can hold `size` bytes and holds `most` at most; it is kept no more. */
function takeKept(size: number, most: number): ArrayBuffer | undefined {
  if (free.length === 0) return undefined;
  const fitting = free.filter(({ byteLength, maxByteLength }) => maxByteLength >= size && byteLength <= most);
  const [best] = fitting.sort((a, b) => a.maxByteLength - b.maxByteLength);
  if (best !== undefined) free.splice(free.indexOf(best), 1);
  return best;
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
