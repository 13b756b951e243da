import { chance } from '../../core/chance.js';
import { boolean, checkOptions, integer, milliseconds, millisecondsOrInfinity, oneOf, pick } from '../../core/check.js';
import { type Clock, systemClock } from '../../core/clock.js';
import { targetTypes } from '../../core/config/target-types.js';
import type { LogRecord } from '../../core/record.js';
import { textOf } from '../../core/values.js';
import { type FlushOptions, flushRules } from '../../delivery/flush-target.js';
import type { AddressOptions } from '../../wire/address.js';
import { canCompress } from '../../wire/compress.js';
import { checkRecordLimit, recordLimitRules } from '../../wire/json.js';
import { defaultMaxRecordBytes, leastMaxRecordBytes } from '../../wire/shrink.js';
import { WireLogTarget } from '../../wire/target.js';
import { type EventOptions, eventRules, FluentdEncoder, tagRule } from './encoder.js';
import { type EventMoment, exactTime, FluentdEvent, fieldsOf } from './event.js';
import { type EventMode, type MessageForm, messageOverhead } from './message.js';
import {
  type CredentialOptions,
  type FluentdServerOptions,
  receiverRules,
  receiversOf,
  serversRule
} from './receivers.js';
import { FluentdTransport } from './transport.js';

export interface FluentdOptions extends FlushOptions, AddressOptions, CredentialOptions, EventOptions {
  /**
   * The tag of the records, by which Fluentd routes them: words of `A-Z a-z 0-9 _ -` with dots between, 1000 characters at
   * most. Or a function that makes one for each record; records of one batch and one tag travel in one message.
   */
  readonly tag: string | ((record: LogRecord) => string);
  /**
   * Several receivers that take the same, in place of `host`: batches go to them in turn by `weight`, and to others where
   * one has failed. What one of them lacks besides `host`, `path` and `dial` is taken from the target's own options.
   */
  readonly servers?: readonly FluentdServerOptions[];
  /**
   * Milliseconds that one of several receivers which has failed is left alone, before it is probed and used again. Default:
   * 10 000, as in Fluentd (`recover_wait`).
   */
  readonly recoverWait?: number;
  /**
   * Whether a batch has arrived only when the receiver has acknowledged it: at least once. Without it a batch counts as
   * delivered as soon as the kernel has taken it, and a receiver that crashes loses it unnoticed. Default: true.
   */
  readonly requireAck?: boolean;
  /**
   * Milliseconds to wait for the next acknowledgement before the batch is sent again on a new connection. Default: 60 000,
   * Fluentd's own `send_timeout`; a receiver that blocks on a full buffer was seen to answer after 5 s.
   */
  readonly ackTimeout?: number;
  /** Milliseconds that opening a connection may take, with TLS and the handshake. Default: 10 000. */
  readonly connectTimeout?: number;
  /**
   * Milliseconds after which a connection is opened anew, so that a load balancer or DNS can send us elsewhere; 0: for each
   * batch. Default: Infinity, a connection is kept for as long as it works.
   */
  readonly reconnectInterval?: number;
  /** Milliseconds after which a connection that nothing was sent over is closed. Default: Infinity. */
  readonly idleTimeout?: number;
  /**
   * How records travel (Forward Protocol v1, Event Modes). `Message`: each in a message of its own, for receivers that know
   * no other. Default: `PackedForward`, or with `compress` `CompressedPackedForward`.
   */
  readonly mode?: EventMode;
  /**
   * How messages are compressed, off the event loop. `zstd` needs Node.js 22.15 and Fluentd 1.19 or Fluent Bit 4.1: an
   * older Fluentd acknowledges such messages and loses them. Default: `none`.
   */
  readonly compress?: 'none' | 'gzip' | 'zstd';
  /**
   * Bytes of a message at most, before compression: a batch that has more is sent as several. Default: 2 000 000, or what
   * `maxRecordBytes` needs. Fluent Bit has chunks of 2 MB, and closes the connection at a message of more than 6 144 000.
   */
  readonly maxMessageBytes?: number;
  /** How many maps and arrays may be inside each other in a record. Default: 32; Fluent Bit loses records beyond 61. */
  readonly maxDepth?: number;
  /**
   * Bytes of a record at most; of a larger one the longest texts are cut, and marked. Default: 1 MiB, or what
   * `maxMessageBytes` has room for.
   */
  readonly maxRecordBytes?: number;
}

const defaultMaxMessageBytes = 2_000_000;

/** Fluentd's memory buffer takes no record above 8 MiB, whatever else there is. */
const mostRecordBytes = 8 * 1024 * 1024;

const fluentdRules = {
  tag: tagRule,
  ...receiverRules,
  servers: serversRule,
  recoverWait: milliseconds(1, 10_000),
  requireAck: boolean(true),
  ackTimeout: milliseconds(1, 60_000),
  connectTimeout: milliseconds(1, 10_000),
  reconnectInterval: millisecondsOrInfinity(0, Number.POSITIVE_INFINITY),
  idleTimeout: millisecondsOrInfinity(1, Number.POSITIVE_INFINITY),
  mode: oneOf(['PackedForward', 'CompressedPackedForward', 'Forward', 'Message'], 'PackedForward'),
  compress: oneOf(['none', 'gzip', 'zstd'], 'none'),
  maxMessageBytes: integer(leastMaxRecordBytes + messageOverhead, defaultMaxMessageBytes),
  ...recordLimitRules,
  maxRecordBytes: integer(leastMaxRecordBytes, defaultMaxRecordBytes, mostRecordBytes),
  ...eventRules
};

