import { PermanentDeliveryError } from '../../core/failures.js';
import type { WireBatch } from '../../wire/batch.js';
import { compress } from '../../wire/compress.js';
import { Prepared } from '../../wire/prepared.js';
import { type Server, Servers } from '../../wire/servers.js';
import type { Transport } from '../../wire/transport.js';
import { complaint, HttpError } from './http-answers.js';
import { HttpClient } from './http-client.js';
import type { DialServer, LinkOptions } from './links.js';
import { Progress } from './progress.js';

export interface HttpTransportOptions extends LinkOptions {
  /** Where to post, from the first `/` on. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyFormat: 'json' | 'ndjson';
  readonly compress: boolean;
  /** What must not stand in any message: see `secretsOf`. */
  readonly secrets: readonly string[];
}

/** Milliseconds after which more is tried again than a server took: it may have been a proxy that was set up wrong. */
const limitAge = 600_000;

/**
 * Posts each batch (Logstash: `http`), and looks at the status of the answer. Node's own `http` does it: it is there, and
 * can be given streams that are opened elsewhere, as all transports of ours want it.
 */
export class HttpTransport implements Transport {
  readonly #options: HttpTransportOptions;
  readonly #clients: ReadonlyMap<Server, HttpClient>;
  readonly #servers: Servers<DialServer>;
  readonly #arrived = new Progress();
  readonly #bodies = new Prepared((batch, from, end) => this.#body(batch, from, end));
  /** Bytes of events that are posted at once: less after a server has found a request too large, for a while. */
  #maxBytes = Number.POSITIVE_INFINITY;
  #maxBytesUntil = 0;
  /** When servers that wanted to be left alone may be asked again. */
  #notBefore = 0;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    const { servers, clock, recoverWait, random, onDown } = options;
    this.#clients = new Map(servers.map(server => [server, new HttpClient({ ...options, dial: server.dial })]));
    const probe = async (server: DialServer, signal: AbortSignal) => this.#clients.get(server)?.probe(signal);
    this.#servers = new Servers(servers, { clock, recoverWait, random, probe, onDown });
  }

  async send(batch: WireBatch): Promise<void> {
    await this.#pause(batch.signal);
    try {
      for (let from = this.#arrived.of(batch); from < batch.size; from = this.#arrived.of(batch)) {
        await this.#sendSome(batch, from);
      }
    } catch (error) {
      this.#notBefore = notBefore(error);
      throw error;
    }
    this.#bodies.forget(batch);
  }

  prepare(batch: WireBatch): void {
    if (!this.#options.compress) return;
    const from = this.#arrived.of(batch);
    if (from < batch.size) void this.#bodies.of(batch, from, this.#end(batch, from));
  }

  close(): void {
    this.#servers.close();
    for (const client of this.#clients.values()) client.disconnect();
  }

  /** Sends records from `from` on, as many as the server takes at once. Of one that finds them too many, half. */
  async #sendSome(batch: WireBatch, from: number): Promise<void> {
    if (this.#options.clock.now() >= this.#maxBytesUntil) this.#maxBytes = Number.POSITIVE_INFINITY;
    let end = this.#end(batch, from);
    await this.#servers.use(async server => {
      for (;;) {
        if (await this.#post(server, await this.#bodies.of(batch, from, end), batch.signal)) break;
        const size = batch.start(end) - batch.start(from);
        if (end - from === 1) {
          throw new PermanentDeliveryError(
            `${server.name} answered 413 Payload Too Large to a single event of ${size} bytes: set maxRecordBytes to less`
          );
        }
        this.#maxBytes = Math.floor(size / 2);
        this.#maxBytesUntil = this.#options.clock.now() + limitAge;
        end = this.#end(batch, from);
      }
      this.#arrived.reach(batch, end);
    }, batch.signal);
  }

  /** Whether the server has taken it; false if it is too large. Rejects for any other reason. */
  async #post(server: DialServer, body: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const { path, headers, bodyFormat, ackTimeout, clock, secrets } = this.#options;
    const client = this.#clients.get(server);
    if (client === undefined) throw new Error(`there is no server ${server.name}`);
    const post = {
      path,
      headers: {
        host: hostHeader(server),
        ...headers,
        'content-type': bodyFormat === 'json' ? 'application/json' : 'application/x-ndjson',
        ...(this.#options.compress && { 'content-encoding': 'gzip' })
      },
      body
    };
    const answer = await client.post(post, ackTimeout, signal);
    // After some errors (a body that cannot be unpacked), Logstash answers all else on that connection with errors too.
    if (answer.status >= 400) client.disconnect();
    if (answer.status === 413) return false;
    const error = complaint(answer, server.name, clock.now(), secrets);
    if (error !== undefined) throw error;
    return true;
  }

  async #body(batch: WireBatch, from: number, end: number): Promise<Uint8Array> {
    const lines = batch.payload.subarray(batch.start(from), batch.start(end));
    const body = this.#options.bodyFormat === 'json' ? arrayOf(batch, from, end) : lines;
    return this.#options.compress ? compress(body, 'gzip') : body;
  }

  /** The record behind the last that is posted together with the one at `from`. */
  #end(batch: WireBatch, from: number): number {
    let end = from + 1;
    while (end < batch.size && batch.start(end + 1) - batch.start(from) <= this.#maxBytes) end++;
    return end;
  }

  /** Resolves when servers that wanted to be left alone may be asked again. */
  #pause(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const delay = this.#notBefore - clock.now();
    if (delay <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const abort = () => {
        clock.clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = clock.setTimeout(() => {
        signal.removeEventListener('abort', abort);
        resolve();
      }, delay);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }
}

/** The port is left out where it is the scheme's own, as all clients do (RFC 9110, 7.2); a Unix socket has no name. */
function hostHeader({ name, own }: DialServer): string {
  if (name.startsWith('/')) return 'localhost';
  return name.replace(own.tls === false ? /:80$/ : /:443$/, '');
}

/** The lines as one JSON array: what stands between them becomes commas. */
function arrayOf(batch: WireBatch, from: number, end: number): Uint8Array {
  const begin = batch.start(from);
  const body = Buffer.allocUnsafe(batch.start(end) - begin + 1);
  body[0] = 0x5b;
  body.set(batch.payload.subarray(begin, batch.start(end)), 1);
  for (let index = from + 1; index < end; index++) body[batch.start(index) - begin] = 0x2c;
  body[body.length - 1] = 0x5d;
  return body;
}

/** Until when all servers want to be left alone, of those that there are; 0 if one of them has said nothing of it. */
function notBefore(error: unknown): number {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
  return Math.min(...errors.map(each => (each instanceof HttpError ? (each.notBefore ?? 0) : 0)));
}
