import { PermanentDeliveryError } from '../../core/failures.js';
import type { TopicGroup, WireBatch } from '../../wire/batch.js';
import { ForwardMessage, type MessageForm } from './message.js';

/** How often a message is sent as it is: receivers that are slow or restarted deserve the same message, with the same id. */
const patience = 3;

/** How often a receiver must have taken another, and not the record behind it, before that is given up. */
const maxPasses = 3;

/** Bytes of a record that is kept as a witness. */
const maxWitness = 16 * 1024;

/** What receivers have been seen to take. */
export interface Experience {
  /** Bytes of the largest message that was acknowledged. */
  largest: number;
  /**
   * A record that was acknowledged. It is sent again before one that never is: if it is acknowledged again, it is not the
   * receiver that has gone.
   */
  witness?: ForwardMessage;
}

/** What a batch is sent as: messages, of one tag each and none too large. Those that have arrived are not sent again. */
export class Shipment {
  readonly #form: MessageForm;
  readonly #records: number;
  readonly #experience: Experience;
  /** Those that have not arrived, in the order in which they are to be sent. */
  #messages = new Set<ForwardMessage>();
  #arrived = 0;
  #isCareful = false;

  constructor(batch: WireBatch, form: MessageForm, maxBytes: number, experience: Experience = { largest: 0 }) {
    this.#form = form;
    this.#experience = experience;
    this.#records = batch.size;
    const groups = batch.groups();
    for (const [index, group] of groups.entries()) {
      this.#add(groups.length === 1 ? batch.id : `${batch.id}/${index}`, group, maxBytes);
    }
  }

  /** How many messages have arrived. */
  get arrived(): number {
    return this.#arrived;
  }

  get isComplete(): boolean {
    return this.#messages.size === 0;
  }

  /** What is to be sent next: all that has not arrived, or one message, once one was not acknowledged; none if none is left. */
  next(): readonly ForwardMessage[] {
    const messages = Array.from(this.#messages).filter(message => !this.#isHopeless(message));
    return this.#isCareful ? messages.slice(0, 1) : messages;
  }

  /** What is wrong with those that are left, when all of them are hopeless. */
  rejection(): PermanentDeliveryError {
    const taken = this.#records - this.#messages.size;
    return new PermanentDeliveryError(
      `the receiver has acknowledged ${taken} of ${this.#records} records, and the largest not even alone: it has a limit below that; see maxRecordBytes`,
      { refused: Array.from(this.#messages).flatMap(({ places }) => places) }
    );
  }

  /** Resolves when every message is made: compressed, if it is to be. */
  async make(): Promise<void> {
    await Promise.all(Array.from(this.#messages, message => message.chunks()));
  }

  arrive(message: ForwardMessage): void {
    if (!this.#messages.delete(message)) return;
    this.#arrived++;
    const experience = this.#experience;
    experience.largest = Math.max(experience.largest, message.bytes);
    if (experience.witness !== undefined) return;
    const witness = message.witness();
    if (witness.bytes <= maxWitness) experience.witness = witness;
  }

  /** What is to be sent first, to see whether the receiver is at work: before a record that was not taken alone. */
  witness(): ForwardMessage | undefined {
    const [next] = this.next();
    const isDoubtful = next?.size === 1 && next.failures >= patience && next.bytes > this.#experience.largest;
    return isDoubtful ? this.#experience.witness : undefined;
  }

  /**
   * Messages were sent and not acknowledged: by a receiver that is slow or has gone, or because they are too large for it
   * (Fluentd with `chunk_size_limit` says nothing then, Fluent Bit closes the connection). When that has happened to one
   * several times, messages are sent one at a time from now on, and that one in halves. `isProof`: a witness had just been
   * acknowledged, so that it is not the receiver that has gone.
   */
  refuse(refused: readonly ForwardMessage[], isProof: boolean): void {
    for (const message of refused) {
      message.failures++;
      if (isProof) message.passes++;
    }
    const suspects = new Set(refused.filter(({ failures }) => failures >= patience));
    if (suspects.size === 0) return;
    this.#isCareful = true;
    const messages = Array.from(this.#messages, one => (suspects.has(one) && one.size > 1 ? halvesOf(one) : [one]));
    this.#messages = new Set(messages.flat());
  }

  /**
   * Whether a record is too large for the receivers there are: they have taken others, several times just before it, but
   * never one of its size.
   */
  #isHopeless({ size, passes, bytes }: ForwardMessage): boolean {
    return size === 1 && passes >= maxPasses && bytes > this.#experience.largest;
  }

  #add(groupId: string, group: TopicGroup, maxBytes: number): void {
    const { ends } = group;
    const most = this.#form.mode === 'Message' ? 1 : group.size;
    let from = 0;
    for (let to = 1; to <= group.size; to++) {
      const start = from === 0 ? 0 : (ends[from - 1] ?? 0);
      const isFull = to === group.size || to - from >= most || (ends[to] ?? 0) - start > maxBytes;
      if (!isFull) continue;
      this.#messages.add(new ForwardMessage(groupId, group, from, to, this.#form));
      from = to;
    }
  }
}

/** Two messages with half of the records each, which need to fail only once to be parted again. */
function halvesOf(message: ForwardMessage): ForwardMessage[] {
  const halves = message.halves();
  for (const half of halves) half.failures = half.size > 1 ? patience - 1 : 0;
  return halves;
}
