import { expect } from 'chai';
import {
  type Credentials,
  checkPong,
  FluentdAuthenticationError,
  parseHelo,
  ping,
  unwantedHandshake
} from '../../../lib/targets/fluentd/handshake.js';
import { readVectors } from '../../support/vectors.js';

interface Vector {
  readonly name: string;
  readonly nonce_hex: string;
  readonly auth_salt_hex: string;
  readonly shared_key_salt_hex: string;
  readonly shared_key_salt_is_ascii: boolean;
  readonly client_hostname: string;
  readonly server_hostname: string;
  readonly shared_key: string;
  readonly username: string;
  readonly password: string;
  readonly helo_hex_fluentd: string;
  readonly helo_hex_fluentbit: string;
  readonly ping_hex: string;
  readonly pong_ok_hex: string;
}

const all = readVectors<Vector>('forward-handshake.json');
// Salts that are no text are for receivers; ours are.
const vectors = all.filter(vector => vector.shared_key_salt_is_ascii);
const refusals = all as readonly {
  readonly name: string;
  readonly pong_refused_hex?: string;
  readonly reason?: string;
}[];

const credentialsOf = (vector: Vector): Credentials => ({
  sharedKey: vector.shared_key,
  username: vector.username,
  password: vector.password,
  clientHostname: vector.client_hostname
});
const bytes = (hex: string) => Buffer.from(hex, 'hex');

function problemOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return error instanceof FluentdAuthenticationError ? error.problem : String(error);
  }
  return undefined;
}

describe('The handshake', () => {
  for (const vector of vectors) {
    const { name, nonce_hex, auth_salt_hex } = vector;
    const salt = bytes(vector.shared_key_salt_hex).toString();
    const pong = (changes: Partial<Credentials>, hex = vector.pong_ok_hex) =>
      problemOf(() => checkPong(bytes(hex), { ...credentialsOf(vector), ...changes }, salt, bytes(nonce_hex)));

    it(`reads HELO of Fluentd and of Fluent Bit: ${name}`, () => {
      for (const hex of [vector.helo_hex_fluentd, vector.helo_hex_fluentbit]) {
        const { nonce, auth, keepAlive } = parseHelo(bytes(hex));
        expect([nonce.toString('hex'), auth.toString('hex'), keepAlive]).to.deep.equal([
          nonce_hex,
          auth_salt_hex,
          true
        ]);
      }
    });

    it(`writes PING: ${name}`, () => {
      const made = ping(credentialsOf(vector), salt, bytes(nonce_hex), bytes(auth_salt_hex));
      expect(made.toString('hex')).to.equal(vector.ping_hex);
    });

    it(`takes PONG from whom knows the key, and from nobody else: ${name}`, () => {
      expect(pong({})).to.equal(undefined);
      expect(pong({ sharedKey: `${vector.shared_key}x` })).to.equal('key');
      expect(
        pong(
          {},
          vector.pong_ok_hex.replace(/.$/, digit => (digit === '0' ? '1' : '0'))
        )
      ).to.equal('key');
      expect(pong({}, '95a4504f4e47c3a0a173a0')).to.equal('key');
      expect(pong({}, '95a4504f4e47c3a0a173c0')).to.equal('key');
    });

    it(`takes no PONG from itself: ${name}`, () => {
      expect(pong({ clientHostname: vector.server_hostname })).to.equal('host');
    });
  }

  it('hears in HELO that a connection is for one message', () => {
    const hex = vectors[0]?.helo_hex_fluentd.replace(/c3$/, 'c2') ?? '';
    expect(parseHelo(bytes(hex)).keepAlive).to.equal(false);
  });

  for (const [problem, reason] of [
    ['key', 'shared_key mismatch'],
    ['user', 'username/password mismatch'],
    ['host', 'invalid ping message']
  ] as const) {
    it(`says why it is refused: ${reason}`, () => {
      const { pong_refused_hex: hex = '' } = refusals.find(vector => vector.reason === reason) ?? {};
      const [vector] = vectors;
      if (vector === undefined) throw new Error('no vector');
      const check = () => checkPong(bytes(hex), credentialsOf(vector), '', bytes(vector.nonce_hex));
      expect(check).to.throw(FluentdAuthenticationError, `the receiver refuses us: '${reason}'`);
      expect(problemOf(check)).to.equal(problem);
    });
  }

  it('shows nothing of what a receiver says that is not plain text', () => {
    const hex = `95a4504f4e47c2a5${Buffer.from('a\n\u001b[c').toString('hex')}a0a0`;
    const [vector] = vectors;
    if (vector === undefined) throw new Error('no vector');
    expect(() => checkPong(bytes(hex), credentialsOf(vector), '', Buffer.alloc(0))).to.throw("'a??[c'");
  });

  for (const hex of [
    '',
    'c0',
    '90',
    '92a448454c4fc0',
    '92a448454c4f80',
    '92a448454c4f81a56e6f6e636501',
    '93a3616263',
    'c1'
  ]) {
    it(`takes no ${hex === '' ? 'nothing' : hex} for HELO, nor for PONG`, () => {
      expect(() => parseHelo(bytes(hex))).to.throw();
      const credentials = { sharedKey: 'k', username: '', password: '', clientHostname: 'c' };
      expect(() => checkPong(bytes(hex), credentials, '', Buffer.alloc(0))).to.throw();
    });
  }

  it('is known by its HELO and PONG where nobody wants one', () => {
    for (const { helo_hex_fluentd, helo_hex_fluentbit, pong_ok_hex } of vectors) {
      for (const hex of [helo_hex_fluentd, helo_hex_fluentbit, pong_ok_hex]) {
        expect(unwantedHandshake(bytes(hex))?.problem).to.equal('key missing');
      }
    }
    for (const hex of ['81a361636ba16e', 'c0', 'c1', '', '91a161'])
      expect(unwantedHandshake(bytes(hex))).to.equal(undefined);
  });
});
