/** Node has these since 20.0; TypeScript's ES2023 does not know them. */
interface WellFormed {
  isWellFormed(): boolean;
  toWellFormed(): string;
}

/** `text` with U+FFFD in the place of lone surrogates. */
export function wellFormed(text: string): string {
  const unknownToTypes = text as string & WellFormed;
  return unknownToTypes.isWellFormed() ? text : unknownToTypes.toWellFormed();
}

/** What stands at the end of a text of which `bytes` bytes of UTF-8 were cut off. */
export function cutMark(bytes: number): string {
  return `… [${bytes} bytes cut]`;
}

/**
 * `text` as far as its first `length` characters, not inside a surrogate pair, and a mark that says how much was cut.
 * A text that was cut before keeps one mark, of all that was cut.
 */
export function cut(text: string, length: number): string {
  const [mark, before] = /… \[(\d+) bytes cut\]$/.exec(text.slice(-40)) ?? ['', 0];
  const last = text.charCodeAt(length - 1);
  const head = text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
  const bytes = Buffer.byteLength(text) - Buffer.byteLength(mark) - Buffer.byteLength(head);
  return head + cutMark(bytes + Number(before));
}

/**
 * What JSON allows in a string, but no terminal, line reader or JavaScript source should meet: DEL and C1 controls, line
 * separators, and the characters that turn the direction of what follows.
 */
export const unsafeInLines = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const everyUnsafe = new RegExp(unsafeInLines, 'g');

/** A text of JSON with the same meaning and none of these characters. */
export function escapeJson(json: string): string {
  return json.replace(everyUnsafe, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
