import vm from 'node:vm';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { LogLevel } from '../../lib/core/level.js';
import { isPlainObject, type Plain, plain, plainFields, textOf } from '../../lib/core/values.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { hostile } from '../support/hostile.js';
import { assertProperty } from '../support/property.js';
import { valueCases } from '../support/value-cases.js';

describe('plain', () => {
  for (const { name, make, form } of valueCases) {
    it(`gives the form of ${name}`, () => {
      const tree = plain({ v: make() });
      expect(tree).to.deep.equal(form === undefined ? {} : { v: form });
      expect(JSON.parse(JSON.stringify(tree))).to.deep.equal(tree);
    });
  }

  it('gives null for undefined', () => {
    expect(plain(undefined)).to.equal(null);
  });

  it('keeps the key __proto__ as a property like any other', () => {
    const text = '{"__proto__":{"polluted":1}}';
    expect(JSON.stringify(plain(JSON.parse(text)))).to.equal(text);
    expect(JSON.stringify(plain(new Map([['__proto__', { polluted: 1 }]])))).to.equal(text);
  });

  it('goes no deeper than maxDepth', () => {
    expect(plain({ a: { b: {} }, c: [[1]], d: new Map(), e: new Set() }, { maxDepth: 2 })).to.deep.equal({
      a: { b: '[Object]' },
      c: ['[Array]'],
      d: {},
      e: []
    });
    expect(plain({ a: new Map([[1, 1]]), b: new Set([1]), c: new Error('x') }, { maxDepth: 1 })).to.deep.equal({
      a: '[Object]',
      b: '[Array]',
      c: '[Object]'
    });
  });

  it('cuts strings at maxString, between characters, and says how much it cut', () => {
    expect(plain('a😀é', { maxString: 2 })).to.equal('a… [6 bytes cut]');
    expect(plain('a😀é', { maxString: 4 })).to.equal('a😀é');
  });

  it('counts once what was cut twice', () => {
    const once = String(plain('x'.repeat(1000), { maxString: 500 }));
    expect(plain(once, { maxString: 100 })).to.equal(`${'x'.repeat(100)}… [900 bytes cut]`);
  });

  it('ends after 100 000 values', () => {
    const endless = new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 32 - 1 : undefined) });
    const items = plain(endless) as Plain[];
    expect(items).to.have.length(100_001);
    expect(items.at(-1)).to.equal('[Truncated]');
    expect(plain(new Array(2 ** 32 - 1))).to.have.length(100_001);
    expect(plain(new Set(Array.from({ length: 100_100 }, (_, index) => index)))).to.have.length(100_001);
  });

  it('ends where lists of lists would take for ever', () => {
    let list: unknown = 'x';
    for (let level = 0; level < 20; level++) list = Array.from({ length: 1000 }, () => list);
    let set: unknown = 'x';
    for (let level = 0; level < 20; level++) set = new Set(Array.from({ length: 1000 }, () => new Set([set])));
    expect(JSON.stringify(plain(list)).length).to.be.lessThan(1_000_000);
    expect(JSON.stringify(plain(set)).length).to.be.lessThan(1_000_000);
  });

  it('finds a name for each of 100 000 keys that are the same text', () => {
    const map = new Map(Array.from({ length: 99_000 }, (_, index) => [{}, index]));
    const fields = plain(map) as Record<string, Plain>;
    expect(Object.keys(fields)).to.have.length(99_000);
    expect(fields['{}_99000']).to.equal(98_999);
    const surrogates = Array.from({ length: 2000 }, (_, index) => [String.fromCharCode(0xd800 + index), index]);
    expect(Object.keys(plain(Object.fromEntries(surrogates)) as object)).to.have.length(2000);
  });

  it('ends where the keys are more than a string can hold', () => {
    const object = { ['k'.repeat(10_000)]: 1 };
    const tree = plain(new Array(90_000).fill(object));
    expect(JSON.stringify(tree).length).to.be.lessThan(50_000_000);
    const keys = plain({ [`${'k'.repeat(100)}1`]: 1, [`${'k'.repeat(100)}2`]: 2 }, { maxString: 50 }) as object;
    expect(Object.keys(keys)).to.deep.equal([
      `${'k'.repeat(50)}… [51 bytes cut]`,
      `${'k'.repeat(50)}… [51 bytes cut]_2`
    ]);
  });

  it('cuts the message of what was thrown', () => {
    const data = {
      get a() {
        throw new Error('x'.repeat(300_000_000));
      }
    };
    expect(plain(data)).to.deep.equal({ a: `[Threw: ${'x'.repeat(65_536)}… [299934464 bytes cut]]` });
  });

  it('ends with iterables that do not', () => {
    const endless = {
      length: 1,
      *[Symbol.iterator]() {
        for (;;) yield 'again';
      }
    };
    expect(plain(endless)).to.have.length(100_001);
  });

  for (const part of ['message', 'stack', 'code', 'cause', 'errors']) {
    it(`keeps the rest of an error whose ${part} throws`, () => {
      const error = Object.assign(new TypeError('wrong', { cause: 'why' }), { code: 'E1', errors: ['a'], extra: 1 });
      const { stack } = error;
      Object.defineProperty(error, part, {
        get: () => {
          throw new Error('boom');
        }
      });
      const whole = { type: 'TypeError', message: 'wrong', stack, code: 'E1', extra: 1, cause: 'why', errors: ['a'] };
      expect(plain(error)).to.deep.equal({ ...whole, [part]: '[Threw: boom]' });
    });
  }

  it('takes what has a length for a list only if it can be iterated', () => {
    const thrown = {
      a: 1,
      get length(): number {
        throw new Error('boom');
      }
    };
    class Thrown {
      b = 2;
      length = thrown;
    }
    expect(plain(thrown)).to.deep.equal({ a: 1, length: '[Threw: boom]' });
    expect(plain(new Thrown())).to.deep.equal({ b: 2, length: { a: 1, length: '[Threw: boom]' } });
    expect(plain({ a: 1, length: 2 })).to.deep.equal({ a: 1, length: 2 });
    const list = Object.defineProperty({ [Symbol.iterator]: () => [1, 2].values() }, 'length', { value: 2 });
    expect(plain(list)).to.deep.equal([1, 2]);
  });

  it('asks each getter once', () => {
    let asked = 0;
    plain({
      get a() {
        asked++;
        return { get: 1 };
      }
    });
    expect(asked).to.equal(1);
  });

  it('keeps every JSON value as it is', () => {
    assertProperty(
      fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
        const same: unknown = JSON.parse(JSON.stringify(value));
        expect(plain(value)).to.deep.equal(wellFormedIn(same));
      }),
      often
    );
  });

  it('gives a tree that JSON writes and reads without loss, whatever it gets', () => {
    assertProperty(
      fc.property(anyMaker, make => {
        const tree = plain(make());
        expect(JSON.parse(JSON.stringify(tree))).to.deep.equal(tree);
        expect(JSON.stringify(tree)).not.to.match(/\\u[dD][89a-fA-F]/);
      }),
      often
    );
  });
});

