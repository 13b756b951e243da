import { expect } from 'chai';
import { FakeClock } from '../../lib/testing/fake-clock.js';

describe('FakeClock', () => {
  const start = 1_700_000_000_000;

  it('stands still at 2023-11-14T22:13:20Z unless told otherwise', () => {
    expect(new FakeClock().now()).to.equal(start);
    expect(new FakeClock(5).now()).to.equal(5);
  });

  it('fires timers in order of time, then of creation, each at its time', async () => {
    const clock = new FakeClock();
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name} ${clock.now() - start}`);
    clock.setTimeout(note('c'), 20);
    clock.setTimeout(note('a'), 10);
    clock.setTimeout(note('d'), 20);
    clock.setTimeout(note('b'), 10);
    clock.setTimeout(note('late'), 21);
    await clock.advance(20);
    expect(fired).to.deep.equal(['a 10', 'b 10', 'c 20', 'd 20']);
    expect(clock.now()).to.equal(start + 20);
    expect(clock.timers).to.equal(1);
  });

  it('fires timers that timers set, if they are due', async () => {
    const clock = new FakeClock();
    let ticks = 0;
    const tick = () => {
      ticks++;
      clock.setTimeout(tick, 10);
    };
    clock.setTimeout(tick, 10);
    await clock.advance(35);
    expect(ticks).to.equal(3);
  });

  it('does not fire a timer that was cleared, and takes undefined for a timer', async () => {
    const clock = new FakeClock();
    const timer = clock.setTimeout(() => expect.fail('fired'), 10);
    clock.setTimeout(() => clock.clearTimeout(timer), 5);
    clock.clearTimeout(undefined);
    await clock.advance(100);
    clock.clearTimeout(timer);
    expect(clock.timers).to.equal(0);
  });

  it('lets everything settle before the first timer and after each', async () => {
    const clock = new FakeClock();
    const story: string[] = [];
    const tell = async (what: string) => {
      await new Promise<void>(resolve => process.nextTick(resolve));
      await new Promise<void>(resolve => setImmediate(resolve));
      for (let turn = 0; turn < 50; turn++) await undefined;
      story.push(what);
    };
    clock.setTimeout(() => {
      story.push('first');
      void tell('after the first');
    }, 10);
    clock.setTimeout(() => story.push('second'), 10);
    void tell('before');
    await clock.advance(10);
    expect(story).to.deep.equal(['before', 'first', 'after the first', 'second']);
  });

  it('treats delays as Node does: whole milliseconds, at least 1', async () => {
    const clock = new FakeClock();
    const times: number[] = [];
    for (const delay of [0, -5, 0.9, 1.9]) clock.setTimeout(() => times.push(clock.now() - start), delay);
    await clock.advance(0);
    expect(times).to.deep.equal([]);
    await clock.advance(1);
    expect(times).to.deep.equal([1, 1, 1, 1]);
  });

  it('refuses what no timer can hold', () => {
    const clock = new FakeClock();
    for (const delay of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      expect(() => clock.setTimeout(() => undefined, delay)).to.throw(RangeError, `got ${delay}`);
    }
  });

  it('rejects with what a callback throws, and can go on', async () => {
    const clock = new FakeClock();
    const error = new Error('thrown by a timer');
    clock.setTimeout(() => {
      throw error;
    }, 1);
    expect(await clock.advance(5).catch((reason: unknown) => reason)).to.equal(error);
    await clock.advance(5);
  });

  it('refuses to be advanced twice at once, or backwards', async () => {
    const clock = new FakeClock();
    const first = clock.advance(1);
    expect(await clock.advance(1).catch(String)).to.contain('being advanced');
    await first;
    expect(await clock.advance(-1).catch(String)).to.contain('got -1');
  });
});
