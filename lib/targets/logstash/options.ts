import { validateHeaderName, validateHeaderValue } from 'node:http';
import {
  type Checked,
  callable,
  checkOptions,
  instance,
  integer,
  milliseconds,
  millisecondsOrInfinity,
  oneOf,
  type Rule,
  text
} from '../../core/check.js';
import { flushRules } from '../../delivery/flush-target.js';
import { addressRules } from '../../wire/address.js';
import type { Dial } from '../../wire/dial.js';
import { checkRecordLimit, recordLimitRules } from '../../wire/json.js';
import { type ServerOptions, serverListRule, serversOf } from '../../wire/server-list.js';
import { type TlsOptions, tlsRule } from '../../wire/tls.js';
import type { Transport } from '../../wire/transport.js';
import type { EventFormatter } from './formatter.js';
import type { DialServer } from './links.js';
import { maxWindow } from './lumberjack.js';
import type { LogstashOptions } from './target.js';
import { maxDatagram } from './udp-transport.js';

const owner = 'LogstashTarget';

type Name = 'tcp' | 'udp' | 'http' | 'beats';

export const hasMethod = (value: unknown, method: string): boolean =>
  typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function';

const optionalText: Rule<string | undefined> = text();
const optionalBoolean: Rule<boolean | undefined> = {
  words: 'true or false',
  schema: { type: 'boolean' },
  judge: value => (typeof value === 'boolean' ? 'right' : 'wrong type')
};
const optionalPort: Rule<number | undefined> = {
  words: integer(1, 1, 65_535).words,
  schema: { type: 'integer', minimum: 1, maximum: 65_535 },
  judge: integer(1, 1, 65_535).judge
};

