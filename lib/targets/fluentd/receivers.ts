import { hostname } from 'node:os';
import { type Checked, type Rule, text } from '../../core/check.js';
import { type AddressOptions, addressRules } from '../../wire/address.js';
import { type ServerOptions, serverListRule, serversOf } from '../../wire/server-list.js';
import type { Credentials } from './handshake.js';
import type { FluentdServerAddress } from './transport.js';

/** Who we are, to a receiver with a `<security>` section (Fluentd) or `Shared_Key` (Fluent Bit). */
export interface CredentialOptions {
  /** The key that the receiver has, too. `''` for Fluent Bit's `Empty_Shared_Key`. Default: none, and no handshake. */
  readonly sharedKey?: string;
  /** A user of the receiver's, together with `password`. Default: none. */
  readonly username?: string;
  readonly password?: string;
  /**
   * What we call ourselves; no receiver may have the same name. Default: the host's name and `/logflume`, so that a Fluentd
   * on the same host has another.
   */
  readonly clientHostname?: string;
}

/** One of several receivers: where it is, and what it lacks of the target's own options. */
export interface FluentdServerOptions extends ServerOptions, CredentialOptions {}

/** Fluent Bit takes a PING of at most 1023 bytes, of which more than half are ours to spend. */
const maxName = 255;

function shortText(fallback?: string): Rule<string | undefined> {
  return {
    words: `a string of 1 to ${maxName} bytes`,
    schema: { type: 'string', minLength: 1 },
    ...(fallback !== undefined && { fallback }),
    judge: value => {
      if (typeof value !== 'string') return 'wrong type';
      return value !== '' && Buffer.byteLength(value) <= maxName ? 'right' : 'out of range';
    }
  };
}

const key: Rule<string | undefined> = {
  words: 'a string',
  schema: { type: 'string' },
  isSecret: true,
  judge: value => (typeof value === 'string' ? 'right' : 'wrong type')
};

/** The rules for the options that say where receivers are and what they know us by. */
export const receiverRules = {
  ...addressRules(24_224),
  sharedKey: key,
  username: shortText(),
  password: { ...text(), isSecret: true },
  clientHostname: shortText(`${hostname().slice(0, 200)}/logflume`)
};

export const serversRule = serverListRule<FluentdServerOptions>(receiverRules);

/** The receivers that the options of a target name. Throws for those that are wrong. */
export function receiversOf(
  owner: string,
  options: AddressOptions & CredentialOptions & { readonly servers?: readonly FluentdServerOptions[] }
): FluentdServerAddress[] {
  const receivers = serversOf(owner, receiverRules, options);
  return receivers.map(({ own, ...server }, index) => {
    const where = options.servers === undefined ? owner : `${owner}: servers[${index}]`;
    return { ...server, credentials: credentialsOf(where, own) };
  });
}

function credentialsOf(where: string, own: Checked<typeof receiverRules>): Credentials | undefined {
  const { sharedKey, username = '', password = '', clientHostname = '' } = own;
  const hasUser = username !== '';
  if (hasUser !== (password !== '')) {
    const [given, missing] = hasUser ? ['username', 'password'] : ['password', 'username'];
    throw new TypeError(`${where}: ${missing} must be given where ${given} is`);
  }
  if (sharedKey !== undefined) return { sharedKey, username, password, clientHostname };
  if (!hasUser) return undefined;
  throw new TypeError(`${where}: sharedKey must be given where username is ('' if the receiver has an empty one)`);
}
