import type { LogRecord } from '../core/record.js';
import { someRecord } from './some-record.js';

/** Records that must harm nobody, each with what is hostile about it. Made anew each time. */
export function hostileRecords(): [name: string, record: LogRecord][] {
  return [
    ['a getter that throws', withData({ value: throwingGetter() })],
    ['a toJSON that throws', withData({ value: { toJSON: fail } })],
    ['a toString that throws', someRecord({ message: { toString: fail }, args: [{ toString: fail }] })],
    ['a cycle', withData(cycle())],
    ['a BigInt', withData({ value: 2n ** 70n })],
    [
      'a symbol',
      someRecord({ message: Symbol('message'), args: [Symbol('argument')], data: { value: Symbol('field') } })
    ],
    ['a string of 1 MB', withData({ value: 'x'.repeat(1024 * 1024) })],
    ['lone surrogates', someRecord({ message: '\ud800 {value}', data: { value: '\udc00', '\ud800': 1 } })],
    ['an object without a prototype', withData(Object.assign(Object.create(null), { value: Object.create(null) }))],
    ['a proxy that throws', withData({ value: throwingProxy() })],
    ['data that is a proxy that throws', withData(throwingProxy())],
    ['a revoked proxy', withData({ value: revokedProxy() })],
    ['the key __proto__', withData(JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as object)],
    ['numbers that are none', withData({ value: [Number.NaN, Number.POSITIVE_INFINITY, -0] })],
    ['an invalid date', withData({ value: new Date(Number.NaN) })],
    ['10 000 levels', withData(deep(10_000))],
    ['functions and undefined', withData({ value: [fail, undefined], nothing: undefined })],
    ['control characters', someRecord({ message: 'a\u0000b\u001b[31m\r\nc\u2028' })],
    ['no message', someRecord({ message: undefined })],
    ['an exception that is none', someRecord({ exception: null })],
    ['an exception that throws', someRecord({ exception: throwingProxy() })],
    ['a cause that is its own cause', someRecord({ exception: circularError() })],
    ['a time that no Date can hold', someRecord({ timestamp: 8.65e15 })]
  ];
}

function withData(data: object): LogRecord {
  return someRecord({ message: 'value {value} %j', args: [data], data: data as Record<string, unknown> });
}

function fail(): never {
  throw new Error('hostile');
}

function throwingGetter(): object {
  return Object.defineProperty({}, 'value', { enumerable: true, get: fail });
}

function cycle(): object {
  const data: { list: object[]; self?: object } = { list: [] };
  data.self = data;
  data.list.push(data);
  return data;
}

function throwingProxy(): object {
  return new Proxy({}, { get: fail, has: fail, ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail });
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function deep(levels: number): object {
  let value: object = {};
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}

function circularError(): Error {
  const error = new Error('circular');
  error.cause = error;
  return error;
}
