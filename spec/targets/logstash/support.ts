import { LoggerFactory } from '../../../lib/core/factory.js';
import type { LogFailure } from '../../../lib/core/failures.js';
import type { Logger } from '../../../lib/core/logger.js';
import { type LogstashOptions, LogstashTarget } from '../../../lib/targets/logstash/target.js';
import { LogstashServer, type LogstashServerOptions } from '../../../lib/testing/logstash-server.js';

/** A server, a target that sends to it, and a logger, for one test. */
export interface Bench {
  readonly server: LogstashServer;
  readonly target: LogstashTarget;
  readonly logger: Logger;
  readonly failures: LogFailure[];
  /** The rendered messages that have arrived, in order. */
  readonly messages: () => unknown[];
}

/** Makes benches, and takes them down after each test. */
export function benches(input: NonNullable<LogstashServerOptions['input']>) {
  const open: Bench[] = [];
  afterEach(async () => {
    for (const { server, target } of open.splice(0)) {
      await target.dispose({ timeout: 0 });
      await server.close();
    }
  });
  return async (options: Partial<LogstashOptions> = {}, serverOptions: LogstashServerOptions = {}): Promise<Bench> => {
    const failures: LogFailure[] = [];
    const server = await LogstashServer.start({ input, ...serverOptions });
    const target = new LogstashTarget({
      transport: input,
      ...(options.url === undefined && options.servers === undefined && { port: server.port }),
      retryDelay: 10,
      onFailure: failure => failures.push(failure),
      ...options
    });
    const logger = new LoggerFactory().addTarget(target).getLogger('Orders');
    const messages = () => server.events.map(({ event }) => event['message']);
    const bench = { server, target, logger, failures, messages };
    open.push(bench);
    return bench;
  };
}

/** `0`, `1`, `2`, … as messages. */
export function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

/** Resolves when `condition` holds, which other events of the loop bring about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve));
}
