import * as fc from 'fast-check';

/**
 * Makers of objects that do what they can to make reading them fail, among others that do not. Makers, because
 * fast-check itself looks into what it has made.
 */
export function hostile(): fc.Arbitrary<() => unknown> {
  const { tree } = fc.letrec<{ tree: Make; object: Make; array: Make; proxy: Make }>(tie => ({
    tree: fc.oneof({ depthSize: 'small' }, leaf, tie('object'), tie('array'), tie('proxy')),
    object: fc.array(fc.tuple(name, tie('tree')), { maxLength: 6 }).map(fields => () => trapped(fields)),
    array: fc.array(tie('tree'), { maxLength: 4 }).map(makers => () => makers.map(make => make())),
    proxy: fc.tuple(tie('tree'), fc.constantFrom(...traps)).map(
      ([make, trap]) =>
        () =>
          proxyOf(make(), trap)
    )
  }));
  return tree;
}

type Make = () => unknown;

const names = [
  '__proto__',
  'constructor',
  'toJSON',
  'length',
  'then',
  'level',
  'error',
  'stack',
  'cause',
  'throws',
  'self'
];
const name = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...names));

const rare: readonly Make[] = [
  () => Symbol('s'),
  () => fail,
  () => Promise.resolve(),
  () => new WeakMap(),
  () => /x/y,
  () => new Error('e', { cause: { throws: 1 } }),
  () => '\ud800',
  () => Object.assign(new Error('e'), { name: 7, message: {} }),
  () => new Map([[{}, new Map([[1, 2]])]]),
  () => Object.setPrototypeOf(new Date(0), null),
  () => Object.setPrototypeOf([1, 2], null)
];

const leaf: fc.Arbitrary<Make> = fc.oneof(
  fc
    .anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, maxDepth: 1 })
    .map(value => () => value),
  fc.string({ unit: 'binary' }).map(text => () => text),
  fc.constantFrom(...rare)
);

/** An object with these fields, of which `throws` throws, `toJSON` is a function and `self` is the object. */
function trapped(fields: readonly (readonly [string, Make])[]): object {
  const object = Object.create(null) as object;
  for (const [key, make] of fields) {
    const made = make();
    const value = key === 'self' ? object : key === 'toJSON' ? () => made : made;
    const property = key === 'throws' ? { get: fail } : { value };
    Object.defineProperty(object, key, { ...property, configurable: true, enumerable: true });
  }
  return object;
}

const traps = ['get', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'has', 'revoked', 'none'] as const;

function proxyOf(target: unknown, trap: (typeof traps)[number]): unknown {
  if (typeof target !== 'object' || target === null) return target;
  const { proxy, revoke } = Proxy.revocable(target, { [trap]: fail });
  if (trap === 'revoked') revoke();
  return proxy;
}

function fail(): never {
  throw new Error('hostile');
}
