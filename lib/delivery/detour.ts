import type { LossReason } from '../core/failures.js';
import { ExceptionLogRecord, LogRecord } from '../core/record.js';

/**
 * The record as a fallback target gets it: with the field `fellBack`, a list of `{ from, reason }` that names the target
 * that could not deliver it, and why; in a chain of fallbacks one for each, the first one first. A field of the
 * user's with this name gets a `_` behind it. Never throws.
 */
export function detoured(record: LogRecord, from: string, reason: LossReason): LogRecord {
  try {
    // One of a class of its own, as an event that was emitted, is more than its parts: it goes as it is.
    if (record.constructor !== LogRecord && record.constructor !== ExceptionLogRecord) return record;
    const { timestamp, sequence, loggerName, level, message, args, data, exception } = record;
    const before: unknown = data['fellBack'];
    const fellBack = [...(Array.isArray(before) ? (before as unknown[]) : []), { from, reason }];
    // Getters stay getters: whoever writes the record reads them, and finds a form for one that throws.
    const fields = Object.defineProperties({}, Object.getOwnPropertyDescriptors(data));
    const own = { configurable: true, enumerable: true, writable: true };
    if (before !== undefined && !Array.isArray(before))
      Object.defineProperty(fields, 'fellBack_', { ...own, value: before });
    Object.defineProperty(fields, 'fellBack', { ...own, value: fellBack });
    const parts = { timestamp, sequence, loggerName, level, message, args, data: fields, exception };
    return LogRecord.restore({ ...parts, text: record.render() });
  } catch {
    return record; // its fields cannot even be looked at (a revoked proxy): better without the field than not at all
  }
}
