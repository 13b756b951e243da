import { type Rule, show } from '../../core/check.js';
import { isPlainObject } from '../../core/values.js';
import { EcsFormatter } from './ecs-formatter.js';
import type { EventFormatter } from './formatter.js';
import { LogstashFormatter } from './logstash-formatter.js';

const types = ['logstash', 'ecs'];

/** The rule for the option `formatter` of a configuration, in which no object of a class can stand. */
export const formatterRule: Rule<unknown> = {
  words: "'logstash', 'ecs', or an object of such a type and the options of that formatter",
  schema: {
    anyOf: [{ enum: types }, { type: 'object', properties: { type: { enum: types } }, required: ['type'] }]
  },
  judge: value => {
    if (typeof value === 'string') return types.includes(value) ? 'right' : 'out of range';
    if (!isPlainObject(value)) return 'wrong type';
    return types.includes(String(value['type'])) ? 'right' : 'out of range';
  }
};

/** The formatter that a configuration names. Throws as `checkOptions` does. */
export function configuredFormatter(given: unknown): EventFormatter {
  const { type, ...options } = isPlainObject(given) ? given : { type: given };
  if (type === 'ecs') return new EcsFormatter(options);
  if (type === 'logstash') return new LogstashFormatter(options);
  throw new RangeError(`LogstashTarget: formatter must be ${formatterRule.words}, got ${show(given)}`);
}
