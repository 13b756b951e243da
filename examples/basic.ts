/** Loggers, levels, templates, fields and exceptions, on the console. */
import { ConsoleTarget, LoggerFactory, LogLevel } from 'logflume';

const factory = new LoggerFactory().addTarget(
  // On a terminal the default is `format: 'pretty'`; a format of one's own keeps the times out of this output.
  new ConsoleTarget({
    format: record => `${record.levelName} ${record.loggerName}: ${record.render()}`,
    stderrLevel: LogLevel.NONE
  }),
  LogLevel.INFORMATION
);
const logger = factory.getLogger('OrderService');

await logger.info('order {id} paid', { id: 17, total: 99.5 });
await logger.warning('%d of %d places taken', 19, 20);
await logger.debug(() => 'never made, as DEBUG is not enabled');
await logger.exception('payment failed', new TypeError('no such card'), { id: 18 });
await logger.info('values of any kind: {list} {when} {big}', { list: [1, 'two'], when: new Date(0), big: 2n ** 60n });

await factory.dispose();

// Output:
// INFORMATION OrderService: order 17 paid
// WARNING OrderService: 19 of 20 places taken
// ERROR OrderService: payment failed
// INFORMATION OrderService: values of any kind: [1,"two"] 1970-01-01T00:00:00.000Z 1152921504606846976
