import { Console } from 'node:console';
import { isError } from '../core/read.js';
import type { LogRecord } from '../core/record.js';
import { visible } from '../core/visible.js';
import { type BridgeOptions, BridgeTarget, partsOf } from './bridge-target.js';
import { nearestName } from './levels.js';

/** Anything with methods for levels: the console, log4js, loglevel, bunyan's and tslog's kin, or what a host hands out. */
export interface ConsoleLike {
  trace?(message: string, ...rest: unknown[]): unknown;
  debug?(message: string, ...rest: unknown[]): unknown;
  verbose?(message: string, ...rest: unknown[]): unknown;
  info?(message: string, ...rest: unknown[]): unknown;
  log?(message: string, ...rest: unknown[]): unknown;
  warn?(message: string, ...rest: unknown[]): unknown;
  warning?(message: string, ...rest: unknown[]): unknown;
  error?(message: string, ...rest: unknown[]): unknown;
  fatal?(message: string, ...rest: unknown[]): unknown;
  critical?(message: string, ...rest: unknown[]): unknown;
}

/**
 * Hands records to an object with methods like `console`'s, or, given a function, to the one that this gives for a
 * logger's name:
 *
 * ```ts
 * new ConsoleLikeTarget(console);
 * new ConsoleLikeTarget(name => log4js.getLogger(name));
 * ```
 *
 * A record becomes `method(text, error?, fields?)`, of the method for its level or, where there is none, the nearest
 * below, or else above: CRITICAL is `fatal` or `critical`, and `error` for the console. The text is rendered, on one line, and
 * safe where methods format it as `util.format` does. Fields are plain values in one object, so that no name of theirs
 * can mean anything to the method.
 *
 * Node's own consoles print what they get: they get errors as the field `error`, and no `trace`, which would be a stack.
 */
export class ConsoleLikeTarget extends BridgeTarget<ConsoleLike> {
  constructor(logger: ConsoleLike | ((name: string) => ConsoleLike), options: BridgeOptions = {}) {
    super(logger, options);
  }

  protected override get kind() {
    return kind;
  }

  protected override hand(record: LogRecord, logger: ConsoleLike): unknown {
    const method = methodFor(logger, record.level) as Method;
    const { text, fields, error } = partsOf(record);
    const rest: unknown[] = [];
    if (error !== undefined) {
      if (isError(record.exception) && !(logger instanceof Console)) rest.push(record.exception);
      else fields['error'] = error;
    }
    if (Object.keys(fields).length > 0) rest.push(fields);
    const line = visible(text);
    return method.call(logger, rest.length === 0 ? line : line.replace(/%(?=[sdifjoOc%])/g, '%%'), ...rest);
  }
}

type Method = (message: string, ...rest: unknown[]) => unknown;

const kind = {
  words: 'an object with methods like info, warn and error',
  is: (value: object) => methodFor(value, 0) !== undefined
};

function methodFor(logger: ConsoleLike, level: number): Method | undefined {
  const methods = logger as Readonly<Record<string, Method | undefined>>;
  const isThere = (name: string) =>
    typeof methods[name] === 'function' && !(name === 'trace' && logger instanceof Console);
  return methods[nearestName(level, isThere) ?? ''];
}
