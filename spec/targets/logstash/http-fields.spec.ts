import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestOptions, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { EcsFormatter } from '../../../lib/targets/logstash/ecs-formatter.js';
import { httpFields } from '../../../lib/targets/logstash/http-fields.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { hostile } from '../../support/hostile.js';
import { assertProperty } from '../../support/property.js';

describe('httpFields', () => {
  /** Sends a request, and resolves with what `look` sees when it has been answered. */
  async function served<T>(options: RequestOptions, look: (request: IncomingMessage, response: ServerResponse) => T) {
    let seen: T | undefined;
    const server = createServer((req, res) => {
      res.statusCode = 201;
      res.end('ok');
      res.once('finish', () => {
        seen = look(req, res);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const sent = request({ port, host: '127.0.0.1', method: 'PUT', path: '/a/b?c=1&d=?', agent: false, ...options });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    server.close();
    return { seen: seen as T, port };
  }

  const headers = {
    'user-agent': 'curl/8',
    referer: 'http://from/',
    'x-forwarded-for': '203.0.113.9, junk',
    'x-forwarded-proto': 'https',
    'x-request-id': 'r1'
  };

  it("tells of Node's own objects, named for v1", async () => {
    const { seen, port } = await served({ headers }, (req, res) => httpFields(req, res));
    const { req_duration_ms: duration, ...fields } = seen;
    expect(fields).to.deep.equal({
      req_method: 'PUT',
      req_uri: '/a/b?c=1&d=?',
      status_code: 201,
      req_useragent: 'curl/8',
      req_referer: 'http://from/',
      req_remote_address: '127.0.0.1',
      req_host: `127.0.0.1:${port}`,
      req_forwarded_for: ['203.0.113.9', 'junk'],
      req_forwarded_proto: 'https',
      request_id: 'r1'
    });
    expect(duration).to.be.a('number').and.to.be.at.least(0);
  });

  it('tells of them named for ECS, with addresses only where ECS wants addresses', async () => {
    const { seen } = await served({ headers }, (req, res) => httpFields(req, res, { naming: 'ecs' }));
    const { event, ...fields } = seen;
    expect(fields).to.deep.equal({
      http: { request: { method: 'PUT', referrer: 'http://from/', id: 'r1' }, response: { status_code: 201 } },
      url: { original: '/a/b?c=1&d=?', path: '/a/b', query: 'c=1&d=?', domain: '127.0.0.1' },
      user_agent: { original: 'curl/8' },
      client: { address: '127.0.0.1', ip: '127.0.0.1' },
      network: { forwarded_ip: ['203.0.113.9'] }
    });
    expect(Number.isInteger((event as { duration: number }).duration)).to.equal(true);
  });

  it('has a place for all of them in an ECS event', async () => {
    const { seen } = await served({ headers }, (req, res) => httpFields(req, res, { naming: 'ecs' }));
    const event = new EcsFormatter().format(someRecord({ data: seen }));
    expect(event).to.deep.include({ http: seen['http'], url: seen['url'], event: seen['event'] });
    expect(event).not.to.have.property('labels');
  });

  it('leaves out what is not known', () => {
    expect(httpFields({ method: 'GET' })).to.deep.equal({ req_method: 'GET' });
    expect(httpFields({ method: 'GET' }, {}, { naming: 'ecs' })).to.deep.equal({
      http: { request: { method: 'GET' } }
    });
  });

  it('tells no status where the client has gone before there was one', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    for (const isBegun of [false, true]) {
      const client = connect(port, '127.0.0.1', () => client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
      const [request, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
      expect(httpFields(request, response)).to.include({ status_code: 200 }); // it may still be sent
      if (isBegun) response.write('a');
      const closed = once(response, 'close');
      client.destroy();
      await closed;
      expect(httpFields(request, response)['status_code']).to.equal(isBegun ? 200 : undefined);
    }
    server.close();
  });

  it('takes the start that it is told', () => {
    const { req_duration_ms: duration } = httpFields({}, {}, { start: performance.now() - 1000 });
    expect(duration).to.be.within(1000, 2000);
  });

  const raw = { method: 'GET', url: '/inner', headers: { host: 'shop:80' }, socket: { remoteAddress: '10.0.0.1' } };

  it('knows Express: originalUrl, ip, user', () => {
    const req = Object.assign(Object.create(raw), {
      originalUrl: '/outer',
      ip: '10.0.0.9',
      user: { username: 'zoë', id: 7 }
    });
    expect(httpFields(req, { statusCode: 200, req })).to.deep.equal({
      req_method: 'GET',
      req_uri: '/outer',
      status_code: 200,
      req_remote_address: '10.0.0.9',
      req_host: 'shop:80',
      req_user: 'zoë'
    });
  });

  it('knows Koa: the context, and its request and response', () => {
    const context: Record<string, unknown> = {
      req: raw,
      res: { statusCode: 404 },
      ip: '10.0.0.9',
      originalUrl: '/outer'
    };
    context['state'] = { user: { name: 'Zoë' } };
    const expected = { req_uri: '/outer', status_code: 404, req_remote_address: '10.0.0.9', req_user: 'Zoë' };
    expect(httpFields(context, context)).to.include(expected);
    const ofKoa = { req: raw, ctx: context, ip: '10.0.0.9', originalUrl: '/outer' };
    expect(httpFields(ofKoa, { res: context['res'], ctx: context })).to.include(expected);
  });

  it('knows Fastify: raw, and elapsedTime', () => {
    const req = { raw, ip: '10.0.0.9', originalUrl: '/outer', user: { sub: 'u1' } };
    expect(httpFields(req, { raw: { statusCode: 204 }, elapsedTime: 12.3456 })).to.deep.equal({
      req_method: 'GET',
      req_uri: '/outer',
      status_code: 204,
      req_remote_address: '10.0.0.9',
      req_host: 'shop:80',
      req_user: 'u1',
      req_duration_ms: 12.346
    });
  });

  it('gives no addresses that are none', () => {
    const request = { headers: { 'x-forwarded-for': 'a,b' }, socket: { remoteAddress: 'unix' } };
    expect(httpFields(request, {}, { naming: 'ecs' })).to.deep.equal({ client: { address: 'unix' } });
  });

  it('never throws, whatever it is given', () => {
    assertProperty(
      fc.property(hostile(), hostile(), fc.constantFrom('v1', 'ecs'), (one, two, naming) => {
        const objects = [one(), two()].map(value => (typeof value === 'object' && value !== null ? value : {}));
        const [req = {}, res] = objects;
        expect(httpFields(req, res, { naming })).to.be.an('object');
      }),
      { numRuns: 500 }
    );
  });
});
