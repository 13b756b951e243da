import type { Clock } from '../../core/clock.js';
import type { Address } from '../../wire/address.js';
import type { WireBatch } from '../../wire/batch.js';
import { type Server, Servers } from '../../wire/servers.js';
import type { Transport } from '../../wire/transport.js';
import { Experience } from './experience.js';
import type { Credentials } from './handshake.js';
import type { MessageForm } from './message.js';
import { Receiver } from './receiver.js';
import { Shipment } from './shipment.js';

/** A receiver to send to. */
export interface FluentdServerAddress extends Server, Address {
  /** Undefined if it has no <security>. */
  readonly credentials: Credentials | undefined;
}

export interface FluentdTransportOptions {
  readonly servers: readonly FluentdServerAddress[];
  readonly form: MessageForm;
  /** Bytes of the records in one message at most, before compression. */
  readonly maxMessageBytes: number;
  readonly ackTimeout: number;
  readonly connectTimeout: number;
  readonly reconnectInterval: number;
  readonly idleTimeout: number;
  readonly recoverWait: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** Is told of what concerns no batch: a server that others stand in for, a handshake where nobody has asked for one. */
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Sends batches as messages of the forward protocol (Forward Protocol v1) to one of several receivers, and waits until
 * that has acknowledged all of them. What one receiver has acknowledged is not sent to another.
 */
export class FluentdTransport implements Transport {
  /**
   * What is acknowledged has gone through every stream on the way; what is compressed may be read in another thread. A stream
   * of a user's may read with what refuses memory that can be resized, and after it was destroyed, when another has taken over.
   */
  readonly reusesMemory: boolean;
  readonly #options: FluentdTransportOptions;
  readonly #servers: Servers<FluentdServerAddress>;
  readonly #receivers: ReadonlyMap<Server, Receiver>;
  readonly #experience = new Experience();
  readonly #shipments = new WeakMap<WireBatch, Shipment>();
  /** The next batch, as it was when its messages were made while another was on its way. */
  #next: { readonly batch: WireBatch; readonly payload: Uint8Array; readonly shipment: Shipment } | undefined;

  constructor(options: FluentdTransportOptions) {
    const { servers, clock, recoverWait, random, onError } = options;
    this.#options = options;
    const { requireAck, mode } = options.form;
    this.reusesMemory = requireAck && mode !== 'CompressedPackedForward' && !servers.some(({ isForeign }) => isForeign);
    this.#receivers = new Map(servers.map(server => [server, new Receiver(server, options)]));
    this.#servers = new Servers(servers, {
      clock,
      recoverWait,
      random,
      probe: async (server, signal) => this.#receivers.get(server)?.probe(signal),
      onDown: ({ name }, error) => onError(`server ${name}`, error)
    });
  }

  async send(batch: WireBatch): Promise<void> {
    const shipment = this.#shipments.get(batch) ?? this.#prepared(batch) ?? this.#ship(batch);
    this.#shipments.set(batch, shipment);
    await this.#servers.use(async server => this.#receivers.get(server)?.send(shipment, batch.signal), batch.signal);
  }

  prepare(batch: WireBatch): void {
    if (this.#options.form.mode !== 'CompressedPackedForward') return;
    const shipment = this.#ship(batch);
    this.#next = { batch, payload: batch.payload, shipment };
    shipment.make().catch(() => {
      this.#next = undefined; // whoever sends the batch will hear of it
    });
  }

  close(): void {
    this.#servers.close();
    for (const receiver of this.#receivers.values()) receiver.close();
  }

  #ship(batch: WireBatch): Shipment {
    const { form, maxMessageBytes } = this.#options;
    return new Shipment(batch, form, maxMessageBytes, this.#experience);
  }

  /** What was made of a batch before; undefined if there is nothing, or something was dropped or learned since. */
  #prepared(batch: WireBatch): Shipment | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next?.batch === batch && next.payload === batch.payload && next.shipment.isCurrent
      ? next.shipment
      : undefined;
  }
}
