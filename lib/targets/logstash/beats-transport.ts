import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { WireBatch } from '../../wire/batch.js';
import type { Channel } from '../../wire/channel.js';
import type { Transport } from '../../wire/transport.js';
import { type LinkOptions, Links } from './links.js';
import { AckReader, ackNumber, compressedHead, jsonFrames, windowFrame } from './lumberjack.js';
import { Progress } from './progress.js';

export interface BeatsTransportOptions extends LinkOptions {
  readonly compress: boolean;
}

const compressed = promisify(deflate) as (bytes: Buffer, options: { level: number }) => Promise<Buffer>;

/** zlib's: libbeat's default, and that of `lib/wire/compress.ts`, for its reasons. */
const level = 3;

/**
 * Sends each batch as one window of lumberjack v2 (Logstash: `beats`), and waits until the receiver has acknowledged all
 * of it. What it has acknowledged of a window before something failed is not sent again.
 */
export class BeatsTransport implements Transport {
  readonly #links: Links;
  readonly #compress: boolean;
  readonly #acknowledged = new Progress();
  /** The window that was made last: most failures want the same one again. */
  #last: { readonly batch: WireBatch; readonly from: number; readonly chunks: readonly Buffer[] } | undefined;

  constructor(options: BeatsTransportOptions) {
    this.#compress = options.compress;
    this.#links = new Links(options, () => new AckReader());
  }

  async send(batch: WireBatch): Promise<void> {
    await this.#links.use(async (channel, beginAnew) => {
      const from = this.#acknowledged.of(batch);
      if (from === batch.size) return;
      const written = channel.write(await this.#window(batch, from));
      await Promise.all([written, this.#awaitAcks(channel, batch, from, beginAnew)]);
    }, batch.signal);
    this.#last = undefined;
  }

  close(): void {
    this.#links.close();
  }

  /** Receivers of all kinds want the number of events outside, and one compressed frame for all of them. */
  async #window(batch: WireBatch, from: number): Promise<readonly Buffer[]> {
    if (this.#last?.batch === batch && this.#last.from === from) return this.#last.chunks;
    const frames = jsonFrames(batch, from);
    const chunks = [windowFrame(batch.size - from)];
    if (this.#compress) {
      const body = await compressed(frames, { level });
      chunks.push(compressedHead(body.length), body);
    } else chunks.push(frames);
    this.#last = { batch, from, chunks };
    return chunks;
  }

  /**
   * Reads acknowledgements until the last event of the window has been. Logstash gives the number of the last event that
   * is done, go-lumber how many are: for windows that are numbered from 1 both are the same. A receiver that is blocked
   * says 0 every few seconds, for as long as it is.
   */
  async #awaitAcks(channel: Channel, batch: WireBatch, from: number, beginAnew: () => void): Promise<void> {
    const count = batch.size - from;
    for (let done = 0; done < count; ) {
      const ack = ackNumber(await channel.receive());
      if (ack > count)
        throw new Error(`the receiver has acknowledged ${ack} events of the ${count} that were sent to it`);
      beginAnew();
      if (ack <= done) continue;
      done = ack;
      this.#acknowledged.reach(batch, from + done);
    }
  }
}
