import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** Ends a stream by RST, where it knows what that is: what its peer has not read yet may be lost. */
export function resetStream(stream: Duplex): void {
  if (stream.destroyed) return;
  // With writes still waiting, Node would wait for them before it resets; while a FIN is on its way it cannot reset, and
  // leaves the socket open for ever (EINVAL; the process then spins at its end).
  const isEnding = stream.writableEnded && !stream.writableFinished;
  if (canReset(stream) && stream.writableLength === 0 && !isEnding) stream.resetAndDestroy();
  else stream.destroy();
}

/** A TCP socket, or what behaves like one; Node's Unix and TLS sockets have the method and throw. */
function canReset(stream: Duplex): stream is Duplex & { resetAndDestroy(): void } {
  if (stream instanceof TLSSocket) return false;
  return 'resetAndDestroy' in stream && !(stream instanceof Socket && stream.remoteAddress === undefined);
}
