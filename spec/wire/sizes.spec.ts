import { expect } from 'chai';
import * as fc from 'fast-check';
import { type Plain, plain } from '../../lib/core/values.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { ByteWriter } from '../../lib/wire/bytes.js';
import { JsonEncoder } from '../../lib/wire/json.js';
import { writePlain } from '../../lib/wire/msgpack.js';
import { jsonSizes, messagePackSizes, type Sizes } from '../../lib/wire/sizes.js';
import { assertProperty } from '../support/property.js';

/** What a whole tree takes. */
function sizeOf(value: Plain, sizes: Sizes): number {
  if (typeof value === 'string') return sizes.text(value);
  if (typeof value !== 'object' || value === null) return sizes.scalar(value);
  const parts = Array.isArray(value) ? value : Object.entries(value).flat();
  const frame = Array.isArray(value) ? sizes.array(value.length) : sizes.map(parts.length / 2);
  return parts.reduce<number>((sum, part) => sum + sizeOf(part, sizes), frame);
}

const anyTree: fc.Arbitrary<Plain> = fc
  .oneof(
    fc.jsonValue({ noUnicodeString: false }),
    fc.array(fc.oneof(fc.double(), fc.maxSafeInteger(), fc.string({ unit: 'binary', maxLength: 300 })), {
      maxLength: 40
    }),
    fc.constantFrom('\u007f', '\u2028', '\u202e', 'x'.repeat(70_000), 'é'.repeat(40_000))
  )
  .map(value => plain(value));

describe('jsonSizes', () => {
  it('are what JsonEncoder writes', () => {
    assertProperty(
      fc.property(anyTree, tree => {
        const line = (data: Record<string, Plain>): number => {
          const into = new ByteWriter();
          new JsonEncoder().encode(someRecord({ data }), into);
          return into.length;
        };
        expect(line({ v: tree }) - line({})).to.equal(',"v":'.length + sizeOf(tree, jsonSizes));
      }),
      { numRuns: 500 }
    );
  });
});

describe('messagePackSizes', () => {
  it('are what writePlain writes', () => {
    assertProperty(
      fc.property(anyTree, tree => {
        const into = new ByteWriter();
        writePlain(into, tree);
        expect(sizeOf(tree, messagePackSizes)).to.equal(into.length);
      }),
      { numRuns: 500 }
    );
  });
});
