import { expect } from 'chai';
import {
  boolean,
  checkOptions,
  integer,
  integerOrInfinity,
  milliseconds,
  number,
  oneOf,
  text
} from '../../lib/core/check.js';

const rules = {
  maxSize: integer(1, 500),
  port: integer(1, 24224, 65535),
  maxRetries: integerOrInfinity(0),
  retryDelay: milliseconds(0, 600),
  jitter: number(0, 1, 0.2),
  requireAck: boolean(true),
  host: text('127.0.0.1'),
  mode: oneOf(['drop', 'wait'], 'drop')
};

const check = (options: object) => () => checkOptions('SomeTarget', rules, options);

describe('checkOptions', () => {
  it('fills in the defaults', () => {
    expect(checkOptions('SomeTarget', rules, { port: 5000 })).to.deep.equal({
      maxSize: 500,
      port: 5000,
      maxRetries: undefined,
      retryDelay: 600,
      jitter: 0.2,
      requireAck: true,
      host: '127.0.0.1',
      mode: 'drop'
    });
  });

  it('takes undefined as left out', () => {
    expect(checkOptions('SomeTarget', rules, { maxSize: undefined }).maxSize).to.equal(500);
  });

  for (const [options, error, message] of [
    [{ maxSize: 0 }, RangeError, 'SomeTarget: maxSize must be an integer of 1 or more, got 0'],
    [{ maxSize: 2.5 }, RangeError, 'SomeTarget: maxSize must be an integer of 1 or more, got 2.5'],
    [{ maxSize: '5' }, TypeError, "SomeTarget: maxSize must be an integer of 1 or more, got '5'"],
    [{ maxSize: null }, TypeError, 'SomeTarget: maxSize must be an integer of 1 or more, got null'],
    [{ port: 65536 }, RangeError, 'SomeTarget: port must be an integer from 1 to 65535, got 65536'],
    [{ maxRetries: -1 }, RangeError, 'SomeTarget: maxRetries must be an integer of 0 or more, or Infinity, got -1'],
    [
      { retryDelay: -1 },
      RangeError,
      'SomeTarget: retryDelay must be a number of milliseconds from 0 to 2147483647, got -1'
    ],
    [{ jitter: Number.NaN }, RangeError, 'SomeTarget: jitter must be a number from 0 to 1, got NaN'],
    [{ requireAck: 1 }, TypeError, 'SomeTarget: requireAck must be true or false, got 1'],
    [{ host: '' }, RangeError, "SomeTarget: host must be a string that is not empty, got ''"],
    [{ mode: 'block' }, RangeError, "SomeTarget: mode must be one of 'drop', 'wait', got 'block'"]
  ] as const) {
    it(`rejects ${JSON.stringify(options)} with the option, the rule and the value`, () => {
      expect(check(options)).to.throw(error).with.property('message', message);
    });
  }

  it('rejects an option that does not exist, and suggests the one that was meant', () => {
    expect(check({ maxsize: 5 })).to.throw(TypeError, "SomeTarget has no option 'maxsize'; did you mean 'maxSize'?");
    expect(check({ colour: 5 })).to.throw(TypeError, "SomeTarget has no option 'colour'; it has maxSize, port,");
  });

  it('rejects options that are no object', () => {
    expect(() => checkOptions('SomeTarget', rules, null as unknown as object)).to.throw(
      TypeError,
      'options must be an object'
    );
  });

  it('does not take inherited names for options', () => {
    expect(check({ toString: 1 })).to.throw(TypeError, "no option 'toString'");
  });
});
