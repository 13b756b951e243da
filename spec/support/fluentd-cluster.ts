import type { LogFailure } from '../../lib/core/failures.js';
import type { FluentdServerOptions } from '../../lib/targets/fluentd/receivers.js';
import { type FluentdOptions, FluentdTarget } from '../../lib/targets/fluentd/target.js';
import { FakeClock } from '../../lib/testing/fake-clock.js';
import { ForwardReceiver, type ForwardReceiverOptions } from '../../lib/testing/forward-receiver.js';
import { someRecord } from '../../lib/testing/some-record.js';
import { MemoryNetwork } from './memory-network.js';
import { Random } from './random.js';

/** A receiver and the network to it. */
export interface ClusterMember {
  readonly receiver: ForwardReceiver;
  readonly network: MemoryNetwork;
}

/** A target and receivers, on networks and a clock in memory. */
export class FluentdCluster {
  readonly clock = new FakeClock();
  readonly members: readonly ClusterMember[];
  readonly target: FluentdTarget;
  readonly failures: LogFailure[] = [];
  #logged = 0;

  constructor(
    servers: readonly FluentdServerOptions[],
    options: Partial<FluentdOptions> = {},
    receiverOptions: readonly ForwardReceiverOptions[] = []
  ) {
    const { clock } = this;
    this.members = servers.map((_, index) => {
      const network = new MemoryNetwork(clock, new Random(index + 1), { latency: [1, 1], maxPieces: 1 });
      const receiver = new ForwardReceiver({ clock, ...receiverOptions[index] });
      network.listen(stream => receiver.accept(stream));
      return { receiver, network };
    });
    const dialled = servers.map((server, index) => {
      const { network } = this.members[index] ?? this.first;
      return { host: 'abcdef'.charAt(index), dial: network.dial, ...server };
    });
    this.target = new FluentdTarget({
      tag: 'shop',
      clock,
      random: () => 0,
      jitter: 0,
      maxSize: 1,
      ...(dialled.length === 1 ? dialled[0] : { servers: dialled }),
      ...options,
      onFailure: failure => this.failures.push(failure)
    });
  }

  get first(): ClusterMember {
    const [first] = this.members;
    if (first === undefined) throw new Error('a cluster has members');
    return first;
  }

  member(index: number): ClusterMember {
    return this.members[index] ?? this.first;
  }

  /** Logs so many records, numbered from 0, and gives them the time they need on a healthy network. */
  async log(count: number, time = 100): Promise<void> {
    for (let index = 0; index < count; index++) void this.target.log(someRecord({ data: { n: this.#logged++ } }));
    await this.clock.advance(time);
  }

  /** The numbers of the records that each receiver has. */
  get received(): number[][] {
    return this.members.map(({ receiver }) => receiver.events.map(({ record }) => Number(record['n'])));
  }

  /** What has gone wrong, in short. */
  get troubles(): string[] {
    return this.failures.map(failure => `${failure.kind}${'what' in failure ? ` ${failure.what}` : ''}`);
  }

  /** How many connections each receiver has had. */
  get connections(): number[] {
    return this.members.map(({ receiver }) => receiver.connections);
  }

  /** The message of the last error that was reported. */
  get lastError(): string {
    return String(this.failures.at(-1)?.error);
  }
}
