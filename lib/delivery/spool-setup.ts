import type { Clock } from '../core/clock.js';
import type { LogFailure } from '../core/failures.js';
import { type LogTarget, nameOf } from '../core/target.js';
import { DiskSpool } from '../spool/disk-spool.js';
import type { Spool, SpoolListener } from '../spool/spool.js';
import type { SpoolCodec } from './spool-codec.js';
import { checkSpool, type SpoolOptions } from './spool-options.js';

/** What a target tells its queue of the spool. */
export interface SpoolSetup<B> {
  readonly mode: 'outage' | 'always';
  readonly directory: string;
  readonly codec: SpoolCodec<B>;
  /** Throws if another target of the same name uses the directory. */
  readonly make: (listener: SpoolListener) => Spool;
  readonly report: (failure: LogFailure) => void;
}

/** The spool that the options of a target ask for. Throws if they are wrong. */
export function setUpSpool<B>(
  owner: LogTarget,
  options: SpoolOptions,
  { codec, clock, report }: { codec: SpoolCodec<B>; clock: Clock; report: (failure: LogFailure) => void }
): SpoolSetup<B> {
  const { mode, store, directory, ...limits } = checkSpool(owner.constructor.name, options);
  return {
    mode,
    directory,
    codec,
    make: listener =>
      new DiskSpool({
        directory,
        ...limits,
        ...(store !== undefined && { store }),
        name: nameOf(owner),
        format: codec.format,
        clock,
        listener
      }),
    report
  };
}
