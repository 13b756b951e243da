import type { Clock } from '../../core/clock.js';
import type { TopicGroup, WireBatch } from '../../wire/batch.js';
import type { Channel } from '../../wire/channel.js';
import { Connection } from '../../wire/connection.js';
import type { Dial } from '../../wire/dial.js';
import { decode, encode } from '../../wire/msgpack-lite.js';
import { type MessageLimits, MessageReader } from '../../wire/msgpack-scan.js';
import type { Transport } from '../../wire/transport.js';

export interface FluentdTransportOptions {
  readonly dial: Dial;
  readonly requireAck: boolean;
  readonly ackTimeout: number;
  readonly connectTimeout: number;
  readonly clock: Clock;
}

/** An acknowledgement is a map of one short string: far below 100 bytes. What is longer is none. */
const answerLimits: MessageLimits = { maxBytes: 1024, maxDepth: 4 };

/**
 * Sends batches as PackedForward messages (Forward Protocol v1), one for each tag, in one write, and waits until the
 * receiver has acknowledged all of them.
 */
export class FluentdTransport implements Transport {
  readonly #connection: Connection;
  readonly #options: FluentdTransportOptions;
  /** Messages of a batch that were acknowledged before its attempt failed: not to be sent again. */
  readonly #acknowledged = new WeakMap<WireBatch, Set<string>>();

  constructor(options: FluentdTransportOptions) {
    const { dial, connectTimeout, clock } = options;
    this.#options = options;
    this.#connection = new Connection({ dial, connectTimeout, clock, framing: () => new MessageReader(answerLimits) });
  }

  async send(batch: WireBatch): Promise<void> {
    const { requireAck, ackTimeout } = this.#options;
    const done = this.#acknowledged.get(batch) ?? new Set();
    const groups = batch.groups();
    const messages = new Map(groups.map((group, index) => [chunkId(batch, groups, index), group]));
    for (const id of done) messages.delete(id);
    const chunks = Array.from(messages, ([id, group]) => packedForward(group, requireAck ? id : undefined)).flat();
    const exchange = async (channel: Channel) => {
      const written = channel.write(chunks);
      if (requireAck) await Promise.all([written, awaitAcks(channel, new Set(messages.keys()), done)]);
      else await written;
    };
    this.#acknowledged.set(batch, done);
    await this.#connection.use(exchange, ackTimeout, batch.signal);
  }

  close(): void {
    this.#connection.close();
  }
}

/** The batch's own id, with the tag's number behind it where a batch has several; the same in every attempt. */
function chunkId(batch: WireBatch, groups: readonly TopicGroup[], index: number): string {
  return groups.length === 1 ? batch.id : `${batch.id}/${index}`;
}

/** `[tag, bin entries, {size, chunk}]`: in bin, not str, as the specification recommends for new senders. */
function packedForward({ topic, size, payload }: TopicGroup, chunk: string | undefined): Uint8Array[] {
  const tag = encode(topic);
  const header = Buffer.allocUnsafe(1 + tag.length + 5);
  header[0] = 0x93;
  tag.copy(header, 1);
  header[1 + tag.length] = 0xc6;
  header.writeUInt32BE(payload.length, 2 + tag.length);
  return [header, payload, encode(chunk === undefined ? { size } : { size, chunk })];
}

/**
 * Reads acknowledgements until none is missing. Fluentd answers with the chunk id it was given; any other is the answer
 * to nothing that is on its way here, and the stream cannot be trusted any more.
 */
async function awaitAcks(channel: Channel, missing: Set<string>, done: Set<string>): Promise<void> {
  while (missing.size > 0) {
    const answer = decode(await channel.receive());
    const ack = typeof answer === 'object' && answer !== null && 'ack' in answer ? answer.ack : undefined;
    if (typeof ack !== 'string' || !missing.delete(ack)) {
      throw new Error('the receiver has acknowledged what was not sent to it');
    }
    done.add(ack);
  }
}
