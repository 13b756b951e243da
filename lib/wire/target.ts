import type { LogRecord } from '../core/record.js';
import { FlushLogTarget, type FlushOptions } from '../delivery/flush-target.js';
import { type WireBatch, WirePacker } from './batch.js';
import type { Encoder } from './encoder.js';
import { WireCodec } from './spool-codec.js';
import type { Transport } from './transport.js';

/** Bytes in a batch of a wire target, unless it is told otherwise: far below what receivers take (Fluent Bit: 6 MB). */
const maxBytes = 1024 * 1024;

/** Records in such a batch: bytes are what is scarce, and a batch costs as much as the encoding of a hundred records. */
const maxSize = 2000;

/**
 * A target that speaks a protocol: records are encoded into bytes during the log call, so that what is sent is what was
 * logged, and a transport brings batches of bytes to their destination.
 */
export class WireLogTarget extends FlushLogTarget {
  readonly #encoder: Encoder;
  readonly #transport: Transport;
  readonly #closed = new AbortController();
  /** Resolves when the last of the batches that are to be sent has been, or has failed; undefined while there is none. */
  #last: Promise<void> | undefined;

  constructor(encoder: Encoder, transport: Transport, options: FlushOptions = {}) {
    super(
      { maxBytes, maxSize, ...options },
      {
        packer: new WirePacker(encoder, transport.reusesMemory),
        codec: new WireCodec(encoder),
        deliver: (batch: WireBatch) => this.#send(batch),
        ...(transport.prepare !== undefined && { prepare: (batch: WireBatch) => this.#prepare(batch) }),
        ...(transport.sendNow !== undefined && {
          deliverNow: (batch: WireBatch) =>
            this.#last === undefined && (transport.sendNow?.(this.#readable(batch)) ?? false)
        }),
        ...(transport.sendSync !== undefined && {
          deliverSync: (batch: WireBatch) => transport.sendSync?.(this.#readable(batch)) ?? false
        })
      }
    );
    this.#encoder = encoder;
    this.#transport = transport;
  }

  /**
   * Sends records in a batch of their own, past the queue, as soon as no other batch is on its way; they are not in the
   * target's account. Rejects if they have not arrived: they are not sent again.
   */
  override async logRecords(records: readonly LogRecord[]): Promise<void> {
    const packer = new WirePacker(this.#encoder);
    for (const record of records) packer.add(record);
    if (packer.size === 0) return;
    const batch = packer.cut(packer.size);
    batch.signal = this.#closed.signal;
    await this.#send(batch);
  }

  protected override close(): void | Promise<void> {
    this.#closed.abort(new Error(`${this.name} has been disposed of`));
    return this.#transport.close();
  }

  #prepare(batch: WireBatch): void {
    const readable = this.#readable(batch);
    if (this.#transport.reusesMemory !== true) batch.hold(); // it goes on reading when this is over
    this.#transport.prepare?.(readable);
  }

  /** The batch, whose bytes a transport may read in whatever way it likes. */
  #readable(batch: WireBatch): WireBatch {
    if (this.#transport.reusesMemory !== true) batch.settle();
    return batch;
  }

  /** One batch at a time: answers do not say whose they are. */
  #send(batch: WireBatch): Promise<void> {
    const attempt = async () => {
      batch.signal.throwIfAborted();
      await this.#transport.send(this.#readable(batch));
    };
    const sent = this.#last === undefined ? attempt() : this.#last.then(attempt);
    const end = () => {
      if (this.#last === last) this.#last = undefined;
    };
    const last = sent.then(end, end);
    this.#last = last;
    return sent;
  }
}
