import * as fc from 'fast-check';

/** `fc.assert` for properties that need no promise: the linter takes its overload for that, too, for a promise. */
export function assertProperty<T>(property: fc.IProperty<T>, parameters: fc.Parameters<T> = {}): void {
  // biome-ignore lint/nursery/noFloatingPromises: there is none
  fc.assert(property, parameters);
}
