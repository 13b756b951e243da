/** Records go to Fluentd, acknowledged; here to the receiver that `logflume/testing` has for tests. */
import { FluentdTarget, LoggerFactory, LogLevel } from 'logflume';
import { FluentdServer } from 'logflume/testing';

await using fluentd = await FluentdServer.start();

const factory = new LoggerFactory().addTarget(
  new FluentdTarget({
    host: '127.0.0.1',
    port: fluentd.port, // 24224 for a real one
    tag: ({ level }) => (level >= LogLevel.WARNING ? 'shop.alert' : 'shop.log')
  })
);
const logger = factory.getLogger('OrderService');

await logger.info('order {id} paid', { id: 17, total: 99.5, customer: { name: 'Zoë', since: new Date(0) } });
await logger.warning('stock of {item} is low', { item: 'tea', left: 3 });
await factory.flush({ timeout: 5000 });

for (const { tag, record } of fluentd.events) console.log(tag, record);
const { accepted, delivered, pending } = await factory.dispose();
console.log({ accepted, delivered, pending });

// Output:
// shop.log {
//   level: 'INFORMATION',
//   logger: 'OrderService',
//   message: 'order 17 paid',
//   template: 'order {id} paid',
//   id: 17,
//   total: 99.5,
//   customer: { name: 'Zoë', since: '1970-01-01T00:00:00.000Z' }
// }
// shop.alert {
//   level: 'WARNING',
//   logger: 'OrderService',
//   message: 'stock of tea is low',
//   template: 'stock of {item} is low',
//   item: 'tea',
//   left: 3
// }
// { accepted: 2, delivered: 2, pending: 0 }
