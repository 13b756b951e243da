import type { LossReason } from './failures.js';
import type { LogTarget, TargetStats } from './target.js';

/**
 * Where the records of a factory are in the end: the sums over its targets and their fallbacks, and each target's own
 * account. A record that fell back counts as lost if the fallback has lost it, and as pending as long as it waits there.
 */
export interface FactoryStats {
  /** Records that were logged to the targets; one that goes to two of them counts twice. */
  readonly accepted: number;
  /** Those that have arrived where they were logged to. */
  readonly delivered: number;
  /** Those that have arrived at a fallback, the last resort after `handleExit` among them. */
  readonly fellBack: number;
  /** Those that are gone. */
  readonly lost: number;
  /** Those that wait, or are on their way. */
  readonly pending: number;
  /** The lost ones by reason; only reasons that occurred. */
  readonly lostByReason: Readonly<Partial<Record<LossReason, number>>>;
  /** The lost ones by the name of their level, as far as targets count them; only levels that occurred. */
  readonly lostByLevel: Readonly<Record<string, number>>;
  /** The targets' own accounts, in the order in which they were added, each with that of its fallback. */
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
    lostByReason: total([...targets, ...fallbacks].map(stats => stats?.lostByReason)),
    lostByLevel: total([...targets, ...fallbacks].map(stats => stats?.lostByLevel)),
    targets
  };
}

/** The sums of counts that have the same key. */
function total(counts: readonly (Readonly<Record<string, number>> | undefined)[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of counts) {
    for (const [key, count] of Object.entries(one ?? {})) sums[key] = (sums[key] ?? 0) + count;
  }
  return sums;
}

/** All fallbacks of these targets, and theirs, that are not among them; each once. */
export function fallbacksOf(targets: readonly LogTarget[]): LogTarget[] {
  const found = new Set<LogTarget>();
  for (const start of targets) {
    for (let next = start.fallback; next !== undefined && !found.has(next); next = next.fallback) found.add(next);
  }
  return [...found].filter(target => !targets.includes(target));
}
