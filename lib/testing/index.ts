export {
  type ContractOptions,
  type ContractRunner,
  type ContractSubject,
  itBehavesLikeALogTarget
} from './contract.js';
export { FakeClock } from './fake-clock.js';
export { FluentdServer, type FluentdServerOptions, type FluentdServerTls } from './fluentd-server.js';
export type { ForwardKind, ForwardSecurity } from './forward-handshake.js';
export type { ForwardEntry, ForwardMode, ForwardTime } from './forward-message.js';
export {
  type ForwardEvent,
  type ForwardMessage,
  ForwardReceiver,
  type ForwardReceiverOptions,
  type ResetPoint
} from './forward-receiver.js';
export type { ForwardSession } from './forward-session.js';
export { MemoryTarget, type MemoryTargetOptions } from './memory-target.js';
export { type SomeRecord, someRecord } from './some-record.js';
