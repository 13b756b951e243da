import { expect } from 'chai';
import { Recent } from '../../lib/core/recent.js';

const value = (name: string) => ({ name });

describe('Recent', () => {
  it('gives back what was set', () => {
    const recent = new Recent<string, object>(10);
    const one = value('one');
    recent.set('one', one);
    expect(recent.get('one')).to.equal(one);
    expect(recent.get('two')).to.equal(undefined);
  });

  it('keeps as many entries as it has room for', () => {
    const recent = new Recent<number, object>(10);
    for (let index = 0; index < 1000; index++) recent.set(index, value(`${index}`));
    for (let index = 990; index < 1000; index++) expect(recent.get(index)).to.deep.equal(value(`${index}`));
  });

  it('forgets what nobody has asked for while twice as many others came', () => {
    const recent = new Recent<number, object>(10);
    recent.set(-1, value('old'));
    for (let index = 0; index < 20; index++) recent.set(index, value(`${index}`));
    expect(recent.get(-1)).to.equal(undefined);
  });

  it('keeps what is asked for, however many others come', () => {
    const recent = new Recent<number, object>(10);
    recent.set(-1, value('often'));
    for (let index = 0; index < 1000; index++) {
      recent.set(index, value(`${index}`));
      if (index % 9 === 0) expect(recent.get(-1)).to.deep.equal(value('often'));
    }
  });
});
