import { boolean, callable, checkOptions, integer, milliseconds, pick, text } from '../../core/check.js';
import { systemClock } from '../../core/clock.js';
import { targetTypes } from '../../core/config/target-types.js';
import type { LogRecord } from '../../core/record.js';
import { type FlushOptions, flushRules } from '../../delivery/flush-target.js';
import { type Dial, dialTcp } from '../../wire/dial.js';
import { recordLimitRules } from '../../wire/json.js';
import { defaultMaxRecordBytes, leastMaxRecordBytes } from '../../wire/shrink.js';
import { WireLogTarget } from '../../wire/target.js';
import { FluentdEncoder, tagRule } from './encoder.js';
import { FluentdTransport } from './transport.js';

export interface FluentdOptions extends FlushOptions {
  /**
   * The tag of the records, by which Fluentd routes them: words of `A-Z a-z 0-9 _ -` with dots between. Or a function
   * that makes one for each record; records of one batch and one tag travel in one message.
   */
  readonly tag: string | ((record: LogRecord) => string);
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: 24224, Fluentd's own. */
  readonly port?: number;
  /**
   * Whether a batch has arrived only when the receiver has acknowledged it: at least once. Without it a batch counts as
   * delivered as soon as the kernel has taken it, and a receiver that crashes loses it unnoticed. Default: true.
   */
  readonly requireAck?: boolean;
  /**
   * Milliseconds to wait for an acknowledgement before the batch is sent again on a new connection. Default: 60 000,
   * Fluentd's own `send_timeout`; a receiver that blocks on a full buffer was seen to answer after 5 s.
   */
  readonly ackTimeout?: number;
  /** Milliseconds that opening a connection may take. Default: 10 000. */
  readonly connectTimeout?: number;
  /** How many maps and arrays may be inside each other in a record. Default: 32; Fluent Bit loses records beyond 61. */
  readonly maxDepth?: number;
  /**
   * Bytes of a record at most; of a larger one the longest texts are cut, and marked. Default: 1 MiB; at most 5 MiB, as
   * Fluent Bit takes no message above 6 MB.
   */
  readonly maxRecordBytes?: number;
  /** Opens the connection, in place of `host` and `port`. */
  readonly dial?: Dial;
}

const fluentdRules = {
  tag: tagRule,
  host: text('127.0.0.1'),
  port: integer(1, 24_224, 65_535),
  requireAck: boolean(true),
  ackTimeout: milliseconds(1, 60_000),
  connectTimeout: milliseconds(1, 10_000),
  ...recordLimitRules,
  maxRecordBytes: integer(leastMaxRecordBytes, defaultMaxRecordBytes, 5 * 1024 * 1024),
  dial: callable<Dial>('a Dial: a function of an AbortSignal')
};

/**
 * Sends records to Fluentd, Fluent Bit or anything else that speaks the forward protocol, over TCP, in PackedForward
 * messages with times in nanoseconds, acknowledged.
 *
 * A record becomes a flat map: `level` (its name), `logger`, `message` (rendered), `template` (if rendering changed the
 * message), its fields, and `error` (`type`, `message`, `stack`, `cause` and so on). A field with one of these names
 * gets a `_` behind it. The record's time is the event's time.
 */
export class FluentdTarget extends WireLogTarget {
  constructor(options: FluentdOptions) {
    const own = checkOptions('FluentdTarget', { ...flushRules, ...fluentdRules }, options);
    if (own.tag === undefined) throw new TypeError(`FluentdTarget: tag must be ${tagRule.words}`);
    const { tag, maxDepth, maxRecordBytes, requireAck, ackTimeout, connectTimeout, host, port } = own;
    const encoder = new FluentdEncoder({
      tag,
      maxDepth,
      maxRecordBytes,
      onWrongTag: error => this.report({ kind: 'error', target: this.name, what: 'tag', error })
    });
    const transport = new FluentdTransport({
      dial: own.dial ?? dialTcp(host, port),
      requireAck,
      ackTimeout,
      connectTimeout,
      clock: own.clock ?? systemClock
    });
    super(encoder, transport, pick(flushRules, options));
  }
}

targetTypes.set('fluentd', {
  rules: { ...flushRules, ...fluentdRules },
  required: ['tag'],
  make: (options, common) => new FluentdTarget({ ...common, ...options } as unknown as FluentdOptions)
});
