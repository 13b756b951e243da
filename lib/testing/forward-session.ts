import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../core/clock.js';
import { type MessageLimits, MessageReader } from '../wire/msgpack-scan.js';
import { AckWriter } from './ack-writer.js';
import { type ParsedMessage, parseMessage } from './forward-message.js';

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
  /** Messages that will be read and neither stored nor acknowledged. */
  messagesToDiscard: number;
  /** Messages until the connection that sent the last of them is reset, before its acknowledgement. */
  messagesUntilReset: number;
  /** Bytes until the connection that sent the last of them is reset. */
  bytesUntilReset: number;
}

/** What a session needs from its receiver. */
export interface ForwardHost {
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

const wrongAck = Buffer.from('81a361636bb877726f6e67206368756e6b2077726f6e67206368756e6b21', 'hex');

/**
 * One connection of a Fluentd that receives, on any stream: it takes messages, stores them with its receiver and
 * acknowledges them, in order. It closes as Fluentd does, by RST where the stream knows what that is.
 */
export class ForwardSession {
  /** Counts the receiver's connections, from 1. */
  readonly id: number;
  readonly #stream: Duplex;
  readonly #host: ForwardHost;
  readonly #reader: MessageReader;
  readonly #acks: AckWriter;
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
  }

  /** Closes by RST: what the peer has not read yet may be lost. Node may let a FIN go out just before it. */
  reset(): void {
    const stream = this.#stream;
    if (stream.destroyed) return;
    // With writes still waiting, Node would wait for them before it resets.
    if (canReset(stream) && stream.writableLength === 0) stream.resetAndDestroy();
    else stream.destroy();
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
      this.reset();
    }
    this.#writeMerged();
    if (faults.bytesUntilReset > 0) return;
    faults.bytesUntilReset = Number.POSITIVE_INFINITY;
    this.reset();
  }

  #takeAll(bytes: Buffer): void {
    const { clock, limits } = this.#host;
    this.#reader.push(bytes);
    for (let next = this.#reader.next(); next !== undefined && !this.#stream.destroyed; next = this.#reader.next()) {
      const message = parseMessage(next, limits, clock.now());
      if (message !== undefined) this.#take(message, next.length);
    }
  }

  #take(message: ParsedMessage, bytes: number): void {
    const { faults } = this.#host;
    if (faults.messagesToDiscard > 0) {
      faults.messagesToDiscard--;
      return;
    }
    this.#host.store(message, bytes, this);
    faults.messagesUntilReset--;
    if (faults.messagesUntilReset <= 0) {
      faults.messagesUntilReset = Number.POSITIVE_INFINITY;
      this.reset();
    } else if (message.ack !== undefined) this.#acknowledge(message.ack);
  }

  #acknowledge(ack: Buffer): void {
    const { faults } = this.#host;
    if (faults.acksToForget > 0) {
      faults.acksToForget--;
    } else if (faults.wrongAcks > 0) {
      faults.wrongAcks--;
      this.#write(wrongAck);
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
    this.#host.forget(this);
  }
}

/** A TCP socket, or what behaves like one; Node's Unix sockets have the method and throw. */
function canReset(stream: Duplex): stream is Duplex & { resetAndDestroy(): void } {
  return 'resetAndDestroy' in stream && !(stream instanceof Socket && stream.remoteAddress === undefined);
}
