import type { Plain } from '../../core/values.js';
import { type Fields, isMap, nest } from './keys.js';

/** `error.*` of the plain form of something that was thrown: `stack_trace` tells of its causes too. */
export function errorField(error: Plain): Fields {
  if (!isMap(error)) return { message: textOf(error) };
  const { type, message, code } = error;
  const trace = traceOf(error);
  return {
    ...(type !== undefined && { type: textOf(type) }),
    ...(message !== undefined && { message: textOf(message) }),
    ...(trace !== '' && { stack_trace: trace }),
    ...(code !== undefined && code !== null && { code: textOf(code) })
  };
}

/** What an error has besides what `errorField` tells; undefined if that is nothing. */
export function errorDetails(error: Plain): Fields | undefined {
  if (!isMap(error)) return undefined;
  const { type: _, message: _message, stack: _stack, code: _code, cause: _cause, errors: _errors, ...rest } = error;
  return Object.keys(rest).length === 0 ? undefined : nest(rest);
}

/** The stack, and those of the causes and of the errors in an AggregateError behind it. */
function traceOf(error: Fields): string {
  const { type, message, stack, cause, errors } = error;
  const lines = [typeof stack === 'string' ? stack : cause === undefined ? '' : `${textOf(type)}: ${textOf(message)}`];
  if (Array.isArray(errors)) for (const each of errors) lines.push(`Contains: ${partOf(each)}`);
  if (cause !== undefined) lines.push(`Caused by: ${partOf(cause)}`);
  return lines.filter(line => line !== '').join('\n');
}

function partOf(value: Plain): string {
  if (!isMap(value)) return textOf(value);
  const { type, message, stack } = value;
  if (type === undefined || message === undefined) return textOf(value);
  return traceOf({ ...value, stack: stack ?? `${textOf(type)}: ${textOf(message)}` });
}

function textOf(value: Plain | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
