import { checkOptions, type Rule } from './check.js';
import { secretHints, secretKeys, secretPatterns } from './secrets.js';

/** What is taken out of every record before a filter or target sees it. */
export interface RedactOptions {
  /**
   * Names of fields whose values are secret: at any depth, in maps and errors too. Case, `_` and `-` do not matter, `*` at
   * the beginning or end is any run of characters, and of a name with dots in it the last part counts too. Default: none.
   */
  readonly keys?: readonly string[];
  /**
   * Places of secret values, from the record's fields on: `user.card.number`, `orders.*.card`, `orders[0]`,
   * `headers["x-key"]`; `*` is any one name. An exception is at `error`. Default: none.
   */
  readonly paths?: readonly string[];
  /**
   * What is secret in a text, wherever that is: values, messages and what they become when they are rendered, errors with
   * their stacks. A text is the source of an expression, or one as it is written in code: `/\d{16}/i`. Default: none.
   */
  readonly patterns?: readonly (RegExp | string)[];
  /**
   * What stands in the place of a secret: a text, or a function of the value, or the part of a text, and of its path.
   * Default: `[REDACTED]`.
   */
  readonly censor?: string | ((value: unknown, path: string) => unknown);
}

/** `RedactOptions`, made ready. */
export interface RedactRules {
  isSecretKey(key: string): boolean;
  readonly paths: PathNode | undefined;
  readonly patterns: readonly SearchPattern[];
  /** Whether all patterns are ours, which match no number. */
  readonly areOurs: boolean;
  readonly censor: string | ((value: unknown, path: string) => unknown);
}

export interface SearchPattern {
  readonly pattern: RegExp;
  /** For a pattern of ours: what every text has that it matches. */
  readonly hint: RegExp | undefined;
}

/** A place on the way to secret values: by name, and `*` for all names. */
export interface PathNode {
  readonly next: Map<string, PathNode>;
  /** The value here is secret. */
  isSecret: boolean;
}

const texts = { type: 'array', items: { type: 'string', minLength: 1 } } as const;

const redactRules = {
  keys: listRule("an array of fields' names, with * at their ends only", texts, key => /^\*?[^*]+\*?$/.test(key)),
  paths: listRule("an array of fields' paths, like user.card.number", texts, path => parsePath(path) !== undefined),
  patterns: {
    words: 'an array of regular expressions',
    schema: texts,
    fallback: [],
    judge: value => {
      const isList = Array.isArray(value) && value.every(one => typeof one === 'string' || one instanceof RegExp);
      if (!isList) return 'wrong type';
      return value.every(one => compile(one) !== undefined) ? 'right' : 'out of range';
    }
  } satisfies Rule<readonly (RegExp | string)[]> as Rule<readonly (RegExp | string)[]>,
  censor: {
    words: 'a text, or a function of a value and its path',
    schema: { type: 'string' },
    fallback: '[REDACTED]',
    judge: value => (typeof value === 'string' || typeof value === 'function' ? 'right' : 'wrong type')
  } satisfies Rule<string> as Rule<NonNullable<RedactOptions['censor']>>
};

/** The factory's option: true for `secretKeys` and `secretPatterns`. */
export const redactRule: Rule<boolean | RedactOptions> = {
  words: 'true, false, or what to redact (an object with keys, paths, patterns, censor)',
  schema: { type: 'boolean', default: false },
  members: redactRules,
  fallback: false,
  judge: value =>
    typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value))
      ? 'right'
      : 'wrong type'
};

/** Makes the option ready. Throws for what is wrong in it. */
export function redactRulesOf(option: true | RedactOptions): RedactRules {
  const given = option === true ? { keys: secretKeys, patterns: secretPatterns } : option;
  const { keys, paths, patterns, censor } = checkOptions('LoggerFactory: redact', redactRules, given);
  return {
    isSecretKey: keyTest(keys),
    paths: pathTree(paths),
    patterns: patterns.map(one => ({ pattern: compile(one) ?? /(?!)/g, hint: hintOf(one) })),
    areOurs: patterns.every(one => hintOf(one) !== undefined),
    censor
  };
}

