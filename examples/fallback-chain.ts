/** What cannot be delivered goes to a fallback, and from there to that one's fallback; no record is lost in silence. */
import { ConsoleTarget, describeFailure, FluentdTarget, LoggerFactory } from 'logflume';
import { FluentdServer } from 'logflume/testing';

await using second = await FluentdServer.start();

const console3 = new ConsoleTarget({ name: 'console', format: record => `written down: ${record.render()}` });
const fluentd2 = new FluentdTarget({
  name: 'second',
  tag: 'shop',
  port: second.port,
  maxRetries: 0,
  fallbackTarget: console3
});
const fluentd1 = new FluentdTarget({
  name: 'first',
  tag: 'shop',
  host: 'nowhere.invalid',
  maxRetries: 0,
  fallbackTarget: fluentd2
});

const factory = new LoggerFactory({
  onFailure: failure => console.log(describeFailure(failure).replace(/: Error: .*/, ''))
}).addTarget(fluentd1);
const logger = factory.getLogger('Checkout');

await logger.info('order {order} paid', { order: 17 });
await factory.flush();
console.log('second has', second.events.length);

await second.refuse();
await logger.info('order {order} paid', { order: 18 });
await factory.dispose({ timeout: 5000 });

// Output:
// first: 1 record(s) went to the fallback second (retries exhausted)
// second has 1
// first: 1 record(s) went to the fallback second (circuit open)
// second: 1 record(s) went to the fallback console (retries exhausted)
// written down: order 18 paid
