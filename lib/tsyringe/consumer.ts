import type { DependencyContainer } from 'tsyringe';
import type { AnyClass } from '../core/class-name.js';

/** The classes that containers are making, the outermost first. Making is synchronous, so one list is enough for all. */
const making: AnyClass[] = [];

const watched = new WeakSet<object>();

/**
 * Has containers like this one tell whom they make. tsyringe tells a provider or transform nothing of its consumer, and a
 * class that inherits its constructor inherits what its parent's parameters are injected with, the parent's name included.
 *
 * `construct` is not of tsyringe's public face, though of all its versions 4. Without it an inherited constructor gets
 * the parent's logger, and everything else works.
 */
export function watch(container: DependencyContainer): void {
  const prototype = Object.getPrototypeOf(container) as { construct?: unknown };
  const { construct } = prototype;
  if (typeof construct !== 'function' || watched.has(prototype)) return;
  watched.add(prototype);
  prototype.construct = function (this: unknown, made: AnyClass, ...rest: unknown[]): unknown {
    making.push(made);
    try {
      return Reflect.apply(construct, this, [made, ...rest]);
    } finally {
      making.pop();
    }
  };
}

/** The class that is being made, if it is one. */
export function consumer(): AnyClass | undefined {
  const made = making.at(-1);
  return typeof made === 'function' ? made : undefined;
}

/** The class that is being made, if it inherits from `parent`; else `parent`. */
export function heirOf(parent: AnyClass): AnyClass {
  const made = consumer();
  return made !== undefined && Object.prototype.isPrototypeOf.call(parent, made) ? made : parent;
}
