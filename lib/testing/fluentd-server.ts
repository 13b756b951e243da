import type { ListenOptions } from 'node:net';
import { type Checked, checkOptions, integer, pick, text } from '../core/check.js';
import { Door } from './door.js';
import { ForwardReceiver, type ForwardReceiverOptions, receiverRules } from './forward-receiver.js';
import { type TestServerTls, tlsOptions, tlsRule } from './server-tls.js';
import { listenToStreams } from './stream-server.js';

export interface FluentdServerOptions extends ForwardReceiverOptions {
  /** Default: 0, any that is free; `port` then tells which. */
  readonly port?: number;
  /** Default: `127.0.0.1`. */
  readonly host?: string;
  /** A Unix socket to listen on, in place of host and port. */
  readonly path?: string;
  /** Default: no TLS. */
  readonly tls?: TestServerTls;
}

const rules = {
  ...receiverRules,
  port: integer(0, 0, 65_535),
  host: text('127.0.0.1'),
  path: text(),
  tls: tlsRule
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
  readonly #tls: TestServerTls | undefined;
  readonly #door = new Door(() => this.#listen());
  #failsTls = false;

  private constructor(address: ListenOptions, { tls }: Checked<typeof rules>, options: FluentdServerOptions) {
    super(pick(receiverRules, options));
    this.#address = address;
    this.#tls = tls;
  }

  /** Resolves when the server listens; rejects if it cannot. */
  static async start(options: FluentdServerOptions = {}): Promise<FluentdServer> {
    const own = checkOptions('FluentdServer', rules, options);
    const { port, host, path } = own;
    const server = new FluentdServer(path === undefined ? { port, host } : { path }, own, options);
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
    return this.#door.shut();
  }

  /** Closes connections in the middle of the TLS handshake. Only with `tls`. */
  failTls(): void {
    this.#failsTls = true;
  }

  /** Ends all misbehaviour; resolves when the server listens, on the same port as before. */
  override async heal(): Promise<void> {
    await super.heal();
    this.#failsTls = false;
    await this.#door.open();
  }

  /** Resolves when the port and all connections are closed. What it has received can still be read. */
  close(): Promise<void> {
    return this.#door.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #listen(): Promise<() => Promise<void>> {
    const server = await listenToStreams({
      where: this.#address,
      tls: tlsOptions(this.#tls),
      accept: stream => this.accept(stream),
      connected: socket => {
        if (this.#failsTls) socket.destroy();
      }
    });
    if (this.#address.path === undefined) this.#address.port = server.port;
    return () => server.stop();
  }
}
