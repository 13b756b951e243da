import type { Clock } from '../../core/clock.js';
import type { Framing } from '../../wire/channel.js';
import { Connection, type Exchange } from '../../wire/connection.js';
import type { Dial } from '../../wire/dial.js';
import { type Server, Servers } from '../../wire/servers.js';
import type { TlsOptions } from '../../wire/tls.js';

/** A server to dial. */
export interface DialServer extends Server {
  readonly dial: Dial;
  readonly own: { readonly tls: boolean | TlsOptions };
}

/** What transports need to know of their servers and connections. */
export interface LinkOptions {
  readonly servers: readonly DialServer[];
  readonly connectTimeout: number;
  /** Milliseconds without any sign of life in the middle of an exchange. */
  readonly ackTimeout: number;
  readonly reconnectInterval: number;
  readonly idleTimeout: number;
  readonly recoverWait: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onDown: (server: Server, error: unknown) => void;
}

/** A connection to each of several servers that take the same, and the choice between them. */
export class Links {
  readonly #options: LinkOptions;
  readonly #connections: ReadonlyMap<Server, Connection>;
  readonly #servers: Servers<DialServer>;

  constructor(options: LinkOptions, framing: () => Framing) {
    const { servers, connectTimeout, reconnectInterval, idleTimeout, clock, recoverWait, random, onDown } = options;
    this.#options = options;
    this.#connections = new Map(
      servers.map(server => [
        server,
        new Connection({ dial: server.dial, framing, connectTimeout, clock, reconnectInterval, idleTimeout })
      ])
    );
    const probe = async (server: DialServer, signal: AbortSignal) => this.#connections.get(server)?.probe(signal);
    this.#servers = new Servers(servers, { clock, recoverWait, random, probe, onDown });
  }

  /** Runs `exchange` on a connection to one server after the other, until it resolves. */
  use(exchange: Exchange<void>, signal: AbortSignal): Promise<void> {
    const { ackTimeout } = this.#options;
    return this.#servers.use(async server => this.#connections.get(server)?.use(exchange, ackTimeout, signal), signal);
  }

  close(): void {
    this.#servers.close();
    for (const connection of this.#connections.values()) connection.close();
  }
}
