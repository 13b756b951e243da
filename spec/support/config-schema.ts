import { configSchema } from '../../lib/index.js';

/** The schema that is published, made of the rules by `npm run approve-api`. */
export const schemaPath = 'lib/config.schema.json';

export function schemaText(): string {
  return `${JSON.stringify(configSchema(), null, 2)}\n`;
}

type Schema = Readonly<Record<string, unknown>>;

/** Whether `value` is right by the schema `root`: as much of draft 7 as our schema needs; throws at keywords beyond that. */
export function isRight(value: unknown, root: Schema, schema: Schema = root): boolean {
  return Object.entries(schema).every(([keyword, wanted]) => {
    const check = Object.hasOwn(keywords, keyword) ? keywords[keyword] : undefined;
    if (check === undefined) throw new Error(`no such keyword: ${keyword}`);
    return check(value, wanted, schema, root);
  });
}

type Check = (value: unknown, wanted: unknown, schema: Schema, root: Schema) => boolean;

const annotation: Check = () => true;

const keywords: Readonly<Record<string, Check>> = {
  $schema: annotation,
  title: annotation,
  description: annotation,
  default: annotation,
  definitions: annotation,
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: annotation,
  type: (value, wanted) => [wanted].flat().some(type => isOfType(value, String(type))),
  enum: (value, wanted) => (wanted as unknown[]).includes(value),
  const: (value, wanted) => value === wanted,
  minimum: (value, wanted) => typeof value !== 'number' || value >= Number(wanted),
  maximum: (value, wanted) => typeof value !== 'number' || value <= Number(wanted),
  minLength: (value, wanted) => typeof value !== 'string' || value.length >= Number(wanted),
  maxLength: (value, wanted) => typeof value !== 'string' || value.length <= Number(wanted),
  pattern: (value, wanted) => typeof value !== 'string' || new RegExp(String(wanted), 'u').test(value),
  required: (value, wanted) => !isMap(value) || (wanted as string[]).every(key => Object.hasOwn(value, key)),
  items: (value, wanted, _, root) =>
    !Array.isArray(value) || value.every(item => isRight(item, root, wanted as Schema)),
  minItems: (value, wanted) => !Array.isArray(value) || value.length >= Number(wanted),
  propertyNames: (value, wanted, _, root) =>
    !isMap(value) || Object.keys(value).every(key => isRight(key, root, wanted as Schema)),
  properties: (value, wanted, _, root) =>
    !isMap(value) ||
    Object.entries(wanted as Record<string, Schema>).every(
      ([key, schema]) => !Object.hasOwn(value, key) || isRight(value[key], root, schema)
    ),
  additionalProperties: (value, wanted, { properties = {} }, root) =>
    !isMap(value) ||
    Object.keys(value)
      .filter(key => !Object.hasOwn(properties as object, key))
      .every(key => wanted !== false && isRight(value[key], root, wanted as Schema)),
  anyOf: (value, wanted, _, root) => (wanted as Schema[]).some(schema => isRight(value, root, schema)),
  allOf: (value, wanted, _, root) => (wanted as Schema[]).every(schema => isRight(value, root, schema)),
  if: (value, wanted, { then = {} }, root) =>
    !isRight(value, root, wanted as Schema) || isRight(value, root, then as Schema),
  $ref: (value, wanted, _, root) => {
    const definitions = root['definitions'] as Record<string, Schema>;
    return isRight(value, root, definitions[String(wanted).replace('#/definitions/', '')] ?? { unknown: wanted });
  }
};

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'object':
      return isMap(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
