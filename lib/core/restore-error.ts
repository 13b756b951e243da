import { put } from './read.js';

/** An error of a class named as the one that was written, with its message, stack and other fields. */
export function restoreError({ type, message, stack, ...fields }: Record<string, unknown>): Error {
  const error = new Error(typeof message === 'string' ? message : '');
  Object.defineProperty(error, 'stack', { ...hidden, value: typeof stack === 'string' ? stack : undefined });
  if (typeof type === 'string') Object.setPrototypeOf(error, prototypeNamed(type));
  for (const [key, value] of Object.entries(fields)) put(error as unknown as Record<string, unknown>, key, value);
  return error;
}

const hidden = { configurable: true, enumerable: false, writable: true } as const;

function prototypeNamed(name: string): object {
  class Restored extends Error {}
  Object.defineProperty(Restored, 'name', { configurable: true, value: name });
  Object.defineProperty(Restored.prototype, 'name', { ...hidden, value: name });
  return Restored.prototype;
}
