import { expect } from 'chai';
import { benches, numbers } from './support.js';

/** What becomes of events that a server refuses, of which it is not said which of a request they are. */
describe('LogstashTarget over HTTP, with events that are refused', () => {
  const start = benches('http');

  /** Sends `count` events, of which the server refuses those that `isBad` says; returns what has become of them. */
  async function send(count: number, isBad: (n: number) => boolean, options = {}) {
    const { server, target, logger, failures } = await start(options);
    server.rejectEvents(({ extra }) => isBad(Number((extra as { n?: unknown }).n)));
    for (const n of numbers(count)) void logger.info('event', { n: Number(n) });
    await target.flush();
    const arrived = server.events.flatMap(({ event }) => (event['extra'] as { n?: number }).n ?? []);
    return { server, stats: target.stats(), arrived, failures };
  }

  const without = (count: number, isBad: (n: number) => boolean) =>
    numbers(count)
      .map(Number)
      .filter(n => !isBad(n));

  for (const place of [0, 1, 7, 8, 9, 14, 15]) {
    it(`gives up the one that is, at place ${place} of 16; all others arrive once, in order`, async () => {
      const { arrived, stats } = await send(16, n => n === place);
      expect(arrived).to.deep.equal(without(16, n => n === place));
      expect(stats).to.deep.include({ lost: 1, lostByReason: { rejected: 1 }, pending: 0, retries: 0 });
    });
  }

  it('finds one in 500 with few requests', async () => {
    const { server, arrived } = await send(500, n => n === 137);
    expect(arrived).to.deep.equal(without(500, n => n === 137));
    expect(server.requests.length).to.be.at.most(22); // 2 × log2(500) + 1, and what the target says of the loss
  });

  it('finds several, in several batches', async () => {
    const isBad = (n: number) => n % 50 === 3 || n === 4;
    const { arrived, stats } = await send(300, isBad, { maxSize: 100 });
    expect(arrived).to.deep.equal(without(300, isBad));
    expect(stats).to.deep.include({ lost: 7, lostByReason: { rejected: 7 } });
  });

  it('gives up all, if all are', async () => {
    const { arrived, stats, failures } = await send(20, n => n >= 0);
    expect(arrived).to.deep.equal([]);
    expect(stats).to.deep.include({ lost: 20, lostByReason: { rejected: 20 }, pending: 0 });
    for (const failure of failures) {
      expect(String((failure as { error: unknown }).error)).to.contain('answered 400 Bad Request (bad event)');
    }
  });

  it('gives up a single one that is too large, too, and nothing else', async () => {
    const { server, target, logger } = await start({ maxSize: 100 });
    server.limitBody(20_000);
    for (const n of numbers(100)) void logger.info(n === '42' ? 'x'.repeat(30_000) : 'event', { n: Number(n) });
    await target.flush();
    const arrived = server.events.flatMap(({ event }) => (event['extra'] as { n?: number }).n ?? []);
    expect(arrived).to.deep.equal(without(100, n => n === 42));
    expect(target.stats()).to.deep.include({ lost: 1, lostByReason: { rejected: 1 }, pending: 0 });
  });
});
