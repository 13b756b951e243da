import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { deflateSync } from 'node:zlib';
import { expect } from 'chai';
import { LogstashServer, type LogstashServerOptions } from '../../lib/testing/logstash-server.js';
import { until } from '../targets/logstash/support.js';

/** A window frame, a JSON frame, a compressed frame. */
const window = (count: number) => frame('W', count);
const json = (sequence: number, text: string) =>
  Buffer.concat([frame('J', sequence), frame('', text.length), Buffer.from(text)]);
const compressed = (...frames: Buffer[]) => {
  const bytes = deflateSync(Buffer.concat(frames));
  return Buffer.concat([frame('C', bytes.length), bytes]);
};

function frame(letter: string, number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return letter === '' ? bytes : Buffer.concat([Buffer.from(`2${letter}`), bytes]);
}

describe('LogstashServer', () => {
  let server: LogstashServer;
  let socket: Socket;
  let answers: Buffer;

  const start = async (options: LogstashServerOptions) => {
    server = await LogstashServer.start(options);
    if (options.input === 'udp') return;
    await dial();
  };
  const dial = async () => {
    answers = Buffer.alloc(0);
    socket = connect(server.port, server.host);
    socket
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        answers = Buffer.concat([answers, chunk]);
      });
    await until(() => !socket.connecting);
  };

  afterEach(async () => {
    socket?.destroy();
    await server.close();
  });

  describe('with a Beats input', () => {
    beforeEach(() => start({}));

    it('acknowledges the last number of a window', async () => {
      socket.write(Buffer.concat([window(2), json(1, '{"a":1}'), json(2, '{"a":2}')]));
      await server.received(2);
      await until(() => answers.length === 6);
      expect(answers.toString('latin1')).to.equal('2A\0\0\0\u0002');
      expect(server.windows[0]).to.include({ compressed: false, last: 2, connection: 1 });
    });

    const bad: readonly (readonly [what: string, bytes: Buffer, error: string])[] = [
      ['another version', Buffer.from('1W\0\0\0\u0001'), "a frame begins with '2'"],
      ['an unknown frame', Buffer.from('2X\0\0\0\u0001'), 'there are no frames of the type'],
      ['an event outside of a window', json(1, '{}'), 'events stand in a window'],
      [
        'too many events',
        Buffer.concat([window(1), compressed(json(1, '{}'), json(2, '{}'))]),
        'more than its 1 events'
      ],
      ['an event that is no object', Buffer.concat([window(1), json(1, '[]')]), 'an event is an object'],
      ['an event that is no JSON', Buffer.concat([window(1), json(1, 'NaN')]), 'JSON'],
      ['metadata that are none', Buffer.concat([window(1), json(1, '{"@metadata":"x"}')]), '@metadata is an object'],
      [
        'an event in an event that is none',
        Buffer.concat([window(1), json(1, '{"event":null}')]),
        'event is an object'
      ],
      ['tags that are none', Buffer.concat([window(1), json(1, '{"tags":[1]}')]), 'tags are strings'],
      ['an unbalanced name', Buffer.concat([window(1), json(1, '{"a]":1}')]), 'no reference to a field'],
      ['a window of 0', window(0), '1 to 10000 events, not 0'],
      ['a window of 10 001', window(10_001), '1 to 10000 events'],
      ['a window before the last is complete', Buffer.concat([window(2), window(2)]), 'must be complete'],
      ['a window inside of a compressed frame', compressed(window(1)), 'outside of the compressed frame'],
      [
        'two compressed frames',
        Buffer.concat([window(2), compressed(json(1, '{}')), compressed(json(2, '{}'))]),
        'one compressed'
      ],
      ['a cut frame', Buffer.concat([window(1), compressed(json(1, '{}').subarray(0, 11))]), 'complete frames'],
      ['what zlib cannot unpack', Buffer.concat([window(1), frame('C', 3), Buffer.from('abc')]), 'header']
    ];
    for (const [what, bytes, error] of bad) {
      it(`closes at ${what}, and says why`, async () => {
        socket.write(bytes);
        await server.allClosed();
        expect(String(server.errors[0]?.error)).to.contain(error);
        expect(server.events).to.deep.equal([]);
      });
    }

    it('takes references to fields as names', async () => {
      socket.write(Buffer.concat([window(1), json(1, '{"[a][b]":1}')]));
      await server.received(1);
    });
  });

  describe('with a TCP input', () => {
    beforeEach(() => start({ input: 'tcp' }));

    it('stores lines, arrays as several events, and what is no JSON as Logstash does', async () => {
      socket.write('{"a":1}\r\n\n[{"a":2},{"a":3}]\nnonsense\n');
      await server.received(4);
      expect(server.events.map(({ event }) => event)).to.deep.equal([
        { a: 1 },
        { a: 2 },
        { a: 3 },
        { message: 'nonsense', tags: ['_jsonparsefailure'] }
      ]);
    });

    it('stores what is left of a line when the sender ends', async () => {
      socket.end('{"a":1}');
      await server.received(1);
    });

    it('refuses connections, and listens on the same port when it is healed', async () => {
      const { port } = server;
      await server.refuse();
      await until(() => socket.destroyed);
      await server.heal();
      expect(server.port).to.equal(port);
      await dial();
      socket.write('{"a":1}\n');
      await server.received(1);
      expect(server.connections).to.equal(2);
    });

    it('resets a connection after some bytes', async () => {
      server.resetAfter({ bytes: 10 });
      socket.write('{"a":1}\n{"a":2}\n');
      await server.allClosed();
      expect(server.events).to.have.length(1);
    });
  });

  describe('with an http input', () => {
    beforeEach(() => start({ input: 'http' }));
    const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
      fetch(`http://127.0.0.1:${server.port}/x`, { method: 'POST', body, headers });

    it('answers 200 and stores events by content type', async () => {
      expect(await (await post('[{"a":1},{"a":2}]')).text()).to.equal('ok');
      await post('{"a":3}\n{"a":4}\n', { 'content-type': 'application/x-ndjson' });
      await post('text', { 'content-type': 'text/plain' });
      await post('nonsense');
      expect(server.events.map(({ event }) => event['a'] ?? event['message'])).to.deep.equal([
        1,
        2,
        3,
        4,
        'text',
        'nonsense'
      ]);
      expect(server.requests).to.have.length(4);
    });

    it('answers what it is told, in order', async () => {
      server.answer({ status: 503, headers: { 'retry-after': '1' } }, 2);
      expect([(await post('{}')).status, (await post('{}')).status, (await post('{}')).status]).to.deep.equal([
        503, 503, 200
      ]);
      expect(server.events).to.have.length(1);
    });

    it('wants a login, a small body, and good events where it is told to', async () => {
      server.requireLogin('me', 'secret');
      expect((await post('{}')).status).to.equal(401);
      await server.heal();
      server.limitBody(2);
      expect((await post('{"a":1}')).status).to.equal(413);
      await server.heal();
      server.rejectEvents(({ a }) => a === 1);
      expect((await post('[{"a":2},{"a":1}]')).status).to.equal(400);
      expect(server.events).to.deep.equal([]);
    });
  });

  it('takes datagrams', async () => {
    await start({ input: 'udp' });
    const sender = createSocket('udp4');
    sender.send('{"a":1}', server.port, server.host);
    await server.received(1);
    expect(server.events[0]).to.deep.include({ event: { a: 1 }, connection: 0 });
    sender.close();
  });

  it('tells what came twice', async () => {
    await start({ input: 'tcp' });
    socket.write('{"a":1}\n{"a":2}\n{"a":1}\n');
    await server.received(3);
    expect(server.duplicates(({ a }) => a).map(({ event }) => event)).to.deep.equal([{ a: 1 }]);
    server.clear();
    expect(server.events).to.deep.equal([]);
  });

  it('rejects options that are wrong', async () => {
    await start({ input: 'tcp' });
    const misnamed = { cert: 'x', key: 'x', ca: 'x' };
    for (const options of [{ input: 'gelf' }, { port: -1 }, { tls: {} }, { tls: misnamed }]) {
      let error: unknown;
      await LogstashServer.start(options as LogstashServerOptions).catch(thrown => {
        error = thrown;
      });
      expect(error).to.be.instanceOf(Error);
    }
  });
});