describe('textOf', () => {
  const cases: readonly (readonly [name: string, value: unknown, text: string])[] = [
    ['a string', 'as it is', 'as it is'],
    ['a number', 1.5, '1.5'],
    ['NaN', Number.NaN, 'NaN'],
    ['a bigint', 2n ** 70n, '1180591620717411303424'],
    ['a boolean', true, 'true'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', function named() {}, '[Function: named]'],
    ['an Error', new TypeError('boom'), 'TypeError: boom'],
    ['an Error without a message', new TypeError(), 'TypeError'],
    ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['a RegExp', /a/g, '/a/g'],
    ['a URL', new URL('http://x/y'), 'http://x/y'],
    ['an object', { a: [1, 'b'], c: undefined }, '{"a":[1,"b"]}'],
    ['a Map', new Map([['a', 1]]), '{"a":1}'],
    ['toJSON that gives undefined', { toJSON: () => undefined }, 'undefined'],
    ['a Proxy that throws', new Proxy({}, { get: () => fail() }), '[Threw: boom]']
  ];
  for (const [name, value, text] of cases) {
    it(`shows ${name}`, () => {
      expect(textOf(value)).to.equal(text);
    });
  }

  it('never throws', () => {
    assertProperty(
      fc.property(anyMaker, make => {
        expect(textOf(make())).to.be.a('string');
      }),
      often
    );
  });
});

describe('plainFields', () => {
  it('puts level, logger and message first, then the fields, then the error', () => {
    const exception = Object.assign(new RangeError('boom'), { stack: 'the stack' });
    const record = someRecord({
      level: LogLevel.ERROR,
      loggerName: 'Shop',
      message: 'order {id}',
      data: { id: 7, at: new Date(0) },
      exception
    });
    expect(Object.entries(plainFields(record))).to.deep.equal([
      ['level', 'ERROR'],
      ['logger', 'Shop'],
      ['message', 'order 7'],
      ['template', 'order {id}'],
      ['id', 7],
      ['at', '1970-01-01T00:00:00.000Z'],
      ['error', { type: 'RangeError', message: 'boom', stack: 'the stack' }]
    ]);
  });

  it('leaves template out where rendering changes nothing, and where the message is no string', () => {
    expect(plainFields(someRecord({ message: 'plain' }))).not.to.have.property('template');
    expect(plainFields(someRecord({ message: { a: 1 } }))).to.deep.include({ message: '{"a":1}' });
    expect(plainFields(someRecord({ message: { a: 1 } }))).not.to.have.property('template');
  });

  it('puts _ behind the names that it needs itself, and more where that is taken', () => {
    const data = { level: 1, level_: 2, logger: 3, message: 4, template: 5, error: 6, time: 7, time_: 8, time__: 9 };
    expect(plainFields(someRecord({ data }))).to.deep.include({
      level__: 1,
      level_: 2,
      logger_: 3,
      message_: 4,
      template_: 5,
      error_: 6,
      time___: 7,
      time_: 8,
      time__: 9
    });
  });

  it('gives every field a name of its own, also where lone surrogates make two the same', () => {
    expect(plainFields(someRecord({ data: { '\ud800': 1, '\ufffd': 2 } }))).to.deep.include({
      '\ufffd_2': 1,
      '\ufffd': 2
    });
  });

  it('leaves out the field that is the exception', () => {
    const exception = new Error('x');
    const fields = plainFields(someRecord({ data: { err: exception, other: 1 }, exception }));
    expect(fields).to.have.keys('level', 'logger', 'message', 'other', 'error');
  });

  it('keeps fields that only look like what was thrown', () => {
    expect(plainFields(someRecord({ data: { a: 'x' }, exception: 'x' }))).to.deep.include({
      a: 'x',
      error: { type: 'string', message: 'x' }
    });
    expect(plainFields(someRecord({ data: { a: null }, exception: null }))).to.deep.include({
      a: null,
      error: { type: 'null', message: 'null' }
    });
  });

  it('takes fields that refer to their record as cycles', () => {
    const data: Record<string, unknown> = { a: 1 };
    data['self'] = { data };
    expect(plainFields(someRecord({ data }))).to.deep.include({ a: 1, self: { data: '[Circular]' } });
  });

  it('keeps the rest of a record of which one value throws', () => {
    const data = {
      a: 1,
      get b() {
        return fail();
      },
      c: 3
    };
    expect(plainFields(someRecord({ data }))).to.deep.include({ a: 1, b: '[Threw: boom]', c: 3 });
  });
});

describe('isPlainObject', () => {
  it('knows literals, objects without a prototype and literals of other realms', () => {
    for (const value of [{}, Object.create(null), vm.runInNewContext('({})')])
      expect(isPlainObject(value)).to.equal(true);
  });

  it('knows nothing else', () => {
    const proxy = new Proxy({}, { getPrototypeOf: () => fail() });
    const others = [
      null,
      undefined,
      1,
      'x',
      [],
      () => {},
      new Map(),
      new Date(),
      new Error('x'),
      new (class {})(),
      proxy
    ];
    for (const value of others) expect(isPlainObject(value)).to.equal(false);
    expect(isPlainObject(vm.runInNewContext('[]'))).to.equal(false);
    expect(isPlainObject(vm.runInNewContext('new Error()'))).to.equal(false);
  });
});

function fail(): never {
  throw new Error('boom');
}

const everything: fc.ObjectConstraints = {
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true
};
const anyMaker = fc.oneof(
  fc.anything(everything).map(value => () => value),
  hostile()
);
const often = { numRuns: 1000 };

/** `value` with U+FFFD for lone surrogates and 0 for -0, by way of UTF-8. */
function wellFormedIn(value: unknown): unknown {
  return JSON.parse(Buffer.from(JSON.stringify(value).replace(/\\u(d[89a-f]..)/gi, '\\ufffd')).toString());
}
