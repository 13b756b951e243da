import { expect } from 'chai';
import { PermanentDeliveryError } from '../../lib/core/failures.js';
import { isUnsent, unsent } from '../../lib/delivery/unsent.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { type Server, Servers } from '../../lib/wire/servers.js';

const never = new AbortController().signal;

/** Servers called a, b, c…, of which those whose names are in `dead` fail; `tried` tells who was asked to work. */
function arrange(members: readonly Partial<Omit<Server, 'name'>>[], options: { random?: () => number } = {}) {
  const clock = new FakeClock();
  const dead = new Set<string>();
  const tried: string[] = [];
  const probed: string[] = [];
  const downs: string[] = [];
  const servers = new Servers(
    members.map((member, index) => ({ name: 'abcdef'.charAt(index), weight: 60, standby: false, ...member })),
    {
      clock,
      recoverWait: 10_000,
      random: options.random ?? (() => 0),
      probe: async ({ name }) => {
        probed.push(name);
        if (dead.has(name)) throw new Error(`${name} is still dead`);
      },
      onDown: ({ name }) => downs.push(name)
    }
  );
  const work = async ({ name }: Server) => {
    tried.push(name);
    if (dead.has(name)) throw new Error(`${name} is dead`);
    return name;
  };
  const use = () => servers.use(work, never);
  /** Who is asked, in so many attempts. */
  const turns = async (count: number) => {
    tried.length = 0;
    for (let turn = 0; turn < count; turn++) await use().catch(() => undefined);
    return tried.join('');
  };
  return { clock, dead, tried, probed, downs, servers, use, turns };
}

