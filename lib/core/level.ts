/**
 * How important a record is. The values are those of Python's `logging`, with TRACE below them; any integer from
 * 1 to 50 may be used as a level in between.
 *
 * `NONE` is not a level to log at: as a target's minimum it means "the factory's minimum".
 */
export enum LogLevel {
  NONE = 0,
  TRACE = 5,
  DEBUG = 10,
  INFORMATION = 20,
  WARNING = 30,
  ERROR = 40,
  CRITICAL = 50
}

/** The levels that have a name, highest first. */
const named = [
  LogLevel.CRITICAL,
  LogLevel.ERROR,
  LogLevel.WARNING,
  LogLevel.INFORMATION,
  LogLevel.DEBUG,
  LogLevel.TRACE
] as const;

const names: readonly string[] = Array.from({ length: LogLevel.CRITICAL + 1 }, (_, level) => {
  if (level === LogLevel.NONE) return 'NONE';
  return LogLevel[named.find(candidate => candidate <= level) ?? LogLevel.TRACE];
});

/** The name of a level; for a number between two levels, the name of the lower one; below TRACE, TRACE. */
export function levelName(level: number): string {
  return names[level] ?? (level > LogLevel.CRITICAL ? 'CRITICAL' : 'NONE');
}

/** Whether records can be logged at `level`: an integer from 1 to 50. */
export function isLogLevel(level: unknown): level is LogLevel {
  return Number.isInteger(level) && Number(level) > LogLevel.NONE && Number(level) <= LogLevel.CRITICAL;
}

/** The names that a level goes by, in lower case: those of the enum and of the logger's methods. */
const byName: ReadonlyMap<string, LogLevel> = new Map([
  ...named.map(level => [LogLevel[level].toLowerCase(), level] as const),
  ['info', LogLevel.INFORMATION],
  ['warn', LogLevel.WARNING],
  ['fatal', LogLevel.CRITICAL]
]);

/** The names as editors propose them: schemas know nothing of case. */
export const levelNames: readonly string[] = Array.from(byName.keys()).flatMap(inCases);

/** Where the schema of configurations has them. */
export const levelReference = '#/definitions/levelName';

/** `info`, `INFO` and `Info`. */
export function inCases(name: string): string[] {
  return [name, name.toUpperCase(), name.charAt(0).toUpperCase() + name.slice(1)];
}

/** The level that a text means: a name in any case (`info`, `INFORMATION`, `warn`), or a number from 1 to 50. */
export function levelOf(text: string): LogLevel | undefined {
  const known = byName.get(text.toLowerCase());
  if (known !== undefined) return known;
  const level = /^\d+$/.test(text) ? Number(text) : undefined;
  return isLogLevel(level) ? level : undefined;
}
