import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { checkOptions, instance, integer, oneOf, text } from '../core/check.js';
import { type Clock, systemClock } from '../core/clock.js';
import { type LogstashInput, LogstashReceiver } from './logstash-receiver.js';

export interface LogstashServerOptions {
  /** Which input of Logstash it is. Default: `beats`. */
  readonly input?: LogstashInput;
  /** Default: 0, any that is free; `port` then tells which. */
  readonly port?: number;
  /** Default: `127.0.0.1`. */
  readonly host?: string;
  /** Its certificate and key, in PEM, for TLS; and the authority of clients, who then must have a certificate. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** Where its delays come from. Default: the machine's clock. */
  readonly clock?: Clock;
}

const rules = {
  input: oneOf(['tcp', 'udp', 'http', 'beats'], 'beats'),
  port: integer(0, 0, 65_535),
  host: text('127.0.0.1'),
  tls: instance<NonNullable<LogstashServerOptions['tls']>>(
    'an object with cert and key',
    value => 'cert' in value && 'key' in value
  ),
  clock: instance<Clock>('a Clock', value => 'now' in value && 'setTimeout' in value)
};

/**
 * A Logstash that receives, for tests: one of its inputs on a real port, which misbehaves on command.
 *
 * ```ts
 * await using server = await LogstashServer.start({ input: 'beats' });
 * const target = new LogstashTarget({ transport: 'beats', port: server.port });
 * server.forgetAcks(1);
 * void target.log(someRecord());
 * await server.received(2);                 // the event, and the event again
 * ```
 *
 * It behaves as Logstash 8.15 does, and takes no window that go-lumber would not take either. It keeps the process alive
 * until it is closed.
 */
export class LogstashServer extends LogstashReceiver {
  readonly #options: Required<Pick<LogstashServerOptions, 'input' | 'host'>> & Pick<LogstashServerOptions, 'tls'>;
  #port: number;
  #server: Server | undefined;
  /** What is connected, below TLS. */
  readonly #sockets = new Set<Socket>();
  #socket: UdpSocket | undefined;
  #listening: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(options: LogstashServerOptions) {
    const { input, port, host, tls, clock } = checkOptions('LogstashServer', rules, options);
    super(input, clock ?? systemClock);
    this.#options = { input, host, ...(tls !== undefined && { tls }) };
    this.#port = port;
  }

  /** Resolves when the server listens; rejects if it cannot. */
  static async start(options: LogstashServerOptions = {}): Promise<LogstashServer> {
    const server = new LogstashServer(options);
    await server.heal();
    return server;
  }

  /** The port it listens on, the same all its life. */
  get port(): number {
    return this.#port;
  }

  get host(): string {
    return this.#options.host;
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

  #listen(): Promise<void> {
    if (this.#server !== undefined || this.#socket !== undefined || this.#isClosed) return Promise.resolve();
    return this.#options.input === 'udp' ? this.#bind() : this.#listenToStreams();
  }

  async #listenToStreams(): Promise<void> {
    const { host, tls } = this.#options;
    const options = { allowHalfOpen: true, noDelay: true };
    const server =
      tls === undefined
        ? createServer(options, socket => this.accept(socket))
        : createTlsServer(
            {
              ...options,
              ...tls,
              ...(tls.clientCa !== undefined && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true })
            },
            socket => this.accept(socket)
          );
    server.on('connection', socket => {
      this.#sockets.add(socket.on('close', () => this.#sockets.delete(socket)));
    });
    server.on('tlsClientError', () => undefined); // it is the client that has to say what was wrong
    server.listen(this.#port, host);
    await once(server, 'listening');
    this.#server = server;
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  async #bind(): Promise<void> {
    const { host } = this.#options;
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    socket.on('message', bytes => this.acceptDatagram(bytes));
    socket.bind(this.#port, host);
    await once(socket, 'listening');
    this.#socket = socket;
    this.#port = socket.address().port;
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    const socket = this.#socket;
    this.#server = undefined;
    this.#socket = undefined;
    if (socket !== undefined) {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    }
    if (server === undefined) return;
    const closed = new Promise(resolve => {
      server.close(resolve);
    });
    this.reset();
    for (const each of this.#sockets) each.destroy();
    await closed;
  }
}
