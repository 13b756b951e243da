/**
 * A receiver that is killed: listens on the host and port given, tells its port, and then writes each batch that it has
 * stored to stdout before it acknowledges it, as one that keeps them on disk would.
 */
import { writeSync } from 'node:fs';
import { FluentdServer } from '../../lib/testing/fluentd-server.js';
import { LogstashServer } from '../../lib/testing/logstash-server.js';

/** A batch that has arrived, or the part of one that had not been acknowledged. */
export interface Arrival {
  /** The id that it was sent with; Beats has none. */
  readonly chunk?: string;
  /** The numbers that were logged, and all that came with each. */
  readonly events: readonly (readonly [number: unknown, content: string])[];
}

const [kind = '', host = '', port = ''] = process.argv.slice(2);
const options = { host, port: Number(port) };

function tell(line: number | Arrival): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function receiveForward(): Promise<never> {
  const server = await FluentdServer.start(options);
  server.delayAcks(1); // which is after all that waits for a message was done
  tell(server.port);
  for (let count = 1; ; count++) {
    const { chunk, events } = (await server.receivedMessages(count))[count - 1] ?? { events: [] };
    tell({
      chunk: String(chunk),
      events: events.map(({ record, time }) => [record['n'], `${time} ${JSON.stringify(record)}`])
    });
  }
}

async function receiveBeats(): Promise<never> {
  const server = await LogstashServer.start(options);
  server.delayAcks(1);
  tell(server.port);
  for (let told = 0, events = 0; ; ) {
    await server.received(events + 1);
    for (const window of server.windows.slice(told)) {
      told++;
      events += window.events.length;
      tell({ events: window.events.map(event => [numberOf(event), JSON.stringify(event)]) });
    }
  }
}

function numberOf({ extra }: Readonly<Record<string, unknown>>): unknown {
  return typeof extra === 'object' && extra !== null && 'n' in extra ? extra.n : undefined;
}

await (kind === 'fluentd' ? receiveForward() : receiveBeats());
