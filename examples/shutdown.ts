/** The end of a program: what is pending is delivered within a deadline, and the account tells what was not. */
import { FluentdTarget, LoggerFactory } from 'logflume';
import { FluentdServer } from 'logflume/testing';

const good = await FluentdServer.start();
const dead = await FluentdServer.start();
await dead.refuse();

const factory = new LoggerFactory({ onFailure: () => undefined })
  .addTarget(new FluentdTarget({ name: 'good', tag: 'shop', port: good.port }))
  .addTarget(new FluentdTarget({ name: 'dead', tag: 'shop', port: dead.port }));
const logger = factory.getLogger('Shop');
for (let id = 0; id < 1000; id++) void logger.info('order {id} paid', { id });

// In a service: process.once('SIGTERM', () => void factory.dispose({ timeout: 5000 }));
const { targets } = await factory.dispose({ timeout: 2000 });
for (const { name, accepted, delivered, lost, lostByReason } of targets) {
  console.log(name, { accepted, delivered, lost, lostByReason });
}
await good.close();
await dead.close();

// Output:
// good { accepted: 1000, delivered: 1000, lost: 0, lostByReason: {} }
// dead {
//   accepted: 1000,
//   delivered: 0,
//   lost: 1000,
//   lostByReason: { 'out of time': 1000 }
// }
