import { atOnce, isThenable } from './failures.js';
import type { LogLevel } from './level.js';
import type { LoggerContext } from './logger.js';
import { isError, read, threw } from './read.js';
import { ExceptionLogRecord, type LogData, LogRecord } from './record.js';
import { layered } from './surroundings.js';
import { isPlainObject } from './values.js';

/** Counts the records of this process. */
let sequence = 0;

/**
 * The record of one log call: finds the fields, the exception and the positional arguments among what was given, and adds
 * the logger's bound fields and those of its surroundings. Of two fields of one name the call's comes first, then the
 * bound one.
 * Never throws, whatever the arguments do while they are looked at.
 */
export function makeRecord(
  context: LoggerContext,
  loggerName: string,
  level: LogLevel,
  message: unknown,
  args: readonly unknown[],
  exception?: { readonly thrown: unknown },
  bound?: LogData
): LogRecord {
  const timestamp = context.clock.now();
  sequence++;
  const around = context.surroundings.fields(timestamp);
  if (typeof message === 'string' && args.length === 0 && (exception ?? bound ?? around) === undefined) {
    return new LogRecord(timestamp, sequence, loggerName, level, message);
  }
  try {
    const given = typeof message === 'function' ? callMessage(context, loggerName, message) : message;
    const last = args.length === 0 ? undefined : args[args.length - 1];
    const own = isPlainObject(last) ? (last as LogData) : undefined;
    const positional = own === undefined ? args : args.length === 1 ? undefined : args.slice(0, -1);
    const data = layered(around, bound, own);
    const found: Found | undefined = exception ?? findException(given, positional, data);
    if (found === undefined) return new LogRecord(timestamp, sequence, loggerName, level, given, positional, data);
    const { thrown, field } = found;
    return new ExceptionLogRecord(
      timestamp,
      sequence,
      loggerName,
      level,
      given === thrown && isError(thrown) ? read(thrown, 'message') : given,
      without(thrown, positional, given),
      field === undefined || data === undefined ? data : settled(data, field, thrown),
      thrown
    );
  } catch {
    // An argument that cannot even be looked at (a revoked proxy): the encoders have a written form for it.
    return new LogRecord(timestamp, sequence, loggerName, level, message, args, layered(around, bound, undefined));
  }
}

function callMessage(context: LoggerContext, loggerName: string, message: object): unknown {
  try {
    const made = atOnce((message as () => unknown)());
    if (isThenable(made)) throw new TypeError('a message function must return a message, not a promise');
    return made;
  } catch (error) {
    context.fail(`logger ${loggerName}`, 'the message function', error);
    return threw(error);
  }
}

/** An exception, and the field that it was found in. */
interface Found {
  readonly thrown: unknown;
  readonly field?: string;
}

function findException(
  message: unknown,
  positional: readonly unknown[] | undefined,
  data: LogData | undefined
): Found | undefined {
  if (typeof message === 'object' && isError(message)) return { thrown: message };
  if (positional !== undefined) {
    for (const argument of positional) {
      if (typeof argument === 'object' && isError(argument)) return { thrown: argument };
    }
  }
  return data === undefined ? undefined : findField(data);
}

function findField(data: LogData): Found | undefined {
  try {
    // Each by its name: looked up by a name that varies, they would take three times as long.
    const { error, err, exception } = data;
    if (typeof error === 'object' && isError(error)) return { thrown: error, field: 'error' };
    if (typeof err === 'object' && isError(err)) return { thrown: err, field: 'err' };
    if (typeof exception === 'object' && isError(exception)) return { thrown: exception, field: 'exception' };
    return undefined;
  } catch {
    return fieldException(data, 'error') ?? fieldException(data, 'err') ?? fieldException(data, 'exception');
  }
}

function fieldException(data: LogData, field: 'error' | 'err' | 'exception'): Found | undefined {
  try {
    const value = data[field];
    return typeof value === 'object' && isError(value) ? { thrown: value, field } : undefined;
  } catch {
    return undefined; // a getter that throws; the encoders write it as such
  }
}

/**
 * `data` whose field is `thrown` for good. A getter may make another error each time, which would be written as a field
 * besides the exception that the record has of it.
 */
function settled(data: LogData, field: string, thrown: unknown): LogData {
  try {
    const own = Object.getOwnPropertyDescriptor(data, field);
    if (own === undefined || own.value === thrown) return data;
    const value = { value: thrown, configurable: true, enumerable: own.enumerable === true, writable: true };
    return Object.create(Object.getPrototypeOf(data), { ...Object.getOwnPropertyDescriptors(data), [field]: value });
  } catch {
    return data; // a proxy that does not tell what it has
  }
}

/** The positional arguments without the exception, unless the message has a place for it: `'failed: %s'`. */
function without(thrown: unknown, positional: readonly unknown[] | undefined, message: unknown): readonly unknown[] {
  if (positional === undefined) return [];
  if (typeof message === 'string' && /%[sdifjoO]/.test(message)) return positional;
  const index = positional.indexOf(thrown);
  return index < 0 ? positional : positional.toSpliced(index, 1);
}
