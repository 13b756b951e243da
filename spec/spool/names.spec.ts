import { expect } from 'chai';
import fc from 'fast-check';
import { fileName, nameOf } from '../../lib/spool/names.js';

/** Any text without surrogates. */
const texts = (maxLength: number) =>
  fc
    .array(fc.integer({ min: 0, max: 0xd7ff }), { maxLength })
    .map(points => points.map(point => String.fromCodePoint(point)).join(''));

describe('The name of a file', () => {
  it('is what every file system takes', () => {
    expect(fileName('FluentdTarget')).to.equal('FluentdTarget');
    expect(fileName('../a b.ü')).to.equal('%2e%2e%2fa%20b%2e%c3%bc');
    fc.assert(
      fc.property(texts(50), name => {
        expect(fileName(name)).to.match(/^[\w%.-]{0,100}$/);
      })
    );
  });

  it('tells the name that it was made of', () => {
    fc.assert(
      fc.property(texts(8), name => {
        expect(nameOf(fileName(name))).to.equal(name);
      })
    );
  });

  it('is different for names that differ behind a long beginning', () => {
    const long = 'x'.repeat(200);
    expect(fileName(`${long}a`)).to.not.equal(fileName(`${long}b`));
    expect(fileName(long)).to.have.length(100);
    expect(nameOf(fileName(long))).to.equal(`${'x'.repeat(91)}…`);
  });
});
