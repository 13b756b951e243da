import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { decode, encode } from './msgpack-lite.js';

/** What a receiver asks of those who connect: a `<security>` section. */
export interface ForwardSecurity {
  readonly sharedKey: string;
  /** Passwords by user. Default: users are not asked for. */
  readonly users?: Readonly<Record<string, string>>;
  /** What the receiver calls itself. Default: `server.example`. */
  readonly hostname?: string;
}

/** Which receiver to be like. */
export type ForwardKind = 'fluentd' | 'fluent-bit';

/** What a receiver answers to PING. */
export interface HandshakeAnswer {
  /** Absent where Fluent Bit closes without a word. */
  readonly pong?: Buffer;
  readonly isTaken: boolean;
}

/** The receiver's part of one handshake (Forward Protocol v1, Authorization Phase; in_forward's, and Fluent Bit's). */
export class ServerHandshake {
  readonly #security: ForwardSecurity;
  readonly #kind: ForwardKind;
  readonly #nonce = randomBytes(16);
  readonly #auth: Buffer;

  constructor(security: ForwardSecurity, kind: ForwardKind) {
    this.#security = security;
    this.#kind = kind;
    // Fluentd sends a salt for users in any case; Fluent Bit only if it has some.
    this.#auth = kind === 'fluentd' || security.users !== undefined ? randomBytes(16) : Buffer.alloc(0);
  }

  /** The HELO: with bin from Fluentd; with str that is no UTF-8, and no word of keepalive, from Fluent Bit. */
  helo(keepAlive: boolean): Buffer {
    if (this.#kind === 'fluentd') {
      return encode(['HELO', { nonce: this.#nonce, auth: this.#auth, keepalive: keepAlive }]);
    }
    const str = (bytes: Uint8Array) => Buffer.concat([Buffer.of(0xa0 | bytes.length), bytes]);
    const head = Buffer.concat([Buffer.of(0x92), encode('HELO'), Buffer.of(0x82)]);
    return Buffer.concat([head, encode('nonce'), str(this.#nonce), encode('auth'), str(this.#auth)]);
  }

  /** The answer to what has come in place of PING. `reason`: refuses whatever it is, and says so. */
  answer(message: Buffer, reason?: string): HandshakeAnswer {
    const parts = decode(message, { raw: true });
    const isPing =
      Array.isArray(parts) && parts.length === 6 && parts.every(Buffer.isBuffer) && String(parts[0]) === 'PING';
    if (!isPing) return this.#refuse('invalid ping message', this.#kind === 'fluentd');
    const [, hostname, salt, keyDigest, username, passwordDigest] = parts as Buffer[];
    const { sharedKey, users, hostname: own = 'server.example' } = this.#security;
    if (reason !== undefined || !isSame(keyDigest, salt, hostname, this.#nonce, sharedKey)) {
      return this.#refuse(reason ?? 'shared_key mismatch', this.#kind === 'fluentd');
    }
    const password = users?.[String(username)];
    if (users !== undefined && !(password !== undefined && isSame(passwordDigest, this.#auth, username, password))) {
      return this.#refuse('username/password mismatch', true);
    }
    const proof = digest(salt, own, this.#nonce, sharedKey);
    return { isTaken: true, pong: encode(['PONG', true, '', own, proof]) };
  }

  #refuse(reason: string, isTold: boolean): HandshakeAnswer {
    return { isTaken: false, ...(isTold && { pong: encode(['PONG', false, reason, '', '']) }) };
  }
}

type Part = string | Uint8Array | undefined;

function isSame(given: Buffer | undefined, ...parts: readonly Part[]): boolean {
  const expected = Buffer.from(digest(...parts));
  return given?.length === expected.length && timingSafeEqual(given, expected);
}

function digest(...parts: readonly Part[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part ?? '');
  return hash.digest('hex');
}
