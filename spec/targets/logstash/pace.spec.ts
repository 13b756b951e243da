import { expect } from 'chai';
import { Pace } from '../../../lib/targets/logstash/pace.js';

describe('The pace of datagrams', () => {
  let time = 0;
  const make = () => new Pace({ now: () => time });
  const countAtOnce = (pace: Pace, bytes = 0) => {
    let count = 1;
    while (pace.sent(bytes) === 0) count++;
    return count;
  };

  it('lets some go at once, and then not more than a receiver may read', () => {
    const pace = make();
    expect(countAtOnce(pace)).to.equal(64);
    const begin = time;
    for (let count = 0; count < 1000; count++) time += pace.sent(0);
    expect(time - begin).to.be.within(99, 101);
  });

  it('counts what is large for more', () => {
    const pace = make();
    expect(countAtOnce(pace, 8192)).to.equal(8);
    const begin = time;
    for (let count = 0; count < 100; count++) time += pace.sent(8192);
    expect(time - begin).to.be.within(90, 100);
  });

  it('makes up for a timer that was late, though not for a long pause', () => {
    const pace = make();
    countAtOnce(pace);
    time += 3;
    expect(countAtOnce(pace)).to.equal(30);
    time += 60_000;
    expect(countAtOnce(pace)).to.equal(64);
  });

  it('waits no longer where the time of day is set back', () => {
    const pace = make();
    countAtOnce(pace);
    time -= 60_000;
    expect(pace.sent(0)).to.be.within(1, 2);
    time += 1;
    expect(pace.sent(0)).to.be.within(0, 1);
  });
});
