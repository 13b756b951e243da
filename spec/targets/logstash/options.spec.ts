import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { LoggerFactory } from '../../../lib/core/factory.js';
import { version } from '../../../lib/core/version.js';
import { type LogstashOptions, LogstashTarget } from '../../../lib/targets/logstash/target.js';
import { LogstashServer } from '../../../lib/testing/logstash-server.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import type { WireBatch } from '../../../lib/wire/batch.js';

describe('The options of LogstashTarget', () => {
  const rejected: readonly (readonly [
    options: object,
    error: typeof TypeError | typeof RangeError,
    message: string
  ])[] = [
    [{}, TypeError, "LogstashTarget: port must be given with transport 'tcp'"],
    [{ transport: 'udp' }, TypeError, "port must be given with transport 'udp'"],
    [{ servers: [{ host: 'a' }] }, TypeError, "port must be given with transport 'tcp'"],
    [{ transport: 'kafka' }, RangeError, "transport must be 'tcp', 'udp', 'http', 'beats' or a Transport, got 'kafka'"],
    [{ transport: {} }, TypeError, 'transport must be'],
    [{ port: 0 }, RangeError, 'port must be an integer from 1 to 65535, got 0'],
    [{ transport: 'udp', port: 1, tls: true }, TypeError, "tls is for the transport 'tcp', 'http', 'beats' only"],
    [{ transport: 'udp', port: 1, servers: [{}] }, TypeError, 'servers is for the transport'],
    [{ transport: 'udp', port: 1, maxRecordBytes: 2000 }, TypeError, 'see maxDatagramBytes'],
    [{ transport: 'udp', port: 1, maxDatagramBytes: 65_508 }, RangeError, 'an integer from 1024 to 65507, got 65508'],
    [{ port: 1, maxDatagramBytes: 2000 }, TypeError, "maxDatagramBytes is for the transport 'udp' only"],
    [{ port: 1, path: '/x' }, TypeError, "path is for the transport 'http' only"],
    [{ port: 1, compress: true }, TypeError, "compress is for the transport 'http', 'beats' only"],
    [
      { transport: 'beats', maxSize: 10_001 },
      RangeError,
      "an integer from 1 to 10000 with transport 'beats', got 10001"
    ],
    [
      { transport: 'http', reconnectInterval: 5 },
      TypeError,
      "reconnectInterval is for the transport 'tcp', 'beats' only"
    ],
    [{ transport: 'http', url: 'ftp://x/' }, RangeError, 'url must be an http: or https: URL'],
    [{ transport: 'http', url: 'http://x/#a' }, RangeError, 'url must be'],
    [{ transport: 'http', url: 'http://x/', port: 1 }, TypeError, 'port must be left out where url is given'],
    [{ transport: 'http', url: 'http://x/', path: '/' }, TypeError, 'path must be left out where url is given'],
    [{ transport: 'http', url: 'http://x/', tls: true }, TypeError, 'url must be https: where tls is given'],
    [{ transport: 'http', url: 'https://x/', tls: false }, TypeError, 'tls must not be false where url is https:'],
    [{ transport: 'http', path: 'x' }, RangeError, "path must be a path: '/'"],
    [{ transport: 'http', path: '/a b' }, RangeError, 'path must be'],
    [{ transport: 'http', path: '/a\r\nb' }, RangeError, 'path must be'],
    [{ transport: 'http', username: 'a' }, TypeError, 'password must be given where username is'],
    [{ transport: 'http', password: 'a' }, TypeError, 'username must be given where password is'],
    [{ transport: 'http', username: 'a:b', password: 'c' }, RangeError, 'without colons'],
    [{ transport: 'http', headers: { 'content-length': '1' } }, RangeError, 'headers must be'],
    [{ transport: 'http', headers: { 'a b': '1' } }, RangeError, 'headers must be'],
    [{ transport: 'http', headers: { a: 1 } }, TypeError, 'headers must be'],
    [
      { transport: 'http', headers: { Authorization: 'x' }, username: 'a', password: 'b' },
      TypeError,
      'headers must have no authorization where username is given'
    ],
    [{ port: 1, formatter: {} }, TypeError, "formatter must be an object with the method 'format'"],
    [{ port: 1, formater: {} }, TypeError, "no option 'formater'; did you mean 'formatter'?"],
    [
      { transport: { send: () => undefined, close: () => undefined }, host: 'x' },
      TypeError,
      'host is for the transport'
    ],
    [{ port: 1, tls: { ca: 'x' } }, RangeError, 'tls: ca must be PEM']
  ];
  for (const [options, type, message] of rejected) {
    it(`rejects ${JSON.stringify(options)}`, () => {
      expect(() => new LogstashTarget(options as LogstashOptions)).to.throw(type, message);
    });
  }

  it('are never shown where they are secret', () => {
    const secrets: readonly object[] = [
      { transport: 'http', url: 'http://me:secret@x/' },
      { transport: 'http', headers: { authorization: 'secret\n' } },
      { transport: 'http', headers: 'secret' },
      { transport: 'http', path: 'logs?token=secret' },
      { transport: 'http', username: 'a', password: { secret: 1 } },
      { transport: 'http', username: 'secret:secret', password: 'a' }
    ];
    for (const options of secrets) {
      expect(() => new LogstashTarget(options as LogstashOptions), JSON.stringify(options)).to.throw(
        Error,
        /^(?!.*secret)/
      );
    }
  });

  it('have the ports of Logstash where it has any', async () => {
    for (const transport of ['beats', 'http'] as const) await new LogstashTarget({ transport }).dispose();
  });

  it('take a Transport of the user', async () => {
    const batches: string[] = [];
    let closed = 0;
    const transport = {
      send: async (batch: WireBatch) => {
        batches.push(Buffer.from(batch.payload).toString());
      },
      close: () => {
        closed++;
      }
    };
    const target = new LogstashTarget({ transport });
    await target.log(someRecord());
    await target.dispose();
    expect(JSON.parse(batches[0] ?? '')).to.include({ message: 'something happened' });
    expect(closed).to.equal(1);
  });

  it('take a formatter of the user, and report what it throws', async () => {
    const lines: Record<string, unknown>[] = [];
    const failures: unknown[] = [];
    const target = new LogstashTarget({
      transport: {
        send: async batch => {
          for (const line of Buffer.from(batch.payload).toString().trim().split('\n')) lines.push(JSON.parse(line));
        },
        close: () => undefined
      },
      formatter: {
        format: record => {
          if (record.message === 'bad') throw new Error('bad');
          return { text: record.message };
        }
      },
      onFailure: failure => failures.push(failure)
    });
    await target.log(someRecord({ message: 'good' }));
    await target.log(someRecord({ message: 'bad' }));
    await target.dispose();
    expect(lines[0]).to.include({ text: 'good' });
    expect(lines[1]).to.include({ message: 'bad', logger_name: 'Shop' });
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include({ kind: 'error', what: 'formatter' });
  });
});

