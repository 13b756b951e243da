import { LogLevel } from '../../../lib/core/level.js';
import { ConsoleTarget } from '../../../lib/targets/console/target.js';
import { itBehavesLikeALogTarget } from '../../../lib/testing/contract.js';
import { Capture } from '../../support/capture.js';

for (const format of ['json', 'custom'] as const) {
  const make = () => {
    const stdout = new Capture();
    const target = new ConsoleTarget({
      format: format === 'json' ? 'json' : record => record.render(),
      stdout,
      stderrLevel: LogLevel.NONE
    });
    const read = (line: string) => (format === 'json' ? (JSON.parse(line) as { message: string }).message : line);
    return { target, stdout, received: () => stdout.lines.map(read) };
  };
  const failing = () => {
    const subject = make();
    subject.stdout.held = true;
    return subject;
  };
  itBehavesLikeALogTarget(`ConsoleTarget (${format})`, make, { snapshots: true, failing });
}
