import { expect } from 'chai';
import { fromPino, levelNamedElsewhere, nearestName, toPino } from '../../lib/bridges/levels.js';

describe('nearestName', () => {
  const names =
    (...there: string[]) =>
    (level: number) =>
      nearestName(level, name => there.includes(name));
  const allLevels = [1, 5, 10, 15, 20, 25, 30, 40, 45, 50];

  for (const [what, there, expected] of [
    [
      'pino and log4js',
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
      'trace trace debug debug info info warn error error fatal'
    ],
    [
      'npm',
      ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'],
      'silly silly debug verbose info info warn error error error'
    ],
    [
      'syslog',
      ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug'],
      'debug debug debug debug info notice warning error error crit'
    ],
    [
      'a console without trace',
      ['debug', 'log', 'info', 'warn', 'error'],
      'debug debug debug debug info info warn error error error'
    ],
    ['little', ['log', 'error'], 'log log log log log log log error error error']
  ] as const) {
    it(`finds the nearest that is not above, or else the lowest: ${what}`, () => {
      expect(allLevels.map(names(...there)).join(' ')).to.equal(expected);
    });
  }

  it('finds nothing among names that are no levels', () => {
    expect(names('write', 'end')(20)).to.equal(undefined);
  });
});

describe('The levels of pino', () => {
  it('are ours plus ten, with the same names, and back', () => {
    expect([5, 10, 20, 30, 40, 50].map(toPino)).to.deep.equal([10, 20, 30, 40, 50, 60]);
    for (let level = 1; level <= 50; level++) expect(fromPino(toPino(level))).to.equal(level);
  });

  it('are held within ours', () => {
    expect([-1, 0, 1, 61, 1000].map(fromPino)).to.deep.equal([1, 1, 1, 50, 50]);
  });
});

describe('levelNamedElsewhere', () => {
  it('knows names in capitals or not, and no others', () => {
    expect(['WARN', 'warning', 'emerg', 'Notice', 'loud', 'constructor'].map(levelNamedElsewhere)).to.deep.equal([
      30,
      30,
      50,
      25,
      undefined,
      undefined
    ]);
  });
});
