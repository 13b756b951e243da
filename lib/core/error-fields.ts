import { freeName, primitiveText, put, read, threw } from './read.js';

/**
 * An error as fields: `type` (the name of its class), `message`, `stack`, `code`, its own fields, `cause` and `errors`.
 * An own field named `type` is written as `type_`.
 */
export function errorFields(error: Error, room: number): Record<string, unknown> {
  const type = errorType(error);
  const fields: Record<string, unknown> = { type, message: errorMessage(error) };
  if (room <= 0) return fields;
  const { stack, code, cause, errors } = knownParts(error);
  if (typeof stack === 'string') fields['stack'] = stack;
  if (code !== undefined) fields['code'] = code;
  let count = 0;
  for (const key of Object.keys(error)) {
    if (errorNames.has(key)) continue;
    const value = read(error, key);
    if (key === 'name' && value === type) continue;
    put(fields, key === 'type' ? freeName(key, error) : key, value);
    if (++count > room) break;
  }
  if (cause !== undefined) fields['cause'] = cause;
  if (errors !== undefined) fields['errors'] = errors;
  return fields;
}

interface KnownParts {
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * What has a place of its own in every error. Asked for by their names and not by variables: that most errors have no `code`,
 * `cause` or `errors` is then known of their shape.
 */
function knownParts(error: KnownParts): KnownParts {
  try {
    const { stack, code, cause, errors } = error;
    return { stack, code, cause, errors };
  } catch {
    // A getter threw: once more, each read by itself.
    const [stack, code, cause, errors] = ['stack', 'code', 'cause', 'errors'].map(name => read(error, name));
    return { stack, code, cause, errors };
  }
}

/** The properties that `errorFields` writes in a place of their own. */
const errorNames: ReadonlySet<string> = new Set(['message', 'stack', 'code', 'cause', 'errors']);

/** "TypeError: message". Never throws. */
export function errorText(error: Error): string {
  const message = errorMessage(error);
  return message === '' ? errorType(error) : `${errorType(error)}: ${message}`;
}

function errorMessage(error: Error): string {
  const message = messageOf(error);
  return typeof message === 'string' ? message : primitiveText(message);
}

function messageOf(error: Error): unknown {
  try {
    return error.message;
  } catch (thrown) {
    return threw(thrown);
  }
}

/**
 * The name of an error's class; its `name` if the class is one that errors of many kinds share. `constructor` is read
 * from prototypes only, as a value: neither an own property nor a getter has a say.
 */
function errorType(error: Error): string {
  const name = className(error);
  if (name !== 'Error' && name !== 'DOMException') return name;
  const given = read(error, 'name');
  return typeof given === 'string' && given !== '' ? given : name;
}

/** Names of classes by the prototype of their errors: to look them up takes longer than to write a whole record. */
const classNames = new WeakMap<object, string>();

function className(error: Error): string {
  try {
    const prototype: object = Object.getPrototypeOf(error);
    const known = classNames.get(prototype);
    if (known !== undefined) return known;
    const name = nameInChain(prototype);
    classNames.set(prototype, name);
    return name;
  } catch {
    return 'Error'; // a proxy that does not tell: that it is an error is all that is known
  }
}

function nameInChain(start: object): string {
  for (let prototype: object | null = start; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const { value } = Object.getOwnPropertyDescriptor(prototype, 'constructor') ?? {};
    if (typeof value !== 'function') continue;
    const name: unknown = Object.getOwnPropertyDescriptor(value, 'name')?.value;
    if (typeof name === 'string' && name !== '') return name;
  }
  return 'Error';
}
