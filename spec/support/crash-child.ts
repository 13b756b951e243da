/**
 * A program that is killed: logs numbers from the one given on, and writes each to stdout as soon as the promise of its log
 * call has resolved. With `drain` it logs nothing, and ends when all that was left has been sent.
 */
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { FluentdTarget, LoggerFactory } from '../../lib/index.js';

const [directory = '', port = '', first = ''] = process.argv.slice(2);
const target = new FluentdTarget({
  name: 'crash',
  tag: 'crash',
  port: Number(port),
  maxSize: 50,
  flushInterval: 10,
  retryDelay: 10,
  maxRetryDelay: 50,
  onFailure: failure => {
    if (failure.kind !== 'retrying') process.stderr.write(`${JSON.stringify(failure)}\n`);
  },
  spool: { directory, mode: 'always' }
});
const factory = new LoggerFactory().addTarget(target);
const logger = factory.getLogger('crash');
writeSync(1, 'ready\n');

if (first === 'drain') {
  await target.flush();
  while (target.stats().pending > 0) await setTimeout(10);
  await factory.dispose();
} else {
  for (let n = Number(first); ; ) {
    const together = Array.from({ length: 1 + Math.floor(Math.random() * 60) }, () => n++);
    await Promise.all(
      together.map(async number => {
        await logger.info('number', { n: number });
        writeSync(1, `${number}\n`);
      })
    );
    if (Math.random() < 0.3) await setTimeout(Math.random() * 20);
  }
}
