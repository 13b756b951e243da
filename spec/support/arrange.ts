import type { LogFailure } from '../../lib/core/failures.js';
import { LogLevel } from '../../lib/core/level.js';
import type { TargetStats } from '../../lib/core/target.js';
import type { FlushOptions } from '../../lib/delivery/flush-target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { MemoryFlushTarget } from './memory-flush-target.js';

export const { DEBUG, INFORMATION, WARNING, ERROR } = LogLevel;

export const down = new Error('down');

/** A target in memory, its clock, what it reports, and short ways to log. */
export function arrange(options: FlushOptions = {}) {
  const clock = new FakeClock();
  const failures: LogFailure[] = [];
  const target = new MemoryFlushTarget({ clock, onFailure: failure => failures.push(failure), ...options });
  const logAt = (level: LogLevel, ...messages: unknown[]) => {
    for (const message of messages) void target.log(someRecord({ level, message, timestamp: clock.now() }));
  };
  const log = (...messages: unknown[]) => logAt(INFORMATION, ...messages);
  const kinds = () =>
    failures.map(failure => ('reason' in failure ? `${failure.kind}: ${failure.reason}` : failure.kind));
  return { clock, target, log, logAt, failures, kinds };
}

export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

export function closes({ accepted, delivered, fellBack, lost, pending }: TargetStats): boolean {
  return accepted === delivered + fellBack + lost + pending;
}
