import { expect } from 'chai';
import { isLogLevel, LogLevel, levelName } from '../../lib/core/level.js';

describe('LogLevel', () => {
  it("has rolog's values, which are those of Python's logging, and TRACE", () => {
    expect(LogLevel).to.include({
      NONE: 0,
      TRACE: 5,
      DEBUG: 10,
      INFORMATION: 20,
      WARNING: 30,
      ERROR: 40,
      CRITICAL: 50
    });
  });

  it('names a level between two by the lower one, and those below TRACE by TRACE', () => {
    expect([50, 49, 40, 25, 20, 19, 5, 4, 1, 0].map(levelName)).to.deep.equal([
      'CRITICAL',
      'ERROR',
      'ERROR',
      'INFORMATION',
      'INFORMATION',
      'DEBUG',
      'TRACE',
      'TRACE',
      'TRACE',
      'NONE'
    ]);
  });

  it('can be logged at from 1 to 50, in integers', () => {
    expect([1, 25, 50].every(isLogLevel)).to.equal(true);
    expect([0, -10, 51, 2.5, Number.NaN, '20', undefined].some(isLogLevel)).to.equal(false);
  });
});
