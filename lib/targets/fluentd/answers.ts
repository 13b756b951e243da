import type { Channel, Framing } from '../../wire/channel.js';
import { decode } from '../../wire/msgpack-read.js';
import { type MessageLimits, MessageReader } from '../../wire/msgpack-scan.js';
import { unwantedHandshake } from './handshake.js';
import type { ForwardMessage } from './message.js';

/** An answer is an acknowledgement, HELO or PONG, of some hundred bytes. What is longer is none. */
const limits: MessageLimits = { maxBytes: 1024, maxDepth: 4 };

/** Cuts what a receiver says into answers. */
export class AnswerFraming implements Framing {
  readonly #reader = new MessageReader(limits);

  get pendingBytes(): number {
    return this.#reader.pendingBytes;
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  next(): Uint8Array | undefined {
    try {
      return this.#reader.next();
    } catch (error) {
      throw noAnswer(error);
    }
  }
}

/**
 * Reads acknowledgements until none is missing. Receivers answer with the chunk id that they were given; any other is the
 * answer to nothing that is on its way here, and the stream cannot be trusted any more.
 */
export async function awaitAcks(
  channel: Channel,
  missing: Map<unknown, ForwardMessage>,
  onArrival: (message: ForwardMessage) => void
): Promise<void> {
  while (missing.size > 0) {
    const answer = await channel.receive();
    const ack = ackOf(answer);
    const message = missing.get(ack);
    if (message === undefined) {
      throw unwantedHandshake(answer) ?? (ack === undefined ? noAnswer() : unknownAck());
    }
    missing.delete(ack);
    onArrival(message);
  }
}

/** The chunk id that an answer acknowledges; undefined if it is no acknowledgement. */
function ackOf(answer: Uint8Array): unknown {
  try {
    const value = decode(answer);
    return typeof value === 'object' && value !== null && 'ack' in value ? value.ack : undefined;
  } catch (error) {
    throw noAnswer(error);
  }
}

function unknownAck(): Error {
  return new Error('the receiver has acknowledged what was not sent to it');
}

function noAnswer(cause?: unknown): Error {
  const message = 'the receiver has answered with what is no acknowledgement: is this the port of a forward receiver?';
  return cause === undefined ? new Error(message) : new Error(message, { cause });
}
