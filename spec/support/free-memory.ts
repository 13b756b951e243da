import { takeMemory } from '../../lib/wire/memory.js';

/** Takes what memory batches have left to others: what is used again from now on is what a spec has left. */
export function takeFreeMemory(): void {
  for (let count = 0; count < 8; count++) takeMemory(0, Number.POSITIVE_INFINITY);
}
