import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse
} from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import type { Clock } from '../core/clock.js';

/** A request that has come completely. */
export interface LogstashRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** How long the body was on the wire. */
  readonly bytes: number;
  /** The status that it was answered with; undefined if it was not. */
  readonly status: number | undefined;
}

/** An answer in place of the usual one. */
export interface LogstashAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How an http input behaves. */
export interface HttpFaults {
  /** What the next requests are answered, the first one first; nothing of these is stored. */
  answers: LogstashAnswer[];
  /** Requests that will be stored and whose connection is then reset. */
  answersToForget: number;
  /** Milliseconds before an answer is written. */
  answerDelay: number;
  /** Bytes of a body, unpacked; a larger one is answered with 413. */
  maxBody: number;
  /** Requests with an event of which this is true are answered with 400. */
  isBad: (event: unknown) => boolean;
  /** `username:password` that a request must have. */
  credentials: string | undefined;
}

/** What the input needs from its receiver. */
export interface HttpHost {
  readonly clock: Clock;
  readonly faults: HttpFaults;
  /** The body of a request, as text; false if it holds an event that is not taken. */
  store(text: string, contentType: string | undefined, connection: number): boolean;
  note(request: LogstashRequest): void;
}

const unzip = promisify(gunzip);
const unpack = promisify(inflate);

/** A server that behaves as the http input of Logstash. `connectionOf` numbers the connections. */
export function httpInput(host: HttpHost, connectionOf: (request: IncomingMessage) => number): Server {
  return createServer((request, response) => {
    void answer(host, request, response, connectionOf(request));
  });
}

async function answer(host: HttpHost, request: IncomingMessage, response: ServerResponse, connection: number) {
  const { faults, clock } = host;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return; // the client has gone in the middle of the request
  }
  const body = Buffer.concat(chunks);
  const given = await verdict(host, request, body, connection);
  const isForgotten = given.status < 300 && faults.answersToForget > 0;
  const { method = '', url: path = '', headers } = request;
  host.note({ method, path, headers, bytes: body.length, status: isForgotten ? undefined : given.status });
  if (isForgotten) {
    faults.answersToForget--;
    request.socket.destroy();
    return;
  }
  const write = () => {
    response.writeHead(given.status, given.headers);
    response.end(given.body ?? '');
  };
  if (faults.answerDelay > 0) clock.setTimeout(write, faults.answerDelay);
  else write();
}

async function verdict(
  host: HttpHost,
  request: IncomingMessage,
  body: Buffer,
  connection: number
): Promise<LogstashAnswer> {
  const { faults } = host;
  const { authorization, 'content-encoding': encoding, 'content-type': type } = request.headers;
  const scripted = faults.answers.shift();
  if (scripted !== undefined) return scripted;
  if (faults.credentials !== undefined) {
    if (authorization === undefined) return { status: 401, headers: { 'www-authenticate': 'Basic realm="Logstash"' } };
    if (authorization !== `Basic ${Buffer.from(faults.credentials).toString('base64')}`) return { status: 401 };
  }
  if (request.method !== 'POST' && request.method !== 'PUT') return { status: 200, body: 'ok' };
  let plain: Buffer;
  try {
    plain = encoding === 'gzip' ? await unzip(body) : encoding === 'deflate' ? await unpack(body) : body;
  } catch {
    return { status: 400, body: 'decompression failure' };
  }
  if (plain.length > faults.maxBody) return { status: 413 };
  return host.store(plain.toString(), type, connection)
    ? { status: 200, body: 'ok' }
    : { status: 400, body: 'bad event' };
}
