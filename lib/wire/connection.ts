import type { Duplex } from 'node:stream';
import type { Clock } from '../core/clock.js';
import { unsent } from '../delivery/unsent.js';
import { Channel, type Framing } from './channel.js';
import type { Dial } from './dial.js';

export interface ConnectionOptions {
  readonly dial: Dial;
  /** How the peer's answers are cut into messages; a new one for each connection. */
  readonly framing: () => Framing;
  /** Milliseconds that opening a connection may take, with the greeting. */
  readonly connectTimeout: number;
  readonly clock: Clock;
  /** Is run on each new connection before anything else: a greeting, a handshake. */
  readonly greet?: (channel: Channel) => Promise<void>;
  /** Milliseconds after which a connection is not used again, but opened anew. Default: never. */
  readonly reconnectInterval?: number;
  /** Milliseconds after which a connection that is not used is closed. Default: never. */
  readonly idleTimeout?: number;
  /** Is told what the peer has said though nobody had asked; the connection is closed by it. */
  readonly onUnasked?: (message: Uint8Array) => void;
}

/** The peer did not answer in time; the connection was open. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError';
}

/** What is done on a connection, alone. `beginAnew` gives it all its time again. */
export type Exchange<T> = (channel: Channel, beginAnew: () => void) => Promise<T>;

/**
 * A connection that is opened when it is needed, kept while it works, and opened anew after a failure. Each time the name
 * of its host is resolved again.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #channel: Channel | undefined;
  #openedAt = 0;
  #idleTimer: unknown;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * Runs `exchange` on the open connection, alone, and resolves with what it returns. If it rejects, takes longer than
   * `timeout` milliseconds or `signal` is aborted, the connection is closed: what comes on it afterwards could be the
   * answer to anything. `exchange` may begin the `timeout` anew, by calling what it is given: for peers that say that they
   * are still at work.
   *
   * Peers close connections that nobody uses, and one may do so just now: an exchange that fails before any answer has
   * come, on a connection that was used before, is run once more on a new one. What it rejects with is noted as `unsent` if
   * there was no connection for the exchange.
   */
  async use<T>(exchange: Exchange<T>, timeout: number, signal: AbortSignal): Promise<T> {
    const kept = await this.#kept();
    if (kept !== undefined) {
      const outcome = await this.#run(kept, exchange, timeout, signal);
      if ('result' in outcome) return outcome.result;
      if (!outcome.wasDead) throw outcome.error;
    }
    const channel = await this.#connect(signal).catch(error => {
      throw kept === undefined ? unsent(error) : error;
    });
    this.#channel = channel;
    this.#openedAt = this.#options.clock.now();
    const outcome = await this.#run(channel, exchange, timeout, signal);
    if ('result' in outcome) return outcome.result;
    throw outcome.error;
  }

  /** Resolves when a connection has been opened and greeted, and closed again. The one that is kept is left alone. */
  async probe(signal: AbortSignal): Promise<void> {
    const channel = await this.#connect(signal);
    channel.destroy(new Error('it was only a probe'));
  }

  close(): void {
    this.#options.clock.clearTimeout(this.#idleTimer);
    this.#channel?.destroy(new Error('the connection is closed'));
  }

  /** The connection that was used before, if it can be used again. */
  async #kept(): Promise<Channel | undefined> {
    const { clock, reconnectInterval = Number.POSITIVE_INFINITY } = this.#options;
    clock.clearTimeout(this.#idleTimer);
    if (this.#channel?.error !== undefined) this.#channel = undefined;
    if (this.#channel === undefined) return undefined;
    if (clock.now() - this.#openedAt >= reconnectInterval) this.#channel.destroy(new Error('it was time to reconnect'));
    // The kernel may know already that the peer has gone, and tells it in a turn of the event loop.
    else await turn();
    return this.#channel.error === undefined ? this.#channel : undefined;
  }

  async #run<T>(
    channel: Channel,
    exchange: Exchange<T>,
    timeout: number,
    signal: AbortSignal
  ): Promise<{ readonly result: T } | { readonly error: unknown; readonly wasDead: boolean }> {
    const { clock, idleTimeout = Number.POSITIVE_INFINITY } = this.#options;
    let hasTime = true;
    const giveUp = (error: Error) => {
      hasTime = false;
      channel.destroy(error);
    };
    const begin = () => clock.setTimeout(() => giveUp(new NoAnswerError(`no answer within ${timeout} ms`)), timeout);
    let timer = begin();
    const beginAnew = () => {
      clock.clearTimeout(timer);
      timer = begin();
    };
    const abort = () => giveUp(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    channel.begin();
    try {
      if (signal.aborted) abort();
      const result = await exchange(channel, beginAnew);
      if (idleTimeout < Number.POSITIVE_INFINITY) {
        const idle = new Error(`the connection was idle for ${idleTimeout} ms`);
        this.#idleTimer = clock.setTimeout(() => channel.destroy(idle), idleTimeout);
      }
      return { result };
    } catch (error) {
      const wasDead = hasTime && channel.error !== undefined && !channel.hasAnswered;
      channel.destroy(error as Error);
      return { error, wasDead };
    } finally {
      channel.end();
      signal.removeEventListener('abort', abort);
      clock.clearTimeout(timer);
    }
  }

  async #connect(signal: AbortSignal): Promise<Channel> {
    const { dial, framing, connectTimeout, clock, greet, onUnasked } = this.#options;
    const attempt = new AbortController();
    let channel: Channel | undefined;
    const giveUp = (error: Error) => {
      attempt.abort(error);
      channel?.destroy(error);
    };
    const timer = clock.setTimeout(() => {
      const state = channel === undefined ? 'no connection' : 'connected, but no greeting';
      giveUp(new Error(`${state} within ${connectTimeout} ms`));
    }, connectTimeout);
    const abort = () => giveUp(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      channel = new Channel(await open(dial, attempt.signal), framing(), onUnasked);
      await greet?.(channel);
      return channel;
    } catch (error) {
      channel?.destroy(error as Error);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      clock.clearTimeout(timer);
    }
  }
}

/**
 * What `dial` opens, unless `signal` is aborted first: a `Dial` need not be ours, and one that does not heed its signal must
 * not hold us up. It has a turn of the event loop to say what has failed; what it opens after that is closed.
 */
function open(dial: Dial, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => void turn().then(() => reject(signal.reason as Error)), { once: true });
    const closeLate = (stream: Duplex) => {
      if (signal.aborted)
        stream.on('error', () => undefined).destroy(); // nobody has it, so nobody hears of its end
      else resolve(stream);
    };
    Promise.resolve(dial(signal)).then(closeLate).catch(reject);
  });
}

function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
