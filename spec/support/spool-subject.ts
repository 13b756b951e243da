import { DiskSpool, type DiskSpoolParts } from '../../lib/spool/disk-spool.js';
import type { SpoolDamage, SpooledBatch, SpoolLoss } from '../../lib/spool/spool.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import type { FakeDisk, FakeProcess } from './fake-disk.js';
import { textsOf } from './some-part.js';

export const MiB = 1024 * 1024;

/** What a spool has told. */
export class Told {
  readonly recovered: number[] = [];
  readonly losses: SpoolLoss[] = [];
  readonly damages: SpoolDamage[] = [];
  readonly errors: string[] = [];
  readonly onRecovered = (count: number) => void this.recovered.push(count);
  readonly onLoss = (loss: SpoolLoss) => void this.losses.push(loss);
  readonly onDamage = (damage: SpoolDamage) => void this.damages.push(damage);
  gone = 0;
  readonly onGone = () => void this.gone++;
  readonly onError = (what: string, error: unknown) => void this.errors.push(`${what}: ${error}`);
}

export interface Subject {
  readonly spool: DiskSpool;
  readonly told: Told;
  readonly clock: FakeClock;
  readonly store: FakeProcess;
}

/** The spool of a process. */
export function subject(disk: FakeDisk, parts: Partial<DiskSpoolParts> & { store?: FakeProcess } = {}): Subject {
  const told = new Told();
  const clock = new FakeClock();
  const store = parts.store ?? disk.process();
  const spool = new DiskSpool({
    directory: '/spool',
    name: 'shop',
    format: 'json',
    maxBytes: 16 * MiB,
    maxAge: Number.POSITIVE_INFINITY,
    fsync: 'batch',
    clock,
    listener: told,
    ...parts,
    store
  });
  return { spool, told, clock, store };
}

/** All that a spool gives, in order; each batch is done with. */
export async function drained(spool: DiskSpool): Promise<SpooledBatch[]> {
  const batches: SpooledBatch[] = [];
  for (let batch = await spool.take(); batch !== undefined; batch = await spool.take()) {
    batches.push(batch);
    spool.done(batch.id);
  }
  return batches;
}

export async function textsIn(spool: DiskSpool): Promise<string[]> {
  return (await drained(spool)).flatMap(textsOf);
}
