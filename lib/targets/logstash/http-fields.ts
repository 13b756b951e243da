import { subscribe } from 'node:diagnostics_channel';
import { isIP } from 'node:net';
import { read } from '../../core/read.js';

export interface HttpFieldsOptions {
  /** The names of the fields: those for `LogstashFormatter`, or those of ECS. Default: `v1`. */
  readonly naming?: 'v1' | 'ecs';
  /** When the request came, as `performance.now()` told it. Default: what Node.js tells of every HTTP/1 request. */
  readonly start?: number;
}

/** What is known of a request and its response; what is not known is undefined. */
interface Facts {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly userAgent: string | undefined;
  readonly referrer: string | undefined;
  readonly address: string | undefined;
  readonly host: string | undefined;
  readonly forwardedFor: readonly string[];
  readonly protocol: string | undefined;
  readonly user: string | undefined;
  readonly id: string | undefined;
  /** Milliseconds. */
  readonly duration: number | undefined;
}

/** When requests came in: Node.js tells of each of them, also of those that nobody will log. */
const starts = new WeakMap<object, number>();
subscribe('http.server.request.start', message => {
  const request = field(message, 'request');
  if (typeof request === 'object' && request !== null) starts.set(request, performance.now());
});

/**
 * The fields of a request and its response, for a log call: Node's `IncomingMessage` and `ServerResponse`, or what Express,
 * Koa (`ctx.request` and `ctx.response`, or `ctx` twice) and Fastify make of them. Never throws.
 *
 * ```ts
 * response.once('finish', () => logger.info('{req_method} {req_uri}', httpFields(request, response)));
 * ```
 *
 * `v1`: `req_method`, `req_uri`, `status_code`, `req_useragent`, `req_referer`, `req_remote_address`, `req_host`,
 * `req_forwarded_for` (a list), `req_forwarded_proto`, `req_user`, `request_id`, `req_duration_ms`.
 *
 * `ecs`: `http.request.method`, `.referrer` and `.id`, `http.response.status_code`, `url.original`, `.path`, `.query` and
 * `.domain`, `user_agent.original`, `client.address` and `.ip`, `network.forwarded_ip`, `user.name`, `event.duration` (in
 * nanoseconds), as maps in maps. Over the http input, Logstash in ECS mode replaces `http`, `url` and `user_agent` by those
 * of the request that brings the events; with it, use `v1`.
 *
 * The user is `username`, `name`, `id` or `sub` of what an authentication has put into `user`. What the client sends, and so
 * everything but the status, the duration and maybe the user, can be made up by it. A request whose client has gone before
 * the response began has no status.
 */
export function httpFields(
  request: object,
  response?: object,
  options: HttpFieldsOptions = {}
): Record<string, unknown> {
  const facts = factsOf(request, response, options.start);
  return defined(options.naming === 'ecs' ? ecs(facts) : v1(facts));
}

function v1(facts: Facts): Record<string, unknown> {
  return {
    req_method: facts.method,
    req_uri: facts.url,
    status_code: facts.status,
    req_useragent: facts.userAgent,
    req_referer: facts.referrer,
    req_remote_address: facts.address,
    req_host: facts.host,
    req_forwarded_for: facts.forwardedFor.length > 0 ? facts.forwardedFor : undefined,
    req_forwarded_proto: facts.protocol,
    req_user: facts.user,
    request_id: facts.id,
    req_duration_ms: facts.duration
  };
}

function ecs({ method, url, status, userAgent, referrer, address, host, user, id, ...facts }: Facts) {
  const [path, query] = url?.split(/\?(.*)/s) ?? [];
  const isAddress = address !== undefined && isIP(address) !== 0;
  // The index refuses a document of which this is no address, and anybody can send anything in that header.
  const forwarded = facts.forwardedFor.filter(each => isIP(each) !== 0);
  return {
    http: defined({
      request: defined({ method, referrer, id }),
      response: defined({ status_code: status })
    }),
    url: defined({ original: url, path, query, domain: host?.replace(/:\d*$/, '') }),
    user_agent: defined({ original: userAgent }),
    client: defined({ address, ip: isAddress ? address : undefined }),
    network: defined({ forwarded_ip: forwarded.length > 0 ? forwarded : undefined }),
    user: defined({ name: user }),
    event: defined({ duration: facts.duration === undefined ? undefined : Math.round(facts.duration * 1e6) })
  };
}

/** The fields that have a value; undefined if none has, where they are a part of something. */
function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function factsOf(request: object, response: object | undefined, start: number | undefined): Facts {
  // Koa and Fastify have Node's own objects inside theirs.
  const raw = inner(request, 'raw') ?? inner(request, 'req') ?? request;
  const rawResponse =
    response === undefined ? undefined : (inner(response, 'raw') ?? inner(response, 'res') ?? response);
  const headers = field(raw, 'headers') ?? field(request, 'headers');
  const header = (name: string): string | undefined => {
    const value = field(headers, name);
    return text(Array.isArray(value) ? value.join(', ') : value);
  };
  const begin = start ?? starts.get(raw);
  return {
    method: text(field(raw, 'method')),
    url: text(field(request, 'originalUrl')) ?? text(field(raw, 'originalUrl')) ?? text(field(raw, 'url')),
    status: wasSent(rawResponse) ? number(field(rawResponse, 'statusCode')) : undefined,
    userAgent: header('user-agent'),
    referrer: header('referer') ?? header('referrer'),
    address: text(field(request, 'ip')) ?? text(field(field(raw, 'socket'), 'remoteAddress')),
    host: header('host') ?? header(':authority'),
    forwardedFor: list(header('x-forwarded-for')),
    protocol: header('x-forwarded-proto'),
    user: userName(field(request, 'user') ?? field(field(request, 'state'), 'user') ?? contextUser(request)),
    id: header('x-request-id'),
    duration: rounded(begin === undefined ? number(field(response, 'elapsedTime')) : performance.now() - begin)
  };
}

/** Whether a response has gone out, or still may: one whose connection has broken before has a status that nobody saw. */
function wasSent(response: unknown): boolean {
  return field(response, 'destroyed') !== true || field(response, 'headersSent') !== false;
}

/** Koa's request knows its context, and that what was found out about the user. */
function contextUser(request: object): unknown {
  return field(field(field(request, 'ctx'), 'state'), 'user');
}

function userName(user: unknown): string | undefined {
  if (typeof user !== 'object' || user === null) return text(user);
  for (const key of ['username', 'name', 'id', 'sub']) {
    const value = field(user, key);
    if (typeof value === 'string' || typeof value === 'number') return text(String(value));
  }
  return undefined;
}

/** Node's object inside a framework's: one that has headers, or can have a status. */
function inner(object: object, key: string): object | undefined {
  const value = field(object, key);
  return typeof value === 'object' && value !== null ? value : undefined;
}

function field(object: unknown, key: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  try {
    if (!(key in object)) return undefined;
  } catch {
    return undefined; // a proxy that does not tell has no such field
  }
  return read(object, key);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Addresses that a header may list: more are no proxies of anybody. */
const maxListed = 20;

function list(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',', maxListed)
    .map(part => part.trim())
    .filter(part => part !== '');
}

/** Microseconds are enough. */
function rounded(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1000) / 1000;
}
