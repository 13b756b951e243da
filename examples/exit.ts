/** The end of a program whose collector is away: what cannot be delivered any more is kept. */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FluentdTarget, LoggerFactory } from 'logflume';
import { FluentdServer } from 'logflume/testing';

const server = await FluentdServer.start();
await server.refuse();

const exitFile = join(tmpdir(), `undelivered-${process.pid}.jsonl`);
const factory = new LoggerFactory({ onFailure: () => undefined })
  .addTarget(new FluentdTarget({ tag: 'shop', port: server.port }))
  .handleExit({ exitFile });

void factory.getLogger('Shop').info('order {id} paid', { id: 17 });

process.once('exit', () => {
  const { message, fellBack } = JSON.parse(readFileSync(exitFile, 'utf8'));
  console.log(message, fellBack);
  rmSync(exitFile);
});
process.exit();

// Output:
// order 17 paid [ { from: 'FluentdTarget', reason: 'out of time' } ]
