import type { WireBatch } from '../../wire/batch.js';
import type { Channel } from '../../wire/channel.js';
import { compress } from '../../wire/compress.js';
import { Prepared } from '../../wire/prepared.js';
import type { Transport } from '../../wire/transport.js';
import { type LinkOptions, Links } from './links.js';
import { AckReader, ackNumber, framesSize, jsonFrames, windowHead } from './lumberjack.js';
import { Progress } from './progress.js';

export interface BeatsTransportOptions extends LinkOptions {
  readonly compress: boolean;
}

/**
 * Memory that is kept for the frames of batches to come: of so many batches, as one is compressed while another is made ready;
 * and for each as many bytes as those of a batch of 1 MiB take, and some more.
 */
const mostKept = 2;
const mostKeptBytes = 1.5 * 1024 * 1024;

/**
 * Sends each batch as one window of lumberjack v2 (Logstash: `beats`), and waits until the receiver has acknowledged all
 * of it. What it has acknowledged of a window before something failed is not sent again. While it is at work on one, the
 * next is made.
 */
export class BeatsTransport implements Transport {
  /** What goes to a stream, or to zlib's thread, is a copy. */
  readonly reusesMemory = true;
  readonly #links: Links;
  readonly #compress: boolean;
  readonly #acknowledged = new Progress();
  readonly #windows = new Prepared((batch, from, to) => this.#make(batch, from, to));
  /**
   * Memory for frames that are to be compressed, where nobody uses it. It is not that of batches, which can be resized: to put
   * single bytes into that takes V8 twice as long, and ten times until it has compiled the code.
   */
  readonly #kept: Buffer[] = [];

  constructor(options: BeatsTransportOptions) {
    this.#compress = options.compress;
    this.#links = new Links(options, () => new AckReader());
  }

  async send(batch: WireBatch): Promise<void> {
    await this.#links.use(async (channel, beginAnew) => {
      const from = this.#acknowledged.of(batch);
      if (from === batch.size) return;
      const written = channel.write(await this.#windows.of(batch, from, batch.size));
      await Promise.all([written, this.#awaitAcks(channel, batch, from, beginAnew)]);
    }, batch.signal);
    this.#windows.forget(batch);
    this.#acknowledged.forget(batch);
  }

  prepare(batch: WireBatch): void {
    void this.#windows.of(batch, this.#acknowledged.of(batch), batch.size);
  }

  close(): void {
    this.#links.close();
  }

  /** Receivers of all kinds want the number of events outside, and one compressed frame for all of them. */
  async #make(batch: WireBatch, from: number, to: number): Promise<readonly Buffer[]> {
    if (!this.#compress) return [windowHead(to - from), jsonFrames(batch, from, to)];
    const body = await this.#compressed(batch, from, to);
    return [windowHead(to - from, body.length), body];
  }

  async #compressed(batch: WireBatch, from: number, to: number): Promise<Buffer> {
    const size = framesSize(batch, from, to);
    const kept = this.#kept.pop();
    const memory = kept !== undefined && kept.length >= size ? kept : Buffer.allocUnsafeSlow(size);
    try {
      return await compress(jsonFrames(batch, from, to, memory), 'zlib');
    } finally {
      if (memory.length <= mostKeptBytes && this.#kept.length < mostKept) this.#kept.push(memory);
    }
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
