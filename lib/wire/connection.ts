import type { Clock } from '../core/clock.js';
import { Channel, type Framing } from './channel.js';
import type { Dial } from './dial.js';

export interface ConnectionOptions {
  readonly dial: Dial;
  /** How the peer's answers are cut into messages; a new one for each connection. */
  readonly framing: () => Framing;
  /** Milliseconds that opening a connection may take. */
  readonly connectTimeout: number;
  readonly clock: Clock;
  /** Is run on each new connection before anything else: a greeting, a handshake. */
  readonly greet?: (channel: Channel) => Promise<void>;
}

/** A connection that is opened when it is needed, kept while it works, and opened anew after a failure. */
export class Connection {
  readonly #options: ConnectionOptions;
  #channel: Channel | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * Runs `exchange` on the open connection, alone, and resolves with what it returns. If it rejects, takes longer than
   * `timeout` milliseconds or `signal` is aborted, the connection is closed: what comes on it afterwards could be the
   * answer to anything.
   */
  async use<T>(exchange: (channel: Channel) => Promise<T>, timeout: number, signal: AbortSignal): Promise<T> {
    const channel = await this.#open(signal);
    const { clock } = this.#options;
    const timer = clock.setTimeout(() => channel.destroy(new Error(`no answer within ${timeout} ms`)), timeout);
    const abort = () => channel.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    channel.begin();
    try {
      return await exchange(channel);
    } catch (error) {
      channel.destroy(error as Error);
      throw error;
    } finally {
      channel.end();
      signal.removeEventListener('abort', abort);
      clock.clearTimeout(timer);
    }
  }

  close(): void {
    this.#channel?.destroy(new Error('the connection is closed'));
  }

  async #open(signal: AbortSignal): Promise<Channel> {
    if (this.#channel !== undefined && this.#channel.error === undefined) return this.#channel;
    const { dial, framing, connectTimeout, clock, greet } = this.#options;
    const attempt = new AbortController();
    const late = new Error(`no connection within ${connectTimeout} ms`);
    const timer = clock.setTimeout(() => attempt.abort(late), connectTimeout);
    const abort = () => attempt.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      const channel = new Channel(await dial(attempt.signal), framing());
      this.#channel = channel;
      attempt.signal.addEventListener('abort', () => channel.destroy(attempt.signal.reason as Error));
      await greet?.(channel);
      return channel;
    } catch (error) {
      this.#channel?.destroy(error as Error);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      clock.clearTimeout(timer);
    }
  }
}
