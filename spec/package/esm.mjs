import assert from 'node:assert/strict';
import { ConsoleTarget, FluentdTarget, FlushLogTarget, LoggerFactory, LogLevel } from 'logflume';
import { FluentdServer, MemoryTarget } from 'logflume/testing';

class Collector extends FlushLogTarget {
  bodies = [];

  async logRecords(records) {
    this.bodies.push(...JSON.parse(JSON.stringify(records)));
  }
}

const server = await FluentdServer.start();
const collector = new Collector();
const memory = new MemoryTarget();
const factory = new LoggerFactory()
  .addTarget(new ConsoleTarget(), LogLevel.CRITICAL)
  .addTarget(new FluentdTarget({ tag: 'shop', port: server.port }))
  .addTarget(collector)
  .addTarget(memory);

await factory.getLogger('Shop').info('order {id} paid', { id: 17 });
const { delivered, lost } = await factory.dispose();
await server.close();

assert.deepEqual(memory.messages, ['order 17 paid']);
assert.equal(collector.bodies[0].message, 'order 17 paid');
assert.equal(server.events[0].record.message, 'order 17 paid');
assert.deepEqual({ delivered, lost }, { delivered: 3, lost: 0 });
