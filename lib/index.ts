export type { BridgeOptions } from './bridges/bridge-target.js';
export { type CaptureConsoleOptions, type CapturedConsole, captureConsole } from './bridges/capture-console.js';
export { type ConsoleLike, ConsoleLikeTarget } from './bridges/console-like-target.js';
export type { Destination } from './bridges/feed.js';
export { type PinoDestinationOptions, pinoDestination } from './bridges/pino-destination.js';
export { type PinoLike, PinoTarget } from './bridges/pino-target.js';
export { type WinstonLike, WinstonTarget } from './bridges/winston-target.js';
export { type WinstonTransport, type WinstonTransportOptions, winstonTransport } from './bridges/winston-transport.js';
export type { BatchEvent } from './core/channels.js';
export type { AnyClass } from './core/class-name.js';
export { type Clock, systemClock } from './core/clock.js';
export type { ConfigLevel, LoggingConfig, RouteConfig, TargetConfig } from './core/config/configure.js';
export { configSchema } from './core/config/schema.js';
export type { CommonOptions } from './core/config/target-types.js';
export type { EndingSignal, ExitOptions } from './core/exit.js';
export { LoggerFactory } from './core/factory.js';
export type { FromConfigOptions, LoggerFactoryOptions } from './core/factory-options.js';
export type { FactoryStats } from './core/factory-stats.js';
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
export type { Receipt, TargetReceipt } from './core/receipt.js';
export { ExceptionLogRecord, type LogData, LogRecord, type RestoredParts } from './core/record.js';
export type { RedactOptions } from './core/redact.js';
export type { RouteOptions } from './core/routes.js';
export { secretKeys, secretPatterns } from './core/secrets.js';
export {
  type BatchStats,
  type CircuitStats,
  type Deadline,
  type Distribution,
  LogTarget,
  type SpoolStats,
  type TargetStats
} from './core/target.js';
export type { Plain } from './core/values.js';
export type { Batch } from './delivery/batch.js';
export { FlushLogTarget, type FlushOptions } from './delivery/flush-target.js';
export type { OverflowPolicy } from './delivery/overflow.js';
export type { RetryOptions } from './delivery/retry.js';
export type { SpoolOptions } from './delivery/spool-options.js';
export { registerTargetType } from './delivery/target-type.js';
export type { SpoolSync } from './spool/spool.js';
export type { ProcessFacts, SpoolFile, SpoolStore } from './spool/store.js';
export { type ConsoleFormat, type ConsoleOptions, ConsoleTarget } from './targets/console/target.js';
export type { EventOptions } from './targets/fluentd/encoder.js';
export type { EventMoment } from './targets/fluentd/event.js';
export { type AuthenticationProblem, FluentdAuthenticationError } from './targets/fluentd/handshake.js';
export type { EventMode } from './targets/fluentd/message.js';
export type { CredentialOptions, FluentdServerOptions } from './targets/fluentd/receivers.js';
export { type FluentdOptions, FluentdTarget } from './targets/fluentd/target.js';
export { type FlightRecorderOptions, FlightRecorderTarget } from './targets/gates/flight-recorder.js';
export { Gate } from './targets/gates/gate.js';
export { type RateLimitOptions, RateLimitTarget } from './targets/gates/rate-limit.js';
export { type SamplingOptions, type SamplingRule, SamplingTarget } from './targets/gates/sampling.js';
export { EcsFormatter } from './targets/logstash/ecs-formatter.js';
export type { EcsDataStream, EcsFormatterOptions, EcsService } from './targets/logstash/ecs-options.js';
export type { EventFormatter } from './targets/logstash/formatter.js';
export { type HttpFieldsOptions, httpFields } from './targets/logstash/http-fields.js';
export { LogstashFormatter, type LogstashFormatterOptions } from './targets/logstash/logstash-formatter.js';
export { type LogstashOptions, LogstashTarget } from './targets/logstash/target.js';
export type { AddressOptions } from './wire/address.js';
export type { TopicGroup, WireBatch } from './wire/batch.js';
export { ByteWriter } from './wire/bytes.js';
export type { Dial } from './wire/dial.js';
export type { Encoder } from './wire/encoder.js';
export type { ServerOptions } from './wire/server-list.js';
export { WireLogTarget } from './wire/target.js';
export type { Pem, TlsOptions } from './wire/tls.js';
export type { Transport } from './wire/transport.js';
