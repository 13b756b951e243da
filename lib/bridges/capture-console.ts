import { workDepth } from '../core/at-work.js';
import { checkOptions, instance } from '../core/check.js';
import { LogLevel } from '../core/level.js';
import { isPlainObject, textOf } from '../core/values.js';
import { type Destination, Feed } from './feed.js';

/** The methods that are taken over, and their levels. What else a console has prints by these, or is no log. */
const levels = {
  trace: LogLevel.TRACE,
  debug: LogLevel.DEBUG,
  log: LogLevel.INFORMATION,
  info: LogLevel.INFORMATION,
  dir: LogLevel.INFORMATION,
  dirxml: LogLevel.INFORMATION,
  warn: LogLevel.WARNING,
  error: LogLevel.ERROR
} as const;

type Method = keyof typeof levels;

export interface CaptureConsoleOptions {
  /** The console to take over. Default: the global one. */
  readonly console?: Pick<Console, Method>;
}

const rules = {
  console: instance<Pick<Console, Method>>('a Console', value => 'log' in value && 'error' in value)
};

/** A console that has been taken over. */
export interface CapturedConsole {
  /** Gives the console back its own methods. */
  restore(): void;
  [Symbol.dispose](): void;
}

/**
 * Makes records of what a program and its packages say on the console: of the logger, or of the factory's logger `console`.
 * Nothing is printed but by targets.
 *
 * Arguments mean what they mean to a log call: a plain object in the last place holds the fields, an `Error` is the
 * exception, `%s` is filled in. `console.log` is INFORMATION, `trace` TRACE with the field `stack`; `assert`, `table`, `group`,
 * `count` and `timeEnd` come as what they print. A call without arguments is passed
 * over, but for `trace`.
 *
 * What targets print while they work, and what `onFailure` prints of that, goes to the console as before: it would never end.
 */
export function captureConsole(destination: Destination, options: CaptureConsoleOptions = {}): CapturedConsole {
  const { console = globalThis.console } = checkOptions('captureConsole', rules, options);
  const feed = new Feed('captureConsole', destination);
  let isCaptured = true;
  const restorers = (Object.keys(levels) as Method[]).map(method => {
    const original = console[method] as (...args: unknown[]) => void;
    if (typeof original !== 'function') return () => undefined;
    const captured = (...args: unknown[]): void => {
      if (!isCaptured || workDepth() > 0) original.apply(console, args);
      else if (args.length > 0 || method === 'trace') take(feed, method, args, captured);
    };
    console[method] = captured;
    return () => {
      // Who has taken it over since then calls this one, which calls the original from now on.
      if (console[method] === captured) console[method] = original;
    };
  });
  const restore = () => {
    isCaptured = false;
    for (const one of restorers) one();
  };
  return { restore, [Symbol.dispose]: restore };
}

function take(feed: Feed, method: Method, args: unknown[], captured: (...args: unknown[]) => void): void {
  const [first, ...others] = args.length > 0 ? args : ['Trace'];
  // A logger would call a function to have its message.
  const message = typeof first === 'function' ? textOf(first) : first;
  const rest = method === 'dir' ? [] : others;
  if (method === 'trace') {
    const holder: { stack?: string } = {};
    Error.captureStackTrace(holder, captured);
    const stack = holder.stack?.replace(/^.*\n/, '');
    const last = rest.at(-1);
    if (isPlainObject(last)) rest[rest.length - 1] = { stack, ...last };
    else rest.push({ stack });
  }
  feed.call('console', levels[method], message, rest);
}
