import { systemClock } from '../core/clock.js';
import { checkTimeout, within } from '../core/deadline.js';
import type { LogRecord } from '../core/record.js';
import { restoreError } from '../core/restore-error.js';
import type { Deadline } from '../core/target.js';
import { isPlainObject } from '../core/values.js';
import { type BridgeOptions, BridgeTarget, partsOf } from './bridge-target.js';
import { toPino } from './levels.js';
import { pinoMark } from './pino-destination.js';

/** A logger of pino's: as much of it as is needed. */
export interface PinoLike {
  readonly levels: { readonly labels: { readonly [value: number]: string } };
  info(fields: object, message: string): void;
  flush?(callback?: (error?: Error) => void): void;
}

/**
 * Hands records to a logger of pino's, or, given a function, to the one that this gives for a logger's name:
 *
 * ```ts
 * new PinoTarget(pino());
 * new PinoTarget(name => pino.child({ name }));
 * ```
 *
 * The level becomes pino's nearest that is not above it, custom levels included; the fields are pino's, an error is `err`, and
 * a logger that is one for all gets the name of ours as `logger`. A field `msg` is written as `msg_`.
 */
export class PinoTarget extends BridgeTarget<PinoLike> {
  constructor(logger: PinoLike | ((name: string) => PinoLike), options: BridgeOptions = {}) {
    super(logger, options);
  }

  protected override get kind() {
    return kind;
  }

  protected override hand(record: LogRecord, logger: PinoLike): void {
    const method = methodFor(logger, record.level) as Method;
    const { text, fields, error } = partsOf(record, record.exception === undefined ? ['msg'] : ['msg', 'err']);
    const given = {
      ...(this.isOne && { logger: record.loggerName }),
      ...fields,
      ...(error !== undefined && { err: isPlainObject(error) ? restoreError(error) : error }),
      ...pinoMark()
    };
    method.call(logger, given, text);
  }

  /** Resolves when pino's destinations have been flushed too, or at the deadline. */
  override async flush(deadline: Deadline = {}): Promise<void> {
    const timeout = checkTimeout('flush', deadline);
    await super.flush(deadline);
    const flushed = Array.from(this.loggers, flush);
    await within(
      systemClock,
      timeout,
      Promise.all(flushed).then(() => undefined)
    );
  }
}

type Method = (fields: object, message: string) => unknown;

const kind = { words: 'a logger of pino', is: (value: object) => methodFor(value as PinoLike, 0) !== undefined };

function methodFor(logger: PinoLike, level: number): Method | undefined {
  const methods = logger as unknown as Readonly<Record<string, Method | undefined>>;
  const wanted = toPino(level);
  let method: Method | undefined;
  // Integers are the first keys of an object, in order: the highest level that is not above is the last one here.
  for (const [value, label] of Object.entries(logger.levels?.labels ?? {})) {
    if (method !== undefined && Number(value) > wanted) break;
    if (typeof methods[label] === 'function') method = methods[label];
  }
  return method;
}

function flush(logger: PinoLike): Promise<void> {
  return new Promise((resolve, reject) => {
    if (logger.flush === undefined) resolve();
    else if (logger.flush.length === 0)
      resolve(logger.flush()); // before pino 9, which tells nothing
    else logger.flush(error => (error === undefined || error === null ? resolve() : reject(error)));
  });
}
