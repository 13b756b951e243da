import { expect } from 'chai';
import { ByteWriter } from '../../lib/wire/bytes.js';
import { Stamp } from '../../lib/wire/stamp.js';

describe('Stamp', () => {
  it('writes its bytes and no more, however many they are, and wherever', () => {
    for (let size = 0; size < 20; size++) {
      const bytes = Uint8Array.from({ length: size }, (_, index) => 0xf0 - index);
      const stamp = new Stamp(bytes);
      for (const before of [0, 1, 2, 3]) {
        const into = new ByteWriter(1);
        into.text('x'.repeat(before));
        stamp.write(into);
        into.text('y');
        expect(into.copy(0, into.length)).to.deep.equal(
          Buffer.concat([Buffer.from('x'.repeat(before)), bytes, Buffer.from('y')])
        );
      }
    }
  });

  it('keeps them as they were', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const stamp = new Stamp(bytes);
    bytes.fill(9);
    const into = new ByteWriter(1);
    stamp.write(into);
    expect([...into.copy(0, into.length)]).to.deep.equal([1, 2, 3]);
  });
});
