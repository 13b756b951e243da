const assert = require('node:assert/strict');
const logflume = require('logflume');
const { MemoryTarget } = require('logflume/testing');

const { LoggerFactory, LogRecord } = logflume;

async function main() {
  const target = new MemoryTarget();
  const factory = new LoggerFactory().addTarget(target);
  await factory.getLogger('Shop').info('order {id} paid', { id: 17 });
  await factory.dispose();

  assert.deepEqual(target.messages, ['order 17 paid']);
  assert.ok(target.records[0] instanceof LogRecord, 'both entry points share their classes');
  assert.equal((await import('logflume')).LogRecord, LogRecord, 'import and require give the same module');
}

void main();
