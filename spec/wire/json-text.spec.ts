import { expect } from 'chai';
import * as fc from 'fast-check';
import { escapeJson, wellFormed } from '../../lib/core/text.js';
import { ByteWriter } from '../../lib/wire/bytes.js';
import { writeNumber, writeText } from '../../lib/wire/json-text.js';
import { assertProperty } from '../support/property.js';

const often = { numRuns: 2000 };

/** What `write` puts behind two other bytes, into memory that has to grow. */
function written<T>(write: (into: ByteWriter, value: T) => void, value: T): string {
  const into = new ByteWriter(3);
  into.text('ab');
  write(into, value);
  expect(into.bytes.toString('latin1', 0, 2)).to.equal('ab');
  return into.copy(2, into.length).toString();
}

function expectText(text: string): void {
  expect(written(writeText, text)).to.equal(escapeJson(JSON.stringify(wellFormed(text))));
}

function expectNumber(value: number): void {
  expect(written(writeNumber, value)).to.equal(JSON.stringify(value));
}

describe('the scalars of JSON', () => {
  it('writes strings as JSON.stringify does, and escapes what no line should hold', () => {
    assertProperty(fc.property(fc.string({ unit: 'binary', maxLength: 120 }), expectText), often);
    assertProperty(fc.property(fc.string({ unit: 'binary-ascii', maxLength: 120 }), expectText), often);
  });

  it('writes every character, alone, at the end of a short text and in a long one', () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x3000 || (code >= 0xd700 && code < 0x10000) ? 1 : 251) {
      const character = String.fromCodePoint(code);
      expectText(character);
      expectText(`plain ${character}`);
      expectText(`${character}${'long'.repeat(20)}${character}`);
    }
    for (let code = 0xe0000; code < 0xe0080; code++) expectText(`tag ${String.fromCodePoint(code)}`);
  });

  it('writes texts of every length up to where another way begins', () => {
    for (let length = 0; length < 100; length++) {
      for (const character of ['a', 'é', '本', '\n', '\ud800']) expectText(character.repeat(length));
    }
  });

  it('writes a text that is nothing but escapes', () => {
    expectText('\u0001"\\'.repeat(10_000));
  });

  it('writes numbers as JSON.stringify does', () => {
    const limits = [0, -0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 53, 5e-324, 1e21];
    const decimals = [0.1, 0.1 + 0.2, 1.005, 1e-6, 1.5e-6, 1e-7, 0.999999, 1e9 - 1e-6, 1e9 + 0.5, 123_456_789.123456];
    for (const value of [...limits, ...decimals]) for (const sign of [1, -1]) expectNumber(sign * value);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) expectNumber(value);
    assertProperty(fc.property(fc.double(), expectNumber), often);
    assertProperty(fc.property(fc.maxSafeInteger(), expectNumber), often);
  });

  it('writes decimals as JSON.stringify does, wherever their point is', () => {
    const decimal = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 15 }));
    assertProperty(
      fc.property(decimal, ([digits, places]) => expectNumber(digits / 10 ** places)),
      often
    );
  });
});
