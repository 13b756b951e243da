import { systemClock } from '../../lib/core/clock.js';
import { DiskSpool } from '../../lib/spool/disk-spool.js';
import type { SpoolPart } from '../../lib/spool/spool.js';
import { EventTime, encode } from '../../lib/testing/msgpack-lite.js';
import { records, somePart } from './some-part.js';

/** A spool on the machine's disk. */
export function diskSpool(directory: string, name: string, format: string): DiskSpool {
  const ignore = () => undefined;
  return new DiskSpool({
    directory,
    name,
    format,
    maxBytes: 2 ** 24,
    maxAge: Number.POSITIVE_INFINITY,
    fsync: 'never',
    clock: systemClock,
    listener: { onRecovered: ignore, onLoss: ignore, onDamage: ignore, onGone: ignore, onError: ignore }
  });
}

/** What a process that has ended left on the machine's disk. */
export async function leaveSpool(directory: string, name: string, format: string, parts: SpoolPart[]): Promise<void> {
  const spool = diskSpool(directory, name, format);
  for (const part of parts) await spool.append(part, false);
  await spool.close();
}

/** A batch of these forms of records. */
export function partOf(id: string, forms: readonly Uint8Array[]): SpoolPart {
  let end = 0;
  const ends = forms.map(({ length }) => {
    end += length;
    return end;
  });
  return somePart(id, records(forms.length), { payload: Buffer.concat(forms), ends });
}

/** A batch of JSON lines. */
export function jsonPart(id: string, values: readonly unknown[]): SpoolPart {
  return partOf(
    id,
    values.map(value => Buffer.from(`${JSON.stringify(value)}\n`))
  );
}

/** A batch of entries of the forward protocol, as `FluentdTarget` writes them. */
export function forwardPart(id: string, values: readonly object[]): SpoolPart {
  return partOf(
    id,
    values.map(value => encode([new EventTime(1, 0), value]))
  );
}
