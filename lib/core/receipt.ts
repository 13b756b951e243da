import type { LossReason } from './failures.js';
import type { LogRecord } from './record.js';
import { type LogTarget, nameOf } from './target.js';
import { textOf } from './values.js';

/** What has become of one record at one target. */
export interface TargetReceipt {
  /** The target's name. */
  readonly target: string;
  /** `kept`: it was on disk when the target was disposed of, and will be sent by the next process. */
  readonly outcome: 'delivered' | 'fell back' | 'lost' | 'kept';
  /** Why it was given up; absent if it was delivered or is kept. */
  readonly reason?: LossReason;
  /** The id of the batch that it was last in, which Fluentd knows as the chunk; absent if it never was in one. */
  readonly chunk?: string;
  /** How many attempts were made to send it, from 0. */
  readonly attempts: number;
  /** The text of the error for which it was given up, if there was one. */
  readonly error?: string;
  /** What has become of it at the fallback target, if it fell back. */
  readonly fallback?: TargetReceipt;
}

/** What has become of one record. */
export interface Receipt {
  /** One for each target that the record was routed to, in the order in which they were added to the factory. */
  readonly targets: readonly TargetReceipt[];
}

/** Makes one receipt: settled once, by whoever has the record when its fate is known. */
export class Ticket {
  readonly receipt: Promise<TargetReceipt>;
  /** Set when the record has been handed on, and its fate is told by another: the receipt without that. */
  passedOn: TargetReceipt | undefined;
  #settle: ((receipt: TargetReceipt) => void) | undefined;

  constructor() {
    this.receipt = new Promise(resolve => {
      this.#settle = resolve;
    });
  }

  get isSettled(): boolean {
    return this.#settle === undefined;
  }

  /** Nobody waits any longer for those who could tell more. `target` is whose receipt it is. */
  close(target: string): void {
    this.settle(this.passedOn ?? { target, outcome: 'lost', reason: 'out of time', attempts: 0 });
  }

  /** Says what has become of the record. Only the first word counts. */
  settle(receipt: TargetReceipt): void {
    this.#settle?.(receipt);
    this.#settle = undefined;
  }
}

/**
 * The ticket for the record that is being logged right now, until a target claims it. It is offered beside the call and
 * not as an argument, so that targets which only hand records on to others need not know of it.
 */
export let offered: Ticket | undefined;

/** Takes the ticket that is offered: its holder will settle it. */
export function claim(): Ticket | undefined {
  const ticket = offered;
  offered = undefined;
  return ticket;
}

/** A record on its way: whether the target has taken charge of it, and what becomes of it there. */
export interface Sending {
  /** As `log` returned it. May reject. */
  readonly taken: void | Promise<void>;
  /** For its receipt. Undefined if the target keeps an account and has not accepted the record: a gate has kept it back. */
  readonly ticket: Ticket | undefined;
}

/**
 * Logs a record to a target and asks for a receipt. A target that claims no ticket has delivered a record when it has
 * taken it and then flushed. Throws what `log` throws.
 */
export function send(target: LogTarget, record: LogRecord): Sending {
  const ticket = new Ticket();
  const outer = offered;
  const before = target.stats()?.accepted;
  offered = ticket;
  try {
    const taken = target.log(record);
    const isClaimed = offered !== ticket;
    if (!isClaimed && before !== undefined && target.stats()?.accepted === before) return { taken, ticket: undefined };
    if (!isClaimed) void settleAfterFlush(ticket, target, taken);
    return { taken, ticket };
  } finally {
    offered = outer;
  }
}

async function settleAfterFlush(ticket: Ticket, target: LogTarget, taken: void | Promise<void>): Promise<void> {
  const name = nameOf(target);
  try {
    await taken;
    await target.flush();
    ticket.settle({ target: name, outcome: 'delivered', attempts: 1 });
  } catch (error) {
    ticket.settle({ target: name, outcome: 'lost', reason: 'target failed', attempts: 1, error: textOf(error) });
  }
}
