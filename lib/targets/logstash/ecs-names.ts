/**
 * The fields at the top of an event that ECS 8 and 9 define as maps (fields.csv). As anything but a map they break the
 * inputs of Logstash, which add to some of them, or the index.
 */
const maps: ReadonlySet<string> = new Set([
  'agent',
  'client',
  'cloud',
  'container',
  'data_stream',
  'destination',
  'device',
  'dll',
  'dns',
  'ecs',
  'email',
  'error',
  'event',
  'faas',
  'file',
  'gen_ai',
  'group',
  'host',
  'http',
  'log',
  'network',
  'observer',
  'orchestrator',
  'organization',
  'package',
  'process',
  'registry',
  'related',
  'rule',
  'server',
  'service',
  'source',
  'span',
  'threat',
  'tls',
  'trace',
  'transaction',
  'url',
  'user',
  'user_agent',
  'volume',
  'vulnerability'
]);

/** Whether ECS defines a map of this name. */
export function isEcsField(name: string): boolean {
  return maps.has(name);
}

const levels: Readonly<Record<string, string>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFORMATION: 'info',
  WARNING: 'warning',
  ERROR: 'error',
  CRITICAL: 'critical'
};

/** How a level is called in `log.level`. */
export function ecsLevel(name: string): string {
  return levels[name] ?? 'info';
}

/** The name of the level that `log.level` is; undefined if it is none of ours. */
export function levelName(level: unknown): string | undefined {
  return Object.keys(levels).find(name => levels[name] === level);
}

/** Names under which tracers put their ids, and where ECS has them. */
const ids: Readonly<Record<string, string>> = {
  trace_id: 'trace',
  traceId: 'trace',
  span_id: 'span',
  spanId: 'span',
  transaction_id: 'transaction',
  transactionId: 'transaction'
};

/** The map in which ECS has the id that tracers call `name`; undefined if it is none. */
export function idField(name: string): string | undefined {
  return Object.hasOwn(ids, name) ? ids[name] : undefined;
}
