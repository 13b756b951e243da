import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LogFailure } from '../../../lib/core/failures.js';
import { type FluentdOptions, FluentdTarget } from '../../../lib/targets/fluentd/target.js';
import { FluentdServer, type FluentdServerOptions } from '../../../lib/testing/fluentd-server.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { certificate } from '../../support/certificates.js';

const ca = certificate('authority.pem');
const serverTls = { cert: certificate('server.pem'), key: certificate('server.key') };
const client = { cert: certificate('client.pem'), key: certificate('client.key') };

describe('FluentdTarget, over real sockets,', () => {
  let server: FluentdServer;
  let target: FluentdTarget;

  afterEach(async () => {
    await target.dispose({ timeout: 0 });
    await server.close();
  });

  /** Logs a record, and resolves with the first failure, or with nothing when it has arrived. */
  const outcome = async (serverOptions: FluentdServerOptions, options: Partial<FluentdOptions>) => {
    server = await FluentdServer.start(serverOptions);
    return new Promise<string | undefined>(resolve => {
      const onFailure = ({ error }: LogFailure) => resolve(String(error));
      target = new FluentdTarget({ tag: 'shop', port: server.port, onFailure, ...options });
      void target.log(someRecord());
      void target.flush().then(() => resolve(undefined));
    });
  };

  it('secures its connection, and shows its certificate if it is asked for one', async () => {
    expect(await outcome({ tls: { ...serverTls, clientCa: ca } }, { tls: { ca, ...client } })).to.equal(undefined);
    expect(server.events).to.have.length(1);
  });

  it('believes no certificate of an authority that it does not know', async () => {
    const trouble = await outcome({ tls: serverTls }, { tls: true });
    expect(trouble).to.contain("the server's certificate was rejected: set tls.ca");
    expect(server.connections).to.equal(0);
  });

  it('believes no certificate of another host', async () => {
    const other = { cert: certificate('other-name.pem'), key: certificate('other-name.key') };
    expect(await outcome({ tls: other }, { tls: { ca } })).to.contain('it is for another name');
  });

  it('says that the server wants a certificate', async () => {
    expect(await outcome({ tls: { ...serverTls, clientCa: ca } }, { tls: { ca } })).to.contain(
      'the server has rejected our certificate'
    );
  });

  it('is tried again when the TLS handshake fails', async () => {
    server = await FluentdServer.start({ tls: serverTls });
    server.failTls();
    target = new FluentdTarget({
      tag: 'shop',
      port: server.port,
      tls: { ca },
      retryDelay: 1,
      onFailure: () => undefined
    });
    void target.log(someRecord());
    const flushed = target.flush();
    while (target.stats().retries === 0) await new Promise(resolve => setImmediate(resolve));
    await server.heal();
    await flushed;
    expect(server.events).to.have.length(1);
  });

  it('says so when it has TLS and the server has none, and the reverse', async () => {
    // Fluentd may also say nothing; with a handshake it greets, which is no TLS.
    const trouble = await outcome({ security: { sharedKey: 'k' } }, { tls: { ca }, sharedKey: 'k' });
    expect(trouble).to.contain('the server does not speak TLS on this port');
    await target.dispose({ timeout: 0 });
    await server.close();
    expect(await outcome({ tls: serverTls }, {})).to.match(/ECONNRESET|closed the connection|EPIPE/);
  });

  it('says why it is refused, and the server that it has done so', async () => {
    server = await FluentdServer.start({ security: { sharedKey: 'k' } });
    server.refuseHandshakes('anonymous source host denied');
    const failures: unknown[] = [];
    target = new FluentdTarget({
      tag: 'shop',
      port: server.port,
      sharedKey: 'k',
      onFailure: ({ error }) => failures.push(error)
    });
    void target.log(someRecord());
    void target.flush();
    const [refused] = await server.failed(1);
    expect(String(refused?.error)).to.contain('the handshake was refused');
    while (failures.length === 0) await new Promise(resolve => setImmediate(resolve));
    expect(failures[0]).to.include({ name: 'FluentdAuthenticationError', problem: 'host' });
    expect(server.events).to.deep.equal([]);
  });

  for (const kind of ['fluentd', 'fluent-bit'] as const) {
    it(`sends over a Unix socket, to ${kind}`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'logflume-'));
      const path = join(directory, 'fluent.sock');
      server = await FluentdServer.start({ path, kind, security: { sharedKey: 'k' } });
      target = new FluentdTarget({ tag: 'shop', path, sharedKey: 'k' });
      void target.log(someRecord());
      await target.flush();
      expect(server.events).to.have.length(1);
      await target.dispose();
      await server.close();
      await rm(directory, { recursive: true });
    });
  }

  it('fails over to another server on the spot, and probes the first', async () => {
    await using second = await FluentdServer.start();
    server = await FluentdServer.start();
    target = new FluentdTarget({
      tag: 'shop',
      servers: [{ port: server.port }, { port: second.port, standby: true }],
      recoverWait: 20,
      onFailure: () => undefined
    });
    await server.refuse();
    void target.log(someRecord());
    await target.flush();
    expect(second.events).to.have.length(1);
    expect(target.stats()).to.include({ delivered: 1, retries: 0 });
    const probed = server.nextConnection();
    await server.heal();
    await probed;
    await server.allClosed();
    void target.log(someRecord());
    await target.flush();
    expect(server.events.length + second.events.length).to.equal(2);
  });
});
