import { isError } from '../../core/read.js';
import type { LogRecord } from '../../core/record.js';
import type { Plain } from '../../core/values.js';
import { visible } from '../../core/visible.js';
import { levelBadge, type Paint, styles } from './colors.js';
import { valueText } from './escape.js';

/**
 * A record, and what `plainFields` made of it, for people: `04:52:16.123 INFO  OrderService: order 17 paid  total=99.5`,
 * with the local time. Fields that the message shows (`{id}`) are not shown again. What was thrown follows on lines of its own, indented, with stack, causes
 * and the members of an `AggregateError`.
 */
export function pretty(record: LogRecord, plain: Record<string, Plain>, paint: Paint): string {
  const { level, logger, message, template, error, ...fields } = plain;
  const badge = levelBadge(record.level);
  let first = `${paint(styles.quiet, localTime(record.timestamp))} ${paint(badge.style, badge.text)}`;
  first += ` ${paint(styles.logger, `${visible(String(logger))}:`)} ${visible(String(message))}`;
  const shown = shownFields(fields, template, paint);
  if (shown !== '') first += `  ${shown}`;
  if (error === undefined) return first;
  const label = isError(record.exception) ? '' : 'thrown ';
  return [first, ...block(error, label, '  ', [], paint)].join('\n');
}

function shownFields(fields: Record<string, Plain>, template: Plain | undefined, paint: Paint): string {
  const shown: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    if (typeof template === 'string' && template.includes(`{${key}}`)) continue;
    shown.push(paint(styles.quiet, `${valueText(key)}=`) + compact(value));
  }
  return shown.join(' ');
}

function compact(value: Plain): string {
  return typeof value === 'string' ? valueText(value) : visible(JSON.stringify(value));
}

/** An error's lines, and those of its causes and members below it. `above` are the frames of the error around it. */
function block(error: Plain, label: string, indent: string, above: readonly string[], paint: Paint): string[] {
  const title = `${indent}${paint(styles.quiet, label)}`;
  if (!isErrorForm(error)) return [title + (typeof error === 'string' ? visible(error) : compact(error))];
  const { type, message, stack, cause, errors, ...own } = error;
  const name = paint(styles.errorType, visible(type));
  const words = message === '' ? name : `${name}: ${visible(message)}`;
  const fields = shownFields(own, undefined, paint);
  const frames = typeof stack === 'string' ? framesOf(stack, message) : [];
  const lines = [fields === '' ? title + words : `${title + words}  ${fields}`];
  const inner = `${indent}  `;
  for (const frame of withoutCommon(frames, above)) lines.push(inner + paint(styles.quiet, frame));
  const members = Array.isArray(errors) ? errors : errors === undefined ? [] : [errors];
  for (const [index, member] of members.entries()) {
    lines.push(...block(member, `[${index + 1}] `, inner, frames, paint));
  }
  if (cause !== undefined) lines.push(...block(cause, 'caused by ', indent, frames, paint));
  return lines;
}

/** An error as the table of values has it. */
type ErrorForm = { [key: string]: Plain; type: string; message: string };

function isErrorForm(value: Plain): value is ErrorForm {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    typeof value['type'] === 'string' &&
    typeof value['message'] === 'string'
  );
}

/** The lines of a stack behind its own "TypeError: message", which may be many lines too: a message makes up no frames. */
function framesOf(stack: string, message: string): string[] {
  return stack
    .slice(headerLength(stack, message))
    .split('\n')
    .map(line => visible(line.trim()))
    .filter(line => line !== '');
}

/**
 * The length of the "TypeError: message" that a stack begins with. V8 writes it when the error is made, so the name may
 * be any; 0 if there is none, or one of another message, which says something that the title does not.
 */
function headerLength(stack: string, message: string): number {
  const end = stack.indexOf('\n');
  const first = end < 0 ? stack : stack.slice(0, end);
  if (/^\s*at /.test(first)) return 0;
  if (message === '') return first.includes(': ') ? 0 : first.length;
  for (let at = first.indexOf(': '); at >= 0; at = first.indexOf(': ', at + 1)) {
    if (isLine(stack, at + 2, message)) return at + 2 + message.length;
  }
  return isLine(stack, 0, message) ? message.length : 0; // of an error whose name is empty
}

/** Whether `text` stands in `stack` at `start`, up to the end of a line. */
function isLine(stack: string, start: number, text: string): boolean {
  const end = start + text.length;
  return stack.startsWith(text, start) && (end === stack.length || stack[end] === '\n');
}

/** Frames that two errors must share at their end before these are left out of the second: fewer are better seen. */
const leastCommon = 3;

/** `frames` without the last ones if the error around this one ends with the same. */
function withoutCommon(frames: readonly string[], above: readonly string[]): readonly string[] {
  let common = 0;
  while (common < frames.length && frames[frames.length - 1 - common] === above[above.length - 1 - common]) common++;
  if (common < leastCommon) return frames;
  return [...frames.slice(0, frames.length - common), `… ${common} more as above`];
}

/** `HH:MM:SS.mmm` in the process's time zone. */
function localTime(timestamp: number): string {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) return '--:--:--.---'; // a time that no Date can hold
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits);
  return `${hours}:${minutes}:${seconds}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
