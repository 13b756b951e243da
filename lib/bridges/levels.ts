import { LogLevel } from '../core/level.js';

/** The names that levels have elsewhere. Of names for the same level, those that more loggers have come first. */
const byName: ReadonlyMap<string, number> = new Map<string, number>([
  ['trace', LogLevel.TRACE],
  ['silly', LogLevel.TRACE], // npm's, and so winston's
  ['debug', LogLevel.DEBUG],
  ['verbose', 15],
  ['http', 15],
  ['info', LogLevel.INFORMATION],
  ['information', LogLevel.INFORMATION],
  ['log', LogLevel.INFORMATION], // the console's; elsewhere it may want a level first
  ['notice', 25], // syslog's, as those above error
  ['warn', LogLevel.WARNING],
  ['warning', LogLevel.WARNING],
  ['error', LogLevel.ERROR],
  ['err', LogLevel.ERROR],
  ['fatal', LogLevel.CRITICAL],
  ['critical', LogLevel.CRITICAL],
  ['crit', LogLevel.CRITICAL],
  ['emerg', LogLevel.CRITICAL],
  ['alert', LogLevel.CRITICAL]
]);

/** The level of this name, in capitals or not; undefined if the name is none that we know. */
export function levelNamedElsewhere(name: string): LogLevel | undefined {
  return byName.get(name.toLowerCase());
}

/**
 * Of the names that are there, the one of the highest level that is not above `level`, or else of the lowest; undefined
 * if none is there.
 */
export function nearestName(level: number, isThere: (name: string) => boolean): string | undefined {
  let below: string | undefined;
  let above: string | undefined;
  for (const [name, value] of byName) {
    if (!isThere(name)) continue;
    if (value > level) above ??= name;
    else if (below === undefined || value > (byName.get(below) ?? 0)) below = name;
  }
  return below ?? above;
}

/** Pino's numbers are ours plus ten, but for what is below its DEBUG (20), which is half as wide with us. */
export function toPino(level: number): number {
  return level < LogLevel.DEBUG ? level * 2 : level + 10;
}

/** The level of a number of pino's: 1 to 60, and what is beyond to the nearest. */
export function fromPino(value: number): LogLevel {
  const level = value < 20 ? value / 2 : value - 10;
  return Math.min(LogLevel.CRITICAL, Math.max(1, Math.round(level)));
}
