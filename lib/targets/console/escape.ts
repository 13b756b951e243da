import { escaped, unsafeInText } from '../../core/text.js';

const everyUnsafe = new RegExp(unsafeInText, 'gu');

/** `text` on one line, with `\n`, `\t`, `\u001b` and so on, as letters, in the place of unsafe characters. */
export function visible(text: string): string {
  return unsafeInText.test(text) ? text.replace(everyUnsafe, shown) : text;
}

/** `text` as a JSON string without unsafe characters. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

/** What cannot stand in `key=value` as it is: it would not be seen where the value ends. */
const ambiguous = /[\s="]|^$/;

/** `text` as the value of `key=value`: as it is if that is clear, otherwise quoted. */
export function valueText(text: string): string {
  return ambiguous.test(text) || unsafeInText.test(text) ? quoted(text) : text;
}

function shown(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return escaped(character);
  }
}
