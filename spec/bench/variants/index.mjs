/*
 * Everything that is measured, by name. A variant is loaded only in the process that measures it.
 *
 * @typedef {object} Variant
 * @property {(to: { port?: number }) => unknown} start Makes loggers that write to a port, or else to stdout.
 * @property {() => unknown} [ready] Resolves when connections are open and threads run; records may come before.
 * @property {(sample: import('../records.mjs').Sample, fields: Record<string, unknown>) => unknown} log Logs one record as
 *   a user of the library would; what it returns is awaited from time to time if `awaits` is set.
 * @property {() => unknown} flush Resolves when all that the client can tell has left.
 * @property {() => unknown} close
 * @property {() => unknown} [abandon] As `close`, for clients whose receiver is away: gives up what waits.
 * @property {boolean} [awaits]
 * @property {() => number} [lost] Records that the client has not delivered, and says so.
 */

const variants = {
  'nothing: the records only': ['nothing', {}],

  'logflume Fluentd, ack': ['logflume', { target: 'fluentd', requireAck: true }],
  'logflume Fluentd, no ack': ['logflume', { target: 'fluentd', requireAck: false }],
  'logflume console': ['logflume', { target: 'console' }],
  'logflume flush target into nothing': ['logflume', { target: 'flush' }],
  'logflume Logstash TCP': ['logflume', { target: 'tcp' }],
  'logflume Logstash TCP, ECS': ['logflume', { target: 'ecs' }],
  'logflume Logstash Beats': ['logflume', { target: 'beats' }],

  'records made and encoded, into nothing': ['ceilings', { what: 'encoder into nothing' }],
  'encoder loop + one write per 64 KiB': ['ceilings', { what: 'encoder' }],
  'JSON.stringify, batched': ['ceilings', { what: 'json' }],

  '@fluent-org PackedForward, ack': ['fluent-org', { eventMode: 'PackedForward', ack: true }],
  '@fluent-org PackedForward': ['fluent-org', { eventMode: 'PackedForward', ack: false }],
  '@fluent-org Forward, ack': ['fluent-org', { eventMode: 'Forward', ack: true }],
  '@fluent-org Forward': ['fluent-org', { eventMode: 'Forward', ack: false }],
  'fluent-logger PackedForward, ack': ['fluent-logger', { eventMode: 'PackedForward', ack: true }],
  'fluent-logger PackedForward': ['fluent-logger', { eventMode: 'PackedForward', ack: false }],
  'fluent-logger Message, ack': ['fluent-logger', { eventMode: 'Message', ack: true }],
  'fluent-logger Message': ['fluent-logger', { eventMode: 'Message', ack: false }],

  'pino-socket': ['pino', { transport: 'pino-socket' }],
  'winston-logstash': ['winston', { transport: 'logstash' }],
  'log4js tcp': ['log4js', { appender: 'tcp' }],

  'pino sync': ['pino', {}],
  'pino worker': ['pino', { transport: 'pino/file' }],
  winston: ['winston', { transport: 'console' }],
  bunyan: ['bunyan', {}],
  log4js: ['log4js', { appender: 'stdout' }],
  LogTape: ['logtape', {}],
  roarr: ['roarr', {}],
  'OpenTelemetry batch processor into nothing': ['otel', {}]
};

/**
 * `more`: options for the variant's module beside those above.
 *
 * @returns {Promise<Variant>}
 */
export async function loadVariant(name, more) {
  const [module, options] = variants[name] ?? [];
  if (module === undefined) throw new Error(`there is no variant '${name}'`);
  const { create } = await import(`./${module}.mjs`);
  return create({ ...options, ...more });
}
