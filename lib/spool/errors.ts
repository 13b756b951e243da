/** Node's code of a system error. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Whether an error is about the process rather than a file: what cannot be read now may be read soon. */
export function isPassing(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM'].includes(String(codeOf(error)));
}

/** Whether an error says that there is no room: on the disk, within a quota, in a file that may not grow so long. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(codeOf(error)));
}
