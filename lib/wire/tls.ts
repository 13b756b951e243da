import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { boolean, type Checked, checkOptions, oneOf, type Rule, text } from '../core/check.js';
import { nodeTls } from '../core/node-modules.js';
import type { Dial } from './dial.js';

/** PEM: the text itself, not the path of a file that holds it. */
export type Pem = string | Buffer | readonly (string | Buffer)[];

/** How a connection is secured. Certificates and host names are verified unless it is forbidden here. */
export interface TlsOptions {
  /** Certificates of the authorities to trust, in place of those that Node.js brings. */
  readonly ca?: Pem;
  /** Our own certificate, and those between it and an authority, for servers that ask for one (mTLS). Needs `key`. */
  readonly cert?: Pem;
  /** The private key of `cert`. */
  readonly key?: string | Buffer;
  /** What `key` is encrypted with. */
  readonly passphrase?: string;
  /** The name that is asked for (SNI) and that the certificate must have. Default: the host. */
  readonly servername?: string;
  /** The oldest version of TLS that is taken. Default: TLSv1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
  /** false: takes any certificate, so that anybody on the way can read and change everything. Default: true. */
  readonly rejectUnauthorized?: boolean;
}

const isPem = (value: unknown) =>
  (typeof value === 'string' || Buffer.isBuffer(value)) && value.includes('-----BEGIN ');

/** A rule for PEM; a list of them is fine if `many`. The value is never shown: it may be a private key. */
function pem(many: boolean): Rule<Pem | undefined> {
  const one = 'PEM (the text that begins with -----BEGIN, not the path of its file)';
  const string = { type: 'string', pattern: '-----BEGIN ' };
  return {
    words: many ? `${one}, or a list of such texts` : one,
    schema: many ? { anyOf: [string, { type: 'array', items: string, minItems: 1 }] } : string,
    isSecret: true,
    judge: value => {
      const parts: unknown[] = many && Array.isArray(value) ? value : [value];
      if (!parts.every(part => typeof part === 'string' || Buffer.isBuffer(part))) return 'wrong type';
      return parts.length > 0 && parts.every(isPem) ? 'right' : 'out of range';
    }
  };
}

const tlsRules = {
  ca: pem(true),
  cert: pem(true),
  key: pem(false),
  passphrase: { ...text(), isSecret: true },
  servername: text(),
  minVersion: oneOf(['TLSv1.2', 'TLSv1.3'], 'TLSv1.2'),
  rejectUnauthorized: boolean(true)
} as const;

/** The rule for an option `tls`. What is in it is checked by `checkTls`. */
export const tlsRule: Rule<boolean | TlsOptions> = {
  words: 'true, false, or an object of TLS options',
  schema: { type: 'boolean', default: false },
  members: tlsRules,
  fallback: false,
  isSecret: true,
  judge: value => {
    if (typeof value === 'boolean') return 'right';
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? 'right' : 'wrong type';
  }
};

/** What is needed to secure connections; made once, used for all. */
export interface TlsSetup {
  readonly context: SecureContext;
  readonly servername: string | undefined;
  readonly rejectUnauthorized: boolean;
}

/**
 * The setup for an option `tls`. Throws as `checkOptions` does, and for certificates and keys
 * that cannot be used; `owner` is whose option it is.
 */
