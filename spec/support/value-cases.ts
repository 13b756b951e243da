import vm from 'node:vm';
import type { Plain } from '../../lib/core/values.js';

/** A value and the form in which every encoder writes it as a field. */
export interface ValueCase {
  readonly name: string;
  /** A new value each time: some are used up by being read. */
  readonly make: () => unknown;
  /** The written form; undefined if the field is left out. */
  readonly form: Plain | undefined;
  /** The form in MessagePack, if it is another. */
  readonly inMessagePack?: bigint;
}

const row = (name: string, make: () => unknown, form: Plain | undefined, inMessagePack?: bigint): ValueCase => ({
  name,
  make,
  form,
  ...(inMessagePack !== undefined && { inMessagePack })
});

/** An object with its own key `__proto__`. */
const withProto = (value: Plain): { [key: string]: Plain } =>
  JSON.parse(`{"a":1,"__proto__":${JSON.stringify(value)}}`);

function fail(message = 'boom'): never {
  throw new Error(message);
}

class Point {
  x = 1;
  y = 2;
  get sum(): number {
    return this.x + this.y;
  }
}

class HttpError extends Error {
  status = 503;
}

/** An error with a stack that the table can name. */
function withStack<E extends Error>(error: E): E {
  error.stack = 'the stack';
  return error;
}

function nested(depth: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < depth; level++) value = { d: value };
  return value;
}

function nestedForm(depth: number, bottom: Plain): Plain {
  let value = bottom;
  for (let level = 0; level < depth; level++) value = { d: value };
  return value;
}

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function cycle(): unknown {
  const object: Record<string, unknown> = { a: 1 };
  object['self'] = object;
  object['list'] = [object];
  return object;
}

function errorCycle(): unknown {
  const error = withStack(new Error('outer'));
  error.cause = error;
  return error;
}

function argumentsOf(..._values: unknown[]): unknown {
  // biome-ignore lint/complexity/noArguments: arguments objects are values too
  return arguments;
}

const shared = { s: 1 };
const long = 'x'.repeat(70_000);

