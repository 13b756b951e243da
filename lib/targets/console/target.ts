import type { Writable } from 'node:stream';
import { checkOptions, instance, pick, type Rule } from '../../core/check.js';
import { type Clock, systemClock } from '../../core/clock.js';
import { targetTypes } from '../../core/config/target-types.js';
import type { LogFailure } from '../../core/failures.js';
import { LogLevel } from '../../core/level.js';
import type { LogRecord } from '../../core/record.js';
import { level } from '../../core/routes.js';
import { type FlushOptions, flushRules } from '../../delivery/flush-target.js';
import type { Encoder } from '../../wire/encoder.js';
import { checkRecordLimit, JsonEncoder, recordLimitRules } from '../../wire/json.js';
import type { RecordLimits } from '../../wire/shrink.js';
import { WireLogTarget } from '../../wire/target.js';
import { ansiPaint, noPaint, wantsColors } from './colors.js';
import { DescriptorOutput } from './descriptor-output.js';
import { type FieldsFormat, limited } from './limited.js';
import { guarded, LineEncoder } from './line-encoder.js';
import { logfmt } from './logfmt.js';
import { type Output, OutputClosed } from './output.js';
import { pretty } from './pretty.js';
import { StreamOutput } from './stream-output.js';
import { ConsoleTransport } from './transport.js';

/** How records are written: for people, as JSON lines, as `key=value` pairs, or by a function. */
export type ConsoleFormat = 'pretty' | 'json' | 'logfmt' | ((record: LogRecord) => string);

/** Of `FlushOptions`, `flushInterval` is 0 and `maxSize` 100 000 by default: what is logged in a tick goes out together. */
export interface ConsoleOptions extends FlushOptions {
  /**
   * Default: `pretty` if `stdout` is a terminal, `json` otherwise.
   *
   * No line of the formats holds a control character of a record, or another that a terminal obeys, that is not seen, or
   * that changes the order of the text around it: they are escaped, as `\u200b`. A function is called during the log
   * call, and trusted: its text is written as it is, colours and newlines included, with one newline at the end. If it
   * throws or returns no string, this is reported and the record written as `pretty`.
   */
  readonly format?: ConsoleFormat;
  /**
   * Whether `pretty` uses colours. Default, for each of the two streams: if `FORCE_COLOR` is set, unless it is `0` or
   * `false`; otherwise on a terminal, unless `NO_COLOR` is set and not empty, or `TERM` is `dumb`.
   */
  readonly colors?: boolean;
  /** Records from this level up go to `stderr`; NONE: none does. Default: ERROR. */
  readonly stderrLevel?: LogLevel;
  /**
   * How many maps and arrays may be inside each other in a record, 1 to 60; what is deeper is written as `[Object]` or
   * `[Array]`. Default: 32.
   */
  readonly maxDepth?: number;
  /**
   * Bytes of a record at most, as it is written, from 1024 to 64 Mi: of a larger one the longest texts are cut, and
   * marked. Does not hold for a function as `format`. Default: 1 MiB.
   */
  readonly maxRecordBytes?: number;
  /**
   * In place of the process's stdout. It is not ended with the target.
   *
   * Without it, lines go to the process's stdout by its descriptor, past `process.stdout.write`: only so is none lost at
   * `process.exit()`. What captures output by patching that `write` (test runners do) sees them if
   * `stdout: process.stdout` is given.
   */
  readonly stdout?: Writable;
  /** In place of the process's stderr, as `stdout`. */
  readonly stderr?: Writable;
}

const writable = instance<Writable>(
  'a Writable',
  value => 'write' in value && typeof value.write === 'function' && 'on' in value && typeof value.on === 'function'
);

const consoleRules = {
  format: {
    words: "'pretty', 'json', 'logfmt', or a function of a record",
    schema: { enum: ['pretty', 'json', 'logfmt'] },
    judge: value => {
      if (typeof value === 'string') return ['pretty', 'json', 'logfmt'].includes(value) ? 'right' : 'out of range';
      return typeof value === 'function' ? 'right' : 'wrong type';
    }
  } satisfies Rule<ConsoleFormat | undefined> as Rule<ConsoleFormat | undefined>,
  colors: {
    words: 'true or false',
    schema: { type: 'boolean' },
    judge: value => (typeof value === 'boolean' ? 'right' : 'wrong type')
  } satisfies Rule<boolean | undefined> as Rule<boolean | undefined>,
  stderrLevel: level(LogLevel.ERROR),
  ...recordLimitRules,
  stdout: writable,
  stderr: writable
};

