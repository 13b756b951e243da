import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type TlsOptions as ServerOptions } from 'node:tls';
import { expect } from 'chai';
import { checkOptions } from '../../lib/core/check.js';
import { type AddressOptions, addressOf, addressRules } from '../../lib/wire/address.js';
import { Channel } from '../../lib/wire/channel.js';
import { dialTcp, dialUnix } from '../../lib/wire/dial.js';
import { MessageReader } from '../../lib/wire/msgpack-scan.js';
import { checkTls, explainTls, overTls, type TlsOptions } from '../../lib/wire/tls.js';
import { certificate } from '../support/certificates.js';

const never = new AbortController().signal;
const ca = certificate('authority.pem');
const serverTls = { cert: certificate('server.pem'), key: certificate('server.key') };

describe('Dialling', () => {
  const open: { close(): unknown }[] = [];

  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  const serve = async (server: Server, where: { port: number; host: string } | { path: string }) => {
    server.on('connection', (socket: Duplex) => open.push({ close: () => socket.destroy() }));
    server.listen(where);
    await once(server, 'listening');
    open.push(server);
    return (server.address() as AddressInfo).port;
  };
  const servePlain = () => serve(createServer(echo), { port: 0, host: '127.0.0.1' });
  const serveTls = (options: ServerOptions = serverTls) => {
    const server = createTlsServer(options, echo);
    server.on('tlsClientError', () => undefined);
    return serve(server, { port: 0, host: '127.0.0.1' });
  };
  const secure = (port: number, options: TlsOptions = { ca }, host = 'localhost') => {
    const setup = checkTls('Owner', options);
    if (setup === undefined) throw new Error('no TLS');
    return overTls(
      dialTcp('127.0.0.1', port),
      host,
      setup
    )(never).then(stream => {
      open.push({ close: () => stream.destroy() });
      return stream;
    });
  };
  const rejection = (promise: Promise<unknown>): Promise<Error> =>
    promise.then(
      () => expect.fail('it was fulfilled'),
      (error: Error) => error
    );

  it('opens a Unix socket', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'logflume-'));
    const path = join(directory, 'socket');
    await serve(createServer(echo), { path });
    const stream = await dialUnix(path)(never);
    expect(await answer(stream)).to.equal('hello');
    stream.destroy();
    await rm(directory, { recursive: true });
  });

  it('opens an address of a host that has several and answers on one', async () => {
    const port = await servePlain();
    const stream = await dialTcp('localhost', port)(never);
    expect(await answer(stream)).to.equal('hello');
    stream.destroy();
  });

  it('secures a connection whose server has a certificate of the authority', async () => {
    const stream = await secure(await serveTls());
    expect(await answer(stream)).to.equal('hello');
  });

  it('verifies an address where the host is one', async () => {
    const stream = await secure(await serveTls(), { ca }, '127.0.0.1');
    expect(await answer(stream)).to.equal('hello');
    expect((await rejection(secure(await serveTls(), { ca }, '127.0.0.2'))).message).to.contain(
      'it is for another name'
    );
  });

  for (const [what, server, options, message] of [
    ['an unknown authority', 'server', {}, /certificate was rejected: set tls.ca to its authority.*UNABLE_TO_/],
    ['the wrong authority', 'server', { ca: certificate('stranger.pem') }, /certificate was rejected.*UNABLE_TO_/],
    ['another name', 'other-name', { ca }, /certificate was rejected, it is for another name.*ALTNAME_INVALID/],
    ['an end in the past', 'expired', { ca }, /certificate was rejected.*CERT_HAS_EXPIRED/]
  ] as const) {
    it(`rejects a certificate with ${what}, and says so`, async () => {
      const port = await serveTls({ cert: certificate(`${server}.pem`), key: certificate(`${server}.key`) });
      const error = await rejection(secure(port, options));
      expect(error.message).to.match(message);
    });
  }

  it('takes any certificate when it is told to', async () => {
    const stream = await secure(await serveTls(), { rejectUnauthorized: false });
    expect(await answer(stream)).to.equal('hello');
  });

  it('asks for servername, and takes its certificate only', async () => {
    let asked: string | undefined;
    const other = { cert: certificate('other-name.pem'), key: certificate('other-name.key') };
    const port = await serveTls({
      ...other,
      SNICallback: (name, done) => {
        asked = name;
        done(null);
      }
    });
    const stream = await secure(port, { ca, servername: 'logs.example' });
    expect(await answer(stream)).to.equal('hello');
    expect(asked).to.equal('logs.example');
  });

  it('shows its own certificate, whose key may be encrypted', async () => {
    const port = await serveTls({ ...serverTls, ca, requestCert: true, rejectUnauthorized: true });
    const cert = certificate('client.pem');
    for (const key of [
      { key: certificate('client.key') },
      { key: Buffer.from(certificate('client-encrypted.key')), passphrase: 'open-sesame' }
    ]) {
      const stream = await secure(port, { ca, cert, ...key });
      expect(await answer(stream)).to.equal('hello');
    }
  });

  it('says that the server wants a certificate where it gets none', async () => {
    const port = await serveTls({ ...serverTls, ca, requestCert: true, rejectUnauthorized: true });
    const channel = new Channel(await secure(port), new MessageReader({ maxBytes: 100, maxDepth: 1 }));
    const error = await rejection(channel.receive());
    expect(error.message).to.match(/the server has rejected our certificate: set tls.cert and tls.key/);
  });

  // A server in Node.js closes without a word; OpenSSL's sends this alert.
  it('says that the server wants a certificate of an authority that it knows', () => {
    const alert = Object.assign(new Error('tlsv1 alert unknown ca'), { code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA' });
    expect(explainTls(alert).message).to.match(/the server has rejected our certificate: .*unknown ca/);
  });

  // So does OpenSSL's with TLS 1.2, in Fluentd for one.
  it('says that the server may want a certificate where it only fails the handshake', () => {
    const words = 'error:0A000410:SSL routines:ssl3_read_bytes:\nSSL alert number 40\n';
    const alert = Object.assign(new Error(words), { code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' });
    expect(explainTls(alert).message).to.match(
      /it wants a certificate of ours \(set tls.cert and tls.key\).*number 40\)$/
    );
  });

  it('takes no older version than minVersion', async () => {
    const port = await serveTls({ ...serverTls, maxVersion: 'TLSv1.2' });
    expect(await answer(await secure(port, { ca }))).to.equal('hello');
    const error = await rejection(secure(port, { ca, minVersion: 'TLSv1.3' }));
    expect(error.message).to.contain('no version or cipher of TLS in common');
  });

  it('says that there is no TLS at a port where there is none', async () => {
    const server = createServer(socket => socket.end('not TLS, but a greeting'));
    const error = await rejection(secure(await serve(server, { port: 0, host: '127.0.0.1' })));
    expect(error.message).to.contain('the server does not speak TLS on this port');
  });

  it('rejects when the server closes in the middle of the handshake', async () => {
    const server = createServer(socket => socket.once('data', () => socket.end()));
    const error = await rejection(secure(await serve(server, { port: 0, host: '127.0.0.1' })));
    expect(error.message).to.contain('closed the connection in the middle of the TLS handshake: does it speak TLS');
  });

  it('says the same when the server resets the connection', async () => {
    const server = createServer(socket => socket.once('data', () => socket.resetAndDestroy()));
    const error = await rejection(secure(await serve(server, { port: 0, host: '127.0.0.1' })));
    expect(error.message).to.contain('does it speak TLS on this port? (read ECONNRESET)');
    expect(error).to.include({ code: 'ECONNRESET' });
  });

  it('leaves nothing behind when it is given up in the middle of the handshake', async () => {
    const controller = new AbortController();
    const closed = new Promise(resolve => {
      open.push(
        createServer(socket => {
          socket.once('data', () => controller.abort(new Error('too late')));
          socket.on('error', () => undefined).on('close', resolve);
        })
      );
    });
    const port = await serve(open.pop() as Server, { port: 0, host: '127.0.0.1' });
    const setup = checkTls('Owner', { ca });
    if (setup === undefined) throw new Error('no TLS');
    const error = await rejection(overTls(dialTcp('127.0.0.1', port), 'localhost', setup)(controller.signal));
    expect(error.message).to.contain('not finished the TLS handshake: does it speak TLS on this port? (too late)');
    await closed;
  });
});

describe('An address', () => {
  const address = (options: AddressOptions & Record<string, unknown>) =>
    addressOf('Owner', checkOptions('Owner', addressRules(24_224), options), options);

  it('is called by its host and port, or by its path', () => {
    expect(address({}).name).to.equal('127.0.0.1:24224');
    expect(address({ host: '::1', port: 5000, tls: true }).name).to.equal('[::1]:5000');
    expect(address({ path: '/run/fluent.sock' }).name).to.equal('/run/fluent.sock');
  });

  const key = certificate('client.key');
  const cert = certificate('client.pem');
  const wrong: readonly (readonly [AddressOptions & Record<string, unknown>, typeof Error, string | RegExp])[] = [
    [{ port: 65_536 }, RangeError, 'Owner: port must be an integer from 1 to 65535, got 65536'],
    [{ path: '/x', host: 'a' }, TypeError, 'Owner: host must be left out where path is given'],
    [{ path: '/x', tls: true }, TypeError, 'Owner: tls: servername must be given where path is'],
    [{ tls: 'yes' as never }, TypeError, 'Owner: tls must be true, false, or an object of TLS options'],
    [{ tls: { CA: ca } as never }, TypeError, "Owner: tls has no option 'CA'; did you mean 'ca'?"],
    [{ tls: { ca: '/etc/ca.pem' } }, RangeError, /Owner: tls: ca must be PEM .*, not the path of its file/],
    [{ tls: { ca: [] } }, RangeError, 'Owner: tls: ca must be PEM'],
    [{ tls: { minVersion: 'TLSv1' as never } }, RangeError, "tls: minVersion must be one of 'TLSv1.2', 'TLSv1.3'"],
    [{ tls: { cert } }, TypeError, 'Owner: tls: key must be given where cert is'],
    [{ tls: { key } }, TypeError, 'Owner: tls: cert must be given where key is'],
    [{ tls: { passphrase: 'x' } }, TypeError, 'Owner: tls: key must be given where passphrase is'],
    [{ tls: { cert, key: certificate('server.key') } }, TypeError, /Owner: tls: cert, key cannot be used: .*mismatch/],
    [
      { tls: { cert, key: certificate('client-encrypted.key'), passphrase: 'wrong' } },
      TypeError,
      'Owner: tls: cert, key, passphrase cannot be used: '
    ]
  ];
  for (const [options, error, message] of wrong) {
    it(`is not made of ${Object.entries(options)
      .map(([name, value]) => `${name}: ${typeof value === 'object' ? Object.keys(value ?? {}).join() : String(value)}`)
      .join(', ')}`, () => {
      expect(() => address(options)).to.throw(error, message);
    });
  }

  it('never shows a key in an error', () => {
    const secrets = { key: ['sesame'], passphrase: ['sesame'], ca: { sesame: 1 }, cert: 'sesame' };
    for (const [name, value] of Object.entries(secrets)) {
      expect(() => address({ tls: { [name]: value } as never }), name).to.throw(/is not shown/);
      expect(() => address({ tls: { [name]: value } as never }), name).not.to.throw(/sesame/);
    }
    expect(() => address({ tls: ['sesame'] as never })).to.throw(TypeError, 'got an object that is not shown');
  });
});

function echo(socket: Duplex): void {
  socket.on('error', () => undefined).pipe(socket);
}

async function answer(stream: Duplex): Promise<string> {
  stream.write('hello');
  const [chunk] = (await once(stream, 'data')) as [Buffer];
  return chunk.toString();
}