/** The table of written forms: every row of it, and what is near its edges. */
export const valueCases: readonly ValueCase[] = [
  row('a string', () => 'text', 'text'),
  row('an empty string', () => '', ''),
  row('a string of 70 000 characters', () => long, long),
  row('a string of 70 000 bytes that are not ASCII', () => 'é'.repeat(35_000), 'é'.repeat(35_000)),
  row('emoji', () => '😀', '😀'),
  row('control characters', () => 'a\u0000\n\u2028\u2029\u0085b', 'a\u0000\n\u2028\u2029\u0085b'),
  row('a lone surrogate', () => 'a\ud800b', 'a\ufffdb'),
  row('a lone surrogate at the end', () => 'ab\ud83d', 'ab\ufffd'),
  row('a lone surrogate in a long string', () => `${'x'.repeat(50)}\udc00y`, `${'x'.repeat(50)}\ufffdy`),
  row('a lone surrogate in a key', () => ({ 'a\ud800': 1 }), { 'a\ufffd': 1 }),

  row('0', () => 0, 0),
  row('-0', () => -0, 0),
  row('127', () => 127, 127),
  row('-33', () => -33, -33),
  row('2^32', () => 2 ** 32, 2 ** 32),
  row('-2^40', () => -(2 ** 40), -(2 ** 40)),
  row('the largest safe integer', () => Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  row('an integer that is not safe', () => 2 ** 53 + 2, 2 ** 53 + 2),
  row('1e300', () => 1e300, 1e300),
  row('0.1', () => 0.1, 0.1),
  row('NaN', () => Number.NaN, null),
  row('Infinity', () => Number.POSITIVE_INFINITY, null),
  row('-Infinity', () => Number.NEGATIVE_INFINITY, null),
  row('NaN in an array', () => [Number.NaN, -0], [null, 0]),

  row('5n', () => 5n, 5),
  row('-5n', () => -5n, -5),
  row('2n ** 53n', () => 2n ** 53n, '9007199254740992', 2n ** 53n),
  row('2n ** 64n - 1n', () => 2n ** 64n - 1n, '18446744073709551615', 2n ** 64n - 1n),
  row('-(2n ** 63n)', () => -(2n ** 63n), '-9223372036854775808', -(2n ** 63n)),
  row('2n ** 70n', () => 2n ** 70n, '1180591620717411303424'),
  row('a BigInt of a million bits', () => 1n << 1_000_000n, '[BigInt]'),

  row('true', () => true, true),
  row('false', () => false, false),
  row('null', () => null, null),
  row('undefined', () => undefined, undefined),
  row('undefined in a map', () => ({ a: undefined, b: 1 }), { b: 1 }),
  row('undefined in an array', () => [1, undefined, 2], [1, null, 2]),
  // biome-ignore lint/suspicious/noSparseArray: the hole is the case
  row('a hole in an array', () => [1, , 3], [1, null, 3]),

  row('a Date', () => new Date(1_700_000_000_123), '2023-11-14T22:13:20.123Z'),
  row('an invalid Date', () => new Date(Number.NaN), null),
  row('a Date of another realm', () => vm.runInNewContext('new Date(0)'), '1970-01-01T00:00:00.000Z'),

  row('a Buffer', () => Buffer.from([1, 2, 3]), 'AQID'),
  row('a part of a Buffer', () => Buffer.from([0, 1, 2, 3, 0]).subarray(1, 4), 'AQID'),
  row('a Uint8Array', () => new Uint8Array([1, 2, 3]), 'AQID'),
  row('a Float64Array', () => new Float64Array([1.5]), 'AAAAAAAA+D8='),
  row('a DataView', () => new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 1, 2), 'AQI='),
  row('an ArrayBuffer', () => new Uint8Array([1, 2, 3]).buffer, 'AQID'),
  row('a SharedArrayBuffer', () => new SharedArrayBuffer(3), 'AAAA'),
  row(
    'a typed array that lies about its length',
    () => Object.defineProperty(new Uint8Array([1, 2, 3]), 'byteLength', { value: 2 ** 31 }),
    'AQID'
  ),

  row(
    'a Map',
    () =>
      new Map<unknown, unknown>([
        ['a', 1],
        [2, undefined],
        [null, [3]],
        [{ id: 4 }, 4]
      ]),
    { a: 1, null: [3], '{ id: 4 }': 4 }
  ),
  row('a Map with the key __proto__', () => new Map([['__proto__', 1]]), JSON.parse('{"__proto__":1}')),
  row(
    'a Map whose keys are the same text',
    () =>
      new Map<unknown, unknown>([
        ['1_2', 'c'],
        [1, 'a'],
        ['1', 'b'],
        [1n, 'd'],
        [{ a: 1 }, 'e'],
        [{ a: 1 }, 'f'],
        [{ a: 1 }, 'g']
      ]),
    { '1': 'a', '1_2': 'c', '1_3': 'b', '1_4': 'd', '{ a: 1 }': 'e', '{ a: 1 }_2': 'f', '{ a: 1 }_3': 'g' }
  ),
  row('keys that become the same text', () => ({ '\ud800': 1, '\ud801': 2, '\ufffd': 3, '\udc00': 4 }), {
    '\ufffd_2': 1,
    '\ufffd_3': 2,
    '\ufffd': 3,
    '\ufffd_4': 4
  }),
  row(
    'keys of a Map that become the same text',
    () =>
      new Map([
        ['\ud800', 1],
        ['\ufffd', 2]
      ]),
    { '\ufffd_2': 1, '\ufffd': 2 }
  ),
  row('a long key with a lone surrogate', () => ({ [`${'k'.repeat(50)}\ud800`]: 1, [`${'k'.repeat(50)}\ufffd`]: 2 }), {
    [`${'k'.repeat(50)}\ufffd_2`]: 1,
    [`${'k'.repeat(50)}\ufffd`]: 2
  }),
  row('a Set', () => new Set([1, undefined, 'b']), [1, null, 'b']),
  row('an arguments object', () => argumentsOf(1, 'b'), [1, 'b']),
  row(
    'an iterable array-like',
    () => ({ __proto__: { [Symbol.iterator]: Array.prototype[Symbol.iterator] }, length: 2, 0: 'a', 1: 'b' }),
    ['a', 'b']
  ),
  row('an array-like that is not iterable', () => ({ length: 1, 0: 'a' }), { 0: 'a', length: 1 }),
  row(
    'an iterable array-like that throws',
    () => ({
      length: 3,
      *[Symbol.iterator]() {
        yield 1;
        fail('no more');
      }
    }),
    '[Threw: no more]'
  ),

  row('an Error', () => withStack(new TypeError('boom')), { type: 'TypeError', message: 'boom', stack: 'the stack' }),
  row('an Error with code and fields', () => Object.assign(withStack(new HttpError('down')), { code: 'E1' }), {
    type: 'HttpError',
    message: 'down',
    stack: 'the stack',
    code: 'E1',
    status: 503
  }),
  row('an Error with a name of its own', () => Object.assign(withStack(new Error('x')), { name: 'Named', type: 7 }), {
    type: 'Named',
    message: 'x',
    stack: 'the stack',
    type_: 7
  }),
  row('an Error with a cause', () => withStack(new Error('a', { cause: withStack(new RangeError('b')) })), {
    type: 'Error',
    message: 'a',
    stack: 'the stack',
    cause: { type: 'RangeError', message: 'b', stack: 'the stack' }
  }),
  row('an AggregateError', () => withStack(new AggregateError([withStack(new Error('one')), 2], 'all')), {
    type: 'AggregateError',
    message: 'all',
    stack: 'the stack',
    errors: [{ type: 'Error', message: 'one', stack: 'the stack' }, 2]
  }),
  row('an Error of another realm', () => withStack(vm.runInNewContext('new TypeError("far")') as Error), {
    type: 'TypeError',
    message: 'far',
    stack: 'the stack'
  }),
  row('an Error that causes itself', errorCycle, {
    type: 'Error',
    message: 'outer',
    stack: 'the stack',
    cause: '[Circular]'
  }),
  row(
    'an Error whose stack throws',
    () => Object.defineProperty(new Error('x'), 'stack', { get: () => fail('no stack') }),
    { type: 'Error', message: 'x', stack: '[Threw: no stack]' }
  ),

  row('toJSON', () => ({ secret: 1, toJSON: () => ({ shown: new Date(0) }) }), { shown: '1970-01-01T00:00:00.000Z' }),
  row('toJSON that gives undefined', () => ({ toJSON: () => undefined }), undefined),
  row('toJSON that gives a BigInt', () => ({ toJSON: () => 5n }), 5),
  row(
    'toJSON that copies its object',
    () => ({
      a: 1,
      toJSON() {
        return { ...this };
      }
    }),
    { a: 1, toJSON: '[Function: toJSON]' }
  ),
  row(
    'toJSON that is not enumerable',
    () => Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'hidden' }),
    'hidden'
  ),
  row('toJSON of an array', () => Object.assign([1], { toJSON: () => 'list' }), 'list'),
  row('a URL', () => new URL('http://x/y'), 'http://x/y'),
  row('toJSON that throws', () => ({ toJSON: () => fail('no json') }), '[Threw: no json]'),

  row('an object', () => ({ a: 1, b: { c: [true] } }), { a: 1, b: { c: [true] } }),
  row('an object without a prototype', () => Object.assign(Object.create(null), { a: 1 }), { a: 1 }),
  row('an instance of a class', () => new Point(), { x: 1, y: 2 }),
  row('inherited properties', () => Object.assign(Object.create({ inherited: 1 }), { own: 2 }), { own: 2 }),
  row('a symbol as a key', () => ({ [Symbol('s')]: 1, a: 2 }), { a: 2 }),
  row('the key __proto__', () => withProto({ x: 1 }), withProto({ x: 1 })),
  row('a constructor that lies', () => ({ constructor: { name: 'Date' }, a: 1 }), {
    constructor: { name: 'Date' },
    a: 1
  }),
  row('a tag that lies', () => ({ [Symbol.toStringTag]: 'Map', size: 3 }), { size: 3 }),
  row('16 fields', () => Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, index])), {
    ...Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, index]))
  }),
  row(
    '16 fields of which one is undefined',
    () => Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, index === 3 ? undefined : index])),
    Object.fromEntries(
      Array.from({ length: 16 }, (_, index): [string, number] => [`k${index}`, index]).filter(([key]) => key !== 'k3')
    )
  ),

  row('a boxed number', () => Object(7), 7),
  row('a boxed string', () => Object('s'), 's'),
  row('a boxed boolean', () => Object(false), false),
  row('a boxed BigInt', () => Object(5n), 5),
  row('a boxed symbol', () => Object(Symbol('s')), 'Symbol(s)'),
  row('a function', () => function named() {}, '[Function: named]'),
  row('a function without a name', () => () => {}, '[Function]'),
  row('a function whose name is no string', () => Object.defineProperty(() => {}, 'name', { value: 7 }), '[Function]'),
  row(
    'a function whose name is a getter',
    () => Object.defineProperty(() => {}, 'name', { get: () => fail() }),
    '[Function]'
  ),
  row('a symbol', () => Symbol('description'), 'Symbol(description)'),
  row('a RegExp', () => /a/g, '/a/g'),
  row('a WeakMap', () => new WeakMap(), '[WeakMap]'),
  row('a WeakSet', () => new WeakSet(), '[WeakSet]'),
  row('a WeakRef', () => new WeakRef({}), '[WeakRef]'),
  row('a Promise', () => Promise.resolve(1), '[Promise]'),
  row(
    'a generator',
    () =>
      (function* () {
        yield 1;
      })(),
    '[Generator]'
  ),
  row('an iterator of a Map', () => new Map().entries(), '[Map Iterator]'),
  row('an iterator of a Set', () => new Set().values(), '[Set Iterator]'),

  row('a cycle', cycle, { a: 1, self: '[Circular]', list: ['[Circular]'] }),
  row('an object that is there twice', () => [shared, shared], [{ s: 1 }, { s: 1 }]),
  row('31 levels', () => nested(31), nestedForm(31, 'bottom')),
  row('32 levels', () => nested(32), nestedForm(31, '[Object]')),
  row('10 000 levels', () => nested(10_000), nestedForm(31, '[Object]')),

  row(
    'a getter',
    () => ({
      get a() {
        return 1;
      }
    }),
    { a: 1 }
  ),
  row(
    'a getter that throws',
    () => ({
      a: 1,
      get b() {
        return fail();
      },
      c: 2
    }),
    { a: 1, b: '[Threw: boom]', c: 2 }
  ),
  row(
    'a getter that throws a string',
    () => ({
      get b() {
        throw 'text';
      }
    }),
    { b: '[Threw: text]' }
  ),
  row(
    'a getter that throws an error that throws',
    () => ({
      get b() {
        throw Object.defineProperty(new Error(), 'message', { get: () => fail() });
      }
    }),
    { b: '[Threw: an error without a message]' }
  ),
  row('a Proxy', () => new Proxy({ a: 1 }, {}), { a: 1 }),
  row('a Proxy of an array', () => new Proxy([1, 2], {}), [1, 2]),
  row('a Proxy whose get throws', () => new Proxy({ a: 1 }, { get: () => fail() }), '[Threw: boom]'),
  row('a Proxy whose ownKeys throws', () => new Proxy({ a: 1 }, { ownKeys: () => fail() }), '[Threw: boom]'),
  row(
    'a Proxy whose getPrototypeOf throws',
    () => new Proxy({ a: 1 }, { getPrototypeOf: () => fail() }),
    '[Threw: boom]'
  ),
  row('a revoked Proxy', () => revoked({}), "[Threw: Cannot perform 'get' on a proxy that has been revoked]"),
  row(
    'a revoked Proxy of an array',
    () => revoked([]),
    "[Threw: Cannot perform 'get' on a proxy that has been revoked]"
  ),
  row(
    'a Proxy of an array that lies about its length',
    () => new Proxy([1], { get: (target, key) => (key === 'length' ? 'many' : Reflect.get(target, key)) }),
    []
  )
];
