import { inspect } from 'node:util';
import { expect } from 'chai';
import { PermanentDeliveryError } from '../../../lib/core/failures.js';
import { complaint, HttpError } from '../../../lib/targets/logstash/http-answers.js';
import { secretsOf } from '../../../lib/targets/logstash/http-secrets.js';
import { LogstashTarget } from '../../../lib/targets/logstash/target.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { LogstashReceiver } from '../../../lib/testing/logstash-receiver.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { MemoryNetwork } from '../../support/memory-network.js';
import { Random } from '../../support/random.js';
import { benches } from './support.js';

describe('Retry-After', () => {
  const at = Date.UTC(2026, 0, 1);
  const delayFor = (value: string | undefined, status = 503) => {
    const headers = value === undefined ? {} : { 'retry-after': value };
    const error = complaint({ status, headers, text: '' }, 'x', at);
    return error instanceof HttpError ? error.retryAfter : expect.fail('it is no HttpError');
  };

  it('is read as seconds, as a date, and up to five minutes', () => {
    expect(delayFor('7')).to.equal(7000);
    expect(delayFor('Thu, 01 Jan 2026 00:00:30 GMT')).to.equal(30_000);
    expect(delayFor('99999999999999999999')).to.equal(300_000);
    const nothings = [
      undefined,
      '',
      '-1',
      '1e9',
      'soon',
      '0',
      '1/1/2030',
      'never GMT',
      'Thu, 01 Jan 2015 00:00:30 GMT'
    ];
    for (const nothing of nothings) {
      expect(delayFor(nothing), nothing).to.equal(undefined);
    }
  });

  it('is honoured: nothing is sent before, whatever retryDelay is', async () => {
    const clock = new FakeClock();
    const network = new MemoryNetwork(clock, new Random(1), { latency: [0, 0] });
    const receiver = new LogstashReceiver('http', clock);
    network.listen(stream => receiver.accept(stream));
    const failures: unknown[] = [];
    const target = new LogstashTarget({
      transport: 'http',
      dial: network.dial,
      retryDelay: 10,
      jitter: 0,
      maxRetries: 1,
      onFailure: failure => failures.push(failure),
      clock
    });
    receiver.answer({ status: 429, headers: { 'retry-after': '20' } });
    void target.log(someRecord({ level: 40 }));
    await clock.advance(19_900);
    expect(receiver.requests).to.have.length(1);
    await clock.advance(200);
    expect(receiver.requests).to.have.length(2);
    expect(target.stats()).to.include({ delivered: 1, retries: 1 });
    receiver.answer({ status: 503, headers: { 'retry-after': '20' } });
    void target.log(someRecord({ level: 40 }));
    await clock.advance(100);
    const disposed = target.dispose({ timeout: 1000 });
    await clock.advance(1001);
    await disposed;
    expect(target.stats()).to.include({ delivered: 1, lost: 1, pending: 0 });
    expect(clock.timers).to.equal(0);
  });
});

describe('Retry-After with several servers', () => {
  /** Two servers, of which the first wants to be left alone. */
  function arrange(others: string) {
    const clock = new FakeClock();
    const receivers = [new LogstashReceiver('http', clock), new LogstashReceiver('http', clock)] as const;
    const servers = receivers.map(receiver => {
      const network = new MemoryNetwork(clock, new Random(1), { latency: [0, 0] });
      network.listen(stream => receiver.accept(stream));
      return { dial: network.dial };
    });
    const target = new LogstashTarget({
      transport: 'http',
      servers,
      maxSize: 1,
      retryDelay: 10,
      jitter: 0,
      random: () => 0,
      onFailure: () => undefined,
      clock
    });
    const [one, two] = receivers;
    one.answer({ status: 503, headers: { 'retry-after': '60' } });
    two.answer({ status: 503, headers: { 'retry-after': others } });
    const log = async (count: number) => {
      for (let index = 0; index < count; index++) {
        void target.log(someRecord());
        await clock.advance(10);
      }
    };
    return { clock, target, log, requests: () => receivers.map(({ requests }) => requests.length) };
  }

  it('is honoured for the one that has sent it, while another takes its work', async () => {
    const { clock, target, log, requests } = arrange('0');
    await log(6);
    expect(requests()).to.deep.equal([1, 7]); // the second has refused once, and is asked again all the same
    await clock.advance(59_000);
    await log(4);
    expect(requests()).to.deep.equal([1, 11]);
    await clock.advance(2000);
    await log(4);
    expect(requests()).to.deep.equal([3, 13]);
    expect(target.stats()).to.include({ delivered: 14, lost: 0 });
    const disposed = target.dispose();
    await clock.advance(10);
    await disposed;
  });

  it('lets all wait, if they have all sent it, for the one that may be asked first', async () => {
    const { clock, target, log, requests } = arrange('20');
    await log(1);
    await clock.advance(19_900);
    expect(requests()).to.deep.equal([1, 1]);
    await clock.advance(200);
    expect(requests()).to.deep.equal([1, 2]);
    expect(target.stats()).to.include({ delivered: 1, retries: 1 });
    const disposed = target.dispose();
    await clock.advance(10);
    await disposed;
  });
});

