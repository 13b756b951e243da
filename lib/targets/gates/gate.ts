import { checkValue, type Rules } from '../../core/check.js';
import { type CommonOptions, targetTypes } from '../../core/config/target-types.js';
import type { FailureListener } from '../../core/failures.js';
import type { LastResort } from '../../core/last-resort.js';
import { hold, release } from '../../core/ownership.js';
import type { LogRecord } from '../../core/record.js';
import { Route } from '../../core/routes.js';
import { type Deadline, defaultListener, LogTarget, type TargetStats, targetRule } from '../../core/target.js';

/**
 * Stands before a target and decides which records it gets, and when. A subclass writes `log`, and calls `pass`.
 *
 * Name, account and fallback are those of the target behind it: what a gate keeps back is not accepted, as what a filter
 * keeps back, and counted in `heldBack`. The target is flushed and disposed of with the gate, unless others hold it too.
 */
export abstract class Gate extends LogTarget {
  readonly #route: Route;
  readonly #target: LogTarget;
  /** Whom the route tells, and it is the route that minds what a listener does. */
  #listener: FailureListener | undefined;
  #disposal: Promise<void> | undefined;

  constructor(target: LogTarget) {
    super();
    checkValue(`${new.target.name}: target`, targetRule, target);
    hold(target);
    this.#target = target;
    this.#route = new Route(target, {}, failure => (this.#listener ?? defaultListener)(failure));
  }

  /** The name of the target behind. */
  override get name(): string {
    return this.#target.name;
  }

  /** How many records have been kept back until now. */
  abstract get heldBack(): number;

  override get fallback(): LogTarget | undefined {
    return this.#target.fallback;
  }

  override stats(): TargetStats {
    return this.#route.stats();
  }

  override reportTo(listener: FailureListener): void {
    super.reportTo(listener);
    this.#listener ??= listener;
    this.#target.reportTo(listener);
  }

  override keepAtExit(resort: LastResort): void {
    this.#target.keepAtExit(resort);
  }

  override async flush(deadline?: Deadline): Promise<void> {
    this.release();
    await Promise.all([this.#target.flush(deadline), this.#route.settled()]);
  }

  override dispose(deadline: Deadline = {}): Promise<void> {
    this.#disposal ??= this.#dispose(deadline);
    return this.#disposal;
  }

  /** Hands a record to the target behind, whatever that does with it. */
  protected pass(record: LogRecord): void | Promise<void> {
    return this.#route.take(record);
  }

  /** Passes on what is ready to be: called before the target is flushed. */
  protected release(): void {}

  /** Frees what the gate holds: called before the target is disposed of. */
  protected close(): void {}

  async #dispose(deadline: Deadline): Promise<void> {
    this.release();
    this.close();
    const disposal = release(this.#target, deadline);
    this.#route.close();
    await Promise.all([disposal, this.#route.settled()]);
  }
}

/** Makes a gate known to configurations, with the target behind it as the option `target`. */
export function enterGate(
  type: string,
  rules: Rules,
  make: (target: LogTarget, options: Readonly<Record<string, unknown>>, common: CommonOptions) => Gate
): void {
  targetTypes.set(type, {
    rules: { target: { ...targetRule, isRequired: true }, ...rules },
    behind: 'target',
    make: ({ target, ...options }, common) => make(target as LogTarget, options, common)
  });
}
