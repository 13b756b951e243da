import { escaped, unsafeInText } from './text.js';

const everyUnsafe = new RegExp(unsafeInText, 'gu');

/** `text` on one line, with `\n`, `\t`, `\u001b` and so on, as letters, in the place of unsafe characters. */
export function visible(text: string): string {
  return unsafeInText.test(text) ? text.replace(everyUnsafe, shown) : text;
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
