import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { FluentServer } from '@fluent-org/logger';
import { certificate } from './certificates.js';

/** How a receiver of somebody else is to be. */
export interface OtherServerOptions {
  readonly sharedKey?: string;
  /** With the password `pa55`. */
  readonly username?: string;
  readonly tls: boolean;
}

/** A receiver that is not ours. */
export interface OtherServer {
  readonly port: number;
  /** Resolves with tag and record of so many events. */
  received(count: number): Promise<readonly (readonly [tag: string, record: Record<string, unknown>])[]>;
  close(): Promise<void>;
}

const tls = { cert: certificate('server.pem'), key: certificate('server.key') };

/** That of `@fluent-org/logger`. */
export async function fluentOrgServer(options: OtherServerOptions): Promise<OtherServer> {
  const { sharedKey, username } = options;
  const server = new FluentServer({
    listenOptions: { host: '127.0.0.1', port: 0 },
    ...(options.tls && { tlsOptions: tls }),
    ...(sharedKey !== undefined && {
      security: {
        serverHostname: 'server.example',
        sharedKey,
        authorize: username !== undefined,
        userDict: username === undefined ? {} : { [username]: 'pa55' }
      }
    })
  });
  const events: [string, Record<string, unknown>][] = [];
  const emitter = server as unknown as NodeJS.EventEmitter;
  emitter.on('entry', (tag: string, _: unknown, record: Record<string, unknown>) => events.push([tag, record]));
  await server.listen();
  return {
    port: Number(server.port),
    async received(count) {
      while (events.length < count) await once(emitter, 'entry');
      return events;
    },
    close: () => server.close()
  };
}

/** What we use of the server with which fluent-logger tests itself. */
interface MockServer {
  readonly port: number;
  readonly messages: readonly { readonly tag: string; readonly data: Record<string, unknown> }[];
  readonly _server: NodeJS.EventEmitter & { close(done: () => void): void };
}

interface FluentLoggerTests {
  runServer(options: object, tlsOptions: TlsOptions & { tls?: boolean }, started: (server: MockServer) => void): void;
}

/** That with which `fluent-logger` tests itself; it acknowledges if it is to, and says `keepalive: false`. */
export async function fluentLoggerServer(options: OtherServerOptions & { requireAck: boolean }): Promise<OtherServer> {
  const { runServer } = createRequire(import.meta.url)('fluent-logger/lib/testHelper') as FluentLoggerTests;
  const { sharedKey, username, requireAck } = options;
  const security = { serverHostname: 'server.example', sharedKey, username, password: username && 'pa55' };
  const server = await new Promise<MockServer>(resolve => {
    runServer(
      { requireAckResponse: requireAck, ...(sharedKey !== undefined && { security }) },
      options.tls ? { ...tls, tls: true } : {},
      resolve
    );
  });
  const sockets = new Set<Socket>();
  const data = new (await import('node:events')).EventEmitter();
  server._server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    // It unpacks in a stream of its own, which may take a turn.
    socket.on('data', () => setImmediate(() => data.emit('data')));
  });
  return {
    port: server.port,
    async received(count) {
      while (server.messages.length < count) await once(data, 'data');
      return server.messages.map(({ tag, data: record }) => [tag, record]);
    },
    close: () =>
      new Promise(resolve => {
        server._server.close(resolve);
        for (const socket of sockets) socket.destroy();
      })
  };
}
