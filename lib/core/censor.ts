import { atOnce, isThenable } from './failures.js';
import type { RedactRules } from './redact.js';
import { anyHint } from './secrets.js';
import { textOf } from './values.js';

/** What stands in the place of a secret when the censor fails, and of a message that could not be searched. */
export const failed = '[REDACTED]';

/** Puts what the rules say in the place of a secret, and knows where we are, which a censor of the user's is told. */
export class Censor {
  /** The names on the way to where we are. */
  readonly path: string[] = [];
  readonly #rules: RedactRules;
  readonly #report: (error: unknown) => void;

  constructor(rules: RedactRules, report: (error: unknown) => void) {
    this.#rules = rules;
    this.#report = report;
  }

  /** Does `work` one step further in. */
  at<T>(name: string, work: () => T): T {
    this.path.push(name);
    try {
      return work();
    } finally {
      this.path.pop();
    }
  }

  /** The text without what the patterns find; `found` gets that. */
  scrub(text: string, found?: string[]): string {
    const { patterns, areOurs } = this.#rules;
    if (patterns.length === 0) return text;
    const isPlain = !anyHint.test(text);
    if (isPlain && areOurs) return text;
    let result = text;
    for (const { pattern, hint } of patterns) {
      if (hint !== undefined && (isPlain || !hint.test(result))) continue;
      if (result.search(pattern) < 0) continue; // cheaper than a replacement of nothing
      result = result.replace(pattern, match => {
        if (match === '' || match === this.#rules.censor) return match;
        found?.push(match);
        return textOf(this.censored(match));
      });
    }
    return result;
  }

  /** What is shown in the place of a secret. */
  censored(value: unknown): unknown {
    const { censor } = this.#rules;
    if (typeof censor === 'string') return censor;
    try {
      const shown = atOnce(censor(value, this.path.join('.')));
      if (!isThenable(shown)) return shown;
      throw new TypeError('censor must return what is shown, not a promise');
    } catch (error) {
      this.#report(error);
      return failed;
    }
  }
}
