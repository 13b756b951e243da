import type { LossReason } from '../core/failures.js';
import { send, type TargetReceipt, type Ticket } from '../core/receipt.js';
import type { LogTarget } from '../core/target.js';
import { type Abandoned, receiptOf, restOf } from './abandoned.js';
import { detoured } from './detour.js';
import { isNextTurn } from './turn.js';

/** What a hand-over works with. */
export interface HandOverParts {
  readonly name: () => string;
  readonly fallback: LogTarget;
  /** The fallback has taken a record. */
  readonly onTaken: () => void;
  /** It has not, and never will. Whether the record is lost by that: somebody else may keep it. */
  readonly onRefused: (one: Abandoned, row: number) => boolean;
}

/** Hands batches to a fallback target, record by record and in order, until there is no more time. */
export class HandOver {
  readonly reason: LossReason;
  /** Why the records are given up. */
  readonly error: unknown;
  readonly #parts: HandOverParts;
  readonly #given: readonly Abandoned[];
  #taken = 0;
  #lost = 0;
  #lossError: unknown;
  /** The record that is handed over: those before it have been taken, or lost. */
  #index = 0;
  #row = 0;
  #isStopped = false;
  /** Ends the wait for the fallback. */
  #interrupt: (() => void) | undefined;

  constructor(parts: HandOverParts, given: readonly Abandoned[], reason: LossReason, error: unknown) {
    this.#parts = parts;
    this.#given = given;
    this.reason = reason;
    this.error = error;
  }

  /** How many records the fallback has taken, and how many not, and why. */
  get outcome(): { readonly taken: number; readonly lost: number; readonly error: unknown } {
    return { taken: this.#taken, lost: this.#lost, error: this.#lossError };
  }

  /** Resolves when the fallback has taken or refused every record, or after `stop`. Never rejects. */
  async run(): Promise<void> {
    const { onTaken, onRefused } = this.#parts;
    for (let batch = this.#given[0]; batch !== undefined; batch = this.#given[++this.#index]) {
      for (this.#row = 0; this.#row < batch.size; this.#row++) {
        try {
          const taking = this.#hand(batch, this.#row);
          // The promise for the next turn says that the record has been taken, and that there are many.
          if (taking !== undefined && !isNextTurn(taking)) await this.#unlessStopped(taking);
          this.#interrupt = undefined;
          if (this.#isStopped) return;
          this.#taken++;
          onTaken();
        } catch (error) {
          this.#interrupt = undefined;
          if (this.#isStopped) return;
          if (!onRefused(batch, this.#row)) continue;
          this.#lost++;
          this.#lossError = error;
        }
      }
    }
  }

  /** Hands nothing more over, and tells what the fallback has not taken yet. */
  stop(): readonly Abandoned[] {
    this.#isStopped = true;
    const [first, ...others] = this.#given.slice(this.#index);
    if (first === undefined) return [];
    let row = this.#row;
    // A fallback with an account has the record in its books, or will: it waits for room there.
    if (this.#interrupt !== undefined && this.#parts.fallback.stats() !== undefined) {
      const receipt = receiptOf(this.#parts.name(), first, 'fell back', this.reason, this.error);
      first.tickets?.get(row)?.settle(receipt);
      row++;
      this.#taken++;
      this.#parts.onTaken();
    }
    this.#interrupt?.();
    return row < first.size ? [restOf(first, row), ...others] : others;
  }

  #hand(batch: Abandoned, row: number): void | Promise<void> {
    const { fallback, name } = this.#parts;
    const record = detoured(batch.record(row), name(), this.reason);
    const ticket = batch.tickets?.get(row);
    if (ticket === undefined) return fallback.log(record);
    const { taken, ticket: there } = send(fallback, record);
    if (taken === undefined || isNextTurn(taken)) void this.#settle(ticket, batch, there?.receipt);
    else void Promise.resolve(taken).then(() => this.#settle(ticket, batch, there?.receipt), ignore); // `run` sees to it
    return taken;
  }

  async #settle(ticket: Ticket, batch: Abandoned, fallback: Promise<TargetReceipt> | undefined): Promise<void> {
    if (this.#isStopped) return;
    const fellBack = receiptOf(this.#parts.name(), batch, 'fell back', this.reason, this.error);
    ticket.passedOn = fellBack;
    const there = await fallback;
    ticket.settle(there === undefined ? fellBack : { ...fellBack, fallback: there });
  }

  #unlessStopped(taking: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#interrupt = resolve;
      Promise.resolve(taking).then(resolve, reject);
    });
  }
}

function ignore(): void {}
