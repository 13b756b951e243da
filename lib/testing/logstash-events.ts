import { isPlainObject } from '../core/values.js';

type Fields = Readonly<Record<string, unknown>>;

/** The events of a JSON text: an object is one, an array as many as it has. */
export function eventsOf(text: string): Fields[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [failure(text)];
  }
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.every(isPlainObject) ? values : [failure(text)];
}

/** The events of JSON lines. */
export function linesOf(text: string): Fields[] {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .flatMap(eventsOf);
}

function failure(text: string): Fields {
  return { message: text, tags: ['_jsonparsefailure'] };
}
