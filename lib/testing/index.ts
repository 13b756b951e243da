export {
  type ContractOptions,
  type ContractRunner,
  type ContractSubject,
  itBehavesLikeALogTarget
} from './contract.js';
export { FakeClock } from './fake-clock.js';
export { FluentdServer, type FluentdServerOptions } from './fluentd-server.js';
export type { ForwardKind, ForwardSecurity } from './forward-handshake.js';
export type { ForwardEntry, ForwardMode, ForwardTime } from './forward-message.js';
export {
  type ForwardError,
  type ForwardEvent,
  type ForwardMessage,
  ForwardReceiver,
  type ForwardReceiverOptions,
  type ResetPoint
} from './forward-receiver.js';
export type { ForwardSession } from './forward-session.js';
export type { LogstashAnswer, LogstashRequest } from './logstash-http.js';
export {
  type LogstashEvent,
  type LogstashInput,
  LogstashReceiver,
  type LogstashWindow
} from './logstash-receiver.js';
export { LogstashServer, type LogstashServerOptions } from './logstash-server.js';
export type { LumberjackWindow } from './lumberjack-reader.js';
export { MemoryTarget, type MemoryTargetOptions } from './memory-target.js';
export type { TestServerTls } from './server-tls.js';
export { type SomeRecord, someRecord } from './some-record.js';
