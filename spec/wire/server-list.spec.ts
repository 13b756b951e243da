import { expect } from 'chai';
import { text } from '../../lib/core/check.js';
import { addressRules } from '../../lib/wire/address.js';
import { type ServerOptions, serverListRule, serversOf } from '../../lib/wire/server-list.js';

const rules = { ...addressRules(24_224), sharedKey: text() };

describe('A list of servers', () => {
  const names = (given: object) => serversOf('Owner', rules, given).map(({ name }) => name);

  it('is the one server of the target where none is given', () => {
    expect(names({})).to.deep.equal(['127.0.0.1:24224']);
    expect(names({ host: 'a', port: 1 })).to.deep.equal(['a:1']);
    expect(names({ path: '/run/fluent.sock' })).to.deep.equal(['/run/fluent.sock']);
  });

  it('takes what a server lacks from the target, but its place', () => {
    const servers: (ServerOptions & { sharedKey?: string })[] = [
      { host: 'a', weight: 10 },
      { host: 'b', port: 2, standby: true, sharedKey: 'own' },
      { path: '/run/fluent.sock' }
    ];
    const [a, b, c] = serversOf('Owner', rules, { port: 1, sharedKey: 'common', servers } as object);
    expect([a?.name, a?.weight, a?.standby, a?.own.sharedKey]).to.deep.equal(['a:1', 10, false, 'common']);
    expect([b?.name, b?.weight, b?.standby, b?.own.sharedKey]).to.deep.equal(['b:2', 60, true, 'own']);
    expect([c?.name, c?.own.sharedKey]).to.deep.equal(['/run/fluent.sock', 'common']);
  });

  for (const [given, error, message] of [
    [{ host: 'a', servers: [{}] }, TypeError, 'Owner: host must be left out where servers is given'],
    [{ path: '/a', servers: [{}] }, TypeError, 'Owner: path must be left out where servers is given'],
    [{ servers: [{}, { weight: 0 }] }, RangeError, 'Owner: servers[1]: weight must be an integer of 1 or more, got 0'],
    [{ servers: [{ hots: 'a' }] }, TypeError, "Owner: servers[0] has no option 'hots'; did you mean 'host'?"],
    [{ servers: [{ tls: { ca: 'x' } }] }, RangeError, 'Owner: servers[0]: tls: ca must be PEM'],
    [
      { servers: [{ path: '/a', host: 'b' }] },
      TypeError,
      'Owner: servers[0]: host must be left out where path is given'
    ]
  ] as const) {
    it(`may not be ${JSON.stringify(given)}`, () => {
      expect(() => names(given)).to.throw(error, message);
    });
  }

  it('is a list with something in it', () => {
    const { judge } = serverListRule({});
    expect([[{}], [], {}, ['a'], [null], 'a'].map(judge)).to.deep.equal([
      'right',
      'out of range',
      'wrong type',
      'wrong type',
      'wrong type',
      'wrong type'
    ]);
  });
});
