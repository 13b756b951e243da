import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as logflume from 'logflume';
import { ConsoleTarget, FluentdTarget, FlushLogTarget, LoggerFactory, LogLevel, LogTarget } from 'logflume';
import * as testing from 'logflume/testing';
import { FluentdServer, MemoryTarget } from 'logflume/testing';

// Names are shown: of targets in their account, of errors. And all entry points share their classes.
for (const [name, value] of Object.entries({ ...logflume, ...testing })) {
  if (typeof value === 'function') assert.equal(value.name, name);
}
assert.ok(new MemoryTarget() instanceof LogTarget);

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

const schema = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve('logflume/config.schema.json')), 'utf8'));
assert.deepEqual(Object.keys(schema.properties.targets), ['description', 'type', 'additionalProperties']);
const configured = LoggerFactory.fromConfig({
  targets: { out: { type: 'console', fallbackTarget: { type: 'fluentd', tag: 'shop' } } },
  routes: { out: 'critical' }
});
assert.equal(configured.targets[0].name, 'out');
// The package yaml is not installed here.
writeFileSync('logging.yaml', 'minimumLevel: info\n');
assert.throws(() => LoggerFactory.fromConfig('logging.yaml'), /YAML needs the package yaml: `npm install yaml`/);
await configured.dispose();
