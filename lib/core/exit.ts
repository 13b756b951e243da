import { boolean, type Checked, checkOptions, milliseconds, type Rule, text } from './check.js';
import type { Clock } from './clock.js';
import { within } from './deadline.js';
import { ThreadBond } from './exit-threads.js';
import { grace } from './finish.js';
import type { Host } from './host.js';
import type { ProcessEnd } from './process-end.js';

/** Signals that end a process unless it listens to them. */
const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGBREAK', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;

export type EndingSignal = (typeof endingSignals)[number];

/** How a factory takes part in the end of the process. */
export interface ExitOptions {
  /** The signals upon which everything is disposed of before they end the process. Default: SIGTERM, SIGINT, SIGHUP. */
  readonly signals?: readonly EndingSignal[];
  /** Milliseconds that this may take at most, from the signal or the error to the end of the process. Default: 5000. */
  readonly timeout?: number;
  /**
   * Whether an exception that nobody catches, and a rejection that nobody handles, is logged at CRITICAL, before it ends
   * the process as ever. Default: true.
   */
  readonly uncaught?: boolean;
  /**
   * The file to which records are appended that cannot be delivered before the process ends, as JSON lines. It is made
   * when there are some, for the owner only. Default: they go to stderr.
   */
  readonly exitFile?: string;
}

const exitRules = {
  signals: {
    words: `an array of signals that end a process: ${endingSignals.join(', ')}`,
    schema: { type: 'array', items: { enum: endingSignals } },
    fallback: ['SIGTERM', 'SIGINT', 'SIGHUP'],
    judge: value => {
      if (!Array.isArray(value)) return 'wrong type';
      return value.every(signal => endingSignals.includes(signal)) ? 'right' : 'out of range';
    }
  } satisfies Rule<readonly EndingSignal[]> as Rule<readonly EndingSignal[]>,
  timeout: milliseconds(0, 5000),
  uncaught: boolean(true),
  exitFile: text()
};

export function checkExit(options: ExitOptions): Checked<typeof exitRules> {
  return checkOptions('handleExit', exitRules, options);
}

/** A factory, as the end of the process needs it. Neither `flush` nor `dispose` rejects. */
export interface Ending {
  readonly options: Checked<typeof exitRules>;
  /** Logs what was thrown and not caught. */
  log(origin: 'uncaught exception' | 'unhandled rejection', error: unknown): void;
  flush(timeout: number): Promise<unknown>;
  dispose(timeout: number): Promise<unknown>;
}

/** What ends the process. */
type Cause = { readonly signal: EndingSignal } | { readonly error: unknown };

/**
 * The share of the time that is left to other listeners of the same signal or error to end the process in their own
 * way: a server that finishes its requests.
 */
const othersShare = 0.75;

/** The share of the time that worker threads take, so that their answer comes in time. */
const threadShare = 0.9;

/**
 * Ends the process after a signal or an uncaught error, when all factories have been disposed of, as it would have ended
 * without us: by the signal, or with the error on stderr and exit code 1. One for the program, so that several factories
 * end together.
 */
export class ExitWatch {
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #processEnd: ProcessEnd;
  readonly #endings = new Set<Ending>();
  readonly #signals = new Map<EndingSignal, () => void>();
  #listensToErrors = false;
  #cause: Cause | undefined;
  #bond: ThreadBond | undefined;

  constructor(host: Host, clock: Clock, processEnd: ProcessEnd) {
    this.#host = host;
    this.#clock = clock;
    this.#processEnd = processEnd;
  }

  add(ending: Ending): void {
    this.#endings.add(ending);
    this.#bond ??= new ThreadBond(this.#host, this.#clock, timeout => this.#endThread(timeout));
    this.#listen();
  }

