import { once } from 'node:events';
import { type AddressInfo, createServer, type ListenOptions, type Server } from 'node:net';
import { checkOptions, clockRule, integer, text } from '../core/check.js';
import { type Clock, systemClock } from '../core/clock.js';
import { ForwardReceiver } from './forward-receiver.js';

export interface FluentdServerOptions {
  /** Default: 0, any that is free; `port` then tells which. */
  readonly port?: number;
  /** Default: `127.0.0.1`. */
  readonly host?: string;
  /** A Unix socket to listen on, in place of host and port. */
  readonly path?: string;
  /** Where its delays come from. Default: the machine's clock. */
  readonly clock?: Clock;
}

const rules = {
  port: integer(0, 0, 65_535),
  host: text('127.0.0.1'),
  path: text(),
  clock: clockRule
};

/**
 * A Fluentd that receives, for tests: the forward protocol in all its modes on a real port, with acknowledgements, and
 * with every misbehaviour of a real one on command.
 *
 * ```ts
 * await using server = await FluentdServer.start();
 * const target = new FluentdTarget({ tag: 'shop', port: server.port });
 * server.forgetAcks(1);
 * void target.log(someRecord());
 * await server.received(2);                 // the batch, and the batch again
 * expect(server.duplicates()).to.have.length(1);
 * ```
 *
 * It behaves as Fluentd 1.19 does: what is no event is skipped and acknowledged all the same, what cannot be decoded
 * resets the connection, and every close is an RST. It keeps the process alive until it is closed.
 */
export class FluentdServer extends ForwardReceiver {
  readonly #address: ListenOptions;
  #server: Server | undefined;
  #listening: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(address: ListenOptions, clock: Clock) {
    super(clock);
    this.#address = address;
  }

  /** Resolves when the server listens; rejects if it cannot. */
  static async start(options: FluentdServerOptions = {}): Promise<FluentdServer> {
    const { port, host, path, clock } = checkOptions('FluentdServer', rules, options);
    const server = new FluentdServer(path === undefined ? { port, host } : { path }, clock ?? systemClock);
    await server.heal();
    return server;
  }

  /** The port it listens on, the same all its life; 0 for a Unix socket. */
  get port(): number {
    return this.#address.port ?? 0;
  }

  get host(): string {
    return this.#address.host ?? '';
  }

  /** Resolves when connections are refused; those that were open have been reset. */
  refuse(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  /** Ends all misbehaviour; resolves when the server listens, on the same port as before. */
  override async heal(): Promise<void> {
    await super.heal();
    await this.#inTurn(() => this.#listen());
  }

  /** Resolves when the port and all connections are closed. What it has received can still be read. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#inTurn(() => this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** `refuse`, `heal` and `close` wait for each other. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const result = this.#listening.then(action);
    this.#listening = result.catch(() => undefined); // its caller has the error
    return result;
  }

  async #listen(): Promise<void> {
    if (this.#server !== undefined || this.#isClosed) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => this.accept(socket));
    server.listen(this.#address);
    await once(server, 'listening');
    this.#server = server;
    const address = server.address();
    if (isPort(address)) this.#address.port = address.port;
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise(resolve => {
      server.close(resolve);
    });
    this.reset();
    await closed;
  }
}

function isPort(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
