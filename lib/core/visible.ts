/**
 * What a terminal or a reader of lines may take for more than text: control characters (C0, DEL, C1; ESC is one of
 * them), line and paragraph separators, and what makes the text behind it run in another direction.
 */
export const unsafe = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
const everyUnsafe = new RegExp(unsafe, 'gu');

/** `text` on one line, with `\n`, `\t`, `\u001b` and so on, as letters, in the place of unsafe characters. */
export function visible(text: string): string {
  return unsafe.test(text) ? text.replace(everyUnsafe, escaped) : text;
}

function escaped(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
}
