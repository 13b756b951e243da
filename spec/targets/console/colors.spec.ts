import { expect } from 'chai';
import { LogLevel } from '../../../lib/core/level.js';
import { wantsColors } from '../../../lib/targets/console/colors.js';
import { ConsoleTarget } from '../../../lib/targets/console/target.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { Capture } from '../../support/capture.js';

const matrix: [environment: Record<string, string>, onTerminal: boolean, elsewhere: boolean][] = [
  [{}, true, false],
  [{ TERM: 'xterm-256color' }, true, false],
  [{ TERM: 'dumb' }, false, false],
  [{ NO_COLOR: '1' }, false, false],
  [{ NO_COLOR: '0' }, false, false],
  [{ NO_COLOR: '' }, true, false],
  [{ FORCE_COLOR: '1' }, true, true],
  [{ FORCE_COLOR: '' }, true, true],
  [{ FORCE_COLOR: 'true' }, true, true],
  [{ FORCE_COLOR: '3' }, true, true],
  [{ FORCE_COLOR: '0' }, false, false],
  [{ FORCE_COLOR: 'false' }, false, false],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
  [{ FORCE_COLOR: '0', NO_COLOR: '' }, false, false],
  [{ FORCE_COLOR: '1', TERM: 'dumb' }, true, true]
];

describe('the colours of ConsoleTarget', () => {
  for (const [environment, onTerminal, elsewhere] of matrix) {
    it(`are ${onTerminal ? 'on' : 'off'} on a terminal with ${JSON.stringify(environment)}`, () => {
      expect(wantsColors(environment, true)).to.equal(onTerminal);
    });
    it(`are ${elsewhere ? 'on' : 'off'} elsewhere with ${JSON.stringify(environment)}`, () => {
      expect(wantsColors(environment, false)).to.equal(elsewhere);
    });
  }

  it('are on or off as colors says, whatever the streams are', async () => {
    for (const colors of [true, false]) {
      const stdout = new Capture({ isTTY: !colors });
      const target = new ConsoleTarget({ format: 'pretty', colors, stdout });
      void target.log(someRecord());
      await target.dispose();
      expect(stdout.text.includes('\u001b[')).to.equal(colors);
    }
  });

  it('are those of the stream that a record goes to', async () => {
    await withEnvironment({ FORCE_COLOR: undefined, NO_COLOR: undefined, TERM: 'xterm' }, async () => {
      const stdout = new Capture({ isTTY: true });
      const stderr = new Capture();
      const target = new ConsoleTarget({ stdout, stderr });
      void target.log(someRecord({ level: LogLevel.INFORMATION }));
      void target.log(someRecord({ level: LogLevel.ERROR }));
      await target.dispose();
      expect(stdout.text).to.contain('\u001b[32mINFO ');
      expect(stderr.text).to.contain(' ERROR Shop:').and.not.to.contain('\u001b');
    });
  });

  it('do not occur in the other formats', async () => {
    for (const format of ['json', 'logfmt'] as const) {
      const stdout = new Capture({ isTTY: true });
      const target = new ConsoleTarget({ format, colors: true, stdout });
      void target.log(someRecord());
      await target.dispose();
      expect(stdout.text).not.to.contain('\u001b');
    }
  });
});

/** Runs `work` with these environment variables; undefined ones are not set. */
async function withEnvironment(values: Record<string, string | undefined>, work: () => Promise<void>): Promise<void> {
  const before = new Map(Object.keys(values).map(key => [key, process.env[key]]));
  const set = (key: string, value: string | undefined) => {
    if (value === undefined) Reflect.deleteProperty(process.env, key);
    else process.env[key] = value;
  };
  for (const [key, value] of Object.entries(values)) set(key, value);
  try {
    await work();
  } finally {
    for (const [key, value] of before) set(key, value);
  }
}
