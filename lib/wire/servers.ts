import type { Clock } from '../core/clock.js';
import { PermanentDeliveryError } from '../core/failures.js';
import { isUnsent, unsent } from '../delivery/unsent.js';

/** One of several servers that take the same. */
export interface Server {
  /** How it is called in errors. */
  readonly name: string;
  /** Its share of the work, in proportion to the weights of the others. */
  readonly weight: number;
  /** Whether it works only while others do not. */
  readonly standby: boolean;
}

export interface ServersOptions<S extends Server> {
  readonly clock: Clock;
  /** Milliseconds that a server which has failed is left alone, as long as there are others. */
  readonly recoverWait: number;
  /** Where the rotation begins, so that many clients do not all begin with the first. */
  readonly random: () => number;
  /** Resolves if the server can be reached again: a connection that is opened and closed. Stops when `signal` says so. */
  readonly probe: (server: S, signal: AbortSignal) => Promise<void>;
  /** Is told when a server has failed and others take its place. */
  readonly onDown?: (server: S, error: unknown) => void;
}

/** An error after which a server must not be tried again, not even where there is no other, for `retryAfter` milliseconds. */
export interface Refusal {
  readonly retryAfter: number;
}

interface Down {
  readonly error: unknown;
  readonly since: number;
  /** It is left alone until then, as long as there are others. */
  readonly until: number;
  /** It must not be tried before that, even where there is no other. */
  readonly refusedUntil: number;
}

/** What is known of a server. */
interface Member<S> {
  readonly server: S;
  /** How much work is due to it, in units of weight: the rotation gives the next to the one with most. */
  credit: number;
  /** Undefined while it is well. */
  down: Down | undefined;
  timer: unknown;
}

/**
 * Servers that take the same, and the choice between them, as Fluentd's out_forward makes it: in rotation by weight;
 * those in standby take the place of others that have failed, as many as have their weight. Work that fails at one is
 * given to the next at once. A server that has failed is left alone for `recoverWait`, and then used again when a probe
 * has reached it. Where all have failed they are tried all the same, those first that failed first: a single server is
 * always tried.
 */
export class Servers<S extends Server> {
  readonly #members: readonly Member<S>[];
  readonly #options: ServersOptions<S>;
  readonly #closed = new AbortController();

  constructor(servers: readonly S[], options: ServersOptions<S>) {
    this.#options = options;
    this.#members = servers.map(server => ({
      server,
      credit: server.weight * options.random(),
      down: undefined,
      timer: undefined
    }));
  }

  /**
   * Gives `work` to one server after the other, each at most once, until it resolves, and resolves with the same. Rejects
   * with the error of the only server there is, or with an `AggregateError` of all; at once with a
   * `PermanentDeliveryError`, which is not the server's fault, and when `signal` is aborted.
   */
  async use<T>(work: (server: S) => Promise<T>, signal: AbortSignal): Promise<T> {
    const failures: { readonly server: S; readonly error: unknown }[] = [];
    const left = new Set(this.#members);
    for (let member = this.#choose(left); member !== undefined; member = this.#choose(left)) {
      left.delete(member);
      const { server } = member;
      const refusal = this.#refusal(member);
      if (refusal !== undefined) {
        failures.push({ server, error: refusal });
        continue;
      }
      try {
        const result = await work(server);
        this.#recover(member);
        return result;
      } catch (error) {
        if (signal.aborted || error instanceof PermanentDeliveryError) throw error;
        this.#fail(member, error);
        failures.push({ server, error });
      }
    }
    throw summary(failures);
  }

  /** Ends all probes. */
  close(): void {
    this.#closed.abort(new Error('closed'));
    for (const { timer } of this.#members) this.#options.clock.clearTimeout(timer);
  }

  /** The next of those that are left: one that is well and due, else one in standby, else the one longest down. */
  #choose(left: ReadonlySet<Member<S>>): Member<S> | undefined {
    if (left.size < 2) return [...left][0];
    const active = this.#active();
    const due = active.filter(member => left.has(member));
    if (due.length > 0) return rotate(due);
    const others = this.#members.filter(member => left.has(member));
    return others.find(({ down }) => down === undefined) ?? others.toSorted((a, b) => since(a) - since(b))[0];
  }

  /** Those that work: all that are well and not in standby, and as many in standby as have the weight that is missing. */
  #active(): Member<S>[] {
    const regular = this.#members.filter(({ server }) => !server.standby);
    const active = regular.filter(({ down }) => down === undefined);
    let missing = weightOf(regular) - weightOf(active);
    for (const member of this.#members) {
      if (missing <= 0) break;
      if (!member.server.standby || member.down !== undefined) continue;
      active.push(member);
      missing -= member.server.weight;
    }
    return active;
  }

  /** The error of a server that has refused us and may not be asked again yet. */
  #refusal({ down }: Member<S>): unknown {
    return down !== undefined && this.#options.clock.now() < down.refusedUntil ? down.error : undefined;
  }

  #recover(member: Member<S>): void {
    if (member.down === undefined) return;
    this.#options.clock.clearTimeout(member.timer);
    member.down = undefined;
    // It begins where the others are: what it missed is not made up for.
    member.credit = 0;
  }

  #fail(member: Member<S>, error: unknown): void {
    const { clock, recoverWait, onDown } = this.#options;
    const { down } = member;
    const { retryAfter = 0 } = error as Partial<Refusal>;
    const now = clock.now();
    member.down = { error, since: now, until: now + Math.max(recoverWait, retryAfter), refusedUntil: now + retryAfter };
    if (this.#members.length === 1) return;
    if (down === undefined) onDown?.(member.server, error);
    clock.clearTimeout(member.timer);
    if (this.#closed.signal.aborted) return;
    member.timer = clock.setTimeout(() => void this.#probe(member), member.down.until - now);
  }

  async #probe(member: Member<S>): Promise<void> {
    const { down } = member;
    let failure: { readonly error: unknown } | undefined;
    try {
      await this.#options.probe(member.server, this.#closed.signal);
    } catch (error) {
      failure = { error };
    }
    if (member.down !== down) return; // work has reached it, or failed at it, in the meantime
    if (failure === undefined) this.#recover(member);
    else this.#fail(member, failure.error);
  }
}

/** Smooth weighted round robin, as nginx does it: a, b, a, c, a for weights of 3, 1 and 1, and never a, a, a, b, c. */
function rotate<S extends Server>(members: readonly Member<S>[]): Member<S> | undefined {
  for (const member of members) member.credit += member.server.weight;
  const [next] = members.toSorted((a, b) => b.credit - a.credit);
  if (next !== undefined) next.credit -= weightOf(members);
  return next;
}

function weightOf<S extends Server>(members: readonly Member<S>[]): number {
  return members.reduce((sum, { server }) => sum + server.weight, 0);
}

function since<S extends Server>({ down }: Member<S>): number {
  return down?.since ?? 0;
}

function summary(failures: readonly { readonly server: Server; readonly error: unknown }[]): unknown {
  const [first, ...others] = failures;
  if (others.length === 0) return first?.error;
  const errors = failures.map(({ error }) => error);
  const texts = failures.map(({ server, error }) => `${server.name}: ${messageOf(error)}`);
  const error = new AggregateError(errors, `no server has taken it: ${texts.join('; ')}`);
  return errors.every(isUnsent) ? unsent(error) : error;
}

/** What stands in an error; Node leaves it empty where several addresses of one host have failed. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
