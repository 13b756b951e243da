import type { Rule } from '../../core/check.js';
import { isPlainObject } from '../../core/values.js';
import { EcsFormatter } from './ecs-formatter.js';
import { ecsRules } from './ecs-options.js';
import type { EventFormatter } from './formatter.js';
import { LogstashFormatter, logstashFormatterRules } from './logstash-formatter.js';
import { hasMethod } from './options.js';

const { type: eventType, ...logstashRules } = logstashFormatterRules;

/** Formatters as a file can hold them: by `type`. What a `LogstashFormatter` itself calls so is `eventType` there. */
const kinds = { ecs: ecsRules, logstash: { eventType, ...logstashRules } };

const names = Object.keys(kinds);

/** The rule for the option `formatter` of a configuration. */
export const formatterRule: Rule<unknown> = {
  words:
    "'ecs', 'logstash', a map of such a type and the options of that formatter, or an object with the method 'format'",
  schema: { enum: names },
  kinds,
  judge: value => {
    if (typeof value === 'string') return names.includes(value) ? 'right' : 'out of range';
    return isPlainObject(value) || hasMethod(value, 'format') ? 'right' : 'wrong type';
  }
};

/** The formatter for an option that is right by `formatterRule`. */
export function configuredFormatter(given: unknown): EventFormatter {
  if (hasMethod(given, 'format')) return given as EventFormatter;
  const { type, eventType, ...options } = isPlainObject(given) ? given : { type: given };
  if (type === 'ecs') return new EcsFormatter(options);
  return new LogstashFormatter({ ...options, ...(eventType !== undefined && { type: String(eventType) }) });
}
