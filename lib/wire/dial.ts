import { connect, type NetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Opens a connected byte stream: the network seam. Rejects when there is none to be had; gives up and leaves nothing
 * behind when `signal` is aborted.
 */
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

/** Milliseconds of silence after which the kernel asks whether the peer is still there. */
const keepAliveDelay = 15_000;

/**
 * Dials a TCP port. The host's name is resolved each time, and its addresses of both families are tried as Node.js does
 * (Happy Eyeballs). Small writes go out at once, and the kernel watches for peers that have vanished.
 */
export function dialTcp(host: string, port: number): Dial {
  return dialSocket({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelay });
}

/** Dials a Unix socket, or a named pipe of Windows. */
export function dialUnix(path: string): Dial {
  return dialSocket({ path });
}

function dialSocket(options: NetConnectOpts): Dial {
  return signal =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = connect(options);
      // Records keep the process alive, for as long as they may; an address that does not answer would for longer.
      socket.unref().on('connectionAttempt', () => socket.unref());
      const abort = () => socket.destroy(signal.reason as Error);
      const settle = () => {
        signal.removeEventListener('abort', abort);
        socket.off('connect', connected).off('error', failed);
      };
      const connected = () => {
        settle();
        resolve(socket);
      };
      const failed = (error: Error) => {
        settle();
        reject(error);
      };
      signal.addEventListener('abort', abort, { once: true });
      socket.once('connect', connected).once('error', failed);
    });
}
