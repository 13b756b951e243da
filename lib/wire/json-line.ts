import { escapeJson, unsafeInLines } from '../core/text.js';
import type { ByteWriter } from './bytes.js';

/**
 * Appends `text`, a line of JSON with its newline, so that it holds no control character and no line separator. Returns
 * false, and leaves the bytes as they were, if that takes more than `max` bytes.
 */
export function appendLine(text: string, max: number, into: ByteWriter): boolean {
  if (text.length > max) return false;
  const start = into.length;
  into.text(text);
  const size = into.length - start;
  // As many bytes as characters: it is ASCII, which need not be searched for the rest of them.
  const isSafe = size === text.length ? !text.includes('\u007f') : !unsafeInLines.test(text);
  if (isSafe && size <= max) return true;
  into.truncate(start);
  return !isSafe && appendLine(escapeJson(text), max, into);
}
