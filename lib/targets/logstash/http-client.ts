import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../core/clock.js';
import { unsent } from '../../delivery/unsent.js';
import type { Dial } from '../../wire/dial.js';
import { explainTls } from '../../wire/tls.js';

/** What a server has answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body, each byte as a character. */
  readonly text: string;
}

/** What is posted. */
export interface Post {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface HttpClientOptions {
  readonly dial: Dial;
  readonly connectTimeout: number;
  readonly clock: Clock;
}

/** Bytes of an answer's body that are read: Logstash sends two letters. */
const maxBytes = 64 * 1024;

/** Posts to one server over a connection that is kept alive, one request at a time. */
export class HttpClient {
  readonly #clock: Clock;
  readonly #agent: DialAgent;

  constructor(options: HttpClientOptions) {
    this.#clock = options.clock;
    this.#agent = new DialAgent(options);
  }

  /**
   * Resolves with the answer, whatever it says. Rejects when none comes within `timeout` milliseconds, or `signal` is
   * aborted. A connection that was kept, and that the server has just closed, is replaced at once. What it rejects with is
   * noted as `unsent` if there was no connection to post over.
   */
  async post(what: Post, timeout: number, signal: AbortSignal): Promise<HttpAnswer> {
    const outcome = await this.#exchange(what, timeout, signal);
    if ('answer' in outcome) return outcome.answer;
    if (!outcome.wasDead) throw outcome.wasOpen ? outcome.error : unsent(outcome.error);
    const second = await this.#exchange(what, timeout, signal);
    if ('answer' in second) return second.answer;
    throw second.error;
  }

  /** Resolves when a connection has been opened, and closed again. */
  async probe(signal: AbortSignal): Promise<void> {
    const stream = await this.#agent.open(signal);
    stream.on('error', () => undefined).destroy(); // it has served its purpose
  }

  /** Closes the connection; the next request opens one. */
  disconnect(): void {
    this.#agent.destroy();
  }

  #exchange(what: Post, timeout: number, signal: AbortSignal): Promise<Outcome> {
    return new Promise(resolve => {
      const stop = new AbortController();
      this.#agent.signal = stop.signal;
      const { path, headers, body } = what;
      const post = request({
        agent: this.#agent,
        method: 'POST',
        path,
        headers: { ...headers, 'content-length': body.length },
        setHost: false
      });
      const giveUp = (error: Error) => {
        stop.abort(error);
        post.destroy(error);
      };
      const timer = this.#clock.setTimeout(() => giveUp(new Error(`no answer within ${timeout} ms`)), timeout);
      const abort = () => giveUp(signal.reason as Error);
      const settle = (outcome: Outcome) => {
        this.#clock.clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        resolve(outcome);
      };
      let hasAnswer = false;
      const fail = (error: Error) => {
        const wasDead = post.reusedSocket && !stop.signal.aborted;
        // What has been answered holds, even if the connection breaks after it: the answer settles this.
        if (!hasAnswer) settle({ error: explainTls(error), wasDead, wasOpen: post.socket !== null });
      };
      post
        .on('response', response => {
          const { statusCode: status = 0, headers: answered } = response;
          hasAnswer = true;
          void textOf(response).then(text => settle({ answer: { status, headers: answered, text } }));
        })
        .on('error', fail)
        .on('close', () => fail(new Error('the server has closed the connection without an answer')));
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
      post.end(body);
    });
  }
}

type Outcome =
  | { readonly answer: HttpAnswer }
  /** `wasDead`: the server had closed the connection. `wasOpen`: there was one at all. */
  | { readonly error: unknown; readonly wasDead: boolean; readonly wasOpen: boolean };

/** The beginning of the body, when all of it has been read, or what there is of it. */
function textOf(response: IncomingMessage): Promise<string> {
  return new Promise(resolve => {
    let text = '';
    const done = () => resolve(text);
    response
      .on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1', 0, maxBytes - text.length);
        if (text.length === maxBytes) response.destroy();
      })
      .on('end', done)
      .on('error', done) // the status has come; that the rest has not is nothing to us
      .on('close', done);
  });
}

/** As `dialTcp` has it: Node's agent sets it anew. */
const keepAliveDelay = 15_000;

/** Node's own agent, for whatever a `Dial` opens. */
class DialAgent extends Agent {
  /** Ends the opening of a connection for the request that is being made. */
  signal: AbortSignal = new AbortController().signal;
  readonly #options: HttpClientOptions;

  constructor(options: HttpClientOptions) {
    super({ keepAlive: true, keepAliveMsecs: keepAliveDelay, maxFreeSockets: 1 });
    this.#options = options;
  }

  async open(signal: AbortSignal): Promise<Duplex> {
    const { dial, connectTimeout, clock } = this.#options;
    const attempt = new AbortController();
    const late = () => attempt.abort(new Error(`no connection within ${connectTimeout} ms`));
    const timer = clock.setTimeout(late, connectTimeout);
    const abort = () => attempt.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      return await dial(attempt.signal);
    } finally {
      signal.removeEventListener('abort', abort);
      clock.clearTimeout(timer);
    }
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): undefined {
    this.open(this.signal).then(
      stream => done?.(null, asSocket(stream)),
      // Node looks at the error first, and then at nothing else.
      error => (done as (error: Error) => void)(error as Error)
    );
  }
}

/**
 * A stream with what Node's agent calls sockets by: of streams that are none, these do nothing. Between requests the agent
 * does not always listen for errors, and one that nobody listens for would end the process.
 */
function asSocket(stream: Duplex): Duplex {
  const nothing = () => stream;
  for (const name of ['ref', 'unref', 'setKeepAlive', 'setTimeout']) {
    if (!(name in stream)) Object.defineProperty(stream, name, { value: nothing });
  }
  return stream.on('error', () => undefined); // whoever has a request on it hears of it
}
