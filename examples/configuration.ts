/** Targets, routes and levels from a file, with a target type of one's own; levels that change while the program runs. */
import { LoggerFactory, type LogRecord, LogTarget, registerTargetType } from 'logflume';
import { FluentdServer } from 'logflume/testing';

class LinesTarget extends LogTarget {
  readonly #prefix: string;

  constructor(prefix: string) {
    super();
    this.#prefix = prefix;
  }

  log(record: LogRecord): void {
    console.log(this.#prefix, record.render());
  }
}

registerTargetType('lines', ({ prefix }) => new LinesTarget(String(prefix)), { prefix: { type: 'string' } });

await using fluentd = await FluentdServer.start();
const env = { FLUENTD_PORT: String(fluentd.port) }; // by default, process.env
const factory = LoggerFactory.fromConfig('examples/logging.yaml', {
  env,
  onFailure: failure => console.log(failure.kind, failure.target)
});
const logger = factory.getLogger('shop.orders');

await logger.debug('not logged, as the level is INFO');
await logger.info('order {id} paid', { id: 17 });
await factory.flush();
console.log(fluentd.events.map(({ record }) => record['message']));

// In a service: process.on('SIGHUP', () => factory.reloadLevels('examples/logging.yaml'));
factory.reloadLevels({ minimumLevel: 'debug', targets: { collector: { type: 'fluentd', tag: 'shop' } } });
await logger.debug('logged now');
await factory.flush();
console.log(fluentd.events.map(({ record }) => record['message']));

// A mistake in a file ends a program that starts, and none that runs.
console.log(factory.reloadLevels({ minimumLevel: 'loud' }));
try {
  LoggerFactory.fromConfig({ targets: { collector: { type: 'fluentd', tag: 'shop', port: 99_999 } } });
} catch (error) {
  console.log(String(error));
}

await fluentd.refuse();
await logger.info('order {id} paid', { id: 18 });
await factory.dispose();

// Output:
// [ 'order 17 paid' ]
// [ 'order 17 paid', 'logged now' ]
// error LoggerFactory
// false
// RangeError: configuration: targets.collector.port must be an integer from 1 to 65535, got 99999
// written down: order 18 paid
// fell back collector
