import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { checkOptions, instance, integer, oneOf, text } from '../core/check.js';
import { type Clock, systemClock } from '../core/clock.js';
import { Door } from './door.js';
import { type LogstashInput, LogstashReceiver } from './logstash-receiver.js';
import { type TestServerTls, tlsOptions, tlsRule } from './server-tls.js';
import { listenToStreams } from './stream-server.js';

export interface LogstashServerOptions {
  /** Which input of Logstash it is. Default: `beats`. */
  readonly input?: LogstashInput;
  /** Default: 0, any that is free; `port` then tells which. */
  readonly port?: number;
  /** Default: `127.0.0.1`. */
  readonly host?: string;
  /** Default: no TLS. */
  readonly tls?: TestServerTls;
  /** Where its delays come from. Default: the machine's clock. */
  readonly clock?: Clock;
}

const rules = {
  input: oneOf(['tcp', 'udp', 'http', 'beats'], 'beats'),
  port: integer(0, 0, 65_535),
  host: text('127.0.0.1'),
  tls: tlsRule,
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
  readonly #door = new Door(() => (this.#options.input === 'udp' ? this.#bind() : this.#listen()));

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
    return this.#door.shut();
  }

  /** Ends all misbehaviour; resolves when the server listens, on the same port as before. */
  override async heal(): Promise<void> {
    await super.heal();
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
    const { host, tls } = this.#options;
    const server = await listenToStreams({
      where: { host, port: this.#port },
      tls: tlsOptions(tls),
      accept: stream => this.accept(stream)
    });
    this.#port = server.port;
    return () => server.stop();
  }

  async #bind(): Promise<() => Promise<void>> {
    const { host } = this.#options;
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 });
    socket.on('message', bytes => this.acceptDatagram(bytes));
    socket.bind(this.#port, host);
    await once(socket, 'listening');
    this.#port = socket.address().port;
    return async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    };
  }
}
