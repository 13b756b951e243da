// The bridges, with winston and log4js themselves: `npm run check-peers`.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import log4js from 'log4js';
import winston from 'winston';
import { ConsoleLikeTarget, LoggerFactory, LogLevel, WinstonTarget, winstonTransport } from '../../dist/lib/index.js';
import { MemoryTarget } from '../../dist/lib/testing/index.js';

let failed = 0;

/** Does one step, and says how it went. */
async function step(name, action) {
  try {
    await action();
    console.log(`  ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`  FAILED  ${name}\n${error.stack}`);
  }
}

/** A factory whose records can be looked at. */
function remembered() {
  const memory = new MemoryTarget();
  return { memory, factory: new LoggerFactory({ minimumLevel: LogLevel.TRACE }).addTarget(memory) };
}

async function settle() {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
}

await step('WinstonTarget writes with winston, by its levels', async () => {
  const stream = new PassThrough();
  const logger = winston.createLogger({
    level: 'silly',
    format: winston.format.combine(
      winston.format.splat(),
      winston.format.errors({ stack: true }),
      winston.format.json()
    ),
    transports: [new winston.transports.Stream({ stream })]
  });
  const factory = new LoggerFactory({ minimumLevel: LogLevel.TRACE }).addTarget(new WinstonTarget(logger));
  for (const level of [5, 10, 15, 20, 30, 40, 50])
    await factory.getLogger('Shop').log(level, 'order {id} 100%d', { id: 17 });
  const exception = Object.assign(new TypeError('boom'), { stack: undefined });
  await factory.getLogger('Shop').error('failed', exception, { message: 'x', level: 'y', exception: true, splat: [1] });
  await settle();
  const infos = stream
    .read()
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
  const last = infos.pop();
  assert.deepEqual(infos.map(info => info.level).join(' '), 'silly debug verbose info warn error error');
  assert.deepEqual(infos[0], { level: 'silly', logger: 'Shop', message: 'order 17 100%d', id: 17 });
  assert.deepEqual(last, {
    level: 'error',
    logger: 'Shop',
    message: 'failed',
    message_: 'x',
    level_: 'y',
    exception_: true,
    splat_: [1],
    error: { type: 'TypeError', message: 'boom' }
  });
});

await step('winstonTransport makes records of what winston is told', async () => {
  const { memory, factory } = remembered();
  const logger = winston.createLogger({
    level: 'verbose',
    format: winston.format.combine(winston.format.colorize(), winston.format.label({ label: 'web' })),
    defaultMeta: { service: 'shop' },
    transports: [winstonTransport(factory)]
  });
  const boom = new TypeError('boom');
  logger.info('order {id}', { id: 17 });
  logger.error('failed', boom);
  logger.error(new RangeError('alone'));
  logger.silly('not taken');
  logger.child({ request: 5 }).verbose('of a child');
  await settle();
  assert.deepEqual(memory.messages, ['order {id}', 'failed boom', 'alone', 'of a child']);
  assert.deepEqual(
    memory.records.map(({ level }) => level),
    [20, 40, 40, 15]
  );
  assert.deepEqual(memory.records[0].data, { service: 'shop', id: 17 });
  assert.equal(memory.records[0].loggerName, 'web');
  assert.equal(memory.records[1].exception, boom);
  assert.equal(memory.records[2].exception.message, 'alone');
  assert.equal(memory.records[3].data.request, 5);
});

await step('a circle of winstonTransport and WinstonTarget ends, and winston can remove the transport', async () => {
  const { memory, factory } = remembered();
  const transport = winstonTransport(factory);
  const logger = winston.createLogger({
    transports: [transport, new winston.transports.Stream({ stream: new PassThrough() })]
  });
  factory.addTarget(new WinstonTarget(logger));
  logger.info('one');
  for (let index = 0; index < 100; index++) void factory.getLogger('x').info('two {index}', { index });
  await settle();
  assert.equal(memory.records.length, 101);
  logger.remove(transport);
  logger.info('three');
  await settle();
  assert.equal(memory.records.length, 101);
});

await step('the end of a winston logger ends the transport', async () => {
  const { factory } = remembered();
  const transport = winstonTransport(factory);
  const logger = winston.createLogger({ transports: [transport] });
  const finished = new Promise(resolve => transport.once('finish', resolve));
  logger.info('one');
  logger.end();
  await finished;
});

await step('ConsoleLikeTarget writes with log4js, to the category of the name', async () => {
  log4js.configure({
    appenders: { recording: { type: 'recording' } },
    categories: { default: { appenders: ['recording'], level: 'trace' } }
  });
  const factory = new LoggerFactory({ minimumLevel: LogLevel.TRACE }).addTarget(
    new ConsoleLikeTarget(name => log4js.getLogger(name))
  );
  const boom = new TypeError('boom');
  for (const level of [5, 10, 20, 30, 40, 50]) await factory.getLogger('app.db').log(level, 'took {ms}', { ms: 5 });
  await factory.getLogger('app').critical('failed', boom);
  const events = log4js.recording().replay();
  assert.equal(events.map(({ level }) => level.levelStr).join(' '), 'TRACE DEBUG INFO WARN ERROR FATAL FATAL');
  assert.deepEqual(events[0].data, ['took 5', { ms: 5 }]);
  assert.equal(events[0].categoryName, 'app.db');
  assert.deepEqual(events[6].data, ['failed', boom]);
});

process.exitCode = failed === 0 ? 0 : 1;
