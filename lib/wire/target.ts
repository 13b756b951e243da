import type { LogRecord } from '../core/record.js';
import { FlushLogTarget, type FlushOptions } from '../delivery/flush-target.js';
import { type WireBatch, WirePacker } from './batch.js';
import type { Encoder } from './encoder.js';
import type { Transport } from './transport.js';

/** Bytes in a batch of a wire target, unless it is told otherwise: far below what receivers take (Fluent Bit: 6 MB). */
const maxBytes = 1024 * 1024;

/**
 * A target that speaks a protocol: records are encoded into bytes during the log call, so that what is sent is what was
 * logged, and a transport brings batches of bytes to their destination.
 */
export class WireLogTarget extends FlushLogTarget {
  readonly #encoder: Encoder;
  readonly #transport: Transport;

  constructor(encoder: Encoder, transport: Transport, options: FlushOptions = {}) {
    super(
      { maxBytes, ...options },
      {
        packer: new WirePacker(encoder),
        deliver: (batch: WireBatch) => transport.send(batch),
        ...(transport.sendSync !== undefined && {
          deliverSync: (batch: WireBatch) => transport.sendSync?.(batch) ?? false
        })
      }
    );
    this.#encoder = encoder;
    this.#transport = transport;
  }

  /** Sends records in a batch of their own, at once and once, past the queue; they are not in the target's account. */
  override logRecords(records: readonly LogRecord[]): Promise<void> {
    const packer = new WirePacker(this.#encoder);
    for (const record of records) packer.add(record);
    return packer.size === 0 ? Promise.resolve() : this.#transport.send(packer.cut(packer.size));
  }

  protected override close(): void | Promise<void> {
    return this.#transport.close();
  }
}
