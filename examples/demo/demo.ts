/**
 * The main job end to end: a shop logs to Fluentd and to the console, Fluentd goes away in the middle and comes back, and
 * in the end every record is accounted for. Run it with `npm run demo`.
 */
import { ConsoleTarget, describeFailure, type FactoryStats, FluentdTarget, LoggerFactory, LogLevel } from 'logflume';
import { FluentdServer } from 'logflume/testing';

const orders = 6000;
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const say = (text: string) => console.log(`\n── ${text}`);

const fluentd = await FluentdServer.start();
const factory = new LoggerFactory({ onFailure: failure => console.log(`   ${describeFailure(failure)}`) })
  .addTarget(new FluentdTarget({ tag: 'shop', port: fluentd.port, retryDelay: 300 }), LogLevel.DEBUG)
  .addTarget(new ConsoleTarget({ format: 'pretty', stderrLevel: LogLevel.NONE }), LogLevel.WARNING);

say(`logging ${orders} orders to a Fluentd receiver on port ${fluentd.port}, warnings to the console as well`);
const logger = factory.getLogger('OrderService');
const logged = logOrders();
await sleep(500);

say('the receiver crashes: it resets its connections, and refuses new ones');
fluentd.discard();
await sleep(50);
await fluentd.refuse();
await sleep(1200);

say('the receiver is back, and now forgets to acknowledge a batch');
await fluentd.heal();
fluentd.forgetAcks(1);
await fluentd.received(fluentd.events.length + 1);
await sleep(100);
fluentd.reset();
await logged;

say('the shop closes');
const stats = await factory.dispose({ timeout: 8000 });
const missing = report(stats);
await fluentd.close();
process.exitCode = missing === 0 && stats.lost === 0 ? 0 : 1;

async function logOrders(): Promise<void> {
  for (let id = 1; id <= orders; id++) {
    await logger.info('order {id} paid', { id, total: (id * 37) % 1000, customer: { name: 'Zoë', city: 'Łódź' } });
    if (id % 1500 === 0) await logger.warning('order {of} is large', { total: 9999, of: id });
    if (id % 2500 === 0) await logger.exception('order {of} could not be shipped', shippingError(), { of: id });
    if (id % 30 === 0) await sleep(10);
  }
}

function shippingError(): Error {
  return new Error('no carrier for this address', { cause: new RangeError('postcode out of range') });
}

/** Prints the account of each target and what the receiver has seen; the number of records that are missing there. */
function report({ targets }: FactoryStats): number {
  const row = (...cells: unknown[]) =>
    console.log(
      cells.map((cell, index) => (index === 0 ? String(cell).padEnd(16) : String(cell).padStart(10))).join('')
    );
  console.log();
  row('', 'accepted', 'delivered', 'retried', 'fell back', 'lost', 'pending');
  for (const { name, accepted, delivered, retries, fellBack, lost, pending } of targets) {
    row(name, accepted, delivered, retries, fellBack, lost, pending);
  }
  const seen = new Set(fluentd.events.flatMap(({ record: { id } }) => (typeof id === 'number' ? [id] : [])));
  const missing = orders - seen.size;
  const duplicates = fluentd.duplicates().length;
  console.log(
    `\nThe receiver has seen ${seen.size} of ${orders} orders over ${fluentd.connections} connections; ${missing} are missing, ` +
      `${duplicates} records came twice (their acknowledgement was lost).`
  );
  return missing;
}
