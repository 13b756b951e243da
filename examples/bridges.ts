/** To and from other loggers: records go to pino and to any console; what pino and the console are told becomes records. */
import { ConsoleLikeTarget, captureConsole, LoggerFactory, LogLevel, PinoTarget, pinoDestination } from 'logflume';
import { MemoryTarget } from 'logflume/testing';
import { pino } from 'pino';

const plain = { base: null, timestamp: false } as const;

// Our records, written by loggers that a program already has.
const existing = pino({ ...plain, level: 'debug' }, process.stdout);
const out = new LoggerFactory()
  .addTarget(new PinoTarget(name => existing.child({ name }))) // or new PinoTarget(existing)
  .addTarget(new ConsoleLikeTarget(console), LogLevel.ERROR); // or name => log4js.getLogger(name)
await out.getLogger('Shop').info('order {id} paid', { id: 17 });
await out.getLogger('Shop').error('no stock', { left: 0 });
await out.dispose();

// What packages say to their own loggers, as records of ours: on the way to Fluentd, say.
const memory = new MemoryTarget();
const factory = new LoggerFactory({ minimumLevel: LogLevel.TRACE }).addTarget(memory);

const theirs = pino(plain, pinoDestination(factory)).child({ name: 'db' }); // winston: winstonTransport(factory)
theirs.warn({ took: 1200 }, 'slow query');
theirs.error(new TypeError('no such table'), 'query failed');

const captured = captureConsole(factory);
console.info('%d items', 3, { cart: 'a1' });
captured.restore();

for (const record of memory.records) {
  const { error: _error, ...fields } = record.data;
  console.log(record.loggerName, record.levelName, record.render(), fields);
  if (record.exception !== undefined) console.log(String(record.exception));
}

// Output:
// {"level":30,"name":"Shop","id":17,"msg":"order 17 paid"}
// {"level":50,"name":"Shop","left":0,"msg":"no stock"}
// db WARNING slow query { took: 1200 }
// db ERROR query failed {}
// TypeError: no such table
// console INFORMATION 3 items { cart: 'a1' }
// Stderr:
// no stock { left: 0 }
