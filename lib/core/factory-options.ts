import { boolean, callable, clockRule, instance, text } from './check.js';
import type { Clock } from './clock.js';
import type { FailureListener } from './failures.js';
import { LogLevel } from './level.js';
import type { LogData } from './record.js';
import { type RedactOptions, redactRule } from './redact.js';
import { level } from './routes.js';

export interface LoggerFactoryOptions {
  /** The lowest level of targets that were added without one. Default: DEBUG. */
  readonly minimumLevel?: LogLevel;
  /** Is told of every failure of the factory's targets. Default: process warnings, a few at a time. */
  readonly onFailure?: FailureListener;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Fields of every record: of the service, the host. Those of `runWith`, of a logger and of a call come first. */
  readonly fields?: LogData;
  /**
   * Secrets that are taken out of every record before any target or filter sees it: true for fields named as in
   * `secretKeys`, and for what `secretPatterns` find in texts. Targets then get copies. Default: false.
   */
  readonly redact?: boolean | RedactOptions;
  /**
   * Whether records have the ids of OpenTelemetry's active span, as the fields `trace_id`, `span_id` and `trace_flags`,
   * if the application uses `@opentelemetry/api`. Default: true.
   */
  readonly openTelemetry?: boolean;
  /**
   * Where `LOGFLUME_LEVEL` is read, once: "info,app.db=debug" is `setLevel('*', INFORMATION)` and
   * `setLevel('app.db', DEBUG)`. What is wrong in it is reported, and the rest used. Default: `process.env`.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface FromConfigOptions extends Omit<LoggerFactoryOptions, 'minimumLevel' | 'redact'> {
  /** Where `${NAME}` and `LOGFLUME_LEVEL` are looked up. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export const factoryRules = {
  minimumLevel: level(LogLevel.DEBUG),
  onFailure: callable<FailureListener>('a function of a failure'),
  clock: clockRule,
  fields: instance<LogData>('an object of fields', () => true),
  redact: redactRule,
  openTelemetry: boolean(true),
  env: instance<Readonly<Record<string, string | undefined>>>('an object of strings', () => true)
};

const { minimumLevel: _minimumLevel, redact: _redact, ...withoutConfig } = factoryRules;

/** The rules of `FromConfigOptions`. */
export const fromConfigRules = withoutConfig;

/** The rules of what `setLevel` is given. */
export const setLevelRules = {
  loggers: { ...text(''), words: 'a name of loggers, in which * is any run of characters' },
  level: { ...level(LogLevel.NONE), words: "a LogLevel (an integer from 0 to 50) or 'off'" }
};
