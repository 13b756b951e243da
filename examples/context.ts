/** Fields of a request on every record of it: in an HTTP server, through awaits and helpers that know nothing of it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConsoleTarget, LoggerFactory, type LogRecord } from 'logflume';

const format = (record: LogRecord) => `${record.loggerName}: ${record.render()} ${JSON.stringify(record.data)}`;
const factory = new LoggerFactory({ fields: { service: 'shop' } }).addTarget(new ConsoleTarget({ format }));
const logger = factory.getLogger('http');
const db = factory.getLogger('db').with({ pool: 1 });

async function load(id: string): Promise<string> {
  await new Promise(setImmediate); // the query
  db.info('order {id} loaded', { id });
  return `order ${id}\n`;
}

const server = createServer((request, response) => {
  factory.runWith({ requestId: request.headers['x-request-id'] }, async () => {
    logger.info('GET {url}', { url: request.url });
    response.end(await load(request.url?.slice(1) ?? ''));
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
for (const id of ['17', '18']) await fetch(`${url}/${id}`, { headers: { 'x-request-id': `r${id}` } });

await factory.dispose();
server.close();
server.closeAllConnections();

// Output:
// http: GET /17 {"service":"shop","requestId":"r17","url":"/17"}
// db: order 17 loaded {"service":"shop","requestId":"r17","pool":1,"id":"17"}
// http: GET /18 {"service":"shop","requestId":"r18","url":"/18"}
// db: order 18 loaded {"service":"shop","requestId":"r18","pool":1,"id":"18"}
