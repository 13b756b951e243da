import { escapeJson, lengthOf, unsafeInLines, wellFormed } from '../core/text.js';
import type { ByteWriter } from './bytes.js';
import { putDigits } from './utf8.js';

/*
 * The scalars of JSON as they stand in a line of ours: without a control character or anything else that `unsafeInLines`
 * finds, which is escaped.
 */

/** Up to here a loop over the characters is faster than Node's native write and a look at its bytes (Node 20). */
const maxLoop = 48;

/** Called by itself and not as a method, as `lengthOf` says. */
const { charCodeAt } = String.prototype;

const quote = 0x22;
const backslash = 0x5c;
const zero = 0x30;
const minus = 0x2d;
const point = 0x2e;

/** In `escapes`: a byte with which safe and unsafe characters begin. */
const doubtful = 1;
/** In `escapes`: what is written as `\u00` and two digits. */
const unicode = 0x75;

/** What to do about each byte of UTF-8: nothing (0), look closer, or write the escape that ends with this letter. */
const escapes = new Uint8Array(256);
escapes.fill(unicode, 0, 0x20);
escapes[0x7f] = unicode;
for (const [byte, letter] of Object.entries({
  8: 'b',
  9: 't',
  10: 'n',
  12: 'f',
  13: 'r',
  [quote]: '"',
  [backslash]: '\\'
})) {
  escapes[Number(byte)] = letter.charCodeAt(0);
}
// U+0080 to U+009F; U+061C; U+200B to U+206F; U+FEFF and U+FFF9 to U+FFFB; the tag characters.
for (const byte of [0xc2, 0xd8, 0xe2, 0xef, 0xf3]) escapes[byte] = doubtful;

/** A JSON string; lone surrogates become U+FFFD. */
export function writeText(into: ByteWriter, text: string): void {
  const length = lengthOf(text);
  if (length > maxLoop) {
    writeLong(into, text);
    return;
  }
  into.reserve(length * 3 + 2);
  const { bytes } = into;
  let at = into.length;
  bytes[at++] = quote;
  for (let index = 0; index < length; index++) {
    const code = charCodeAt.call(text, index);
    if (code > 0x7f || escapes[code] !== 0) {
      writeWide(into, text, index, at);
      return;
    }
    bytes[at++] = code;
  }
  bytes[at++] = quote;
  into.length = at;
}

/** The rest of a short string, from the first character on that is not ASCII or needs an escape; it belongs to `from`. */
function writeWide(into: ByteWriter, text: string, first: number, from: number): void {
  const length = lengthOf(text);
  const { bytes } = into;
  let at = from;
  for (let index = first; index < length; index++) {
    const code = charCodeAt.call(text, index);
    if (code < 0x80 && escapes[code] === 0) {
      bytes[at++] = code;
    } else if (code >= 0xa0 && code < 0x600) {
      bytes[at++] = 0xc0 | (code >> 6);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else if (code >= 0x2070 && code < 0xd800) {
      bytes[at++] = 0xe0 | (code >> 12);
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[at++] = 0x80 | (code & 0x3f);
    } else {
      writeLong(into, text); // escapes, surrogates, and among what is rarer, what is unsafe
      return;
    }
  }
  bytes[at++] = quote;
  into.length = at;
}

/** Any string: written as it is, and looked through for what must be escaped. */
function writeLong(into: ByteWriter, text: string): void {
  into.reserve(lengthOf(text) * 3 + 2);
  const start = into.length + 1;
  const end = start + into.bytes.write(text, start);
  const { bytes } = into;
  let more = 0;
  let isDoubtful = false;
  for (let at = start; at < end; at++) {
    const action = escapes[bytes[at] as number];
    if (action === 0) continue;
    if (action === doubtful) isDoubtful = true;
    else more += action === unicode ? 5 : 1;
  }
  if (isDoubtful && unsafeInLines.test(text)) {
    into.text(escapeJson(JSON.stringify(wellFormed(text))));
    return;
  }
  into.length = end; // what stands there is kept, should the memory grow
  into.reserve(more + 1);
  if (more > 0) spread(into.bytes, end, end + more);
  into.bytes[start - 1] = quote;
  into.bytes[end + more] = quote;
  into.length = end + more + 1;
}

/** Moves the bytes before `from` so that they end before `to`, from the last one on, until escapes have filled the gap. */
function spread(bytes: Uint8Array, from: number, to: number): void {
  for (let read = from, write = to; read < write; ) {
    const byte = bytes[--read] as number;
    const action = escapes[byte] as number;
    if (action <= doubtful) {
      bytes[--write] = byte;
      continue;
    }
    if (action === unicode) {
      bytes[--write] = digits.charCodeAt(byte & 0xf);
      bytes[--write] = digits.charCodeAt(byte >> 4);
      bytes[--write] = zero;
      bytes[--write] = zero;
    }
    bytes[--write] = action;
    bytes[--write] = backslash;
  }
}

const digits = '0123456789abcdef';

/** A number as JSON has it, as `String` writes it; null for NaN and the infinities. -0 is 0. */
export function writeNumber(into: ByteWriter, value: number): void {
  if ((value | 0) === value) writeInteger(into, value);
  else if (!writeDecimal(into, value)) writeAscii(into, Number.isFinite(value) ? String(value) : 'null');
}

/** An integer of 32 bits. */
function writeInteger(into: ByteWriter, value: number): void {
  into.reserve(11);
  if (value < 0) into.bytes[into.length++] = minus;
  const size = Math.abs(value);
  if (size === 2 ** 31) writeAscii(into, '2147483648');
  else into.length = putDigits(into.bytes, into.length, size);
}

/**
 * A number below 1e9 with at most six decimals, as durations and sums are: twice as fast as `String`. Returns false, and
 * writes nothing, for any other. (No two numbers of at most 15 digits are the same double, so the digits that give this
 * one are the shortest that do, which is what `String` writes.)
 */
function writeDecimal(into: ByteWriter, value: number): boolean {
  const size = Math.abs(value);
  const millionths = Math.round(size * 1e6);
  if (!(size < 1e9 && millionths / 1e6 === size)) return false;
  const whole = Math.floor(size);
  into.reserve(18);
  const { bytes } = into;
  if (value < 0) bytes[into.length++] = minus;
  const at = putDigits(bytes, into.length, whole);
  let end = putDigits(bytes, at, 1e6 + millionths - whole * 1e6);
  bytes[at] = point; // in the place of the 1, which keeps the zeros behind it
  while (bytes[end - 1] === zero) end--;
  into.length = end;
  return true;
}

/** A short text of ASCII, as it is. */
export function writeAscii(into: ByteWriter, text: string): void {
  const length = lengthOf(text);
  into.reserve(length);
  const { bytes } = into;
  let at = into.length;
  for (let index = 0; index < length; index++) bytes[at++] = charCodeAt.call(text, index);
  into.length = at;
}
