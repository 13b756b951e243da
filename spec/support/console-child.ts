import { LoggerFactory } from '../../lib/core/factory.js';
import { LogLevel } from '../../lib/core/level.js';
import { ConsoleTarget } from '../../lib/targets/console/target.js';

// A program that logs to its own stdout and ends in the way that its first argument names.

const [, , mode, count = '1', isGiven] = process.argv;
const target = new ConsoleTarget({
  format: record => record.render(),
  stderrLevel: LogLevel.NONE,
  ...(isGiven !== undefined && { stdout: process.stdout })
});
const logger = new LoggerFactory().addTarget(target).getLogger('Child');

function logAll(): void {
  for (let index = 1; index <= Number(count); index++) void logger.info(`record ${index}`);
}

/** Logs for as long as somebody reads. */
function logOn(): void {
  void logger.info('more');
  if (target.stats().lost < 10) setImmediate(logOn);
  else void logger.info('and a last one').then(() => process.exit());
}

function turn(turns: number): void {
  if (turns > 0) setTimeout(turn, 1, turns - 1);
  else process.send?.({ pending: target.stats().pending });
}

/** Lets the event loop turn after each of `count` steps. */
async function repeat(step: () => void): Promise<void> {
  for (let index = 0; index < Number(count); index++) {
    step();
    await new Promise(resolve => setImmediate(resolve));
  }
}

const modes: Record<string, () => void | Promise<void>> = {
  exit: () => {
    logAll();
    process.exit(3);
  },
  'exit later': () => {
    logAll();
    setImmediate(() => {
      void logger.info('last');
      process.exit(3);
    });
  },
  throw: () => {
    logAll();
    throw new Error('uncaught');
  },
  end: logAll,
  patched: () => {
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = (bytes: Uint8Array | string, ...others: unknown[]) =>
      write(`captured ${Buffer.from(bytes)}`, ...(others as []));
    logAll();
  },
  'log on': logOn,
  'no turn': async () => {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let step = 0; step < 2000 && target.stats().delivered === 0; step++) {
      for (let index = 0; index < 100; index++) void logger.info('record without a turn of the event loop');
      await Promise.resolve();
      Atomics.wait(pause, 0, 0, 1); // time for the reader, but not for the event loop
    }
    process.exit(target.stats().delivered > 0 ? 0 : 1);
  },
  turn: () => {
    logAll();
    turn(20);
    process.once('message', () => process.disconnect());
  },
  'two targets': () => {
    const other = new ConsoleTarget({ format: record => record.render() });
    const otherLogger = new LoggerFactory().addTarget(other).getLogger('Other');
    return repeat(() => {
      for (let index = 0; index < 100; index++) {
        void logger.info('one '.repeat(50));
        void otherLogger.info('two '.repeat(50));
      }
    });
  },
  'console.log': () =>
    repeat(() => {
      console.log('console '.repeat(2000));
      void logger.info('logger '.repeat(2000));
    })
};

await modes[String(mode)]?.();
