import { expect } from 'chai';
import * as fc from 'fast-check';
import { AckReader } from '../../../lib/targets/logstash/lumberjack.js';
import { LogstashTarget } from '../../../lib/targets/logstash/target.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { MemoryNetwork } from '../../support/memory-network.js';
import { assertProperty } from '../../support/property.js';
import { Random } from '../../support/random.js';

/** Answers to a window of one event: real ones, broken ones, and noise, in any order. */
const beatsAnswer = fc
  .array(
    fc.oneof(
      fc.constantFrom('324100000001', '324100000000', '324100000002', '3241ffffffff', '3141', '32', '3243', '32570000'),
      fc.uint8Array({ maxLength: 12 }).map(bytes => Buffer.from(bytes).toString('hex'))
    ),
    { maxLength: 6 }
  )
  .map(parts => Buffer.from(parts.join(''), 'hex'));

const statusLine = fc
  .tuple(fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2', 'ICY'), fc.integer({ min: 0, max: 999 }))
  .map(([version, status]) => `${version} ${status} x\r\n`);
const headers = fc.array(
  fc.oneof(
    fc.constantFrom(
      'content-length: 2',
      'content-length: -1',
      'content-length: 99999999999999999999',
      'transfer-encoding: chunked',
      'connection: close',
      'retry-after: 1',
      'location: \u0001',
      'upgrade: x'
    ),
    fc.string({ maxLength: 20 })
  ),
  { maxLength: 4 }
);
const httpAnswer = fc
  .tuple(
    fc.oneof(statusLine, fc.string()),
    headers,
    fc.oneof(fc.constantFrom('ok', '2\r\nok\r\n0\r\n\r\n'), fc.string())
  )
  .map(([first, lines, body]) =>
    Buffer.from(`${first}${lines.map(line => `${line}\r\n`).join('')}\r\n${body}`, 'latin1')
  );

describe('LogstashTarget, whatever it is answered', () => {
  for (const [transport, answer, numRuns] of [
    ['beats', beatsAnswer, 3000],
    ['http', httpAnswer, 1500],
    ['tcp', beatsAnswer, 500]
  ] as const) {
    it(`ends, keeps its account and leaves nothing open: ${transport}`, async () => {
      await fc.assert(
        fc.asyncProperty(answer, fc.nat(), fc.constantFrom('stays', 'ends', 'resets'), async (bytes, seed, then) => {
          const clock = new FakeClock();
          const network = new MemoryNetwork(clock, new Random(seed));
          network.listen(stream => {
            stream.on('error', () => undefined);
            stream.once('data', () => {
              stream.write(bytes);
              if (then === 'ends') stream.end();
              if (then === 'resets') stream.resetAndDestroy();
            });
          });
          const target = new LogstashTarget({
            transport,
            dial: network.dial,
            clock,
            ackTimeout: 200,
            retryDelay: 10,
            maxRetries: 2,
            ...(transport === 'beats' && { compress: false }),
            onFailure: () => undefined
          });
          void target.log(someRecord({ level: 40 }));
          await clock.advance(500);
          const disposed = target.dispose({ timeout: 500 });
          await clock.advance(600);
          await disposed;
          const { accepted, delivered, lost, pending } = target.stats();
          expect([accepted, delivered + lost, pending]).to.deep.equal([1, 1, 0]);
          network.reset();
          await clock.advance(100);
          expect(network.openConnections).to.equal(0);
          expect(clock.timers).to.equal(0);
        }),
        { numRuns }
      );
    }).timeout(120_000);
  }

  it('reads acknowledgements or says that they are none, however they are cut', () => {
    assertProperty(
      fc.property(fc.array(fc.oneof(beatsAnswer, fc.uint8Array({ maxLength: 20 })), { maxLength: 5 }), chunks => {
        const reader = new AckReader();
        let read = 0;
        try {
          for (const chunk of chunks) {
            reader.push(chunk);
            for (let ack = reader.next(); ack !== undefined; ack = reader.next()) {
              expect(Buffer.from(ack).toString('hex')).to.match(/^3241.{8}$/);
              read += ack.length;
            }
            expect(reader.pendingBytes).to.be.lessThan(6);
          }
          expect(read + reader.pendingBytes).to.equal(chunks.reduce((sum, { length }) => sum + length, 0));
        } catch (error) {
          expect(String(error)).to.contain('does not answer as a Beats input does');
        }
      }),
      { numRuns: 10_000 }
    );
  });
});
