import type { LogRecord } from '../core/record.js';
import { type BridgeOptions, BridgeTarget, partsOf } from './bridge-target.js';
import { nearestName } from './levels.js';

/** A logger of winston's: as much of it as is needed. */
export interface WinstonLike {
  readonly levels: { readonly [name: string]: number };
  log(info: { level: string; message: string; [field: string]: unknown }): unknown;
}

/** Marks what came from a record of ours, so that `winstonTransport` does not make a record of it again. */
export const ours = Symbol('logflume');

/** Names that winston itself reads in an info. */
const taken: readonly string[] = ['splat', 'exception', 'rejection'];

/**
 * Hands records to a logger of winston's, or, given a function, to the one that this gives for a logger's name:
 *
 * ```ts
 * new WinstonTarget(winston.createLogger({ … }));
 * new WinstonTarget(name => winston.loggers.get(name));
 * ```
 *
 * The level becomes winston's nearest by its name, of the levels that the logger has; the fields are those of the info, an
 * error is its field `error`, and a logger that is one for all gets the name of ours as `logger`.
 */
export class WinstonTarget extends BridgeTarget<WinstonLike> {
  constructor(logger: WinstonLike | ((name: string) => WinstonLike), options: BridgeOptions = {}) {
    super(logger, options);
  }

  protected override get kind() {
    return kind;
  }

  protected override hand(record: LogRecord, logger: WinstonLike): void {
    const { text, fields, error } = partsOf(record, taken);
    logger.log({
      ...(this.isOne && { logger: record.loggerName }),
      ...fields,
      ...(error !== undefined && { error }),
      level: levelFor(logger, record.level) as string,
      message: text,
      [ours]: true
    });
  }
}

const kind = {
  words: 'a logger of winston',
  is: (value: object) =>
    levelFor(value as WinstonLike, 0) !== undefined && typeof (value as WinstonLike).log === 'function'
};

function levelFor({ levels = {} }: WinstonLike, level: number): string | undefined {
  const known = nearestName(level, name => Object.hasOwn(levels, name));
  if (known !== undefined) return known;
  // Levels of the user's own. Low numbers are high levels, as in syslog.
  const [first] = Object.entries(levels).sort(([, a], [, b]) => a - b);
  return first?.[0];
}
