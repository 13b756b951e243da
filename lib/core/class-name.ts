/** Anything with a name that can be constructed. */
export type AnyClass = abstract new (...args: never[]) => unknown;

/** The name of a class; of one without a name, that of its nearest ancestor that has one, or `anonymous`. */
export function className(type: AnyClass): string {
  for (let at: unknown = type; typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'name') && typeof at.name === 'string' && at.name !== '') return at.name;
  }
  return 'anonymous';
}
