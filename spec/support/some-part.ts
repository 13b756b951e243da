import { LogLevel } from '../../lib/core/level.js';
import type { SpooledBatch, SpoolPart } from '../../lib/spool/spool.js';

/** Part of a batch of the texts `<id>:<number>`, one for each level that is given. */
export function somePart(id: string, levels: readonly number[], options: Partial<SpoolPart> = {}): SpoolPart {
  const from = options.from ?? 0;
  const texts = levels.map((_, row) => `${id}:${from + row} `);
  let end = 0;
  return {
    id,
    from,
    payload: Buffer.from(texts.join('')),
    ends: texts.map(text => {
      end += text.length;
      return end;
    }),
    levels,
    times: levels.map((_, row) => from + row),
    topics: levels.length === 0 ? [] : [{ topic: 'shop', end: levels.length }],
    isTried: false,
    ...options
  };
}

/** So many records of the level INFORMATION. */
export function records(count: number, level: number = LogLevel.INFORMATION): number[] {
  return Array<number>(count).fill(level);
}

/** The records of a batch, as texts. */
export function textsOf({ payload, ends }: Pick<SpooledBatch, 'payload' | 'ends'>): string[] {
  const bytes = Buffer.from(payload);
  return Array.from({ length: ends.length }, (_, row) =>
    bytes.toString('utf8', row === 0 ? 0 : ends[row - 1], ends[row]).trim()
  );
}
