/** Records that survive: what cannot be sent stays on disk, and the next process sends it, before anything newer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FluentdTarget, LoggerFactory } from 'logflume';
import { FluentdServer } from 'logflume/testing';

const directory = mkdtempSync(join(tmpdir(), 'spool-')); // in production a directory that stays: /var/spool/shop
await using fluentd = await FluentdServer.start();

/** What a process begins with. */
function start() {
  const target = new FluentdTarget({
    tag: 'shop',
    port: fluentd.port,
    // With `mode: 'always'` a log call's promise resolves when its record is on disk, and not even a `kill -9` loses it.
    spool: { directory, mode: 'always' },
    onFailure: failure => {
      if (failure.kind === 'kept') console.log(`${failure.count} record(s) are kept on disk`);
    }
  });
  return { target, factory: new LoggerFactory().addTarget(target) };
}

// Fluentd is down.
await fluentd.refuse();
const first = start();
await first.factory.getLogger('Shop').info('order {id} paid', { id: 17 });
await first.factory.getLogger('Shop').info('order {id} paid', { id: 18 });
await first.factory.dispose({ timeout: 1000 });

// Fluentd is back, and the program is started again.
await fluentd.heal();
const second = start();
await second.factory.getLogger('Shop').info('order {id} paid', { id: 19 });
await second.factory.flush();
console.log(`${second.target.stats().spool?.recovered} record(s) were left by the first process`);
console.log(fluentd.events.map(({ record }) => record['message']));
await second.factory.dispose();

rmSync(directory, { recursive: true });

// Output:
// 2 record(s) are kept on disk
// 2 record(s) were left by the first process
// [ 'order 17 paid', 'order 18 paid', 'order 19 paid' ]
