import type { Duplex } from 'node:stream';
import type { Clock } from '../core/clock.js';
import { AckWriter } from './ack-writer.js';
import { resetStream } from './reset-stream.js';

/** How a receiver behaves, whatever is spoken; all its sessions share one and look at it each time. */
export interface StreamFaults {
  /** Nothing is read. */
  stalled: boolean;
  /** Bytes until the connection that sent the last of them is reset. */
  bytesUntilReset: number;
  /** Milliseconds before an acknowledgement is written. */
  ackDelay: number;
}

/** What a session needs from its receiver. */
export interface StreamHost {
  readonly clock: Clock;
  readonly faults: StreamFaults;
  /** The session was sent what makes a receiver close the connection. */
  fail(error: unknown, session: StreamSession): void;
  /** The session's stream has gone. */
  forget(session: StreamSession): void;
}

/** One connection of a receiver, on any stream: it takes what comes, and acknowledges it in order. */
export abstract class StreamSession {
  /** Counts the receiver's connections, from 1. */
  readonly id: number;
  protected readonly stream: Duplex;
  protected readonly acks: AckWriter;
  readonly #host: StreamHost;

  constructor(stream: Duplex, id: number, host: StreamHost) {
    this.id = id;
    this.stream = stream;
    this.#host = host;
    this.acks = new AckWriter(host.clock, bytes => stream.writable && stream.write(bytes));
    stream
      .on('data', (chunk: Buffer) => this.#read(chunk))
      .on('end', () => this.ended())
      .on('error', () => this.reset()) // The peer has gone; what that means is the peer's to say.
      .on('close', () => this.closed());
    if (host.faults.stalled) this.stall();
  }

  /** Closes by RST: what the peer has not read yet may be lost. Node may let a FIN go out just before it. */
  reset(): void {
    resetStream(this.stream);
  }

  /** Ends our side (FIN), and goes on reading; there are no acknowledgements any more. */
  halfClose(): void {
    this.stream.end();
  }

  /** Stops reading. */
  stall(): void {
    this.stream.pause();
  }

  /** Goes on reading. */
  resume(): void {
    this.stream.resume();
  }

  /** Takes what has come; what it throws is told to the receiver, and ends the session. */
  protected abstract take(bytes: Buffer): void;

  /** Closes after what cannot be taken. */
  protected leave(): void {
    this.reset();
  }

  /** The peer has ended its side. */
  protected ended(): void {
    this.reset();
  }

  /** The stream has gone. */
  protected closed(): void {
    this.acks.close();
    this.#host.forget(this);
  }

  #read(chunk: Buffer): void {
    const { faults } = this.#host;
    const part = chunk.subarray(0, Math.min(chunk.length, faults.bytesUntilReset));
    faults.bytesUntilReset -= part.length;
    try {
      this.take(part);
    } catch (error) {
      this.#host.fail(error, this);
      this.leave();
    }
    if (faults.bytesUntilReset > 0) return;
    faults.bytesUntilReset = Number.POSITIVE_INFINITY;
    this.reset();
  }
}
