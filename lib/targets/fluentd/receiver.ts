import { longestDelay } from '../../core/clock.js';
import { type Channel, PeerClosedError } from '../../wire/channel.js';
import { Connection, type Exchange, NoAnswerError } from '../../wire/connection.js';
import { AnswerFraming, awaitAcks } from './answers.js';
import { shakeHands, unwantedHandshake } from './handshake.js';
import type { ForwardMessage } from './message.js';
import type { Shipment } from './shipment.js';
import type { FluentdServerAddress, FluentdTransportOptions } from './transport.js';

/** The messages that were written last, as far as they are not acknowledged. */
interface Flight {
  missing: Map<unknown, ForwardMessage>;
}

/** One receiver, and the connection to it. */
export class Receiver {
  readonly #options: FluentdTransportOptions;
  readonly #server: FluentdServerAddress;
  readonly #connection: Connection;
  /** Whether it takes more than one message on a connection, as far as it has said. */
  #keepAlive = true;
  /** Whether it has said HELO where nobody waited for it. */
  #hasGreeted = false;

  constructor(server: FluentdServerAddress, options: FluentdTransportOptions) {
    const { connectTimeout, clock, reconnectInterval, idleTimeout } = options;
    this.#server = server;
    this.#options = options;
    this.#connection = new Connection({
      dial: server.dial,
      framing: () => new AnswerFraming(),
      connectTimeout,
      clock,
      reconnectInterval,
      idleTimeout,
      greet: channel => this.#greet(channel),
      onUnasked: message => this.#hear(message)
    });
  }

  /**
   * Sends the messages that have not arrived. Resolves when none is left; rejects when a connection has failed and nothing
   * has arrived over it, and with a `PermanentDeliveryError` when nothing is left but what the receiver does not take.
   */
  async send(shipment: Shipment, signal: AbortSignal): Promise<void> {
    for (await shipment.make(); !shipment.isComplete; await shipment.make()) {
      if (shipment.next().length === 0) throw shipment.reject();
      const witness = this.#options.form.requireAck ? shipment.witness() : undefined;
      // What is in doubt gets twice the time: it may be that the way to the receiver is just too long.
      const timeout = Math.min(this.#options.ackTimeout * (witness === undefined ? 1 : 2), longestDelay);
      if (witness !== undefined) {
        await this.#connection.use(channel => this.#sendAgain(channel, witness), timeout, signal);
      }
      const { arrived } = shipment;
      const flight: Flight = { missing: new Map() };
      try {
        const exchange: Exchange<void> = (channel, beginAnew) => this.#exchange(channel, shipment, flight, beginAnew);
        await this.#connection.use(exchange, timeout, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        // A reset may be of the network's making; silence and a farewell are the receiver's own.
        const isItsOwn = error instanceof NoAnswerError || error instanceof PeerClosedError;
        const certainty = witness === undefined ? 'unsure' : isItsOwn ? 'sure' : 'likely';
        if (this.#options.form.requireAck) shipment.refuse([...flight.missing.values()], certainty);
        if (shipment.arrived === arrived) throw error;
      }
    }
  }

  /** Resolves when the receiver can be reached, and has taken our credentials if we have some. */
  probe(signal: AbortSignal): Promise<void> {
    return this.#connection.probe(signal);
  }

  close(): void {
    this.#connection.close();
  }

  /** Sends messages until none is left, or the receiver wants no more on this connection. */
  async #exchange(channel: Channel, shipment: Shipment, flight: Flight, beginAnew: () => void): Promise<void> {
    const { requireAck } = this.#options.form;
    for (let messages = this.#next(shipment); messages.length > 0; messages = this.#next(shipment)) {
      const chunks = (await Promise.all(messages.map(message => message.chunks()))).flat();
      flight.missing = new Map(messages.map(message => [message.id, message]));
      const written = channel.write(chunks).then(() => {
        if (!requireAck) for (const message of messages) shipment.arrive(message);
      });
      const arrive = (message: ForwardMessage) => {
        shipment.arrive(message);
        beginAnew();
      };
      if (requireAck) await Promise.all([written, awaitAcks(channel, flight.missing, arrive)]);
      else await written;
      beginAnew();
      if (!this.#keepAlive) break;
    }
    if (!this.#keepAlive) channel.destroy(new Error('the receiver takes one message on a connection'));
  }

  /** Sends a message that was acknowledged before, and resolves when it is again. */
  async #sendAgain(channel: Channel, message: ForwardMessage): Promise<void> {
    const written = channel.write(await message.chunks());
    await Promise.all([written, awaitAcks(channel, new Map([[message.id, message]]), () => undefined)]);
    if (!this.#keepAlive) channel.destroy(new Error('the receiver takes one message on a connection'));
  }

  #next(shipment: Shipment): readonly ForwardMessage[] {
    return this.#keepAlive ? shipment.next() : shipment.next().slice(0, 1);
  }

  async #greet(channel: Channel): Promise<void> {
    const { credentials } = this.#server;
    if (credentials !== undefined) {
      const { keepAlive } = await shakeHands(channel, credentials);
      this.#keepAlive = keepAlive;
    } else if (this.#hasGreeted) {
      // It may have another configuration by now, and say nothing: that is found out once.
      this.#hasGreeted = false;
      const error = unwantedHandshake(await channel.receive());
      this.#hasGreeted = error !== undefined;
      throw error ?? new Error('the receiver has said something, and nobody has asked');
    }
  }

  /**
   * The receiver has said something between exchanges. If that is HELO, what was written without waiting for an
   * acknowledgement is lost, and nobody else will say so. It will not happen again.
   */
  #hear(message: Uint8Array): void {
    const error = unwantedHandshake(message);
    if (error === undefined || this.#options.form.requireAck) return;
    this.#hasGreeted = true;
    this.#options.onError(`handshake with ${this.#server.name}`, error);
  }
}
