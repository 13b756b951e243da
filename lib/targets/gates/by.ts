import type { Rule } from '../../core/check.js';
import { atOnce } from '../../core/failures.js';
import type { LogRecord } from '../../core/record.js';

/** The name of a field, or a function of a record. */
export type By = string | ((record: LogRecord) => unknown);

/** What records have in common: a field or a function. */
export const byRule = {
  words: 'the name of a field, or a function of a record',
  schema: { type: 'string', minLength: 1 },
  judge: value => ((typeof value === 'string' && value !== '') || typeof value === 'function' ? 'right' : 'wrong type')
} satisfies Rule<unknown> as Rule<By | undefined>;

/** What records have in common, as a function that never throws; undefined for a record that has nothing of it. */
export function commonOf(by: By | undefined): (record: LogRecord) => unknown {
  if (by === undefined) return () => undefined;
  return record => {
    try {
      return typeof by === 'function' ? atOnce(by(record)) : record.data[by];
    } catch {
      return undefined; // a getter of the record's, or a function that expected another record
    }
  };
}
