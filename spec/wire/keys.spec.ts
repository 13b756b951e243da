import { expect } from 'chai';
import { decode } from '../../lib/testing/msgpack-lite.js';
import { ByteWriter } from '../../lib/wire/bytes.js';
import { Keys } from '../../lib/wire/keys.js';

/** Writes the keys of one record as the encoder does; returns those that were known. */
function write(keys: Keys, ...names: readonly string[]): string[] {
  keys.begin();
  return names.filter(name => {
    const isKnown = keys.write(new ByteWriter(16), name);
    if (!isKnown) keys.learn(name);
    return isKnown;
  });
}

describe('Keys', () => {
  it('knows a key again after the one that it came after before', () => {
    const keys = new Keys();
    expect(write(keys, 'id', 'total')).to.deep.equal([]);
    expect(write(keys, 'id', 'total')).to.deep.equal(['id', 'total']);
  });

  it('does not know it in another place', () => {
    const keys = new Keys();
    write(keys, 'id', 'total');
    expect(write(keys, 'total', 'id')).to.deep.equal([]);
  });

  it('keeps all the orders that it has met', () => {
    const keys = new Keys();
    const orders = [
      ['id', 'total', 'city'],
      ['id', 'city'],
      ['city', 'id', 'total']
    ];
    for (const order of orders) write(keys, ...order);
    for (const order of [...orders, ...orders]) expect(write(keys, ...order)).to.deep.equal(order);
  });

  it('writes a key as MessagePack', () => {
    for (const key of ['', 'id', 'total', 'Straße', '価格', '🚀', 'x'.repeat(31), 'y'.repeat(32), 'ü'.repeat(40)]) {
      const keys = new Keys();
      write(keys, key);
      keys.begin();
      const bytes = new ByteWriter(1);
      expect(keys.write(bytes, key), key).to.equal(true);
      expect(decode(bytes.copy(0, bytes.length))).to.equal(key);
    }
  });

  it('does not learn keys that are data: too many, or too long', () => {
    const keys = new Keys();
    for (let id = 0; id < 1000; id++) write(keys, `id${id}`);
    expect(write(keys, 'id0')).to.deep.equal(['id0']);
    expect(write(keys, 'id999')).to.deep.equal([]);
    expect(write(keys, 'id999')).to.deep.equal([]);
    write(keys, 'x'.repeat(41));
    expect(write(keys, 'x'.repeat(41))).to.deep.equal([]);
  });

  it('begins anew when it has learnt 4096', () => {
    const keys = new Keys();
    const chain = Array.from({ length: 4096 }, (_, index) => `key${index}`);
    write(keys, ...chain);
    expect(write(keys, ...chain)).to.have.length(4096);
    write(keys, 'one', 'more');
    expect(write(keys, ...chain)).to.deep.equal([]);
  });
});
