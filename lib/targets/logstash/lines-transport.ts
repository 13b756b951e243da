import type { WireBatch } from '../../wire/batch.js';
import type { Framing } from '../../wire/channel.js';
import type { Transport } from '../../wire/transport.js';
import { type LinkOptions, Links } from './links.js';
import { Progress } from './progress.js';

/** Bytes that are given to the kernel at a time: what it has taken of a batch is not sent again. */
const pieceBytes = 128 * 1024;

/**
 * Sends batches as lines over a connection that stays (Logstash: `tcp` with the codec `json_lines`). Nobody acknowledges
 * them: a batch counts as delivered when the kernel has taken it. After a failure the lines that it had not taken
 * completely are sent on a new connection, in order.
 */
export class LinesTransport implements Transport {
  readonly #links: Links;
  readonly #taken = new Progress();

  constructor(options: LinkOptions) {
    this.#links = new Links(options, () => new Silence());
  }

  send(batch: WireBatch): Promise<void> {
    return this.#links.use(async (channel, beginAnew) => {
      for (let first = this.#taken.of(batch); first < batch.size; first = this.#taken.of(batch)) {
        const end = pieceEnd(batch, first);
        await channel.write([batch.payload.subarray(batch.start(first), batch.start(end))]);
        this.#taken.reach(batch, end);
        beginAnew();
      }
    }, batch.signal);
  }

  close(): void {
    this.#links.close();
  }
}

/** The first record of the next piece: a piece has at least one, and no more bytes than a piece should. */
function pieceEnd(batch: WireBatch, first: number): number {
  let end = first + 1;
  while (end < batch.size && batch.start(end + 1) - batch.start(first) <= pieceBytes) end++;
  return end;
}

/**
 * A peer that has nothing to say. What it says all the same is forgotten: to close the connection for it would reset it, and
 * lose what is still on its way.
 */
class Silence implements Framing {
  readonly pendingBytes = 0;
  readonly isDeaf = true;
  push(): void {}
  next(): undefined {}
}