describe('A configuration with a Logstash target', () => {
  const sent = async (options: object) => {
    const server = await LogstashServer.start({ input: 'tcp' });
    const factory = LoggerFactory.fromConfig({
      targets: { collector: { type: 'logstash', transport: 'tcp', port: server.port, ...options } }
    });
    await factory.getLogger('Shop').info('hello', { id: 17 });
    await factory.dispose();
    await server.received(1);
    await server.close();
    return server.events[0]?.event;
  };

  it('makes one, with the formatter that it names', async () => {
    expect(await sent({})).to.include({ message: 'hello', type: 'nodejs' });
    expect(await sent({ formatter: 'ecs' })).to.deep.include({ log: { level: 'info', logger: 'Shop' } });
    expect(await sent({ formatter: { type: 'ecs', service: { name: 'shop' } } })).to.deep.include({
      service: { name: 'shop' }
    });
    expect(await sent({ formatter: { type: 'logstash', tags: ['a'] } })).to.deep.include({ tags: ['a'] });
  });

  it('rejects formatters that there are not, and their options', () => {
    const make = (formatter: unknown) => () =>
      LoggerFactory.fromConfig({ targets: { collector: { type: 'logstash', port: 1, formatter } } });
    expect(make('gelf')).to.throw(RangeError, "targets.collector.formatter must be 'ecs', 'logstash', a map");
    expect(make({ type: 'ecs', service: { nam: 'x' } })).to.throw(TypeError, "formatter.service has no option 'nam'");
  });
});

it('The version that is told is that of package.json', () => {
  expect(version).to.equal((JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version);
});
