import { type Checked, callable, integer, text } from '../core/check.js';
import { type Dial, dialTcp, dialUnix } from './dial.js';
import { checkTls, overTls, type TlsOptions, tlsRule } from './tls.js';

/** Where a server is, and how connections to it are secured: options of every target that has one. */
export interface AddressOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string;
  readonly port?: number;
  /** The path of a Unix socket, in place of `host` and `port`. */
  readonly path?: string;
  /** true, or how to secure connections with TLS. Default: false. */
  readonly tls?: boolean | TlsOptions;
  /**
   * Opens connections. `host` and `port` then only name the server: in failures, to TLS, which is put on what it opens if
   * it is asked for, and in HTTP requests.
   */
  readonly dial?: Dial;
}

/** The rules for them, for a protocol whose port is `port` unless it is told otherwise. */
export function addressRules(port: number) {
  return {
    host: text('127.0.0.1'),
    port: integer(1, port, 65_535),
    path: text(),
    tls: tlsRule,
    dial: callable<Dial>('a Dial: a function of an AbortSignal')
  };
}

/** A place to dial. */
export interface Address {
  /** How it is called in errors: `host:port`, or the path. */
  readonly name: string;
  readonly dial: Dial;
  /** Whether what is written to its connections goes to streams of a user's making, and not through TLS of ours before. */
  readonly isForeign: boolean;
}

/**
 * The place that `options` name. Throws a `TypeError` for options that exclude each other and for TLS options that are
 * wrong; `owner` is whose options they are, `given` what was given before defaults were filled in.
 */
export function addressOf(
  owner: string,
  options: Checked<ReturnType<typeof addressRules>>,
  given: AddressOptions
): Address {
  const { host, port, path, tls } = options;
  const setup = tls === false ? undefined : checkTls(owner, tls);
  if (path === undefined) {
    const name = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const dial = options.dial ?? dialTcp(host, port);
    if (setup === undefined) return { name, dial, isForeign: options.dial !== undefined };
    return { name, dial: overTls(dial, host, setup), isForeign: false };
  }
  for (const key of ['host', 'port', 'dial'] as const) {
    if (given[key] !== undefined) throw new TypeError(`${owner}: ${key} must be left out where path is given`);
  }
  const dial = dialUnix(path);
  if (setup === undefined) return { name: path, dial, isForeign: false };
  const { servername } = setup;
  if (servername === undefined) {
    throw new TypeError(`${owner}: tls: servername must be given where path is: a Unix socket has no host name`);
  }
  return { name: path, dial: overTls(dial, servername, setup), isForeign: false };
}
