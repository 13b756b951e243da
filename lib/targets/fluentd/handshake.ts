import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isPlainObject } from '../../core/values.js';
import { type Channel, PeerClosedError } from '../../wire/channel.js';
import { decode } from '../../wire/msgpack-read.js';
import { encode } from './message.js';

/** Who we are, to a receiver that wants to know (Forward Protocol v1, Authorization Phase). */
export interface Credentials {
  readonly sharedKey: string;
  /** Empty if receivers know no users. */
  readonly username: string;
  readonly password: string;
  /** What we call ourselves. */
  readonly clientHostname: string;
}

/**
 * Why a receiver and we do not come together: it does not know our `key` (or does not know it itself), does not know the
 * `user` or its password, or does not take our `host`; it wants a handshake and we have no key (`key missing`); or we have
 * one and it says no HELO (`no handshake`).
 */
export type AuthenticationProblem = 'key' | 'user' | 'host' | 'key missing' | 'no handshake';

/** Milliseconds before a receiver that has refused us is asked again: that is for people to mend, not for us. */
const refusalDelay = 30_000;

/** A receiver and we could not agree on who we are. */
export class FluentdAuthenticationError extends Error {
  override name = 'FluentdAuthenticationError';
  readonly problem: AuthenticationProblem;
  /** Milliseconds in which the receiver is not asked again; absent where that may have been a bad connection. */
  readonly retryAfter?: number;

  constructor(problem: AuthenticationProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.problem = problem;
    if (problem !== 'no handshake') this.retryAfter = refusalDelay;
  }
}

/** What a receiver says of itself. */
export interface Greeting {
  /** Whether it takes more than one message on a connection. */
  readonly keepAlive: boolean;
}

/**
 * The handshake, at the beginning of a connection: HELO from the receiver, PING from us, PONG from the receiver. Rejects
 * with a `FluentdAuthenticationError` if the receiver refuses us, or does not show that it knows the key, too.
 */
export async function shakeHands(channel: Channel, credentials: Credentials): Promise<Greeting> {
  const { nonce, auth, keepAlive } = parseHelo(await receiveHelo(channel));
  // Fluentd hashes the salt as it was sent; hex digits are a str for Fluent Bit, which takes no bin.
  const salt = randomBytes(16).toString('hex');
  await channel.write([ping(credentials, salt, nonce, auth)]);
  checkPong(await receivePong(channel), credentials, salt, nonce);
  return { keepAlive };
}

/** The PING, in one piece: Fluent Bit reads once, and takes no part of one. All of its elements are str, for the same. */
export function ping(credentials: Credentials, salt: string, nonce: Uint8Array, auth: Uint8Array): Buffer {
  const { sharedKey, username, password, clientHostname } = credentials;
  const hasUser = auth.length > 0;
  return encode([
    'PING',
    clientHostname,
    salt,
    digest(salt, clientHostname, nonce, sharedKey),
    hasUser ? username : '',
    hasUser ? digest(auth, username, password) : ''
  ]);
}

/**
 * Nonce and salt of a HELO, as the bytes that they are: Fluentd sends them as bin, Fluent Bit as str that is no UTF-8.
 * Throws if it is none.
 */
export function parseHelo(message: Uint8Array): { nonce: Buffer; auth: Buffer; keepAlive: boolean } {
  const [kind, options] = listOf(message);
  if (textOf(kind) !== 'HELO' || !isPlainObject(options)) {
    throw new Error('the receiver began with something else than HELO: is this the port of a forward receiver?');
  }
  const { nonce, auth = Buffer.alloc(0), keepalive = true } = options;
  if (!Buffer.isBuffer(nonce) || !Buffer.isBuffer(auth)) throw new Error('the HELO of the receiver has no nonce');
  return { nonce, auth, keepAlive: keepalive !== false };
}

/** Throws if a PONG refuses us, or was made by somebody who does not know the key. */
export function checkPong(message: Uint8Array, credentials: Credentials, salt: string, nonce: Uint8Array): void {
  const [kind, isTaken, reason, hostname, proof] = listOf(message);
  if (textOf(kind) !== 'PONG') throw new Error('the receiver answered PING with something else than PONG');
  if (isTaken !== true)
    throw refusal(
      textOf(reason)
        .slice(0, 200)
        .replace(/[^ -~]/g, '?')
    );
  const { sharedKey, clientHostname } = credentials;
  const server = Buffer.isBuffer(hostname) ? hostname : Buffer.alloc(0);
  if (server.toString() === clientHostname) {
    throw new FluentdAuthenticationError(
      'host',
      `the receiver calls itself '${clientHostname}', as we do: it may be ourselves; set clientHostname to another name`
    );
  }
  const expected = Buffer.from(digest(salt, server, nonce, sharedKey));
  if (!Buffer.isBuffer(proof) || proof.length !== expected.length || !timingSafeEqual(proof, expected)) {
    throw new FluentdAuthenticationError(
      'key',
      'the receiver has not shown that it knows sharedKey: it is not the one that it says it is, or has another key'
    );
  }
}

/** The error for a message that is a receiver's part of a handshake we know nothing of; undefined for any other. */
export function unwantedHandshake(message: Uint8Array): FluentdAuthenticationError | undefined {
  let kind = '';
  try {
    kind = textOf(listOf(message)[0]);
  } catch {
    return undefined; // it is nothing that could be one
  }
  if (kind !== 'HELO' && kind !== 'PONG') return undefined;
  return new FluentdAuthenticationError(
    'key missing',
    'the receiver wants to know who we are (it has a <security> section, or Shared_Key): set sharedKey'
  );
}

/** The sentences of Fluentd's in_forward, which Fluent Bit's has, too. */
function refusal(reason: string): FluentdAuthenticationError {
  const said = `the receiver refuses us: '${reason}'`;
  if (/user|password/i.test(reason)) {
    return new FluentdAuthenticationError('user', `${said}; set username and password to those of its <user> section`);
  }
  if (/shared.?key/i.test(reason)) {
    return new FluentdAuthenticationError('key', `${said}; set sharedKey to the key of its <security> section`);
  }
  return new FluentdAuthenticationError('host', `${said}; see the <client> sections of its <security>`);
}

async function receiveHelo(channel: Channel): Promise<Uint8Array> {
  try {
    return await channel.receive();
  } catch (error) {
    throw new FluentdAuthenticationError(
      'no handshake',
      `sharedKey is set, and the receiver has said no HELO: it has no <security> section (then leave sharedKey out), or does not speak the forward protocol here (is it TLS?): ${(error as Error).message}`,
      error
    );
  }
}

async function receivePong(channel: Channel): Promise<Uint8Array> {
  try {
    return await channel.receive();
  } catch (error) {
    if (!(error instanceof PeerClosedError)) throw error;
    // Fluent Bit says nothing and closes where Fluentd says "shared_key mismatch".
    const message = 'the receiver has closed the connection in place of a PONG: it has another sharedKey';
    throw new FluentdAuthenticationError('key', message, error);
  }
}

function digest(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function listOf(message: Uint8Array): unknown[] {
  const list = decode(message, { raw: true });
  return Array.isArray(list) ? list : [];
}

function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString() : '';
}