  remove(ending: Ending): void {
    this.#endings.delete(ending);
    if (this.#cause !== undefined) return;
    this.#listen();
    if (this.#endings.size > 0) return;
    this.#bond?.close();
    this.#bond = undefined;
  }

  /** Listens to what the factories want to know of, and to nothing else. */
  #listen(): void {
    const host = this.#host;
    const endings = Array.from(this.#endings, ({ options }) => options);
    const wanted = new Set(endings.flatMap(({ signals }) => signals));
    for (const signal of wanted) {
      // In a worker thread no signal arrives: the main thread gets them all.
      if (this.#signals.has(signal) || !host.isMainThread) continue;
      const listener = () => this.#signalled(signal);
      this.#signals.set(signal, listener);
      host.on(signal, listener);
    }
    for (const [signal, listener] of this.#signals) {
      if (wanted.has(signal)) continue;
      host.off(signal, listener);
      this.#signals.delete(signal);
    }
    const wantsErrors = endings.some(({ uncaught }) => uncaught);
    if (wantsErrors !== this.#listensToErrors) host[wantsErrors ? 'on' : 'off']('uncaughtException', this.#thrown);
    this.#listensToErrors = wantsErrors;
  }

  #signalled(signal: EndingSignal): void {
    if (this.#cause === undefined) {
      const others = this.#host.listenerCount(signal) > 1;
      void this.#end({ signal }, others);
    } else if (signal === 'SIGINT') {
      this.#finish({ signal }, true); // somebody presses Ctrl-C and does not want to wait any longer
    }
  }

  readonly #thrown = (error: unknown, origin: unknown): void => {
    this.#processEnd.begin(); // a factory that has been disposed of has it kept, too
    for (const ending of this.#endings) {
      if (!ending.options.uncaught) continue;
      ending.log(origin === 'unhandledRejection' ? 'unhandled rejection' : 'uncaught exception', error);
    }
    if (this.#cause === undefined) void this.#end({ error }, this.#host.listenerCount('uncaughtException') > 1);
  };

  async #end(cause: Cause, hasOthers: boolean): Promise<void> {
    this.#cause = cause;
    this.#processEnd.begin();
    const host = this.#host;
    const begin = host.uptime();
    const endings = [...this.#endings];
    const longest = Math.max(...endings.map(({ options }) => options.timeout));
    if (hasOthers) {
      await Promise.all([
        pause(this.#clock, longest * othersShare),
        ...endings.map(ending => ending.flush(ending.options.timeout * othersShare))
      ]);
    }
    const left = (timeout: number) => begin + timeout - host.uptime();
    await Promise.all([
      this.#bond?.endOthers(Math.max(0, left(longest))),
      ...endings.map(ending => this.#dispose(ending, left(ending.options.timeout)))
    ]);
    this.#finish(cause, hasOthers);
  }

  /** Disposes of a factory in time, also if that was begun before, with more of it: what is then left has its last chance. */
  async #dispose(ending: Ending, timeout: number): Promise<void> {
    const disposed = ending.dispose(Math.max(0, timeout));
    await within(this.#clock, Math.max(0, timeout + grace), disposed);
  }

  /** The main thread is about to end the process, and this thread with it. */
  async #endThread(timeout: number): Promise<void> {
    this.#processEnd.begin();
    await Promise.all(Array.from(this.#endings, ending => this.#dispose(ending, timeout * threadShare)));
    this.#processEnd.finish();
  }

  /** Ends the process, now. */
  #finish(cause: Cause, hasOthers: boolean): void {
    const host = this.#host;
    for (const [signal, listener] of this.#signals) host.off(signal, listener);
    host.off('uncaughtException', this.#thrown);
    this.#processEnd.finish();
    if ('signal' in cause) host.kill(cause.signal);
    else if (hasOthers) host.exit(1);
    else host.crash(cause.error); // as if we had never been there: Node shows it, and ends with code 1
  }
}

/** Does not keep the process alive: if the others have come to an end before, it may end. */
function pause(clock: Clock, delay: number): Promise<void> {
  return new Promise(resolve => clock.setTimeout(resolve, delay));
}
