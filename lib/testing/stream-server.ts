import { once } from 'node:events';
import { createServer, type ListenOptions, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { resetStream } from './reset-stream.js';

/** What listens for streams. */
export interface StreamServer {
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Resets all connections; resolves when nobody listens any more. */
  stop(): Promise<void>;
}

export interface StreamServerOptions {
  readonly where: ListenOptions;
  /** Undefined: no TLS. */
  readonly tls: TlsOptions | undefined;
  /** Takes a stream, after the TLS handshake if there is one. */
  readonly accept: (stream: Duplex) => void;
  /** Is given each connection before that. */
  readonly connected?: (socket: Socket) => void;
}

/** Resolves when it listens; rejects if it cannot. */
export async function listenToStreams({ where, tls, accept, connected }: StreamServerOptions): Promise<StreamServer> {
  const options = { allowHalfOpen: true, noDelay: true };
  const server = tls === undefined ? createServer(options, accept) : createTlsServer({ ...options, ...tls }, accept);
  /** What is connected, below TLS. */
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
    connected?.(socket);
  });
  // Who is not let in has its error, and is nobody's session.
  server.on('tlsClientError', (_, socket: Socket) => socket.destroy());
  server.listen(where);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async stop() {
      const closed = new Promise(resolve => {
        server.close(resolve);
      });
      for (const socket of sockets) resetStream(socket);
      await closed;
    }
  };
}
