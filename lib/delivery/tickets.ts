import { claim, type Ticket } from '../core/receipt.js';

/** The tickets of a target that are not settled: no record's fate may remain untold. */
export class OpenTickets {
  readonly #name: () => string;
  readonly #open = new Set<Ticket>();

  constructor(name: () => string) {
    this.#name = name;
  }

  /** Takes the ticket that is on offer. */
  claim(): Ticket | undefined {
    const ticket = claim();
    if (ticket === undefined) return undefined;
    this.#open.add(ticket);
    void ticket.receipt.then(() => this.#open.delete(ticket));
    return ticket;
  }

  /** There is nobody left who could tell what becomes of a record: whoever waits for a receipt gets one now. */
  close(): void {
    for (const ticket of this.#open) if (ticket.passedOn === undefined) ticket.close(this.#name());
  }
}
