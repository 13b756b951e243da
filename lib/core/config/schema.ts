import type { Rule, Rules } from '../check.js';
import { factoryRules } from '../factory-options.js';
import { levelNames } from '../level.js';
import { routeRules } from '../routes.js';
import { targetReference } from '../target.js';
import { minimumLevelRule, ownLevelRule } from './plan.js';
import { type TargetType, targetTypes } from './target-types.js';

type Schema = Readonly<Record<string, unknown>>;

const reference = (name: string): Schema => ({ $ref: `#/definitions/${name}` });

/**
 * The JSON Schema (draft 7, which editors know best) of configurations: made of the rules by which they are checked, with
 * the target types that are registered now. The package has it, with its own types, as `logflume/config.schema.json`.
 */
export function configSchema(): Record<string, unknown> {
  const types = Array.from(targetTypes.keys());
  const map = (member: Schema): Schema => ({ type: 'object', additionalProperties: member });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of logflume',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      minimumLevel: reference('level'),
      levels: {
        description:
          "Levels of loggers, by their names, which also stand for all names below them; '*' is any run of characters.",
        ...map(optionSchema(ownLevelRule))
      },
      redact: optionSchema(factoryRules.redact),
      fields: { description: 'Fields of every record.', type: 'object' },
      targets: { description: 'The targets, by names of your choice.', ...map(reference('target')) },
      routes: {
        description: 'Which records targets get, by their names. Default: all of them, fallbacks excepted.',
        ...map({ anyOf: [reference('level'), reference('route')] })
      }
    },
    additionalProperties: false,
    definitions: {
      variable: {
        description: 'A variable of the environment: ${NAME} or ${NAME:default}.',
        type: 'string',
        pattern: '\\$\\{[A-Za-z_]\\w*(:[^}]*)?\\}'
      },
      levelName: { enum: levelNames },
      level: optionSchema(minimumLevelRule),
      route: { type: 'object', properties: optionSchemas(routeRules), additionalProperties: false },
      reference: {
        description: 'The name of another target, or a target in its place.',
        anyOf: [{ type: 'string', minLength: 1 }, reference('target')]
      },
      target: {
        type: 'object',
        properties: { type: { anyOf: [{ enum: types }, { type: 'string', minLength: 1 }] } },
        required: ['type'],
        allOf: types.map(type => ({
          if: { properties: { type: { const: type } }, required: ['type'] },
          // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits this
          then: reference(`target-${type}`)
        }))
      },
      ...Object.fromEntries(Array.from(targetTypes, ([name, type]) => [`target-${name}`, typeSchema(name, type)]))
    }
  };
}

function typeSchema(name: string, { rules, isOpen = false }: TargetType): Schema {
  const { additionalProperties, ...schema } = mapSchema(rules, { type: { const: name } });
  return isOpen ? schema : { ...schema, additionalProperties };
}

/** The schema of a map of options, and of what it has besides. */
function mapSchema(rules: Rules, besides: Readonly<Record<string, Schema>> = {}): Schema {
  const all = [...Object.keys(besides), ...Object.keys(rules).filter(key => rules[key]?.isRequired)];
  return {
    type: 'object',
    properties: { ...besides, ...optionSchemas(rules) },
    ...(all.length > 0 && { required: all }),
    additionalProperties: false
  };
}

/** The schemas of the options that a file can hold. */
function optionSchemas(rules: Rules): Record<string, Schema> {
  const inFiles = Object.entries(rules).filter(([, { schema, members }]) => (schema ?? members) !== undefined);
  return Object.fromEntries(inFiles.map(([key, rule]) => [key, optionSchema(rule)]));
}

/** A rule's schema, or a text with a variable, unless every text is right by the schema as it is. */
function optionSchema(rule: Rule<unknown>): Schema {
  const { words, orText = '' } = rule;
  const { default: standard, ...own } = formsSchema(rule);
  if (own['$ref'] === targetReference) return own;
  const description = `${words.charAt(0).toUpperCase()}${words.slice(1)}${orText}.`;
  const head = { description, ...(standard !== undefined && { default: standard }) };
  if (['object', 'array'].includes(String(own['type']))) return { ...head, ...own };
  const isAnyText = own['type'] === 'string' && own['pattern'] === undefined;
  return isAnyText ? { ...head, ...own } : { ...head, anyOf: [own, reference('variable')] };
}

/** A rule's own schema, and that of the maps which may be the value too. */
function formsSchema({ schema, members, kinds = {}, items }: Rule<unknown>): Schema {
  const { default: standard, ...own } = schema ?? {};
  const forms = [
    ...(schema === undefined ? [] : [items === undefined ? own : { ...own, items: formsSchema(items) }]),
    ...(members === undefined ? [] : [mapSchema(members)]),
    ...Object.entries(kinds).map(([type, rules]) => mapSchema(rules, { type: { const: type } }))
  ];
  const [only] = forms;
  return { ...(forms.length === 1 ? only : { anyOf: forms }), ...(standard !== undefined && { default: standard }) };
}