describe('What an HTTP status means', () => {
  const meaning = (status: number) => complaint({ status, headers: {}, text: '' }, 'here', 0);

  it('is for good only where it is about the events themselves', () => {
    for (const status of [400, 422]) expect(meaning(status)).to.be.instanceOf(PermanentDeliveryError);
    for (const status of [301, 401, 403, 404, 405, 408, 415, 429, 500, 501, 503, 599]) {
      expect(meaning(status)).to.be.instanceOf(HttpError);
    }
    for (const status of [200, 201, 202, 204, 299]) expect(meaning(status)).to.equal(undefined);
  });

  it('comes with a remedy', () => {
    expect(meaning(403)?.message).to.equal(
      'here answered 403 Forbidden: this username, certificate or address is not allowed to send there'
    );
    expect(meaning(404)?.message).to.contain('see url or path');
    expect(meaning(415)?.message).to.contain('see bodyFormat');
  });
});

describe('What a server says', () => {
  const start = benches('http');
  const options = {
    path: '/in/a-long-token-of-a-webhook?token=TOK-999&x=1',
    headers: { authorization: 'Bearer KEY-abc-123' },
    maxRetries: 0
  };

  const told = async (status: number, body: string, headers = {}) => {
    const { server, target, logger, failures } = await start(options);
    server.answer({ status, body, headers });
    await logger.info('a');
    await target.flush();
    return inspect(failures);
  };

  it('is told in one line, without control characters, up to 300 characters', async () => {
    expect(await told(500, '\u001b[1mno\r\nroom\n')).to.contain('answered 500 Internal Server Error ([1mno room)');
    expect(await told(500, 'x'.repeat(1000))).to.match(/\(x{300}\)/);
  });

  for (const secret of ['KEY-abc-123', 'TOK-999', 'a-long-token-of-a-webhook', 'Bearer%20KEY-abc-123']) {
    it(`is not told where it holds what the request had that is secret: ${secret}`, async () => {
      const text = await told(401, `${'x'.repeat(298)}${secret} is not known`);
      expect(text).to.contain('answered 401 Unauthorized: set username and password').and.not.to.contain('xxx');
    });
  }

  it('is not told where it holds the password or the credentials', () => {
    const credentials = { username: 'me', password: 'zoë 7' };
    const headers = { authorization: 'Basic bWU6em/DqyA3' };
    const secrets = secretsOf({ path: '/', headers, ...credentials });
    for (const text of ['me:zoë 7', 'zoë 7', 'zo%C3%AB%207', 'Basic bWU6em/DqyA3', 'bWU6em/DqyA3']) {
      const answer = { status: 403, headers: {}, text: Buffer.from(`no: ${text}`).toString('latin1') };
      expect(complaint(answer, 'here', 0, secrets)?.message, text).to.match(/^here answered 403 Forbidden: /);
    }
    const harmless = { status: 403, headers: {}, text: 'no: Basic' };
    expect(complaint(harmless, 'here', 0, secrets)?.message).to.contain('Forbidden (no: Basic): ');
  });

  it('is told of a redirect without credentials and query', async () => {
    const place = async (location: string) => (await told(302, '', { location })).match(/a redirect (.*?)is not/)?.[1];
    expect(await place('https://me:pw@elsewhere:81/a/b?token=x#y')).to.equal('to https://elsewhere:81/a/b ');
    expect(await place('/b?token=x')).to.equal('to /b ');
    expect(await place('/in/a-long-token-of-a-webhook')).to.equal('');
    expect(await place('http://[')).to.equal('');
  });
});
