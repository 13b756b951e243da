import { checkOptions, oneOf, options, type Rule, text } from '../../core/check.js';
import { isEcsField } from './ecs-names.js';
import { mapRule, stringsRule } from './formatter.js';

/** What the events come from: `service.*`. */
export interface EcsService {
  readonly name?: string;
  readonly version?: string;
  /** Such as `production`. */
  readonly environment?: string;
  readonly id?: string;
  /** `service.node.name`. */
  readonly node?: string;
}

/** The data stream that Elasticsearch keeps the events in: `data_stream.*`, and `event.dataset`. */
export interface EcsDataStream {
  /** Such as `shop.access`: lower case, 100 characters at most, no `-` and none of `\/*?"<>|,#:` or space. */
  readonly dataset: string;
  /** By the same rule. Default: `default`. */
  readonly namespace?: string;
  /** Default: `logs`. */
  readonly type?: 'logs' | 'metrics' | 'traces' | 'synthetics';
}

export interface EcsFormatterOptions {
  /** Default: none. */
  readonly service?: EcsService;
  /** Default: none, which leaves it to Logstash. */
  readonly dataStream?: EcsDataStream;
  /** Labels for every event, unless the record has one of the same name. Default: none. */
  readonly labels?: Readonly<Record<string, string | number | boolean>>;
  /** The field `tags`. Default: none. */
  readonly tags?: readonly string[];
  /** The field `@metadata`, which Logstash can use and does not pass on. Default: none. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The name of this host. Default: what the system says. */
  readonly hostname?: string;
  /**
   * A map for the fields of records that ECS does not know, with their types and nesting kept, in place of `labels`: the
   * name of your company or program, which ECS does not use itself. Default: none.
   */
  readonly extraPrefix?: string;
}

const streamWord: Rule<string | undefined> = {
  words: 'of 1 to 100 characters in lower case, without - \\ / * ? " < > | , # : and spaces',
  schema: { type: 'string', pattern: '^[^-\\\\/*?"<>|,#: A-Z]{1,100}$' },
  judge: value => {
    if (typeof value !== 'string') return 'wrong type';
    return /^[^-\\/*?"<>|,#:\s\p{Lu}]{1,100}$/u.test(value) ? 'right' : 'out of range';
  }
};

const serviceRules = { name: text(), version: text(), environment: text(), id: text(), node: text() };

const streamRules = {
  dataset: { ...(streamWord as Rule<string>), isRequired: true },
  namespace: { ...streamWord, fallback: 'default' },
  type: oneOf(['logs', 'metrics', 'traces', 'synthetics'], 'logs')
};

/** The rules for the options of an `EcsFormatter`. */
export const ecsRules = {
  service: options<EcsService>('an object', serviceRules),
  dataStream: options<EcsDataStream>('an object', streamRules),
  labels: mapRule,
  tags: stringsRule,
  metadata: mapRule,
  hostname: text(),
  extraPrefix: {
    words: 'a name without dots and brackets that ECS does not use',
    schema: { type: 'string', pattern: '^[^.[\\]]+$' },
    judge: value => {
      if (typeof value !== 'string') return 'wrong type';
      return value === '' || /[.[\]]/.test(value) || isOwn(value) || isEcsField(value) ? 'out of range' : 'right';
    }
  } satisfies Rule<string | undefined> as Rule<string | undefined>
};

/** Fields at the top of an event that are no maps. */
function isOwn(name: string): boolean {
  return name === 'message' || name === 'tags' || name === 'labels' || name.startsWith('@');
}

/** `service.*`. Throws as `checkOptions` does. */
export function serviceFields(service: EcsService): object {
  const { node, ...fields } = checkOptions('EcsFormatter: service', serviceRules, service);
  return { ...fields, ...(node !== undefined && { node: { name: node } }) };
}

/** `data_stream.*` and `event.dataset`. Throws as `checkOptions` does. */
export function streamFields(stream: EcsDataStream): object {
  const { dataset, namespace, type } = checkOptions('EcsFormatter: dataStream', streamRules, stream);
  return { data_stream: { type, dataset, namespace }, event: { dataset } };
}
