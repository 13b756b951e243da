import type { TlsOptions } from 'node:tls';
import { instance } from '../core/check.js';

/** How a test server secures connections: PEM, as `tls.createServer` of Node.js takes it. */
export interface TestServerTls {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Clients must show a certificate of this authority (mTLS). Default: they need none. */
  readonly clientCa?: string | Buffer;
}

const names = new Set(['cert', 'key', 'clientCa']);

export const tlsRule = {
  ...instance<TestServerTls>(
    'an object of cert and key, and clientCa for mTLS',
    value => 'cert' in value && 'key' in value && Object.keys(value).every(key => names.has(key))
  ),
  isSecret: true
};

/** What Node.js is told of it; undefined for no TLS. */
export function tlsOptions(tls: TestServerTls | undefined): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const { cert, key, clientCa } = tls;
  if (clientCa === undefined) return { cert, key };
  return { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
}
