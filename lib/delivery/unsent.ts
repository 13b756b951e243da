/** What attempts failed with in which nothing of their batch was handed to a connection. */
const errors = new WeakSet<object>();

/**
 * Notes that an attempt fails with `error` before anything of its batch is handed to a connection, so that the batch cannot be
 * to blame; returns it, to be thrown. Who does not say so, as targets and transports of users, may have sent all of it.
 */
export function unsent(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) errors.add(error);
  return error;
}

/** Whether nothing of the batch was sent in an attempt that has failed with `error`. */
export function isUnsent(error: unknown): boolean {
  return typeof error === 'object' && error !== null && errors.has(error);
}
