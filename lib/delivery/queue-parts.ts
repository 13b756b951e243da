import type { Packer, QueuedBatch } from './batch.js';
import type { Circuit } from './circuit.js';
import type { CourierParts } from './courier.js';
import type { SendingParts } from './dispatcher.js';
import type { LossMarker } from './marker.js';
import type { Meter } from './meter.js';
import type { Bounds } from './overflow.js';
import type { RetryPolicy } from './retry.js';
import type { SpoolSetup } from './spool-setup.js';
import type { WayOut } from './way-out.js';

/** When batches are cut, and how much may wait for how long. */
export interface QueueLimits extends Bounds {
  readonly maxSize: number;
  readonly maxBytes: number;
  readonly flushInterval: number;
  readonly flushLevel: number;
  readonly maxWait: number;
}

/** What a queue works with. */
export interface QueueParts<B extends QueuedBatch> extends CourierParts<B>, SendingParts<B> {
  readonly name: () => string;
  readonly limits: QueueLimits;
  readonly packer: Packer<B>;
  readonly retry: RetryPolicy;
  readonly circuit: Circuit;
  readonly meter: Meter;
  /** What was lost and has not been told. */
  readonly marker: LossMarker;
  /** Takes what cannot be delivered. */
  readonly wayOut: Pick<WayOut, 'giveUp' | 'refuse' | 'lose' | 'loseRows' | 'flushReports'>;
  readonly hasFallback: boolean;
  /** Keeps on disk what cannot be sent; undefined if nothing does. */
  readonly spool: SpoolSetup<B> | undefined;
  /** Is told when records begin to wait here, and when none does any more. */
  readonly onPending: (pending: boolean) => void;
}
