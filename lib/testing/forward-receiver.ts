import type { Duplex } from 'node:stream';
import { boolean, checkOptions, clockRule, instance, integer, oneOf } from '../core/check.js';
import { type Clock, systemClock } from '../core/clock.js';
import { isPlainObject } from '../core/values.js';
import type { ForwardKind, ForwardSecurity } from './forward-handshake.js';
import type { ForwardEntry, ForwardMode, ParsedMessage } from './forward-message.js';
import { type ForwardFaults, type ForwardHost, ForwardSession, type ForwardTraits } from './forward-session.js';
import type { StreamSession } from './stream-session.js';
import { Waiters } from './waiters.js';

/** An event that was stored. */
export interface ForwardEvent extends ForwardEntry {
  readonly tag: string;
  /** The id that its message asked to be acknowledged, as it was sent; absent if there was none. */
  readonly chunk?: unknown;
  /** Which connection it came over, from 1. */
  readonly connection: number;
}

/** A message that was stored. */
export interface ForwardMessage {
  readonly mode: ForwardMode;
  readonly tag: string;
  readonly events: readonly ForwardEvent[];
  /** How many entries were skipped, as Fluentd does, because their tag, time or record was none. */
  readonly invalid: number;
  /** The option `size` as it was sent: how many events the sender says there are. */
  readonly size?: unknown;
  /** The option `compressed` as it was sent. */
  readonly compressed?: unknown;
  readonly chunk?: unknown;
  /** How long the message was on the wire. */
  readonly bytes: number;
  readonly connection: number;
}

/** What was wrong with what came over a connection: a refused handshake, what cannot be decoded, a message too large. */
export interface ForwardError {
  readonly connection: number;
  readonly error: unknown;
}

/** When to reset a connection: after so many more messages, or so many more bytes, on whatever connection. */
export type ResetPoint = { readonly messages: number } | { readonly bytes: number };

/** How a receiver is. */
export interface ForwardReceiverOptions {
  /** Where its delays come from. Default: the machine's clock. */
  readonly clock?: Clock;
  /**
   * Whom to be like where they differ. Fluentd closes by RST, drops messages that are too large, and skips what is no event
   * and acknowledges the rest; Fluent Bit closes by FIN, also for messages that are too large, for a wrong key, and for what
   * is no event. Default: `fluentd`.
   */
  readonly kind?: 'fluentd' | 'fluent-bit';
  /** What it asks of those who connect, as a `<security>` section. Default: nothing, and no handshake. */
  readonly security?: ForwardSecurity;
  /** false: closes the connection after each message (`deny_keepalive`). Default: true. */
  readonly keepAlive?: boolean;
  /** Bytes of a message that is taken, decompressed. Default: Fluentd has no limit, Fluent Bit 6 144 000. */
  readonly maxMessageBytes?: number;
}

/** Fluent Bit's `buffer_max_size`. */
const fluentBitLimit = 6_144_000;

export const receiverRules = {
  clock: clockRule,
  kind: oneOf<ForwardKind>(['fluentd', 'fluent-bit'], 'fluentd'),
  security: {
    ...instance<ForwardSecurity>(
      'an object with a sharedKey',
      value => isPlainObject(value) && typeof value['sharedKey'] === 'string'
    ),
    isSecret: true
  },
  keepAlive: boolean(true),
  maxMessageBytes: integer(1, 0)
};

/** The deepest nesting: msgpack-ruby's stack. The size is ours, Fluentd has no limit. */
const limits = { maxBytes: 256 * 1024 * 1024, maxDepth: 128 };

/**
 * A Fluentd that receives (in_forward), on streams that it is given; `FluentdServer` puts it on a port. It keeps what it
 * was sent, and behaves badly on command. Commands hold for the connections there are and those to come, until `heal`.
 */
export class ForwardReceiver {
  /** The events that were stored, in the order in which they came. */
  readonly events: ForwardEvent[] = [];
  /** The messages that were stored. */
  readonly messages: ForwardMessage[] = [];
  /** Why the receiver has closed connections, or dropped messages that are too large. */
  readonly errors: ForwardError[] = [];
  readonly #clock: Clock;
  readonly #sessions = new Set<StreamSession>();
  readonly #waiters = new Waiters();
  readonly #host: ForwardHost;
  readonly #faults: ForwardFaults = noFaults();
  #connections = 0;
  readonly #awaitConnection: ((session: ForwardSession) => void)[] = [];

  constructor(options: ForwardReceiverOptions = {}) {
    const own = checkOptions('ForwardReceiver', receiverRules, options);
    const { clock = systemClock, kind, security, keepAlive } = own;
    const unlimited = kind === 'fluent-bit' ? fluentBitLimit : Number.POSITIVE_INFINITY;
    this.#clock = clock;
    const { maxMessageBytes = unlimited } = options;
    this.#host = this.#hostOfSessions({ kind, security, keepAlive, maxMessageBytes });
  }

  /** How many connections there have been. */
  get connections(): number {
    return this.#connections;
  }

  get openConnections(): number {
    return this.#sessions.size;
  }

