import { threw } from './read.js';
import { Recent } from './recent.js';
import { joined } from './text.js';
import { plain, textOf } from './values.js';

/** A piece of a template: literal text, a field to fill in, or a format letter for the next argument. */
type Part = string | { readonly field: string; readonly text: string } | { readonly format: string };

/**
 * A field's name in braces: letters, digits and `_ $ . - @`, not starting with a digit's dot, so that JSON, code and
 * CSS in a message stay as they are. Or one of printf's letters as Node's `util.format` knows them.
 */
const placeholder = /\{([\p{L}_$@][\p{L}\p{N}_$@.-]*|\d+)\}|%([sdifjoO%])/gu;

/** The same for templates that are ASCII, as most are: V8 takes half a millisecond to make automata of Unicode's classes. */
const asciiPlaceholder = /\{([A-Za-z_$@][\w$@.-]*|\d+)\}|%([sdifjoO%])/g;
const beyondAscii = /[^\0-\x7f]/;

/**
 * Parsed templates. Real programs have hundreds; one that builds its messages must neither fill the memory nor push out
 * for ever what it uses all the time.
 */
const parsed = new Recent<string, readonly Part[]>(1000);
const maxParsedLength = 1000;

/**
 * Characters of a text that is put together, the mark of a cut not counted: as many as are written of a record in all,
 * far below the longest string that V8 can make (512 Mi). A message that nothing is put into stays as long as it is.
 */
const maxRendered = 16 * 1024 * 1024;

/**
 * The text of a message. What is longer than 16 Mi characters is cut, and ends in "… [n bytes cut]". Never throws,
 * whatever the values do while they are read.
 */
export function renderMessage(
  message: unknown,
  args: readonly unknown[],
  data: Readonly<Record<string, unknown>>
): string {
  if (typeof message !== 'string') return append(textOf(message), args, 0);
  if (!message.includes('{') && (args.length === 0 || !message.includes('%'))) return append(message, args, 0);
  let used = 0;
  let text = '';
  for (const part of parse(message)) {
    let more: string;
    if (typeof part === 'string') more = part;
    else if ('field' in part) more = fieldText(part, data);
    else if (part.format === '%') more = args.length > 0 ? '%' : '%%';
    else more = used < args.length ? formatted(part.format, args[used++]) : `%${part.format}`;
    text = joined(text, more, maxRendered);
  }
  return append(text, args, used);
}

/**
 * Literal texts and fields of a template for which there are no arguments; undefined if it has no fields. The text is what
 * the pieces are one after the other, where the fields are there.
 */
export function piecesOf(template: string): readonly (string | { readonly field: string })[] | undefined {
  const pieces = parse(template).map(part => (typeof part === 'object' && 'format' in part ? `%${part.format}` : part));
  return pieces.some(piece => typeof piece === 'object') ? pieces : undefined;
}

function parse(template: string): readonly Part[] {
  const known = parsed.get(template);
  if (known !== undefined) return known;
  const parts: Part[] = [];
  let end = 0;
  for (const match of template.matchAll(beyondAscii.test(template) ? placeholder : asciiPlaceholder)) {
    if (match.index > end) parts.push(template.slice(end, match.index));
    const [text, field, format] = match;
    if (field !== undefined) parts.push({ field, text });
    else if (format !== undefined) parts.push({ format });
    end = match.index + text.length;
  }
  if (end < template.length) parts.push(template.slice(end));
  if (template.length <= maxParsedLength) parsed.set(template, parts);
  return parts;
}

/** The field's value, or the placeholder itself if there is no such field. `{user.name}` looks into `user` too. */
function fieldText({ field, text }: { field: string; text: string }, data: Readonly<Record<string, unknown>>): string {
  try {
    if (Object.hasOwn(data, field)) return textOf(data[field]);
    let value: unknown = data;
    for (const key of field.split('.')) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return text;
      value = (value as Record<string, unknown>)[key];
    }
    return textOf(value);
  } catch (error) {
    return threw(error);
  }
}

function formatted(format: string, value: unknown): string {
  if (format === 's') return textOf(value);
  try {
    if (format === 'j' || format === 'o' || format === 'O') return JSON.stringify(plain(value));
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'symbol') return 'NaN';
    if (format === 'd') return String(Number(value));
    return String(format === 'i' ? Number.parseInt(String(value), 10) : Number.parseFloat(String(value)));
  } catch (error) {
    return threw(error);
  }
}

function append(text: string, args: readonly unknown[], from: number): string {
  let result = text;
  for (let index = from; index < args.length; index++) {
    result = joined(joined(result, ' ', maxRendered), textOf(args[index]), maxRendered);
  }
  return result;
}