describe('Servers', () => {
  it('work in rotation by weight, each as seldom in a row as can be', async () => {
    const { turns } = arrange([{ weight: 3 }, { weight: 1 }, { weight: 1 }]);
    expect(await turns(10)).to.equal('abacaabaca');
  });

  it('do not all begin with the first', async () => {
    const firsts = await Promise.all(
      [
        [0, 0],
        [0, 0.9],
        [0.9, 0]
      ].map(async numbers => {
        const rest = [...numbers];
        return arrange([{}, {}], { random: () => rest.shift() ?? 0 }).turns(4);
      })
    );
    expect(firsts).to.deep.equal(['abab', 'baba', 'abab']);
  });

  it('fail over within one attempt', async () => {
    const { dead, tried, use } = arrange([{}, {}, {}]);
    dead.add('a').add('b');
    expect(await use()).to.equal('c');
    expect(tried.join('')).to.equal('abc');
  });

  it('that have failed are left alone, and the failure is told once', async () => {
    const { dead, downs, turns } = arrange([{}, {}]);
    dead.add('a');
    expect(await turns(4)).to.equal('abbbb');
    expect(downs).to.deep.equal(['a']);
  });

  it('are used again when a probe has reached them after recoverWait', async () => {
    const { clock, dead, probed, turns } = arrange([{}, {}]);
    dead.add('a');
    await turns(1);
    await clock.advance(9999);
    expect(probed).to.deep.equal([]);
    await clock.advance(1);
    expect(probed).to.deep.equal(['a']);
    expect(await turns(2)).to.equal('bb');
    dead.clear();
    await clock.advance(10_000);
    expect(probed).to.deep.equal(['a', 'a']);
    expect(await turns(4)).to.match(/^((ab){2}|(ba){2})$/);
    expect(clock.timers).to.equal(0);
  });

  it('that come back do not make up for what they have missed', async () => {
    const { clock, dead, turns } = arrange([{}, {}]);
    dead.add('a');
    await turns(100);
    dead.clear();
    await clock.advance(10_000);
    expect((await turns(10)).replaceAll('b', '')).to.equal('aaaaa');
  });

  it('in standby work only while others do not', async () => {
    const { clock, dead, turns } = arrange([{}, { standby: true }, { standby: true }]);
    expect(await turns(3)).to.equal('aaa');
    dead.add('a');
    expect(await turns(3)).to.equal('abbb');
    dead.clear();
    await clock.advance(10_000);
    expect(await turns(3)).to.equal('aaa');
  });

  it('in standby step in until the weight that is missing is there', async () => {
    const members = [{ weight: 10 }, { weight: 10 }, { weight: 5, standby: true }, { weight: 5, standby: true }];
    const { dead, turns } = arrange([...members, { weight: 5, standby: true }]);
    dead.add('a');
    await turns(2);
    expect([...new Set(await turns(20))].sort().join('')).to.equal('bcd');
  });

  it('in standby that are not needed for their weight are tried before those that are down', async () => {
    const { dead, use, turns } = arrange([{ weight: 1 }, { weight: 1, standby: true }, { weight: 1, standby: true }]);
    dead.add('a').add('b');
    expect(await turns(1)).to.equal('abc');
    expect(await use()).to.equal('c');
  });

  it('are tried though all are down, those first that failed first', async () => {
    const { clock, dead, turns } = arrange([{}, {}, {}]);
    dead.add('a').add('b').add('c');
    expect(await turns(1)).to.equal('abc');
    await clock.advance(1);
    dead.delete('b');
    expect(await turns(2)).to.equal('abb');
  });

  it('say that nothing was sent if that holds for all of them', async () => {
    const { servers } = arrange([{}, {}]);
    for (const open of ['', 'a', 'b', 'ab']) {
      const work = async ({ name }: Server) => {
        throw open.includes(name) ? new Error('broken off') : unsent(new Error('refused'));
      };
      const error = await servers.use(work, never).catch((reason: unknown) => reason);
      expect(isUnsent(error)).to.equal(open === '');
    }
  });

  it('reject with the error of all of them, and with its own if there is one', async () => {
    const { dead, use } = arrange([{}, {}]);
    dead.add('a').add('b');
    const error = await use().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AggregateError);
    expect((error as AggregateError).message).to.equal('no server has taken it: a: a is dead; b: b is dead');
    expect((error as AggregateError).errors.map(String)).to.deep.equal(['Error: a is dead', 'Error: b is dead']);
    const single = arrange([{}]);
    single.dead.add('a');
    expect(String(await single.use().catch((reason: unknown) => reason))).to.equal('Error: a is dead');
  });

  it('need no probe where there is one: it is always tried', async () => {
    const { clock, dead, downs, turns } = arrange([{}]);
    dead.add('a');
    expect(await turns(3)).to.equal('aaa');
    expect(clock.timers).to.equal(0);
    expect(downs).to.deep.equal([]);
  });

  it('are not to blame for what no server will take', async () => {
    const { servers, downs, turns } = arrange([{}, {}]);
    const refuse = async () => {
      throw new PermanentDeliveryError('too large');
    };
    const error = await servers.use(refuse, never).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PermanentDeliveryError);
    expect(downs).to.deep.equal([]);
    expect([...new Set(await turns(2))].sort().join('')).to.equal('ab');
  });

  it('are not tried one after the other when there is no more time', async () => {
    const { servers, downs } = arrange([{}, {}]);
    const controller = new AbortController();
    let count = 0;
    const error = await servers
      .use(async () => {
        count++;
        controller.abort();
        throw new Error('out of time');
      }, controller.signal)
      .catch((reason: unknown) => reason);
    expect(String(error)).to.equal('Error: out of time');
    expect([count, downs.length]).to.deep.equal([1, 0]);
  });

  it('that refuse us are not asked before retryAfter, not even where there is no other', async () => {
    for (const count of [1, 2]) {
      const { clock, servers } = arrange(Array.from({ length: count }, () => ({})));
      let asked = 0;
      const refuse = async () => {
        asked++;
        throw Object.assign(new Error('wrong key'), { retryAfter: 30_000 });
      };
      const attempt = () => servers.use(refuse, never).catch((error: Error) => error.message);
      for (let turn = 0; turn < 5; turn++) expect(await attempt()).to.contain('wrong key');
      expect(asked).to.equal(count);
      servers.close();
      await clock.advance(30_000);
      await attempt();
      expect(asked).to.equal(2 * count);
    }
  });

  it('that refuse us for less than recoverWait are asked after it, where there is no other', async () => {
    const { clock, servers } = arrange([{}]);
    const refuse = async () => {
      throw Object.assign(new Error('busy'), { retryAfter: 2000 });
    };
    await servers.use(refuse, never).catch(() => undefined);
    await clock.advance(1999);
    const early = await servers.use(async () => 'done', never).catch((error: Error) => error.message);
    await clock.advance(1);
    expect([early, await servers.use(async () => 'done', never)]).to.deep.equal(['busy', 'done']);
  });

  it('are left by their timers and probes when they are closed', async () => {
    const { clock, dead, probed, servers, turns } = arrange([{}, {}]);
    dead.add('a');
    await turns(2);
    expect(clock.timers).to.equal(1);
    servers.close();
    expect(clock.timers).to.equal(0);
    dead.add('b');
    await turns(2);
    await clock.advance(20_000);
    expect(probed).to.deep.equal([]);
  });

  it('end a probe that runs when they are closed', async () => {
    const clock = new FakeClock();
    const ended: string[] = [];
    const servers = new Servers(
      [
        { name: 'a', weight: 1, standby: false },
        { name: 'b', weight: 1, standby: false }
      ],
      {
        clock,
        recoverWait: 10,
        random: () => 0,
        probe: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              ended.push('probe');
              reject(signal.reason as Error);
            });
          })
      }
    );
    const work = async ({ name }: Server) => {
      if (name === 'a') throw new Error('dead');
    };
    await servers.use(work, never);
    await clock.advance(10);
    servers.close();
    await clock.settle();
    expect(ended).to.deep.equal(['probe']);
    expect(clock.timers).to.equal(0);
  });
});
