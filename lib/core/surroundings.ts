import { AsyncLocalStorage } from 'node:async_hooks';
import { keysOf, put, read } from './read.js';
import type { LogData } from './record.js';
import { activeSpan, isTraced } from './tracing.js';

/** What runs inside one `runWith`, also after awaits and in callbacks. */
interface Scope {
  readonly owner: Surroundings;
  /** All fields: those of the scopes around it, too, and the factory's own. */
  readonly fields: LogData;
  readonly outer: Scope | undefined;
}

/** One for all factories. */
const scopes = new AsyncLocalStorage<Scope>();
/** Something has run in a scope. */
let areUsed = false;

/** What a factory's records have besides what their calls and loggers give. */
export class Surroundings {
  readonly #fixed: LogData | undefined;
  readonly #tracing: boolean;
  /** The millisecond in which nothing was there to be asked: most applications use none of it, and need not look again. */
  #bareAt = Number.NaN;

  constructor(fixed: LogData | undefined, tracing: boolean) {
    this.#fixed = fixed;
    this.#tracing = tracing;
  }

  /** Calls `work`; what is logged meanwhile, and by what it starts, has these fields. */
  run<T>(fields: LogData, work: () => T): T {
    const around = this.#scope()?.fields ?? this.#fixed;
    const all = around === undefined ? snapshot(fields) : snapshot({ ...around, ...snapshot(fields) });
    areUsed = true;
    return scopes.run({ owner: this, fields: all, outer: scopes.getStore() }, work);
  }

  /** The fields here and now, for a record of that time; undefined if there are none. */
  fields(now: number): LogData | undefined {
    return now === this.#bareAt && !areUsed ? undefined : this.#look(now);
  }

  #look(now: number): LogData | undefined {
    const own = this.#scope()?.fields ?? this.#fixed;
    if (!this.#tracing || !isTraced()) {
      if (own === undefined) this.#bareAt = now;
      return own;
    }
    const span = activeSpan();
    return span === undefined ? own : layered(span, undefined, own);
  }

  /** The innermost scope of this factory. */
  #scope(): Scope | undefined {
    let scope = scopes.getStore();
    while (scope !== undefined && scope.owner !== this) scope = scope.outer;
    return scope;
  }
}

/** Something that stands for the outermost `runWith` that we are in, of whatever factory; undefined outside of all. */
export function outermostScope(): object | undefined {
  let scope = scopes.getStore();
  while (scope?.outer !== undefined) scope = scope.outer;
  return scope;
}

/** Fields of three origins as one: where names are the same, the later wins. Never throws. */
export function layered(
  low: LogData | undefined,
  middle: LogData | undefined,
  high: LogData | undefined
): LogData | undefined {
  if (low === undefined && middle === undefined) return high;
  if (high === undefined && (low === undefined || middle === undefined)) return low ?? middle;
  try {
    // A spread would take over 1 µs for some shapes of objects. But an own field `__proto__` is a field like any other.
    if (!hasProto(low) && !hasProto(middle) && !hasProto(high)) return Object.assign({}, low, middle, high);
  } catch {
    // A getter or a proxy throws: below, each value is read by itself.
  }
  const all: Record<string, unknown> = {};
  for (const fields of [low, middle, high]) if (fields !== undefined) copyInto(all, fields);
  return all;
}

/** The fields as they are now: an object of values, with no getter left, that nobody can change. Never throws. */
export function snapshot(fields: LogData): LogData {
  const values: Record<string, unknown> = {};
  copyInto(values, fields);
  return Object.freeze(values);
}

function copyInto(values: Record<string, unknown>, fields: LogData): void {
  const keys = keysOf(fields);
  if (typeof keys !== 'string') for (const key of keys) put(values, key, read(fields, key));
}

function hasProto(fields: LogData | undefined): boolean {
  return fields !== undefined && Object.hasOwn(fields, '__proto__');
}
