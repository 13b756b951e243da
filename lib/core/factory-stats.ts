import type { LogTarget, TargetStats } from './target.js';

/**
 * Where the records of a factory are in the end: the sums over its targets and their fallbacks, and each target's own
 * account. A record that fell back counts as lost if the fallback has lost it, and as pending as long as it waits there.
 */
export interface FactoryStats {
  readonly accepted: number;
  readonly delivered: number;
  readonly fellBack: number;
  readonly lost: number;
  readonly pending: number;
  readonly targets: readonly TargetStats[];
}

type Count = 'accepted' | 'delivered' | 'fellBack' | 'lost' | 'pending';

/** The account of a factory, from those of its targets and of the fallbacks that are no targets of it themselves. */
export function factoryStats(
  targets: readonly TargetStats[],
  fallbacks: readonly (TargetStats | undefined)[]
): FactoryStats {
  const sum = (list: readonly (TargetStats | undefined)[], key: Count) =>
    list.reduce((total, stats) => total + (stats?.[key] ?? 0), 0);
  const [lostThere, pendingThere] = [sum(fallbacks, 'lost'), sum(fallbacks, 'pending')];
  return {
    accepted: sum(targets, 'accepted'),
    delivered: sum(targets, 'delivered'),
    fellBack: sum(targets, 'fellBack') - lostThere - pendingThere,
    lost: sum(targets, 'lost') + lostThere,
    pending: sum(targets, 'pending') + pendingThere,
    targets
  };
}

/** All fallbacks of these targets, and theirs, that are not among them; each once. */
export function fallbacksOf(targets: readonly LogTarget[]): LogTarget[] {
  const found = new Set<LogTarget>();
  for (const start of targets) {
    for (let next = start.fallback; next !== undefined && !found.has(next); next = next.fallback) found.add(next);
  }
  return [...found].filter(target => !targets.includes(target));
}