/** The rules for the options that are a `LogstashTarget`'s own. */
export const logstashRules = {
  transport: {
    words: "'tcp', 'udp', 'http', 'beats' or a Transport",
    schema: { enum: ['tcp', 'udp', 'http', 'beats'], default: 'tcp' },
    fallback: 'tcp',
    judge: value => {
      if (typeof value === 'string') return ['tcp', 'udp', 'http', 'beats'].includes(value) ? 'right' : 'out of range';
      return hasMethod(value, 'send') ? 'right' : 'wrong type';
    }
  } satisfies Rule<Name | Transport> as Rule<Name | Transport>,
  host: optionalText,
  port: optionalPort,
  tls: { ...tlsRule, fallback: undefined } as Rule<boolean | TlsOptions | undefined>,
  servers: serverListRule<ServerOptions>({ ...addressRules(1), port: optionalPort }),
  dial: callable<Dial>('a Dial: a function of an AbortSignal'),
  url: {
    words: 'an http: or https: URL without a # and without credentials, for which there are username and password',
    schema: { type: 'string', pattern: '^https?://[^@#]+$' },
    isSecret: true,
    judge: value => (typeof value !== 'string' ? 'wrong type' : parsed(value) === undefined ? 'out of range' : 'right')
  } satisfies Rule<string | undefined> as Rule<string | undefined>,
  path: {
    words: "a path: '/', and what may follow it in a URL",
    schema: { type: 'string', pattern: '^/[!-"$-~]*$' },
    isSecret: true,
    judge: value => (typeof value !== 'string' ? 'wrong type' : /^\/[!-"$-~]*$/.test(value) ? 'right' : 'out of range')
  } satisfies Rule<string | undefined> as Rule<string | undefined>,
  headers: {
    words:
      'an object of header names and their values, of which host, connection, content-… and transfer-encoding are ours',
    schema: { type: 'object', additionalProperties: { type: 'string' } },
    isSecret: true,
    judge: value => judgeHeaders(value)
  } satisfies Rule<Readonly<Record<string, string>> | undefined> as Rule<Readonly<Record<string, string>> | undefined>,
  username: {
    words: 'a string that is not empty, without colons and control characters',
    isSecret: true,
    schema: { type: 'string', pattern: '^[^:]+$' },
    judge: value => (typeof value !== 'string' ? 'wrong type' : /^[^:\p{Cc}]+$/u.test(value) ? 'right' : 'out of range')
  } satisfies Rule<string | undefined> as Rule<string | undefined>,
  password: { ...optionalText, isSecret: true },
  bodyFormat: oneOf(['json', 'ndjson'], 'json'),
  compress: optionalBoolean,
  formatter: instance<EventFormatter>("an object with the method 'format'", value => hasMethod(value, 'format')),
  ackTimeout: milliseconds(1, 60_000),
  connectTimeout: milliseconds(1, 10_000),
  reconnectInterval: millisecondsOrInfinity(1, Number.POSITIVE_INFINITY),
  idleTimeout: millisecondsOrInfinity(1, Number.POSITIVE_INFINITY),
  recoverWait: milliseconds(1, 10_000),
  maxDatagramBytes: integer(1024, 8192, maxDatagram),
  ...recordLimitRules
};

/** The transports that an option is for, if it is not for all; one that is given with another is a mistake. */
const uses: Readonly<Record<string, readonly Name[]>> = {
  host: ['tcp', 'udp', 'http', 'beats'],
  port: ['tcp', 'udp', 'http', 'beats'],
  tls: ['tcp', 'http', 'beats'],
  servers: ['tcp', 'http', 'beats'],
  dial: ['tcp', 'http', 'beats'],
  url: ['http'],
  path: ['http'],
  headers: ['http'],
  username: ['http'],
  password: ['http'],
  bodyFormat: ['http'],
  compress: ['http', 'beats'],
  ackTimeout: ['tcp', 'http', 'beats'],
  connectTimeout: ['tcp', 'http', 'beats'],
  reconnectInterval: ['tcp', 'beats'],
  idleTimeout: ['tcp', 'beats'],
  recoverWait: ['tcp', 'http', 'beats'],
  maxDatagramBytes: ['udp']
};

/** Logstash's own; for lines it has none. */
const ports: Readonly<Record<Name, number | undefined>> = { tcp: undefined, udp: undefined, http: 8080, beats: 5044 };

/** The options of a `LogstashTarget`, checked, with what follows from them. */
export type LogstashSetup = Omit<Checked<typeof logstashRules>, 'host' | 'port' | 'path' | 'headers' | 'servers'> & {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly servers: readonly DialServer[];
} & Pick<Checked<typeof flushRules>, 'clock' | 'random'>;

/** Throws as `checkOptions` does, and a `TypeError` for options that exclude each other. */
export function checkLogstash(options: LogstashOptions): LogstashSetup {
  const checked = checkOptions(owner, { ...flushRules, ...logstashRules }, options);
  checkRecordLimit(owner, options);
  const { transport, maxSize } = checked;
  const name = typeof transport === 'string' ? transport : undefined;
  for (const [key, names] of Object.entries(uses)) {
    if ((options as Record<string, unknown>)[key] === undefined || (name !== undefined && names.includes(name)))
      continue;
    const choices = names.map(each => `'${each}'`).join(', ');
    throw new TypeError(`${owner}: ${key} is for the transport ${choices} only`);
  }
  if (name === 'udp' && options.maxRecordBytes !== undefined) {
    throw new TypeError(`${owner}: maxRecordBytes must be left out with transport 'udp': see maxDatagramBytes`);
  }
  if (name === 'beats' && maxSize > maxWindow) {
    throw new RangeError(
      `${owner}: maxSize must be an integer from 1 to ${maxWindow} with transport 'beats', got ${maxSize}`
    );
  }
  const { path, ...place } = placeOf(options);
  const given = { ...place, servers: options.servers };
  const port = place.port ?? (name === undefined ? undefined : ports[name]);
  const needsPort = name === 'tcp' || name === 'udp';
  const hasPort = port !== undefined || options.dial !== undefined || (options.servers?.every(hasPlace) ?? false);
  if (needsPort && !hasPort) {
    throw new TypeError(`${owner}: port must be given with transport '${name}': Logstash has no default for it`);
  }
  return {
    ...checked,
    host: place.host ?? '127.0.0.1',
    port: port ?? 1,
    path,
    headers: { ...checked.headers, ...authorization(checked, options) },
    servers: name === undefined || name === 'udp' ? [] : serversOf(owner, addressRules(port ?? 1), given),
    maxRecordBytes: name === 'udp' ? checked.maxDatagramBytes + 1 : checked.maxRecordBytes
  };
}

function hasPlace({ port, path, dial }: ServerOptions): boolean {
  return port !== undefined || path !== undefined || dial !== undefined;
}

/** Where the options say that the receiver is, whatever they say it with. */
function placeOf({ url, path, host, port, tls, dial, ...others }: LogstashOptions) {
  const given = {
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(tls !== undefined && { tls }),
    ...(dial !== undefined && { dial })
  };
  if (url === undefined) return { ...given, path: path ?? '/' };
  for (const [key, value] of Object.entries({ host, port, path, servers: others.servers })) {
    if (value !== undefined) throw new TypeError(`${owner}: ${key} must be left out where url is given`);
  }
  const { protocol, hostname, port: urlPort, pathname, search } = parsed(url) as URL;
  const isSecure = protocol === 'https:';
  if (tls !== undefined && tls !== false && !isSecure)
    throw new TypeError(`${owner}: url must be https: where tls is given`);
  if (tls === false && isSecure) throw new TypeError(`${owner}: tls must not be false where url is https:`);
  return {
    ...given,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: urlPort === '' ? (isSecure ? 443 : 80) : Number(urlPort),
    ...(isSecure && { tls: tls ?? true }),
    path: pathname + search
  };
}

function parsed(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' && url.hash === '' ? url : undefined;
}

/** Headers that are the request's own. */
const ours = /^(host|connection|keep-alive|content-.*|transfer-encoding|expect|te|trailer|upgrade)$/i;

function judgeHeaders(value: unknown): 'right' | 'wrong type' | 'out of range' {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'wrong type';
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') return 'wrong type';
    if (ours.test(name)) return 'out of range';
    try {
      validateHeaderName(name);
      validateHeaderValue(name, text);
    } catch {
      return 'out of range'; // what Node says of it would show the value
    }
  }
  return 'right';
}

function authorization(
  { username, password, headers = {} }: Checked<typeof logstashRules>,
  options: LogstashOptions
): object {
  if (username === undefined && password === undefined) return {};
  if (username === undefined || password === undefined) {
    const [is, lacks] = options.username === undefined ? ['password', 'username'] : ['username', 'password'];
    throw new TypeError(`${owner}: ${lacks} must be given where ${is} is`);
  }
  if (Object.keys(headers).some(name => name.toLowerCase() === 'authorization')) {
    throw new TypeError(`${owner}: headers must have no authorization where username is given`);
  }
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
