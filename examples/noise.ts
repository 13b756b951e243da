/** Less noise: a share of the records, a limit to repeated ones, and details only of what fails. */
import {
  ConsoleTarget,
  FlightRecorderTarget,
  LoggerFactory,
  LogLevel,
  type LogRecord,
  RateLimitTarget,
  SamplingTarget
} from 'logflume';
import { FakeClock } from 'logflume/testing';

const format = (record: LogRecord) => `${record.levelName} ${record.render()}`;
const out = () => new ConsoleTarget({ format, stderrLevel: LogLevel.NONE });

// No DEBUG of health checks, and 1 % of the rest of it, whole traces at a time:
const rules = [
  { rate: 0, maximumLevel: LogLevel.DEBUG, loggers: '*.health' },
  { rate: 0.01, maximumLevel: LogLevel.DEBUG }
];
const sampled = new LoggerFactory().addTarget(new SamplingTarget(out(), { rules, by: 'trace_id' }));
sampled.getLogger('app.health').debug('never');
sampled.getLogger('app.health').info('always');
await sampled.dispose();

// Two of a kind in a minute, which here passes at once:
const clock = new FakeClock();
const limited = new LoggerFactory().addTarget(new RateLimitTarget(out(), { max: 2, interval: 60_000, clock }));
for (let id = 1; id <= 1000; id++) limited.getLogger('app').warning('order {id} is late', { id });
await clock.advance(60_000);
await limited.dispose();

// Details are kept back, and let out before an error of the same request:
const recorder = new FlightRecorderTarget(out(), { keepUntil: LogLevel.ERROR });
const recorded = new LoggerFactory().addTarget(recorder, LogLevel.DEBUG);
const logger = recorded.getLogger('app');
for (const id of [17, 18]) {
  recorded.runWith({ id }, () => {
    logger.debug('{id}: looking');
    if (id === 17) logger.info('{id}: found');
    else logger.error('{id}: nothing there');
  });
}
await recorded.dispose();

// Output:
// INFORMATION always
// WARNING order 1 is late
// WARNING order 2 is late
// WARNING order 1000 is late … repeated 998 times in 60 s
// INFORMATION 17: found
// DEBUG 18: looking
// ERROR 18: nothing there
