export type { BatchEvent } from './core/channels.js';
export { type Clock, systemClock } from './core/clock.js';
export type { EndingSignal, ExitOptions } from './core/exit.js';
export { type AnyClass, type FactoryStats, LoggerFactory, type LoggerFactoryOptions } from './core/factory.js';
export {
  describeFailure,
  type FailureListener,
  type LogFailure,
  type LossReason,
  PermanentDeliveryError
} from './core/failures.js';
export type { LastResort } from './core/last-resort.js';
export { LogLevel, levelName } from './core/level.js';
export { Logger } from './core/logger.js';
export { ExceptionLogRecord, type LogData, LogRecord, type RestoredParts } from './core/record.js';
export type { RouteOptions } from './core/routes.js';
export { type Deadline, LogTarget, type TargetStats } from './core/target.js';
export type { Plain } from './core/values.js';
export type { Batch } from './delivery/batch.js';
export { FlushLogTarget, type FlushOptions } from './delivery/flush-target.js';
export type { RetryOptions } from './delivery/retry.js';
export { type ConsoleFormat, type ConsoleOptions, ConsoleTarget } from './targets/console/target.js';
export { type FluentdOptions, FluentdTarget } from './targets/fluentd/target.js';
export type { TopicGroup, WireBatch } from './wire/batch.js';
export { ByteWriter } from './wire/bytes.js';
export type { Dial } from './wire/dial.js';
export type { Encoder } from './wire/encoder.js';
export { WireLogTarget } from './wire/target.js';
export type { Transport } from './wire/transport.js';