  /** Takes a new connection. A server with TLS or a handshake does that first, or hands over the stream inside. */
  accept(stream: Duplex): ForwardSession {
    this.#connections++;
    const session = new ForwardSession(stream, this.#connections, this.#host);
    this.#sessions.add(session);
    for (const resolve of this.#awaitConnection.splice(0)) resolve(session);
    return session;
  }

  /** Resolves with all events when there are `count` of them. */
  async received(count: number): Promise<readonly ForwardEvent[]> {
    await this.#waiters.until(() => this.events.length >= count);
    return this.events;
  }

  /** Resolves with all messages when there are `count` of them. */
  async receivedMessages(count: number): Promise<readonly ForwardMessage[]> {
    await this.#waiters.until(() => this.messages.length >= count);
    return this.messages;
  }

  /** Resolves with all errors when there are `count` of them. */
  async failed(count: number): Promise<readonly ForwardError[]> {
    await this.#waiters.until(() => this.errors.length >= count);
    return this.errors;
  }

  /** Resolves at the next connection that is taken. */
  nextConnection(): Promise<ForwardSession> {
    return new Promise(resolve => {
      this.#awaitConnection.push(resolve);
    });
  }

  /** Resolves when no connection is open. */
  allClosed(): Promise<void> {
    return this.#waiters.until(() => this.#sessions.size === 0);
  }

  /**
   * The events that came again: those of a message whose chunk had been stored before, or, given a `key`, those whose
   * key an earlier event had.
   */
  duplicates(key?: (event: ForwardEvent) => unknown): ForwardEvent[] {
    const seen = new Set<unknown>();
    const isRepeated = (value: unknown) => value !== undefined && seen.size === seen.add(value).size;
    if (key !== undefined) return this.events.filter(event => isRepeated(key(event)));
    return this.messages.filter(({ chunk }) => isRepeated(chunk)).flatMap(({ events }) => events);
  }

  /** Forgets events, messages and errors. */
  clear(): void {
    this.events.length = 0;
    this.messages.length = 0;
    this.errors.length = 0;
  }

  /** Resets all open connections (RST). */
  reset(): void {
    for (const session of this.#sessions) session.reset();
  }

  /** Resets one connection later, once; its last message is stored and not acknowledged, or cut in the middle. */
  resetAfter(point: ResetPoint): void {
    if ('messages' in point) this.#faults.messagesUntilReset = point.messages;
    else this.#faults.bytesUntilReset = point.bytes;
  }

  /** Ends the sending side of all open connections (FIN), and goes on reading. */
  halfClose(): void {
    for (const session of this.#sessions) session.halfClose();
  }

  /** Stops reading: the sender's buffers fill up. */
  stall(): void {
    this.#faults.stalled = true;
    for (const session of this.#sessions) session.stall();
  }

  /** Sends every acknowledgement `ms` milliseconds late. */
  delayAcks(ms: number): void {
    this.#faults.ackDelay = ms;
  }

  /** Stores the next `count` messages that ask for an acknowledgement, and sends none. */
  forgetAcks(count = Number.POSITIVE_INFINITY): void {
    this.#faults.acksToForget = count;
  }

  /** Acknowledges the next `count` messages with a chunk that nobody sent. */
  wrongAcks(count = Number.POSITIVE_INFINITY): void {
    this.#faults.wrongAcks = count;
  }

  /** Sends half an acknowledgement for the next `count` messages, and then closes the connection. */
  cutAcks(count = Number.POSITIVE_INFINITY): void {
    this.#faults.acksToCut = count;
  }

  /** Refuses every handshake, whatever the key is, for this reason. Only with `security`. */
  refuseHandshakes(reason = 'shared_key mismatch'): void {
    this.#faults.refusal = reason;
  }

  /** Sends the acknowledgements of all messages that come in one read in one write. */
  mergeAcks(): void {
    this.#faults.ackStyle = 'merged';
  }

  /** Sends acknowledgements byte by byte, one each millisecond. */
  splitAcks(): void {
    this.#faults.ackStyle = 'split';
  }

  /** Reads the next `count` messages and neither stores nor acknowledges them, as a server that crashes. */
  discard(count = Number.POSITIVE_INFINITY): void {
    this.#faults.messagesToDiscard = count;
  }

  /** Ends all misbehaviour. Acknowledgements that were delayed still come late; forgotten ones never. */
  async heal(): Promise<void> {
    Object.assign(this.#faults, noFaults());
    for (const session of this.#sessions) session.resume();
  }

  #store(message: ParsedMessage, bytes: number, connection: number): void {
    const { ack: _, unpackedBytes: __, events: entries, ...rest } = message;
    const { tag, chunk } = message;
    const common = { tag, connection, ...(chunk !== undefined && { chunk }) };
    const events = entries.map(entry => ({ ...entry, ...common }));
    this.messages.push({ ...rest, events, bytes, connection });
    for (const event of events) this.events.push(event);
    this.#waiters.check();
  }

  #hostOfSessions(traits: ForwardTraits): ForwardHost {
    return {
      traits,
      clock: this.#clock,
      limits,
      faults: this.#faults,
      store: (message, bytes, session) => this.#store(message, bytes, session.id),
      fail: (error, session) => {
        this.errors.push({ connection: session.id, error });
        this.#waiters.check();
      },
      forget: session => {
        this.#sessions.delete(session);
        this.#waiters.check();
      }
    };
  }
}

function noFaults(): ForwardFaults {
  return {
    stalled: false,
    ackDelay: 0,
    ackStyle: 'whole',
    acksToForget: 0,
    wrongAcks: 0,
    acksToCut: 0,
    refusal: undefined,
    messagesToDiscard: 0,
    messagesUntilReset: Number.POSITIVE_INFINITY,
    bytesUntilReset: Number.POSITIVE_INFINITY
  };
}
