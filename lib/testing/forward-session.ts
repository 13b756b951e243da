import type { Duplex } from 'node:stream';
import { type MessageLimits, MessageReader } from '../wire/msgpack-scan.js';
import { checkAsFluentBit } from './fluent-bit.js';
import { type ForwardKind, type ForwardSecurity, ServerHandshake } from './forward-handshake.js';
import { type ParsedMessage, parseMessage } from './forward-message.js';
import { type StreamFaults, type StreamHost, StreamSession } from './stream-session.js';

/** How a receiver behaves. */
export interface ForwardFaults extends StreamFaults {
  /** One write for each acknowledgement, one for each of its bytes, or one for those of all messages in one read. */
  ackStyle: 'whole' | 'split' | 'merged';
  /** Messages that will be stored and not acknowledged. */
  acksToForget: number;
  /** Messages that will be stored and acknowledged with a chunk that nobody sent. */
  wrongAcks: number;
  /** Acknowledgements of which only the first half will be sent, before the connection is reset. */
  acksToCut: number;
  /** Why every handshake is refused; undefined: none is that is right. */
  refusal: string | undefined;
  /** Messages that will be read and neither stored nor acknowledged. */
  messagesToDiscard: number;
  /** Messages until the connection that sent the last of them is reset, before its acknowledgement. */
  messagesUntilReset: number;
}

/** How a receiver is, for as long as it is there. */
export interface ForwardTraits {
  readonly kind: ForwardKind;
  readonly security: ForwardSecurity | undefined;
  /** Whether a connection is left open after a message. */
  readonly keepAlive: boolean;
  /** Bytes of a message that is taken; of one that is compressed, also of what it holds. */
  readonly maxMessageBytes: number;
}

/** What a session needs from its receiver. */
export interface ForwardHost extends StreamHost {
  readonly traits: ForwardTraits;
  readonly limits: MessageLimits;
  readonly faults: ForwardFaults;
  /** A message is to be stored. */
  store(message: ParsedMessage, bytes: number, session: ForwardSession): void;
}

/** Milliseconds between the last word and the RST. */
const resetDelay = 10;

const wrongAck = Buffer.from('81a361636bb877726f6e67206368756e6b2077726f6e67206368756e6b21', 'hex');

/**
 * One connection of a Fluentd that receives, on any stream: it takes messages, stores them with its receiver and
 * acknowledges them, in order. It closes as Fluentd does, by RST where the stream knows what that is, or by FIN if it is to
 * be like Fluent Bit.
 */
export class ForwardSession extends StreamSession {
  readonly #host: ForwardHost;
  readonly #reader: MessageReader;
  /** Until it is over. */
  #handshake: ServerHandshake | undefined;
  /** No more is read. */
  #isClosing = false;
  #timer: unknown;
  /** Acknowledgements to be written together at the end of a read. */
  #merged: Buffer[] = [];

  constructor(stream: Duplex, id: number, host: ForwardHost) {
    super(stream, id, host);
    this.#host = host;
    this.#reader = new MessageReader(host.limits);
    const { security, kind, keepAlive } = host.traits;
    if (security === undefined) return;
    this.#handshake = new ServerHandshake(security, kind);
    this.acks.send(this.#handshake.helo(keepAlive), 0);
  }

  protected override take(bytes: Buffer): void {
    this.#takeAll(bytes);
    this.#writeMerged();
  }

  /** Closes, as soon as what was said is on its way: by RST, or as Fluent Bit by FIN. */
  protected override leave(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#writeMerged();
    if (this.#host.traits.kind === 'fluent-bit') this.stream.end();
    else this.acks.after(() => this.#resetSoon());
  }

  protected override closed(): void {
    this.#host.clock.clearTimeout(this.#timer);
    super.closed();
  }

  #takeAll(bytes: Buffer): void {
    const { clock, limits } = this.#host;
    const wasWaiting = this.#handshake !== undefined;
    this.#reader.push(bytes);
    for (let next = this.#reader.next(); next !== undefined; next = this.#reader.next()) {
      if (this.stream.destroyed || this.#isClosing) return;
      if (this.#handshake !== undefined) this.#greet(this.#handshake, next);
      else {
        const message = parseMessage(next, limits, clock.now());
        if (this.#host.traits.kind === 'fluent-bit') checkAsFluentBit(next, message, limits);
        if (message !== undefined) this.#take(message, next.length);
      }
    }
    // Fluent Bit reads once, and takes no part of a PING.
    const isPart = wasWaiting && this.#handshake !== undefined && this.#host.traits.kind === 'fluent-bit';
    if (isPart) throw new Error('Forward: the PING has not come in one read');
  }

  #greet(handshake: ServerHandshake, message: Buffer): void {
    const { pong, isTaken } = handshake.answer(message, this.#host.faults.refusal);
    if (pong !== undefined) this.acks.send(pong, 0);
    if (!isTaken) throw new Error('Forward: the handshake was refused');
    this.#handshake = undefined;
  }

  #take(message: ParsedMessage, bytes: number): void {
    const { faults, traits } = this.#host;
    if (faults.messagesToDiscard > 0) {
      faults.messagesToDiscard--;
      return;
    }
    if (Math.max(bytes, message.unpackedBytes) > traits.maxMessageBytes) {
      // Fluentd (chunk_size_limit) drops it, and says nothing to the sender.
      if (traits.kind === 'fluent-bit')
        throw new Error(`Forward: a message is longer than ${traits.maxMessageBytes} bytes`);
      this.#host.fail(new Error(`Forward: a message is longer than ${traits.maxMessageBytes} bytes`), this);
      return;
    }
    this.#host.store(message, bytes, this);
    faults.messagesUntilReset--;
    if (faults.messagesUntilReset <= 0) {
      faults.messagesUntilReset = Number.POSITIVE_INFINITY;
      this.reset();
    } else if (message.ack !== undefined) this.#acknowledge(message.ack);
    if (!traits.keepAlive) this.leave();
  }

  /** A reset takes with it what is on its way, and what was said is to be heard: as from Fluentd, mostly. */
  #resetSoon(): void {
    this.#timer = this.#host.clock.setTimeout(() => this.reset(), resetDelay);
  }

  #acknowledge(ack: Buffer): void {
    const { faults } = this.#host;
    if (faults.acksToForget > 0) {
      faults.acksToForget--;
    } else if (faults.wrongAcks > 0) {
      faults.wrongAcks--;
      this.#write(wrongAck);
    } else if (faults.acksToCut > 0) {
      faults.acksToCut--;
      this.acks.send(ack.subarray(0, ack.length >> 1), faults.ackDelay);
      this.leave();
    } else this.#write(ack);
  }

  #write(ack: Buffer): void {
    const { ackDelay, ackStyle } = this.#host.faults;
    if (ackStyle === 'merged') this.#merged.push(ack);
    else if (ackStyle === 'whole') this.acks.send(ack, ackDelay);
    else for (const byte of ack) this.acks.send(Buffer.of(byte), ackDelay, true);
  }

  #writeMerged(): void {
    if (this.#merged.length > 0) this.acks.send(Buffer.concat(this.#merged), this.#host.faults.ackDelay);
    this.#merged = [];
  }
}