/**
 * After so many records, output that waits for its reader tries again. A program that logs in a tight `await` loop leaves
 * no time for timers, and would overflow its queue though the reader is fast: a pipe of 64 KiB holds some 500 records.
 */
const hurryAfter = 100;

/** Records that a batch may have: as many as wait by default, so that only its bytes end it. */
const maxSize = 100_000;

/**
 * Writes records to stdout, and from ERROR up to stderr; what is logged within one tick in one write.
 *
 * A reader that is slow delays nobody but the target's own queue, which is bounded. When nobody reads any more
 * (`| head -1`), records count as lost, reason `rejected`, and nothing is said about it; a fallback target gets them.
 * What was logged before `process.exit()` or an uncaught exception is written as the process ends.
 */
export class ConsoleTarget extends WireLogTarget {
  readonly #transport: ConsoleTransport;
  #taken = 0;

  constructor(options: ConsoleOptions = {}) {
    const own = checkOptions('ConsoleTarget', { ...flushRules, ...consoleRules }, options);
    checkRecordLimit('ConsoleTarget', options);
    const stdout = own.stdout ?? process.stdout;
    const stderr = own.stderr ?? process.stderr;
    const stderrLevel = own.stderrLevel === LogLevel.NONE ? Number.POSITIVE_INFINITY : own.stderrLevel;
    const paintFor = (stream: Writable) => {
      return (own.colors ?? wantsColors(process.env, isTerminal(stream))) ? ansiPaint : noPaint;
    };
    const paintOut = paintFor(stdout);
    const paintErr = paintFor(stderr);
    const { maxDepth, maxRecordBytes } = own;
    const encoder = encoderFor(
      own.format ?? (isTerminal(stdout) ? 'pretty' : 'json'),
      { maxDepth, maxRecordBytes },
      (record, fields) => pretty(record, fields, record.level >= stderrLevel ? paintErr : paintOut),
      error => this.report({ kind: 'error', target: this.name, what: 'format', error })
    );
    const outputFor = (what: 'stdout' | 'stderr') => {
      const report = (error: unknown) => this.report({ kind: 'error', target: this.name, what, error });
      const given = own[what];
      return given === undefined ? ownOutput(what, own.clock ?? systemClock, report) : new StreamOutput(given, report);
    };
    const output = outputFor('stdout');
    const transport = new ConsoleTransport({
      stdout: output,
      stderr: own.stderr === own.stdout && stderr === stdout ? output : outputFor('stderr'),
      stderrLevel
    });
    super(encoder, transport, { flushInterval: 0, maxSize, ...pick(flushRules, options) });
    this.#transport = transport;
  }

  override log(record: LogRecord): void | Promise<void> {
    if (++this.#taken % hurryAfter === 0) this.#transport.hurry();
    return super.log(record);
  }

  /** That nobody reads any more is no failure to be told of. */
  protected override report(failure: LogFailure): void {
    if (failure.kind === 'lost' && failure.error instanceof OutputClosed) return;
    super.report(failure);
  }
}

function encoderFor(
  format: ConsoleFormat,
  limits: Required<RecordLimits>,
  prettyFormat: FieldsFormat,
  onError: (error: unknown) => void
): Encoder {
  if (typeof format === 'function') return new LineEncoder(guarded(format, limited(prettyFormat, limits), onError));
  if (format === 'json') return new JsonEncoder(limits);
  return new LineEncoder(limited(format === 'logfmt' ? logfmt : prettyFormat, limits));
}

/** The process's own stream; in a worker thread, it has no descriptor of its own. */
function ownOutput(what: 'stdout' | 'stderr', clock: Clock, onError: (error: unknown) => void): Output {
  const stream: Writable = process[what];
  const descriptor: unknown = 'fd' in stream ? stream.fd : undefined;
  return typeof descriptor === 'number'
    ? new DescriptorOutput(stream, descriptor, clock)
    : new StreamOutput(stream, onError);
}

function isTerminal(stream: Writable): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}

targetTypes.set('console', {
  rules: { ...flushRules, ...consoleRules },
  make: (options, common) => new ConsoleTarget({ ...common, ...options })
});
