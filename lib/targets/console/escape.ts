import { unsafeInText } from '../../core/text.js';
import { visible } from '../../core/visible.js';

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
