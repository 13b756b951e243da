import type { Duplex } from 'node:stream';
import type { Clock } from '../core/clock.js';
import { type MessageLimits, MessageReader } from '../wire/msgpack-scan.js';
import { AckWriter } from './ack-writer.js';
import { checkAsFluentBit } from './fluent-bit.js';
import { type ForwardKind, type ForwardSecurity, ServerHandshake } from './forward-handshake.js';
import { type ParsedMessage, parseMessage } from './forward-message.js';
import { resetStream } from './reset-stream.js';

/** How a receiver behaves; all sessions of a receiver share one and look at it each time. */
export interface ForwardFaults {
  /** Nothing is read. */
  stalled: boolean;
  /** Milliseconds before an acknowledgement is written. */
  ackDelay: number;
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
  /** Bytes until the connection that sent the last of them is reset. */
  bytesUntilReset: number;
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
export interface ForwardHost {
  readonly traits: ForwardTraits;
  readonly clock: Clock;
  readonly limits: MessageLimits;
  readonly faults: ForwardFaults;
  /** A message is to be stored. */
  store(message: ParsedMessage, bytes: number, session: ForwardSession): void;
  /** The session was sent what makes Fluentd reset the connection. */
  fail(error: unknown, session: ForwardSession): void;
  /** The session's stream has gone. */
  forget(session: ForwardSession): void;
}

/** Milliseconds between the last word and the RST. */
const resetDelay = 10;

const wrongAck = Buffer.from('81a361636bb877726f6e67206368756e6b2077726f6e67206368756e6b21', 'hex');

/**
 * One connection of a Fluentd that receives, on any stream: it takes messages, stores them with its receiver and
 * acknowledges them, in order. It closes as Fluentd does, by RST where the stream knows what that is, or by FIN if it is to
 * be like Fluent Bit.
 */
export class ForwardSession {
  /** Counts the receiver's connections, from 1. */
  readonly id: number;
  readonly #stream: Duplex;
  readonly #host: ForwardHost;
  readonly #reader: MessageReader;
  readonly #acks: AckWriter;
  /** Until it is over. */
  #handshake: ServerHandshake | undefined;
  /** No more is read. */
  #isClosing = false;
  #timer: unknown;
  /** Acknowledgements to be written together at the end of a read. */
  #merged: Buffer[] = [];

  constructor(stream: Duplex, id: number, host: ForwardHost) {
    this.id = id;
    this.#stream = stream;
    this.#host = host;
    this.#reader = new MessageReader(host.limits);
    this.#acks = new AckWriter(host.clock, bytes => stream.writable && stream.write(bytes));
    stream
      .on('data', (chunk: Buffer) => this.#read(chunk))
      .on('end', () => this.reset())
      .on('error', () => this.reset()) // The peer has gone; what that means is the peer's to say.
      .on('close', () => this.#closed());
    if (host.faults.stalled) this.stall();
    const { security, kind, keepAlive } = host.traits;
    if (security === undefined) return;
    this.#handshake = new ServerHandshake(security, kind);
    this.#acks.send(this.#handshake.helo(keepAlive), 0);
  }

  /** Closes by RST: what the peer has not read yet may be lost. Node may let a FIN go out just before it. */
  reset(): void {
    resetStream(this.#stream);
  }

  /** Ends our side (FIN), and goes on reading; there are no acknowledgements any more. */
  halfClose(): void {
    this.#stream.end();
  }

  /** Stops reading. */
  stall(): void {
    this.#stream.pause();
  }

  /** Goes on reading. */
  resume(): void {
    this.#stream.resume();
  }

  #read(chunk: Buffer): void {
    const { faults } = this.#host;
    const part = chunk.subarray(0, Math.min(chunk.length, faults.bytesUntilReset));
    faults.bytesUntilReset -= part.length;
    try {
      this.#takeAll(part);
    } catch (error) {
      this.#host.fail(error, this);
      this.#leave();
    }
    this.#writeMerged();
    if (faults.bytesUntilReset > 0) return;
    faults.bytesUntilReset = Number.POSITIVE_INFINITY;
    this.reset();
  }

  #takeAll(bytes: Buffer): void {
    const { clock, limits } = this.#host;
    const wasWaiting = this.#handshake !== undefined;
    this.#reader.push(bytes);
    for (let next = this.#reader.next(); next !== undefined; next = this.#reader.next()) {
      if (this.#stream.destroyed || this.#isClosing) return;
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
    if (pong !== undefined) this.#acks.send(pong, 0);
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
    if (!traits.keepAlive) this.#leave();
  }

  /** Closes, as soon as what was said is on its way: by RST, or as Fluent Bit by FIN. */
  #leave(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#writeMerged();
    if (this.#host.traits.kind === 'fluent-bit') this.#stream.end();
    else this.#acks.after(() => this.#resetSoon());
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
      this.#acks.send(ack.subarray(0, ack.length >> 1), faults.ackDelay);
      this.#leave();
    } else this.#write(ack);
  }

  #write(ack: Buffer): void {
    const { ackDelay, ackStyle } = this.#host.faults;
    if (ackStyle === 'merged') this.#merged.push(ack);
    else if (ackStyle === 'whole') this.#acks.send(ack, ackDelay);
    else for (const byte of ack) this.#acks.send(Buffer.of(byte), ackDelay, true);
  }

  #writeMerged(): void {
    if (this.#merged.length > 0) this.#acks.send(Buffer.concat(this.#merged), this.#host.faults.ackDelay);
    this.#merged = [];
  }

  #closed(): void {
    this.#acks.close();
    this.#host.clock.clearTimeout(this.#timer);
    this.#host.forget(this);
  }
}
