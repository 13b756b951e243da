import { createHash } from 'node:crypto';

/**
 * The id of a batch that holds some of the records of another, by their numbers in it, ascending: made of that batch's id
 * and of the numbers, so that it is the same in another process too. A UUID of version 8 (RFC 9562, 5.8).
 */
export function partId(id: string, numbers: ArrayLike<number>): string {
  const hash = createHash('sha256').update(id).update(Uint8Array.of(0)).update(runsOf(numbers).join()).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** Ascending numbers as runs of consecutive ones: where each begins, and where it ends, that not included. */
export function runsOf(numbers: ArrayLike<number>): number[] {
  const runs: number[] = [];
  let next = -1;
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] ?? 0;
    if (number !== next) {
      if (next >= 0) runs.push(next);
      runs.push(number);
    }
    next = number + 1;
  }
  if (next >= 0) runs.push(next);
  return runs;
}

/** The numbers that `runsOf` made runs of. */
export function numbersOf(runs: readonly number[]): Uint32Array<ArrayBuffer> {
  const count = runs.reduce((sum, edge, index) => sum + (index % 2 === 0 ? -edge : edge), 0);
  const numbers = new Uint32Array(count);
  let at = 0;
  for (let index = 0; index + 1 < runs.length; index += 2) {
    for (let number = runs[index] ?? 0; number < (runs[index + 1] ?? 0); number++) numbers[at++] = number;
  }
  return numbers;
}
