import { EventTime, FluentServer } from '@fluent-org/logger';
import { expect } from 'chai';
import { LoggerFactory } from '../../lib/core/factory.js';
import { LogLevel } from '../../lib/core/level.js';
import type { LogRecord } from '../../lib/core/record.js';
import { FluentdTarget } from '../../lib/targets/fluentd/target.js';
import { FluentdServer } from '../../lib/testing/fluentd-server.js';

/** An event as a receiver has it: the tag, milliseconds since the epoch, the record. */
type Event = readonly [tag: string, time: number, record: Record<string, unknown>];

/** The receiver of @fluent-org/logger, which was not written by us, and keeps what it gets. */
class TheirServer extends FluentServer {
  readonly events: Event[] = [];
  #waiting: { count: number; resolve: () => void } | undefined;

  constructor() {
    super({ listenOptions: { host: '127.0.0.1', port: 0 } });
  }

  /** Resolves when `count` events are there: only what is acknowledged is there when a flush resolves. */
  received(count: number): Promise<void> {
    return new Promise(resolve => {
      this.#waiting = { count, resolve };
      this.#check();
    });
  }

  protected override onEntry(...[tag, time, record]: Parameters<FluentServer['onEntry']>): void {
    this.events.push([
      tag,
      time instanceof EventTime ? time.epoch * 1000 + time.nano / 1e6 : Number(time) * 1000,
      record
    ]);
    this.#check();
  }

  #check(): void {
    if (this.#waiting !== undefined && this.events.length >= this.#waiting.count) this.#waiting.resolve();
  }
}

const ofOurs = ({ events }: FluentdServer): Event[] =>
  events.map(({ tag, time, record }) => {
    if (typeof time !== 'object') throw new Error('the time must be an EventTime');
    return [tag, time.seconds * 1000 + time.nanoseconds / 1e6, record];
  });

/** Records of every kind, 300 of them. */
async function logMuch(factory: LoggerFactory): Promise<void> {
  const logger = factory.getLogger('Orders');
  for (let index = 0; index < 100; index++) {
    const level = [LogLevel.DEBUG, LogLevel.INFORMATION, LogLevel.WARNING][index % 3] ?? LogLevel.DEBUG;
    await logger.log(level, 'order {id} of %s', 'Zoë', { id: index, big: 2n ** 40n, list: [1, 'x', null, true, 1.5] });
    await logger.exception('failed', new TypeError('outer', { cause: new Error(`inner ${index}`) }), { id: index });
    await logger.info('values', {
      date: new Date(index),
      map: new Map([['k', new Set([index])]]),
      text: 'ü'.repeat(index)
    });
  }
}

describe('The server of @fluent-org/logger', () => {
  for (const requireAck of [true, false]) {
    for (const [what, tag] of [
      ['one tag', 'shop'],
      ['several tags', ({ level }: LogRecord) => `shop.${level}`]
    ] as const) {
      it(`gets the same as ours, ${requireAck ? 'with' : 'without'} acknowledgement, under ${what}`, async () => {
        const [theirs, ours] = [new TheirServer(), await FluentdServer.start()];
        await theirs.listen();
        const { port } = theirs;
        if (port === undefined) throw new Error('no port');
        const options = { tag, requireAck, maxSize: 70, flushLevel: LogLevel.CRITICAL };
        const factory = new LoggerFactory()
          .addTarget(new FluentdTarget({ ...options, name: 'theirs', port }))
          .addTarget(new FluentdTarget({ ...options, name: 'ours', port: ours.port }));
        await logMuch(factory);
        expect(await factory.flush()).to.include({ accepted: 600, delivered: 600 });
        await Promise.all([theirs.received(300), ours.received(300)]);
        expect(theirs.events).to.deep.equal(ofOurs(ours));
        await factory.dispose();
        await theirs.close();
        await ours.close();
      });
    }
  }

  it('gets everything, in order, though it goes away and comes back', async () => {
    const first = new TheirServer();
    await first.listen();
    const { port } = first;
    if (port === undefined) throw new Error('no port');
    const target = new FluentdTarget({ tag: 'shop', port, maxSize: 10, retryDelay: 10, onFailure: () => undefined });
    const factory = new LoggerFactory().addTarget(target);
    const logger = factory.getLogger('Orders');
    for (let id = 0; id < 50; id++) await logger.info('order', { id });
    await factory.flush();
    await first.close();
    for (let id = 50; id < 100; id++) await logger.info('order', { id });
    const flushed = factory.flush();
    while (target.stats().retries < 2) await new Promise(resolve => setImmediate(resolve));
    const second = new TheirServer();
    Object.assign(second, { listenOptions: { host: '127.0.0.1', port } });
    await second.listen();
    expect(await flushed).to.include({ delivered: 100 });
    const ids = [...first.events, ...second.events].map(([, , record]) => record['id']);
    expect(ids).to.deep.equal(Array.from({ length: 100 }, (_, id) => id));
    await factory.dispose();
    await second.close();
  });
});
