import { isLogLevel, LogLevel } from '../core/level.js';
import { LogRecord } from '../core/record.js';
import { restoreError } from '../core/restore-error.js';
import { isPlainObject } from '../core/values.js';

/**
 * The record of which `fields` is the flat map: what decoders make. Written again, it gives the same map.
 *
 * `exact` is its level, if that is known: the map has no more than a name, which all levels up to the next one share. A
 * name that is none is INFORMATION. Throws a `TypeError` if `fields` is no map, or if `logger` or `message` is missing or
 * is not what we write.
 */
export function restoreRecord(timestamp: number, fields: unknown, exact?: number): LogRecord {
  if (!isPlainObject(fields)) throw new TypeError('a log record must be a map');
  const { level, logger, message: text, template = text, error, ...data } = fields;
  if (typeof logger !== 'string') throw new TypeError("a log record must have the string 'logger'");
  if (typeof text !== 'string') throw new TypeError("a log record must have the string 'message'");
  return LogRecord.restore({
    timestamp,
    loggerName: logger,
    level: isLogLevel(exact) ? exact : levelOf(level),
    message: template,
    text,
    data,
    exception: isPlainObject(error) ? restoreError(error) : error
  });
}

function levelOf(name: unknown): LogLevel {
  const level = typeof name === 'string' && Object.hasOwn(LogLevel, name) ? LogLevel[name as keyof typeof LogLevel] : 0;
  return isLogLevel(level) ? level : LogLevel.INFORMATION;
}
