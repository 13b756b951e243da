import type { Duplex } from 'node:stream';
import { explainTls } from './tls.js';

/** Cuts what a peer sends into messages. Throws if the peer sends what is none, or too much. */
export interface Framing {
  push(chunk: Uint8Array): void;
  /** The bytes of the next message; undefined if it has not come completely. */
  next(): Uint8Array | undefined;
  /** Bytes that were pushed and have not come out as messages. */
  readonly pendingBytes: number;
  /** Whether nothing that the peer says is an answer to anything: it may then say what it likes, at any time. */
  readonly isDeaf?: boolean;
}

/** Bytes of answers that nobody has read yet: more than any peer has reason to send. */
const maxUnread = 64 * 1024;

/** The peer has ended its side (FIN), as servers do that are asked to stop, or that do not want us. */
export class PeerClosedError extends Error {
  override name = 'PeerClosedError';

  constructor() {
    super('the peer has closed the connection');
  }
}

const unasked = () => new Error('the peer has sent what nobody asked for');

/** A stream that keeps the process alive unless told otherwise: sockets. */
interface Referenced {
  unref?(): unknown;
}

/** One connected stream, with the peer's answers as messages. Once it has failed it stays so. */
export class Channel {
  readonly #stream: Duplex & Referenced;
  readonly #framing: Framing;
  readonly #onUnasked: ((message: Uint8Array) => void) | undefined;
  #error: Error | undefined;
  #inUse = true;
  #hasAnswered = false;
  #reader: { resolve: (message: Uint8Array) => void; reject: (error: Error) => void } | undefined;
  /** Rejects what waits for bytes to be written. */
  #stopWriting: ((error: Error) => void) | undefined;

  /** `onUnasked` is told of a message that comes between exchanges, and ends the channel. */
  constructor(stream: Duplex, framing: Framing, onUnasked?: (message: Uint8Array) => void) {
    this.#stream = stream;
    this.#framing = framing;
    this.#stream.unref?.(); // what keeps the process alive is records that wait, and not for longer than they may
    this.#onUnasked = onUnasked;
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('error', (error: Error) => this.destroy(explainTls(error)));
    stream.on('end', () => this.destroy(new PeerClosedError()));
    stream.on('close', () => this.destroy(new Error('the connection is closed')));
  }

  /** Why the channel cannot be used any more; undefined as long as it can. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Whether the peer has said anything in this exchange, or in the last. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /**
   * Begins an exchange: from now on answers are awaited. Between exchanges a peer has nothing to say, and what it says all
   * the same could be the answer to anything: it ends the channel.
   */
  begin(): void {
    this.#inUse = true;
    this.#hasAnswered = false;
  }

  /** Ends an exchange that has all its answers. */
  end(): void {
    this.#inUse = false;
    if (this.#framing.pendingBytes > 0 && this.#error === undefined) this.#refuse();
  }

  /** Writes chunks, one after the other, in one go. Resolves when the kernel has taken all of them. */
  write(chunks: readonly Uint8Array[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      this.#stopWriting = reject;
      this.#stream.cork();
      for (const [index, chunk] of chunks.entries()) {
        if (index < chunks.length - 1) this.#stream.write(chunk);
        else this.#stream.write(chunk, error => (error ? reject(error) : resolve()));
      }
      this.#stream.uncork();
    });
  }

  /** The next message. Rejects when the channel fails. One call at a time. */
  receive(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      this.#reader = { resolve, reject };
      try {
        this.#hand();
      } catch (error) {
        this.destroy(error as Error);
      }
    });
  }

  /** Ends the channel; whoever waits for something is rejected with `error`. */
  destroy(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    // First, so that nobody hears of the end in the stream's own words.
    this.#reader?.reject(error);
    this.#stopWriting?.(error);
    this.#stream.destroy();
  }

  #take(chunk: Buffer): void {
    try {
      if (this.#framing.pendingBytes > maxUnread) throw unasked();
      this.#framing.push(chunk);
      this.#hasAnswered = true;
      if (this.#inUse) this.#hand();
      else if (this.#framing.isDeaf !== true) this.#refuse();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** Ends the channel for what has come unasked. */
  #refuse(): void {
    try {
      const message = this.#framing.next();
      if (message !== undefined) this.#onUnasked?.(message);
      this.destroy(unasked());
    } catch (error) {
      this.destroy(error as Error); // it was no message
    }
  }

  /** Gives the reader its message, if it has come. Throws if what has come is none. */
  #hand(): void {
    if (this.#reader === undefined) return;
    const message = this.#framing.next();
    if (message === undefined) return;
    this.#reader.resolve(message);
    this.#reader = undefined;
  }
}
