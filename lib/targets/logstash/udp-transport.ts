import type { Socket } from 'node:dgram';
import type { Clock } from '../../core/clock.js';
import { PermanentDeliveryError } from '../../core/failures.js';
import { nodeDgram, nodeDns } from '../../core/node-modules.js';
import { unsent } from '../../delivery/unsent.js';
import type { WireBatch } from '../../wire/batch.js';
import type { Transport } from '../../wire/transport.js';
import { Pace } from './pace.js';
import { Progress } from './progress.js';

export interface UdpTransportOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}

/** The largest datagram of IPv4: 65 535 bytes less the headers of IP and UDP. */
export const maxDatagram = 65_507;

/** Milliseconds after which the host's name is resolved again. */
const addressAge = 30_000;

/**
 * Sends each record as a datagram (Logstash: `udp` with the codec `json`). It counts as delivered when the kernel has
 * taken it: whether it arrives nobody says. Only a host that answers that nobody listens is heard.
 */
export class UdpTransport implements Transport {
  readonly #options: UdpTransportOptions;
  readonly #sent = new Progress();
  readonly #pace: Pace;
  #socket: Socket | undefined;
  #openedAt = 0;
  /** What the socket has heard of since it was opened. */
  #error: Error | undefined;

  constructor(options: UdpTransportOptions) {
    this.#options = options;
    this.#pace = new Pace(options.clock);
  }

  async send(batch: WireBatch): Promise<void> {
    const { clock } = this.#options;
    try {
      const socket = await this.#open(batch.signal).catch(error => {
        throw unsent(error);
      });
      for (let index = this.#sent.of(batch); index < batch.size; index++) {
        batch.signal.throwIfAborted();
        // Of each line, the newline stays behind: some receivers take no more than the value itself.
        const datagram = batch.payload.subarray(batch.start(index), batch.start(index + 1) - 1);
        await this.#sendOne(socket, datagram);
        this.#sent.reach(batch, index + 1);
        const delay = this.#pace.sent(datagram.length);
        if (delay > 0) await new Promise<void>(resolve => void clock.setTimeout(resolve, delay));
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** The socket for the host's address of now. */
  async #open(signal: AbortSignal): Promise<Socket> {
    const { host, port, clock } = this.#options;
    if (this.#socket !== undefined && clock.now() - this.#openedAt < addressAge) return this.#socket;
    this.close();
    // Of a name with addresses of both kinds an IPv4 one: Logstash listens on 0.0.0.0 unless it is told otherwise.
    const addresses = await nodeDns().lookup(host, { all: true });
    const { address, family } = addresses.find(each => each.family === 4) ??
      addresses[0] ?? { address: host, family: 4 };
    signal.throwIfAborted();
    const socket = nodeDgram().createSocket(family === 6 ? 'udp6' : 'udp4');
    socket.unref();
    this.#error = undefined;
    this.#socket = socket;
    this.#openedAt = clock.now();
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject).connect(port, address, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    socket.on('error', error => {
      this.#error = error;
    });
    return socket;
  }

  #sendOne(socket: Socket, datagram: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) return reject(this.#error);
      socket.send(datagram, error => {
        if (error === null || error === undefined) return resolve();
        const isTooLarge = (error as NodeJS.ErrnoException).code === 'EMSGSIZE';
        reject(isTooLarge ? tooLarge(datagram.length, error) : error);
      });
    });
  }
}

/** Some systems are set to less than the protocol allows: macOS to 9216 bytes. */
function tooLarge(size: number, cause: Error): PermanentDeliveryError {
  return new PermanentDeliveryError(
    `the system sends no datagrams of ${size} bytes there: set maxDatagramBytes to less`,
    { cause }
  );
}
