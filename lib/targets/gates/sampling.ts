import { chance } from '../../core/chance.js';
import { callable, checkOptions, listOf, number, options, type Rule } from '../../core/check.js';
import { LogLevel } from '../../core/level.js';
import { matches } from '../../core/names.js';
import type { LogRecord } from '../../core/record.js';
import { level, namesRule } from '../../core/routes.js';
import type { LogTarget } from '../../core/target.js';
import { textOf } from '../../core/values.js';
import { type By, byRule, commonOf } from './by.js';
import { enterGate, Gate } from './gate.js';

/** Which records, and how many of them. */
export interface SamplingRule {
  /** The share of these records that passes, from 0 to 1. */
  readonly rate: number;
  /** Records of these loggers: as in `addTarget`. Default: all. */
  readonly loggers?: string | readonly string[];
  /** Records from this level up. Default: NONE, which is all. */
  readonly minimumLevel?: LogLevel;
  /** Records up to this level. Default: CRITICAL. */
  readonly maximumLevel?: LogLevel;
  /** Records whose message, before it is rendered, is this text or matches this expression. Default: all. */
  readonly message?: string | RegExp;
}

export interface SamplingOptions {
  /** The first one that fits a record decides; a record that none fits passes. */
  readonly rules: readonly SamplingRule[];
  /**
   * What records have in common that pass or stay together: the name of a field (`trace_id`), or a function of the record.
   * Records without it are left to chance. Default: each for itself.
   */
  readonly by?: By;
  /** Where chance comes from: numbers from 0 to below 1. Default: `Math.random`. */
  readonly random?: () => number;
}

const { fallback: _noDefault, ...share } = number(0, 1, 1);

const ruleRules = {
  rate: { ...share, isRequired: true },
  loggers: namesRule,
  minimumLevel: level(LogLevel.NONE),
  maximumLevel: level(LogLevel.CRITICAL),
  message: {
    words: 'a text or a regular expression',
    schema: { type: 'string' },
    judge: value => (typeof value === 'string' || value instanceof RegExp ? 'right' : 'wrong type')
  } satisfies Rule<unknown> as Rule<string | RegExp | undefined>
};

const samplingRules = {
  rules: {
    ...listOf('a list of rules, each with a rate', options<SamplingRule>('a map of options', ruleRules), 0),
    isRequired: true
  },
  by: byRule,
  random: callable<() => number>()
};

/**
 * Passes a share of the records on:
 *
 * ```ts
 * new SamplingTarget(target, { rules: [{ rate: 0.1, maximumLevel: LogLevel.DEBUG }], by: 'trace_id' })
 * ```
 */
export class SamplingTarget extends Gate {
  readonly #rules: readonly ((record: LogRecord) => number | undefined)[];
  readonly #by: (record: LogRecord) => unknown;
  readonly #random: () => number;
  #heldBack = 0;

  constructor(target: LogTarget, options: SamplingOptions) {
    const { rules = [], by, random } = checkOptions('SamplingTarget', samplingRules, options);
    const rates = rules.map((rule, index) => rateOf(rule, index));
    super(target);
    this.#rules = rates;
    this.#by = commonOf(by);
    this.#random = chance(random, error => this.report({ kind: 'error', target: this.name, what: 'random', error }));
  }

  override get heldBack(): number {
    return this.#heldBack;
  }

  override log(record: LogRecord): void | Promise<void> {
    if (this.#passes(record)) return this.pass(record);
    this.#heldBack++;
  }

  #passes(record: LogRecord): boolean {
    for (const rule of this.#rules) {
      const rate = rule(record);
      if (rate === undefined) continue;
      if (rate === 1) return true;
      const common = this.#by(record);
      return (common === undefined ? this.#random() : fraction(textOf(common))) < rate;
    }
    return true;
  }
}

enterGate(
  'sampling',
  samplingRules,
  (target, options) => new SamplingTarget(target, options as unknown as SamplingOptions)
);

/** A rule's rate, for a record that it fits. */
function rateOf(rule: SamplingRule, index: number): (record: LogRecord) => number | undefined {
  const checked = checkOptions(`SamplingTarget: rules[${index}]`, ruleRules, rule);
  const { rate, loggers, minimumLevel, maximumLevel, message } = checked;
  const names = loggers === undefined ? undefined : [loggers].flat();
  const expression = message instanceof RegExp ? new RegExp(message, message.flags.replace(/[gy]/g, '')) : undefined;
  const fits = (text: unknown) => (expression === undefined ? text === message : expression.test(textOf(text)));
  return record => {
    if (record.level < minimumLevel || record.level > maximumLevel) return undefined;
    if (names !== undefined && !names.some(name => matches(name, record.loggerName))) return undefined;
    return message === undefined || fits(record.message) ? rate : undefined;
  };
}

/** A number from 0 to below 1 that depends on nothing but the text: FNV-1a, and the finish of MurmurHash3. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
