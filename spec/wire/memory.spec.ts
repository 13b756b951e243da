import { expect } from 'chai';
import { giveMemory, takeMemory } from '../../lib/wire/memory.js';

describe('memory of batches', () => {
  it('has room for what is asked for, and little more', () => {
    for (const size of [0, 1, 15, 16, 17, 1000, 65_535, 656_000, 1_048_577, 20_000_000]) {
      expect(takeMemory(size).length).to.be.within(size, size + Math.ceil(size / 8));
    }
  });

  it('is used again for what is of nearly the same size, by one at a time', () => {
    const memory = takeMemory(600_000);
    giveMemory(memory);
    expect(takeMemory(400_000)).not.to.equal(memory);
    expect(takeMemory(590_000)).to.equal(memory);
    expect(takeMemory(590_000)).not.to.equal(memory);
  });

  it('is kept up to 2 MiB, and the last that was given back', () => {
    const all: Buffer[] = Array.from({ length: 5 }, () => Buffer.allocUnsafeSlow(700_000));
    for (const memory of all) giveMemory(memory);
    const large = Buffer.allocUnsafeSlow(3_000_000);
    giveMemory(large);
    const kept = Array.from({ length: 5 }, () => takeMemory(700_000)).filter(memory => all.includes(memory));
    expect(kept).to.have.members([all[3], all[4]]);
    expect(takeMemory(3_000_000)).not.to.equal(large);
  });
});
