import { expect } from 'chai';
import fc from 'fast-check';
import { numbersOf, partId, runsOf } from '../../lib/spool/part-id.js';

const numbers = fc.uniqueArray(fc.nat(300)).map(list => list.sort((a, b) => a - b));

describe('The id of a part of a batch', () => {
  it('is a UUID that is the same for the same records', () => {
    const id = partId('b1', [0, 1, 2, 7]);
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(partId('b1', Uint32Array.of(0, 1, 2, 7))).to.equal(id);
  });

  it('differs for other records, and for another batch', () => {
    fc.assert(
      fc.property(numbers, numbers, (some, others) => {
        expect(partId('b1', some) === partId('b1', others)).to.equal(some.join() === others.join());
        expect(partId('b2', some)).to.not.equal(partId('b1', some));
      })
    );
  });

  it('comes from runs of numbers, which give the numbers again', () => {
    expect(runsOf([0, 1, 2, 7])).to.deep.equal([0, 3, 7, 8]);
    fc.assert(
      fc.property(numbers, list => {
        expect(numbersOf(runsOf(list))).to.deep.equal(Uint32Array.from(list));
      })
    );
  });
});
