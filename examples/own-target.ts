/** A target of one's own: batches of records are posted to a web hook, which fails once and then answers. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FlushLogTarget, LoggerFactory, type LogRecord, PermanentDeliveryError } from 'logflume';

class WebhookTarget extends FlushLogTarget {
  readonly #url: string;

  constructor(url: string) {
    super({ maxSize: 100, retryDelay: 10, onFailure: failure => console.log(failure.kind, String(failure.error)) });
    this.#url = url;
  }

  async logRecords(records: readonly LogRecord[]): Promise<void> {
    const { ok, status } = await fetch(this.#url, { method: 'POST', body: JSON.stringify(records) });
    if (status === 413) throw new PermanentDeliveryError('the hook takes no batches of this size');
    if (!ok) throw new Error(`the hook answered ${status}`);
  }
}

let requests = 0;
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const isBroken = ++requests === 1;
  if (!isBroken) for (const { level, message, id } of JSON.parse(body)) console.log('received', level, message, id);
  response.writeHead(isBroken ? 503 : 204).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');

const factory = new LoggerFactory().addTarget(
  new WebhookTarget(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
);
const logger = factory.getLogger('Shop');
await logger.info('order {id} paid', { id: 17 });
await logger.warning('order {id} is late', { id: 18 });

const { accepted, delivered, lost } = await factory.dispose();
console.log({ accepted, delivered, lost });
server.close();
server.closeAllConnections();

// Output:
// retrying Error: the hook answered 503
// received INFORMATION order 17 paid 17
// received WARNING order 18 is late 18
// { accepted: 2, delivered: 2, lost: 0 }
