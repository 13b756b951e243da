import { expect } from 'chai';
import { FluentdCluster } from '../../support/fluentd-cluster.js';
import { Random } from '../../support/random.js';

const runs = Number(process.env['SEEDS'] ?? 100);

/** Outages of all kinds at each of two or three receivers, by a seed; in the end all are well. */
async function run(seed: number): Promise<FluentdCluster> {
  const random = new Random(seed);
  const servers = Array.from({ length: random.int(2, 3) }, (_, index) => ({
    weight: random.int(1, 5),
    standby: index > 0 && random.chance(0.3)
  }));
  const sharedKey = random.chance(0.3) ? { sharedKey: 'k' } : undefined;
  const cluster = new FluentdCluster(
    servers,
    {
      maxSize: random.int(1, 5),
      ackTimeout: 500,
      connectTimeout: 500,
      recoverWait: random.pick([100, 3000]),
      reconnectInterval: random.pick([0, 1000, Number.POSITIVE_INFINITY]),
      mode: random.pick(['PackedForward', 'Message']),
      ...sharedKey
    },
    servers.map(() => (sharedKey === undefined ? {} : { security: sharedKey }))
  );
  for (let step = 0; step < 20; step++) {
    const { network, receiver } = cluster.member(random.int(0, servers.length - 1));
    const happen = random.pick([
      () => network.refuse(),
      () => network.hang(),
      () => network.blackHole(),
      () => network.reset(),
      () => receiver.forgetAcks(2),
      () => receiver.resetAfter({ messages: 2 }),
      () => receiver.stall(),
      () => heal(cluster),
      () => heal(cluster)
    ]);
    await happen();
    await cluster.log(random.int(0, 20), random.int(0, 2000));
    const { accepted, delivered, fellBack, lost, pending } = cluster.target.stats();
    expect(accepted).to.equal(delivered + fellBack + lost + pending);
  }
  await heal(cluster);
  void cluster.target.dispose({ timeout: 300_000 });
  await cluster.clock.advance(300_002);
  for (const { network } of cluster.members) network.reset(); // what was swallowed stays open at the other end
  await cluster.clock.advance(1000);
  return cluster;
}

async function heal({ members }: FluentdCluster): Promise<void> {
  for (const { network, receiver } of members) {
    network.heal();
    await receiver.heal();
  }
}

describe('FluentdTarget with several servers in bad weather', () => {
  for (let seed = 1; seed <= runs; seed++) {
    it(`loses nothing and leaves nothing behind, with seed ${seed}`, async () => {
      const cluster = await run(seed);
      const { accepted, delivered, lost } = cluster.target.stats();
      expect(lost).to.equal(0);
      expect(delivered).to.equal(accepted);
      expect(new Set(cluster.received.flat()).size).to.equal(accepted);
      expect(cluster.members.map(({ network }) => network.openConnections)).to.deep.equal(cluster.members.map(() => 0));
      expect(cluster.clock.timers).to.equal(0);
    });
  }
});
