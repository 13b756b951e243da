import { PermanentDeliveryError } from '../../core/failures.js';
import type { TopicGroup, WireBatch } from '../../wire/batch.js';
import type { Experience } from './experience.js';
import { ForwardMessage, type MessageForm } from './message.js';

/** How often a message is sent as it is: receivers that are slow or restarted deserve the same message, with the same id. */
const patience = 3;

/** How often a receiver must have taken another, and not the record behind it, before that is given up. */
const maxPasses = 3;

/**
 * How likely it is that a message was refused for what it is, and not because its receiver has gone: `sure` if the receiver
 * had just acknowledged the witness, and has then said nothing or taken its leave; `likely` if the connection has broken,
 * which may be the network's fault.
 */
export type Certainty = 'unsure' | 'likely' | 'sure';

/** What a batch is sent as: messages, of one tag each and none too large. Those that have arrived are not sent again. */
export class Shipment {
  readonly #form: MessageForm;
  readonly #records: number;
  readonly #experience: Experience;
  /** Those that have not arrived, in the order in which they are to be sent. */
  #messages = new Set<ForwardMessage>();
  /** What receivers were known to take when the messages were made. */
  readonly #limit: number;
  #arrived = 0;
  /** Whether messages are sent one at a time. */
  #isCareful: boolean;

  constructor(batch: WireBatch, form: MessageForm, maxBytes: number, experience: Experience) {
    this.#form = form;
    this.#experience = experience;
    this.#records = batch.size;
    const groups = batch.groups();
    this.#limit = experience.limit;
    const limit = Math.min(maxBytes, this.#limit);
    for (const [index, group] of groups.entries()) {
      this.#add(groups.length === 1 ? batch.id : `${batch.id}/${index}`, group, limit);
    }
    this.#isCareful = Array.from(this.#messages).some(message => experience.isHopeless(message));
  }

  /** Whether the messages would be the same if they were made now. */
  get isCurrent(): boolean {
    return this.#experience.limit === this.#limit;
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
    const messages = Array.from(this.#messages).filter(message => !this.#isGivenUp(message));
    return this.#isCareful ? messages.slice(0, 1) : messages;
  }

  /** Gives up those that are left, and returns what is wrong with them. */
  reject(): PermanentDeliveryError {
    const left = Array.from(this.#messages);
    for (const message of left) this.#experience.giveUp(message);
    const taken = this.#records - left.length;
    return new PermanentDeliveryError(
      `the receiver has acknowledged ${taken} of ${this.#records} records, and the largest not even alone: it has a limit below that; see maxRecordBytes`,
      { refused: left.flatMap(({ places }) => places) }
    );
  }

  /** Resolves when every message is made: compressed, if it is to be. */
  async make(): Promise<void> {
    await Promise.all(Array.from(this.#messages, message => message.chunks()));
  }

  arrive(message: ForwardMessage): void {
    if (!this.#messages.delete(message)) return;
    this.#arrived++;
    this.#experience.accept(message);
  }

  /**
   * What is to be sent first, to see whether the receiver is at work: before a message that is about to be parted or given
   * up, and is larger than any that has arrived.
   */
  witness(): ForwardMessage | undefined {
    const [next] = this.next();
    if (next === undefined || !this.#experience.isNew(next.bytes)) return undefined;
    const isLast = next.failures >= (next.size > 1 ? patience - 1 : patience);
    return isLast || this.#experience.isHopeless(next) ? this.#experience.witness : undefined;
  }

  /**
   * Messages were sent and not acknowledged: by a receiver that is slow or has gone, or because they are too large for it
   * (Fluentd with `chunk_size_limit` says nothing then, Fluent Bit closes the connection). When that has happened to one
   * several times, messages are sent one at a time from now on, and that one in halves.
   */
  refuse(refused: readonly ForwardMessage[], certainty: Certainty): void {
    for (const message of refused) {
      message.failures++;
      if (certainty === 'sure') message.passes++;
    }
    const suspects = new Set(refused.filter(({ failures }) => failures >= patience));
    if (suspects.size === 0) return;
    if (certainty !== 'unsure') for (const message of suspects) this.#experience.refuse(message);
    this.#isCareful = true;
    const messages = Array.from(this.#messages, one => (suspects.has(one) && one.size > 1 ? halvesOf(one) : [one]));
    this.#messages = new Set(messages.flat());
  }

  /**
   * Whether a record is too large for the receivers there are: they have taken others, several times just before it, but
   * never one of its size; or once, if another of that size was given up before.
   */
  #isGivenUp(message: ForwardMessage): boolean {
    const { size, passes, bytes } = message;
    const enough = this.#experience.isHopeless(message) ? 1 : maxPasses;
    return size === 1 && passes >= enough && this.#experience.isNew(bytes);
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
