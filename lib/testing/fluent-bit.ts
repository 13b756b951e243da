import { contentsOf, type MessageLimits } from '../wire/msgpack-scan.js';
import type { ParsedMessage } from './forward-message.js';

/**
 * Throws for a message upon which Fluent Bit (5.1) closes the connection, and which Fluentd takes, skips or ignores. Where
 * Fluent Bit acknowledges what it cannot read and loses it, as it does with broken gzip, we stay with Fluentd, which says so.
 */
export function checkAsFluentBit(
  bytes: Buffer,
  message: ParsedMessage | undefined,
  limits: MessageLimits
): asserts message is ParsedMessage {
  const problem = problemOf(bytes, message, limits);
  if (problem !== undefined) throw new Error(`Forward: Fluent Bit takes no ${problem}`);
}

function problemOf(bytes: Buffer, message: ParsedMessage | undefined, limits: MessageLimits): string | undefined {
  if (message === undefined) return 'message that is no array, or an empty one';
  const { mode, events, invalid, chunk } = message;
  if (!isStr(contentsOf(bytes, limits)?.[0])) return 'tag that is no str';
  if (chunk !== undefined && typeof chunk !== 'string') return 'chunk that is no str';
  const isPacked = mode === 'PackedForward' || mode === 'CompressedPackedForward';
  if (isPacked) return events.length + invalid === 0 ? 'packed message without entries' : undefined;
  const isNegative = events.some(({ time }) => typeof time === 'number' && time < 0);
  return invalid > 0 || isNegative ? 'entry whose time or record is none' : undefined;
}

function isStr([head = 0xc0]: Buffer = Buffer.alloc(0)): boolean {
  return (head >= 0xa0 && head <= 0xbf) || (head >= 0xd9 && head <= 0xdb);
}
