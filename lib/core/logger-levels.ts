import { type LogLevel, levelOf } from './level.js';
import { matches } from './names.js';

/** Above every level: what nothing is logged at. */
const off = Number.POSITIVE_INFINITY;

interface Rule {
  readonly pattern: string;
  /** Characters of the pattern that are no `*`. */
  readonly length: number;
  readonly level: number;
}

/** The levels that were set for loggers by their names. */
export class LoggerLevels {
  /** The longest first; of those of one length, the latest. */
  #rules: readonly Rule[] = [];

  /** Sets the level of the loggers that `pattern` names, `off` for none of their records; undefined forgets it. */
  set(pattern: string, level: LogLevel | 'off' | undefined): void {
    const others = this.#rules.filter(rule => rule.pattern !== pattern);
    if (level === undefined) {
      this.#rules = others;
      return;
    }
    const length = pattern.replaceAll('*', '').length;
    const rule = { pattern, length, level: level === 'off' ? off : level };
    this.#rules = [rule, ...others].sort((a, b) => b.length - a.length);
  }

  /** The lowest level of a logger's records; undefined if none was set. */
  of(loggerName: string): number | undefined {
    return this.#rules.find(rule => matches(rule.pattern, loggerName))?.level;
  }
}

/** The variable of the environment that levels are read from. */
export const levelVariable = 'LOGFLUME_LEVEL';

/** An entry of a text like "info,app.db=debug": `*` is the pattern of a level alone. */
export type LevelEntry = readonly [pattern: string, level: LogLevel | 'off'];

/**
 * Reads a text like "info,app.db=debug,noisy=off". Entries that say nothing are passed over, and those that are wrong
 * given to `complain`, each as a sentence.
 */
export function readLevels(text: string, complain: (message: string) => void): LevelEntry[] {
  const entries: LevelEntry[] = [];
  for (const part of text.split(',')) {
    const entry = part.trim();
    if (entry === '') continue;
    const at = entry.lastIndexOf('=');
    const pattern = at < 0 ? '*' : entry.slice(0, at).trim();
    const name = entry.slice(at + 1).trim();
    const level = name.toLowerCase() === 'off' ? 'off' : levelOf(name);
    if (level !== undefined && pattern !== '') entries.push([pattern, level]);
    else complain(`'${entry}' must be a level or name=level, with a level of trace, debug, info … or 1 to 50, or off`);
  }
  return entries;
}
