import type { SpoolOptions } from '../../lib/delivery/spool-options.js';
import { FakeDisk } from './fake-disk.js';

/** A disk in memory, and the option `spool` of one process after the other that uses it. */
export function spooled(disk = new FakeDisk()) {
  const spool = (options: Partial<SpoolOptions> = {}): SpoolOptions => ({
    directory: '/spool',
    store: disk.process(),
    ...options
  });
  return { disk, spool };
}