/** What texts have that a pattern of ours matches; undefined for others. */
function hintOf(pattern: RegExp | string): RegExp | undefined {
  return typeof pattern === 'string' ? undefined : secretHints.get(pattern);
}

function listRule(
  words: string,
  schema: Readonly<Record<string, unknown>>,
  isRight: (text: string) => boolean
): Rule<readonly string[]> {
  return {
    words,
    schema,
    fallback: [],
    judge: value => {
      if (!Array.isArray(value) || !value.every(one => typeof one === 'string')) return 'wrong type';
      return value.every(isRight) ? 'right' : 'out of range';
    }
  };
}

/** A copy that finds all matches and has no state that others could see; undefined for what is no regular expression. */
function compile(pattern: RegExp | string): RegExp | undefined {
  const [, literal, given] = typeof pattern === 'string' ? (/^\/(.+)\/([a-z]*)$/s.exec(pattern) ?? []) : [];
  const { source, flags } = typeof pattern === 'string' ? { source: literal ?? pattern, flags: given ?? 'u' } : pattern;
  try {
    return new RegExp(source, `${flags.replace(/[gy]/g, '')}g`);
  } catch {
    return undefined; // a SyntaxError: the rule's own error names the pattern
  }
}

/** Keys come from outside, too: only so many of them, and no long ones, are remembered. */
const maxKnownKeys = 1000;
const maxKnownLength = 100;

/** Tests the names of fields, and remembers what it found: real programs have few. */
function keyTest(keys: readonly string[]): (key: string) => boolean {
  const exact = new Set<string>();
  const parts: ((name: string) => boolean)[] = [];
  for (const key of keys) {
    const core = plainKey(key.replaceAll('*', ''));
    const [before, behind] = [key.startsWith('*'), key.endsWith('*')];
    if (before && behind) parts.push(name => name.includes(core));
    else if (before) parts.push(name => name.endsWith(core));
    else if (behind) parts.push(name => name.startsWith(core));
    else exact.add(core);
  }
  const isSecret = (name: string) => exact.has(name) || parts.some(part => part(name));
  const known = new Map<string, boolean>();
  return key => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const last = key.slice(key.lastIndexOf('.') + 1);
    const answer = isSecret(plainKey(key)) || (last !== key && isSecret(plainKey(last)));
    if (known.size < maxKnownKeys && key.length <= maxKnownLength) known.set(key, answer);
    return answer;
  };
}

function plainKey(key: string): string {
  return key.replace(/[_\s-]/g, '').toLowerCase();
}

function pathTree(paths: readonly string[]): PathNode | undefined {
  if (paths.length === 0) return undefined;
  const root: PathNode = { next: new Map(), isSecret: false };
  for (const path of paths) {
    let node = root;
    for (const name of parsePath(path) ?? []) {
      const next: PathNode = node.next.get(name) ?? { next: new Map(), isSecret: false };
      node.next.set(name, next);
      node = next;
    }
    node.isSecret = true;
  }
  return root;
}

/** `a.b[0]["c d"]` as its names; undefined for what is no path. */
function parsePath(path: string): string[] | undefined {
  const part = /\.?([^.[\]"']+)|\[(\d+|\*)\]|\["([^"]+)"\]|\['([^']+)'\]/y;
  const names: string[] = [];
  while (part.lastIndex < path.length) {
    const begin = part.lastIndex;
    const [text, ...found] = part.exec(path) ?? [];
    const name = found.find(one => one !== undefined);
    if (text === undefined || name === undefined || text.startsWith('.') !== (begin > 0 && !text.startsWith('['))) {
      return undefined;
    }
    names.push(name);
  }
  return names.length === 0 ? undefined : names;
}
