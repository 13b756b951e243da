import type { ForwardMessage } from './message.js';

/** Bytes of a record that is kept as a witness. */
const maxWitness = 16 * 1024;

/** Bytes of the records in a message that are not parted for a limit: what it has beside them would begin to count. */
const leastLimit = 16 * 1024;

/** What the receivers of a target have been seen to take, and not to take. */
export class Experience {
  /** Bytes of the largest message that was acknowledged. */
  #largest = 0;
  /** Bytes of the smallest message that was refused by a receiver which was at work. */
  #refused = Number.POSITIVE_INFINITY;
  /** Bytes of the smallest record that was given up as too large. */
  #hopeless = Number.POSITIVE_INFINITY;
  #witness: ForwardMessage | undefined;

  /**
   * A record that was acknowledged. It is sent again before a message that never is: if it is acknowledged again, it is not
   * the receiver that has gone.
   */
  get witness(): ForwardMessage | undefined {
    return this.#witness;
  }

  /**
   * Bytes of the records in a message at most, as far as it is in our hands: no more than what has arrived, or twice that as
   * long as it is less than what was refused.
   */
  get limit(): number {
    if (this.#refused === Number.POSITIVE_INFINITY) return this.#refused;
    const more = 2 * this.#largest;
    return Math.max(leastLimit, more < this.#refused ? more : this.#largest);
  }

  /** Whether a message of this size has never been taken. */
  isNew(bytes: number): boolean {
    return bytes > this.#largest;
  }

  /** Whether it is a record alone, and one of its size, or a smaller one, was given up. */
  isHopeless({ size, bytes }: ForwardMessage): boolean {
    return size === 1 && bytes >= this.#hopeless;
  }

  /** A message was acknowledged: nothing of its size is too large. */
  accept(message: ForwardMessage): void {
    this.#largest = Math.max(this.#largest, message.bytes);
    if (this.#largest >= this.#refused) this.#refused = Number.POSITIVE_INFINITY;
    if (this.#largest >= this.#hopeless) this.#hopeless = Number.POSITIVE_INFINITY;
    if (this.#witness !== undefined) return;
    const witness = message.witness();
    if (witness.bytes <= maxWitness) this.#witness = witness;
  }

  /** A message was refused several times, in the end by a receiver that had just acknowledged the witness. */
  refuse({ bytes }: ForwardMessage): void {
    if (this.isNew(bytes)) this.#refused = Math.min(this.#refused, bytes);
  }

  /** A record was given up. */
  giveUp({ bytes }: ForwardMessage): void {
    this.#hopeless = Math.min(this.#hopeless, bytes);
  }
}
