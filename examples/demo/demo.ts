/**
 * The main job end to end: a shop logs to Fluentd, to Logstash over Beats, and to the console. Both receivers go away in the
 * middle and come back, and in the end every record is accounted for. Run it with `npm run demo`.
 */
import {
  ConsoleTarget,
  describeFailure,
  type FactoryStats,
  FluentdTarget,
  LoggerFactory,
  LogLevel,
  LogstashTarget
} from 'logflume';
import { FluentdServer, LogstashServer } from 'logflume/testing';

const orders = 6000;
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const say = (text: string) => console.log(`\n── ${text}`);

const fluentd = await FluentdServer.start();
const logstash = await LogstashServer.start({ input: 'beats' });
const factory = new LoggerFactory({ onFailure: failure => console.log(`   ${describeFailure(failure)}`) })
  .addTarget(new FluentdTarget({ tag: 'shop', port: fluentd.port, retryDelay: 300 }), LogLevel.DEBUG)
  .addTarget(new LogstashTarget({ transport: 'beats', port: logstash.port, retryDelay: 300 }), LogLevel.DEBUG)
  .addTarget(new ConsoleTarget({ format: 'pretty', stderrLevel: LogLevel.NONE }), LogLevel.WARNING);

say(
  `logging ${orders} orders to a Fluentd receiver on port ${fluentd.port} and a Logstash receiver on port ${logstash.port}, ` +
    'warnings to the console as well'
);
const logger = factory.getLogger('OrderService');
const logged = logOrders();
await sleep(500);

say('both receivers crash: they reset their connections, and refuse new ones');
fluentd.discard();
logstash.discard();
await sleep(50);
await Promise.all([fluentd.refuse(), logstash.refuse()]);
await sleep(1200);

say('they are back; Fluentd forgets to acknowledge a batch, and Logstash acknowledges one by half');
await Promise.all([fluentd.heal(), logstash.heal()]);
fluentd.forgetAcks(1);
logstash.halveWindows(1);
await fluentd.received(fluentd.events.length + 1);
await sleep(100);
fluentd.reset();
await logged;

say('the shop closes');
const stats = await factory.dispose({ timeout: 8000 });
const missing = report(stats);
await Promise.all([fluentd.close(), logstash.close()]);
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

/** Prints the account of each target and what the receivers have seen; the number of orders that are missing there. */
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
  console.log();
  const atFluentd = fluentd.events.map(({ record }) => record['id']);
  const atLogstash = logstash.events.map(({ event }) => (event['extra'] as { id?: unknown }).id);
  const missing = tell('Fluentd', atFluentd, fluentd.connections) + tell('Logstash', atLogstash, logstash.connections);
  console.log('What came twice was sent again, as its acknowledgement was lost.');
  return missing;
}

/** Says which orders a receiver has seen; the number of those that are missing there. */
function tell(receiver: string, ids: readonly unknown[], connections: number): number {
  const numbers = ids.filter(id => typeof id === 'number');
  const seen = new Set(numbers);
  const missing = orders - seen.size;
  console.log(
    `The ${receiver} receiver has seen ${seen.size} of ${orders} orders over ${connections} connections; ${missing} are missing, ` +
      `${numbers.length - seen.size} came twice.`
  );
  return missing;
}
