import type { Clock } from './clock.js';
import { within } from './deadline.js';
import type { Host, HostChannel } from './host.js';

/** What threads tell each other: about themselves, or the main thread about the end. */
type Message =
  | { readonly kind: 'who is here' }
  | { readonly kind: 'here' | 'gone' | 'ending' | 'ended'; readonly thread: number }
  | { readonly kind: 'end'; readonly timeout: number };

/**
 * Milliseconds within which a worker thread answers that it is ending, also on a machine that is busy; one that was
 * terminated never will.
 */
const answerTimeout = 1000;

/**
 * Brings the end of the process to its worker threads. Signals and what nobody has caught come to the main thread only,
 * and the end of that ends the others without a word.
 */
export class ThreadBond {
  readonly #host: Host;
  readonly #clock: Clock;
  readonly #channel: HostChannel;
  /** In the main thread: the worker threads that want to know, and what each will do next. */
  readonly #threads = new Map<number, 'answer' | 'end'>();
  #changed: () => void = () => undefined;

  /** `end` is called in a worker thread: it resolves when that is ready for the end. */
  constructor(host: Host, clock: Clock, end: (timeout: number) => Promise<void>) {
    this.#host = host;
    this.#clock = clock;
    this.#channel = host.openChannel(data => {
      const message = messageOf(data);
      if (message === undefined) return;
      if (host.isMainThread) this.#hear(message);
      else if (message.kind === 'who is here') this.#tell('here');
      else if (message.kind === 'end') void this.#end(end, message.timeout);
    });
    if (host.isMainThread) this.#channel.post({ kind: 'who is here' } satisfies Message);
    else this.#tell('here');
  }

  /** In the main thread: resolves when all worker threads are ready for the end, or `timeout` milliseconds from now. */
  async endOthers(timeout: number): Promise<void> {
    if (!this.#host.isMainThread || this.#threads.size === 0) return;
    const ended = new Promise<void>(resolve => {
      this.#changed = () => {
        if (this.#threads.size === 0) resolve();
      };
    });
    this.#clock.setTimeout(() => this.#forgetSilent(), answerTimeout);
    this.#channel.post({ kind: 'end', timeout } satisfies Message);
    await within(this.#clock, timeout, ended);
  }

  close(): void {
    if (!this.#host.isMainThread) this.#tell('gone');
    this.#channel.close();
  }

  #tell(kind: 'here' | 'gone' | 'ending' | 'ended'): void {
    this.#channel.post({ kind, thread: this.#host.threadId } satisfies Message);
  }

  async #end(end: (timeout: number) => Promise<void>, timeout: number): Promise<void> {
    this.#tell('ending');
    await end(timeout);
    this.#tell('ended');
  }

  #hear(message: Message): void {
    if (!('thread' in message)) return;
    const { kind, thread } = message;
    if (kind === 'here') this.#threads.set(thread, 'answer');
    else if (kind === 'ending') this.#threads.set(thread, 'end');
    else this.#threads.delete(thread);
    this.#changed();
  }

  #forgetSilent(): void {
    for (const [thread, next] of this.#threads) if (next === 'answer') this.#threads.delete(thread);
    this.#changed();
  }
}

/** What has come on the channel, if it is one of our messages: another copy of this library may say something else. */
function messageOf(data: unknown): Message | undefined {
  if (typeof data !== 'object' || data === null || !('kind' in data)) return undefined;
  if (data.kind === 'who is here') return { kind: data.kind };
  if (data.kind === 'end') {
    return 'timeout' in data && typeof data.timeout === 'number'
      ? { kind: data.kind, timeout: data.timeout }
      : undefined;
  }
  if (!('thread' in data) || typeof data.thread !== 'number') return undefined;
  const { kind, thread } = data;
  return kind === 'here' || kind === 'gone' || kind === 'ending' || kind === 'ended' ? { kind, thread } : undefined;
}