const rules = { ...flushRules, ...fluentdRules };

/**
 * Sends records to Fluentd, Fluent Bit or anything else that speaks the forward protocol, over TCP, TLS or a Unix socket,
 * acknowledged, to one receiver or to several.
 *
 * A record becomes a flat map: `level` (its name), `logger`, `message` (rendered), `template` (if rendering changed the
 * message), its fields, `error` (`type`, `message`, `stack`, `cause` and so on), and the `fields` of the options. A field
 * of the record with one of these names, or `time`, gets a `_` behind it. The record's time is the event's time.
 *
 * Over each connection records travel in the order of the log calls. Several receivers get batches in turn, and each only
 * some; who needs them in one order gives all receivers but one `standby: true`. Where one fails, the next gets the same
 * batch, so that both may have it.
 */
export class FluentdTarget extends WireLogTarget {
  readonly #clock: Clock;

  constructor(options: FluentdOptions) {
    const own = checkOptions('FluentdTarget', rules, options);
    checkRecordLimit('FluentdTarget', options);
    const { tag, requireAck, clock = systemClock } = own;
    const { maxMessageBytes, maxRecordBytes } = sizesOf(options);
    const encoder = new FluentdEncoder({
      ...pick(eventRules, options),
      tag,
      maxDepth: own.maxDepth,
      maxRecordBytes,
      onWrongTag: error => this.report({ kind: 'error', target: this.name, what: 'tag', error })
    });
    const transport = new FluentdTransport({
      servers: receiversOf('FluentdTarget', options),
      form: formOf(options, requireAck),
      maxMessageBytes: maxMessageBytes - messageOverhead,
      ackTimeout: own.ackTimeout,
      connectTimeout: own.connectTimeout,
      reconnectInterval: own.reconnectInterval,
      idleTimeout: own.idleTimeout,
      recoverWait: own.recoverWait,
      clock,
      random: chance(own.random, error => this.report({ kind: 'error', target: this.name, what: 'random', error })),
      onError: (what, error) => this.report({ kind: 'error', target: this.name, what, error })
    });
    super(encoder, transport, pick(flushRules, options));
    this.#clock = clock;
  }

  /**
   * Sends an event that was not logged: under a tag of its own, with its own fields and nothing else, through the same
   * queue, retries and account. `time`: when it was; default: now. Settles as `log` does, and never throws: a wrong tag is
   * made right, a wrong time becomes now, and both are reported.
   */
  emit(tag: string, fields: Readonly<Record<string, unknown>>, time?: EventMoment): void | Promise<void> {
    const now = exactTime(this.#clock.now()) ?? { seconds: 0, nanoseconds: 0 };
    let at = time === undefined ? now : exactTime(time);
    if (at === undefined) {
      const words = 'a Date, milliseconds since 1970, or seconds and nanoseconds, up to 2106';
      const error = new RangeError(`time must be ${words}, got ${textOf(time).slice(0, 80)}`);
      this.report({ kind: 'error', target: this.name, what: 'emit', error });
      at = now;
    }
    return this.log(new FluentdEvent(tag, fieldsOf(fields), at.seconds, at.nanoseconds));
  }

  /** `emit` with the time before the fields, as in Fluentd's loggers for other languages. */
  emitWithTime(tag: string, time: EventMoment, fields: Readonly<Record<string, unknown>>): void | Promise<void> {
    return this.emit(tag, fields, time);
  }
}

targetTypes.set('fluentd', {
  rules,
  make: (options, common) => new FluentdTarget({ ...common, ...options } as unknown as FluentdOptions)
});

/** The limits of messages and records. Each follows the other where only one is given; throws if they do not fit. */
function sizesOf(options: FluentdOptions): { maxMessageBytes: number; maxRecordBytes: number } {
  const room = (options.maxMessageBytes ?? Number.POSITIVE_INFINITY) - messageOverhead;
  const { maxRecordBytes = Math.min(defaultMaxRecordBytes, room) } = options;
  const { maxMessageBytes = Math.max(defaultMaxMessageBytes, maxRecordBytes + messageOverhead) } = options;
  if (maxRecordBytes + messageOverhead <= maxMessageBytes) return { maxMessageBytes, maxRecordBytes };
  throw new RangeError(
    `FluentdTarget: maxRecordBytes must be at most maxMessageBytes - ${messageOverhead}, got ${maxRecordBytes} and ${maxMessageBytes}`
  );
}

function formOf(options: FluentdOptions, requireAck: boolean): MessageForm {
  const { compress = 'none', mode = compress === 'none' ? 'PackedForward' : 'CompressedPackedForward' } = options;
  const isPacked = mode === 'PackedForward' || mode === 'CompressedPackedForward';
  if (compress !== 'none' && !isPacked) {
    throw new TypeError(`FluentdTarget: compress must be 'none' where mode is '${mode}', got '${compress}'`);
  }
  if (compress === 'none' && mode === 'CompressedPackedForward' && options.compress !== undefined) {
    throw new TypeError(`FluentdTarget: compress must be 'gzip' or 'zstd' where mode is '${mode}', got 'none'`);
  }
  const compression = compress === 'zstd' ? 'zstd' : 'gzip';
  if (!canCompress(compression)) throw new TypeError("FluentdTarget: compress: 'zstd' needs Node.js 22.15 or later");
  return { mode: compress === 'none' ? mode : 'CompressedPackedForward', compression, requireAck };
}
