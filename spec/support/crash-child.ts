/**
 * A program that is killed: logs numbers from the one given on, and writes each to stdout as soon as the promise of its log
 * call has resolved. With `drain` it logs nothing, and ends when all that was left has been sent.
 */
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { FluentdTarget, LoggerFactory, LogstashTarget } from '../../lib/index.js';

const [kind = '', directory = '', host = '', port = '', first = ''] = process.argv.slice(2);
const options = {
  name: 'crash',
  host,
  port: Number(port),
  maxSize: 50,
  flushInterval: 10,
  retryDelay: 10,
  maxRetryDelay: 50,
  onFailure: (failure: { readonly kind: string }) => {
    if (failure.kind !== 'retrying') process.stderr.write(`${JSON.stringify(failure)}\n`);
  },
  spool: { directory, mode: 'always' }
} as const;
const target =
  kind === 'fluentd'
    ? new FluentdTarget({ ...options, tag: 'crash' })
    : new LogstashTarget({ ...options, transport: 'beats' });
const factory = new LoggerFactory().addTarget(target);
const logger = factory.getLogger('crash');
writeSync(1, 'ready\n');

if (first === 'drain') {
  const keepAlive = setInterval(() => undefined, 2 ** 30); // what is on disk does not, when the receiver cannot be reached
  await target.flush();
  clearInterval(keepAlive);
  const { pending } = target.stats();
  await factory.dispose();
  if (pending > 0) throw new Error(`${pending} record(s) were still pending after flush`);
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
