import type { Rules } from '../check.js';
import type { Clock } from '../clock.js';
import type { LogTarget } from '../target.js';

/** How a configuration makes targets of one kind. */
export interface TargetType {
  /** The rules of the options that are known: for errors, for the schema, and for what stands as text. */
  readonly rules: Rules;
  /** The option whose target is behind the one that is made, and has its name if it has none of its own. */
  readonly behind?: string;
  /** Whether there are options that `rules` does not know, which are taken as they are. */
  readonly isOpen?: boolean;
  make(options: Readonly<Record<string, unknown>>, common: CommonOptions): LogTarget;
}

/** What targets of a configuration have in common, unless their own options say otherwise. */
export interface CommonOptions {
  /** How the configuration calls the target. */
  readonly name: string;
  /** The factory's clock, if it has one of its own. */
  readonly clock?: Clock;
}

/**
 * The types by name. A target of the package enters itself, in its own module, so that a bundle holds the targets that
 * its program imports and no others.
 */
export const targetTypes = new Map<string, TargetType>();
