import { expect } from 'chai';
import { crash } from '../support/crash-harness.js';
import { Random } from '../support/random.js';

/** How often each program is killed: `CRASHES=5000 npx mocha dist/spec/spool/crash.spec.js`. */
const crashes = Number(process.env['CRASHES'] ?? 10);

describe('A program that is killed again and again, with a receiver that is, too', () => {
  for (const kind of ['fluentd', 'beats'] as const) {
    it(`has sent, in the end, every record that was awaited before ${crashes} times SIGKILL, to ${kind}`, async function () {
      this.timeout(60_000 + crashes * 5000);
      const report = await crash(kind, crashes, new Random(1));
      expect(report.acknowledged).to.be.above(0);
      expect(report).to.deep.include({ crashes, missing: [], misplaced: [], ambiguous: [], changed: [], strange: [] });
      const { acknowledged, receiverCrashes, duplicates } = report;
      console.log(
        `      ${acknowledged} records, receiver killed ${receiverCrashes} times, ${duplicates} batches twice, unchanged`
      );
    });
  }
});
