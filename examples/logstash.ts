/** Records go to Logstash over Beats, acknowledged; here to the receiver that `logflume/testing` has for tests. */
import { EcsFormatter, LoggerFactory, LogstashTarget } from 'logflume';
import { LogstashServer } from 'logflume/testing';

await using logstash = await LogstashServer.start({ input: 'beats' });

const factory = new LoggerFactory().addTarget(
  new LogstashTarget({
    transport: 'beats',
    host: '127.0.0.1',
    port: logstash.port, // 5044 for a real one
    formatter: new EcsFormatter({ service: { name: 'shop' }, labels: { team: 'checkout' } })
  })
);
const logger = factory.getLogger('OrderService');

await logger.info('order {id} paid', { id: 17, total: 99.5, customer: { name: 'Zoë' } });
await logger.exception('payment failed', new RangeError('card refused'), { id: 18 });
await factory.flush({ timeout: 5000 });

for (const { event } of logstash.events) {
  const { message, log, service, labels } = event;
  console.log(message, { log, service, labels });
}
const { accepted, delivered, pending } = await factory.dispose();
console.log({ accepted, delivered, pending });

// Output:
// order 17 paid {
//   log: { level: 'info', logger: 'OrderService' },
//   service: { name: 'shop' },
//   labels: {
//     message_template: 'order {id} paid',
//     id: '17',
//     total: '99.5',
//     customer_name: 'Zoë',
//     team: 'checkout'
//   }
// }
// payment failed {
//   log: { level: 'error', logger: 'OrderService' },
//   service: { name: 'shop' },
//   labels: { id: '18', team: 'checkout' }
// }
// { accepted: 2, delivered: 2, pending: 0 }
