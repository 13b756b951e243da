import { EcsFormatter } from '../../../lib/targets/logstash/ecs-formatter.js';
import { LogstashTarget } from '../../../lib/targets/logstash/target.js';
import { itBehavesLikeALogTarget } from '../../../lib/testing/contract.js';
import type { LogstashInput } from '../../../lib/testing/logstash-receiver.js';
import { LogstashServer } from '../../../lib/testing/logstash-server.js';

/** Of TCP and UDP nobody says when it has arrived: what was sent is waited for. */
async function bench(input: LogstashInput, setUp: (server: LogstashServer) => Promise<void> | void = () => undefined) {
  const server = await LogstashServer.start({ input });
  const target = new LogstashTarget({
    transport: input,
    port: server.port,
    onFailure: () => undefined,
    ...(input === 'http' && { formatter: new EcsFormatter() })
  });
  await setUp(server);
  return {
    target,
    received: async () => {
      const { delivered } = target.stats();
      await server.received(delivered);
      return server.events.map(({ event }) => String(event['message']));
    },
    close: () => server.close()
  };
}

for (const input of ['tcp', 'udp', 'http', 'beats'] as const) {
  itBehavesLikeALogTarget(`LogstashTarget over ${input}`, () => bench(input), {
    snapshots: true,
    ...(input !== 'udp' && { failing: () => bench(input, server => server.refuse()) })
  });
}
