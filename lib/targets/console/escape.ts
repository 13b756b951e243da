/**
 * What a terminal or a reader of lines may take for more than text: control characters (C0, DEL, C1; ESC is one of
 * them), line and paragraph separators, and what makes the text behind it run in another direction.
 */
const unsafe = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
const everyUnsafe = new RegExp(unsafe, 'gu');

/** `text` on one line, with `\n`, `\t`, `\u001b` and so on, as letters, in the place of unsafe characters. */
export function visible(text: string): string {
  return unsafe.test(text) ? text.replace(everyUnsafe, escaped) : text;
}

/** `text` as a JSON string without unsafe characters. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

/** What cannot stand in `key=value` as it is: it would not be seen where the value ends. */
const ambiguous = /[\s="]|^$/;

/** `text` as the value of `key=value`: as it is if that is clear, otherwise quoted. */
export function valueText(text: string): string {
  return ambiguous.test(text) || unsafe.test(text) ? quoted(text) : text;
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
