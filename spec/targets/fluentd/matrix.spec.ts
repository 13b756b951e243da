import * as zlib from 'node:zlib';
import { expect } from 'chai';
import type { LogFailure } from '../../../lib/core/failures.js';
import { type FluentdOptions, FluentdTarget } from '../../../lib/targets/fluentd/target.js';
import { FluentdServer } from '../../../lib/testing/fluentd-server.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { certificate } from '../../support/certificates.js';
import { fluentLoggerServer, fluentOrgServer, type OtherServer } from '../../support/other-servers.js';

type Way = Pick<FluentdOptions, 'mode' | 'compress'>;

const ways: readonly Way[] = [
  { mode: 'PackedForward' },
  { mode: 'CompressedPackedForward' },
  { compress: 'gzip' },
  ...('zstdCompress' in zlib ? [{ compress: 'zstd' } as const] : []),
  { mode: 'Forward' },
  { mode: 'Message' }
];

const credentials = [
  {},
  { sharedKey: 's3cr3t' },
  { sharedKey: 'clé-ключ', username: 'ålice', password: 'pa55' }
] as const;

interface Combination {
  readonly name: string;
  readonly way: Way;
  readonly who: { readonly sharedKey?: string; readonly username?: string; readonly password?: string };
  readonly requireAck: boolean;
  readonly isSecure: boolean;
}

const combinations: readonly Combination[] = ways.flatMap(way =>
  credentials.flatMap(who =>
    [true, false].flatMap(requireAck =>
      [true, false].map(isSecure => ({
        way,
        who,
        requireAck,
        isSecure,
        name: [
          way.compress ?? way.mode,
          requireAck ? 'ack' : 'no ack',
          'username' in who ? 'user' : 'sharedKey' in who ? 'key' : 'nobody',
          isSecure ? 'TLS' : 'TCP'
        ].join(', ')
      }))
    )
  )
);

const tls = { cert: certificate('server.pem'), key: certificate('server.key') };

describe('FluentdTarget, in every combination of mode, acknowledgement, credentials and TLS,', () => {
  /** Sends three records of two tags, and returns what went wrong. */
  async function send(port: number, { way, who, requireAck, isSecure }: Combination, received: () => Promise<unknown>) {
    const failures: LogFailure[] = [];
    const target = new FluentdTarget({
      tag: ({ loggerName }) => `app.${loggerName}`,
      port,
      requireAck,
      ...way,
      ...who,
      ...(isSecure && { tls: { ca: certificate('authority.pem') } }),
      onFailure: failure => failures.push(failure)
    });
    try {
      void target.log(someRecord({ loggerName: 'a', message: 'one', data: { n: 1, text: 'ü'.repeat(200) } }));
      void target.log(someRecord({ loggerName: 'b', message: 'two', data: { n: 2 } }));
      void target.log(someRecord({ loggerName: 'a', message: 'three', data: { n: 3 } }));
      await target.flush();
      await received();
      expect(target.stats()).to.include({ delivered: 3, retries: 0 });
      expect(failures).to.deep.equal([]);
    } finally {
      await target.dispose({ timeout: 0 });
    }
  }

  for (const kind of ['fluentd', 'fluent-bit'] as const) {
    for (const combination of combinations) {
      it(`reaches our ${kind}: ${combination.name}`, async () => {
        const { way, who, requireAck, isSecure } = combination;
        const { sharedKey, username, password } = who;
        const users = username === undefined || password === undefined ? undefined : { [username]: password };
        await using server = await FluentdServer.start({
          kind,
          ...(isSecure && { tls }),
          ...(sharedKey !== undefined && { security: { sharedKey, ...(users !== undefined && { users }) } })
        });
        await send(server.port, combination, () => server.received(3));
        expect(server.connections).to.equal(1);
        const mode = way.compress === undefined ? way.mode : 'CompressedPackedForward';
        expect(new Set(server.messages.map(message => message.mode))).to.deep.equal(new Set([mode]));
        expect(new Set(server.messages.map(({ chunk }) => typeof chunk))).to.deep.equal(
          new Set([requireAck ? 'string' : 'undefined'])
        );
        expect(server.messages.map(({ size }) => size)).to.deep.equal(
          mode === 'Message' ? [undefined, undefined, undefined] : [2, 1]
        );
        expect(server.events.map(({ tag, record }) => [tag, record['n']])).to.deep.equal([
          ['app.a', 1],
          ['app.a', 3],
          ['app.b', 2]
        ]);
      });
    }
  }

  const reaches = (name: string, combination: Combination, start: () => Promise<OtherServer>) => {
    it(`reaches ${name}: ${combination.name}`, async () => {
      const server = await start();
      try {
        await send(server.port, combination, () => server.received(3));
        const events = await server.received(3);
        expect(events.map(([tag, record]) => [tag, record['n']])).to.have.deep.members([
          ['app.a', 1],
          ['app.b', 2],
          ['app.a', 3]
        ]);
      } finally {
        await server.close();
      }
    });
  };

  const serverOptions = ({ who, isSecure, requireAck }: Combination) => ({ ...who, tls: isSecure, requireAck });

  for (const combination of combinations.filter(({ way }) => way.compress !== 'zstd')) {
    reaches('the server of @fluent-org/logger', combination, () => fluentOrgServer(serverOptions(combination)));
    // The other knows no Forward mode.
    if (combination.way.mode === 'Forward') continue;
    reaches('the server of fluent-logger', combination, () => fluentLoggerServer(serverOptions(combination)));
  }
});
