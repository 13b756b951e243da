/* Clocks, medians and loops that the programs of the suite share. */

/** Milliseconds on a clock that all processes of this machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/** Resolves when the event loop has turned. */
export const turn = () => new Promise(resolve => setImmediate(resolve));

export const pause = delay => new Promise(resolve => setTimeout(resolve, delay));

/** Resolves when `condition` holds. */
export async function until(condition, delay = 1) {
  while (!condition()) await pause(delay);
}

export function median(numbers) {
  const sorted = numbers.filter(number => Number.isFinite(number)).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Seconds of CPU that the process has used, with all its threads. */
export function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * Nanoseconds of one step, in CPU time, which suffers less than the time of the clock from what else runs: the median of
 * windows of some 20 ms, after half a second or more to warm up. `run(count)` does the steps; after it the event loop turns, uncounted.
 *
 * @param {(count: number) => void | Promise<void>} run
 * @param {{ maxCount?: number, windows?: number }} [options] `maxCount`: steps that may be done without a turn.
 */
export async function nanoseconds(run, { maxCount = 5_000_000, windows = 40 } = {}) {
  let count = Math.min(1000, maxCount);
  const times = [];
  const warmUp = Math.max(windows, 25);
  for (let window = 0; window < warmUp + windows; window++) {
    let time = 0;
    let steps = 0;
    while (time < 20) {
      const begin = cpuSeconds();
      const running = run(count);
      if (running !== undefined) await running;
      const taken = (cpuSeconds() - begin) * 1000;
      time += taken;
      steps += count;
      await turn();
      if (taken < 5) count = Math.min(maxCount, count * 2);
    }
    if (window >= warmUp) times.push((time / steps) * 1e6);
  }
  return median(times);
}
