/** Testing code that logs: what it says, with MemoryTarget; that it logs at all, with sinon and chai. */
import { expect } from 'chai';
import { type Logger, LoggerFactory, LogLevel } from 'logflume';
import { FakeClock, MemoryTarget } from 'logflume/testing';
import sinon from 'sinon';

class Checkout {
  readonly #logger: Logger;

  constructor(factory: LoggerFactory) {
    this.#logger = factory.getLogger(Checkout);
  }

  async pay(id: number, charge: () => Promise<void>): Promise<void> {
    try {
      await charge();
      this.#logger.info('order {id} paid', { id });
    } catch (error) {
      this.#logger.exception('order {id} not paid', error, { id });
    }
  }
}

// A target that keeps records, and a clock that stands still: the factory is the application's own otherwise.
const clock = new FakeClock();
const target = new MemoryTarget();
const checkout = new Checkout(new LoggerFactory({ clock }).addTarget(target, LogLevel.DEBUG));

await checkout.pay(17, async () => undefined);
expect(target.messages).to.deep.equal(['order 17 paid']);
expect(target.records[0]).to.include({ level: LogLevel.INFORMATION, loggerName: 'Checkout', timestamp: clock.now() });
expect(target.records[0]?.data).to.deep.equal({ id: 17 });

target.clear();
const refused = new Error('card refused');
await checkout.pay(18, sinon.stub().rejects(refused));
const [record] = await target.waitFor(1); // also for what is logged later
expect(record?.exception).to.equal(refused);

// Or without looking at records: a spy on the one method that every target has.
const log = sinon.spy(target, 'log');
await checkout.pay(19, async () => undefined);
sinon.assert.calledOnceWithMatch(log, { message: 'order {id} paid', data: { id: 19 } });

console.log('all as expected');

// Output:
// all as expected