export function checkTls(owner: string, tls: true | TlsOptions): TlsSetup {
  const own: Checked<typeof tlsRules> = checkOptions(`${owner}: tls`, tlsRules, tls === true ? {} : tls);
  const { ca, cert, key, passphrase, minVersion, servername, rejectUnauthorized } = own;
  if ((cert === undefined) !== (key === undefined)) {
    const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key'];
    throw new TypeError(`${owner}: tls: ${missing} must be given where ${given} is`);
  }
  if (passphrase !== undefined && key === undefined) {
    throw new TypeError(`${owner}: tls: key must be given where passphrase is`);
  }
  const given = { ca: listOf(ca), cert: listOf(cert), key: key as string | Buffer | undefined, passphrase };
  const parts = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  try {
    return { context: nodeTls().createSecureContext({ ...parts, minVersion }), servername, rejectUnauthorized };
  } catch (error) {
    const names = Object.keys(parts).join(', ');
    throw new TypeError(`${owner}: tls: ${names} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

function listOf(pems: Pem | undefined): (string | Buffer)[] | undefined {
  return pems === undefined ? undefined : [pems].flat();
}

/**
 * Dials as `dial` does, and then TLS on what that opened. `host` is whom the certificate must be for, unless `setup` says
 * otherwise. Resolves when the server's certificate has been verified; a certificate of ours that the server rejects is
 * noticed only by the first read (TLS 1.3).
 */
export function overTls(dial: Dial, host: string, setup: TlsSetup): Dial {
  const { context, servername = host, rejectUnauthorized } = setup;
  return async signal => {
    const stream = await dial(signal);
    return new Promise<Duplex>((resolve, reject) => {
      const socket = nodeTls().connect({
        socket: stream,
        secureContext: context,
        rejectUnauthorized,
        // An address cannot be asked for (RFC 6066, 3); the certificate is checked against it all the same.
        host: servername,
        ...(isIP(servername) === 0 && { servername })
      });
      const abort = () => socket.destroy(signal.reason as Error);
      const settle = () => {
        signal.removeEventListener('abort', abort);
        socket.off('secureConnect', secured).off('error', failed).off('close', closed);
      };
      const secured = () => {
        settle();
        resolve(socket);
      };
      const failed = (error: Error) => {
        settle();
        stream.destroy();
        // What else goes wrong with a connection that nobody has got is nobody's concern.
        socket.on('error', () => undefined).destroy();
        reject(signal.aborted ? unfinished(signal.reason as Error) : explainHandshake(error));
      };
      const closed = () => failed(new Error('the connection was closed'));
      if (signal.aborted) return failed(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      socket.once('secureConnect', secured).once('error', failed).once('close', closed);
    });
  };
}

/** For a TLS handshake that was given up for `reason`: a server that knows no TLS may wait for more, for ever. */
function unfinished(reason: Error): Error {
  const message = `the server has not finished the TLS handshake: does it speak TLS on this port? (${reason.message})`;
  return new Error(message, { cause: reason });
}

/** `error`, which has ended a TLS handshake, in words. A server that knows no TLS mostly just closes. */
function explainHandshake(error: Error): Error {
  const { code = 'ECONNRESET' } = error as NodeJS.ErrnoException;
  if (code !== 'ECONNRESET' && code !== 'EPIPE') return explainTls(error);
  const message = `the server closed the connection in the middle of the TLS handshake: does it speak TLS on this port? (${error.message})`;
  return Object.assign(new Error(message, { cause: error }), { code });
}

/** OpenSSL's and Node's codes for a peer's certificate that was not accepted by us. */
const rejectedByUs =
  /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|HOSTNAME_MISMATCH|INVALID_PURPOSE|INVALID_CA|PATH_LENGTH_EXCEEDED)$/;

/** TLS alerts by which a peer refuses our certificate, or the lack of one (RFC 8446, 6.2). */
const rejectedByPeer = /ALERT_(CERTIFICATE_|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/;

/** `error`, or an error that says in words what is wrong with a certificate, or that there is no TLS at the other end. */
export function explainTls(error: Error): Error {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const remedy = remedyFor(code);
  if (remedy === undefined) return error;
  // OpenSSL's own words are long, and end with a line break.
  const message = error.message.trim().replace(/\s+/g, ' ');
  return Object.assign(new Error(`${remedy} (${code}: ${message})`, { cause: error }), { code });
}

function remedyFor(code: string): string | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return "the server's certificate was rejected, it is for another name: connect to that name, or set tls.servername";
  }
  if (rejectedByUs.test(code)) return "the server's certificate was rejected: set tls.ca to its authority, or renew it";
  if (rejectedByPeer.test(code))
    return 'the server has rejected our certificate: set tls.cert and tls.key to one it trusts';
  if (/PROTOCOL_VERSION|INSUFFICIENT_SECURITY/.test(code)) {
    return 'the server and we have no version or cipher of TLS in common: see tls.minVersion';
  }
  // Up to TLS 1.2 a server has no other word for a certificate that it misses (RFC 5246, 7.4.6).
  if (/HANDSHAKE_FAILURE/.test(code)) {
    return 'the server has refused the TLS handshake: it wants a certificate of ours (set tls.cert and tls.key), or has no cipher in common with us';
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code)) {
    return 'the server does not speak TLS on this port';
  }
  return undefined;
}
