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
