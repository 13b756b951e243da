import { expect } from 'chai';
import * as fc from 'fast-check';
import { FluentdEncoder } from '../../../lib/targets/fluentd/encoder.js';
import { FluentdTransport } from '../../../lib/targets/fluentd/transport.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { ServerHandshake } from '../../../lib/testing/forward-handshake.js';
import { encode } from '../../../lib/testing/msgpack-lite.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { WirePacker } from '../../../lib/wire/batch.js';
import { MemoryNetwork } from '../../support/memory-network.js';
import type { MemoryStream } from '../../support/memory-stream.js';
import { Random } from '../../support/random.js';

/** What a receiver does when a connection is opened, and then each time when it has read something. */
type Answer =
  | { readonly what: 'HELO' | 'PONG' | 'ack' | 'nothing' | 'FIN' | 'RST' }
  | { readonly what: 'bytes'; readonly bytes: Uint8Array }
  | { readonly what: 'value'; readonly value: unknown }
  /** What it would have said, with a byte that is another, and cut off somewhere. */
  | {
      readonly what: 'broken';
      readonly of: 'HELO' | 'PONG' | 'ack';
      readonly at: number;
      readonly byte: number;
      readonly end: number;
    };

const word = fc.constantFrom('HELO', 'PONG', 'ack' as const);
const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constantFrom('HELO', 'PONG', 'ack', 'nothing', 'FIN', 'RST') }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('bytes'), bytes: fc.uint8Array({ maxLength: 80 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('bytes'), bytes: fc.uint8Array({ minLength: 900, maxLength: 3000 }) })
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('value'), value: fc.jsonValue({ maxDepth: 6 }) })
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant('broken'),
      of: word,
      at: fc.nat(200),
      byte: fc.nat(255),
      end: fc.integer({ min: 1, max: 400 })
    })
  }
) as fc.Arbitrary<Answer>;

interface Case {
  readonly seed: number;
  readonly hasKey: boolean;
  readonly requireAck: boolean;
  readonly mode: 'PackedForward' | 'Message';
  readonly records: number;
  readonly connections: readonly (readonly Answer[])[];
}

const cases: fc.Arbitrary<Case> = fc.record({
  seed: fc.nat(),
  hasKey: fc.boolean(),
  requireAck: fc.boolean(),
  mode: fc.constantFrom('PackedForward', 'Message'),
  records: fc.integer({ min: 1, max: 3 }),
  connections: fc.array(fc.array(answer, { maxLength: 5 }), { minLength: 1, maxLength: 3 })
});

/** A receiver that answers as it is told to, whatever it is sent. */
class Scripted {
  /** The ids that it has acknowledged as they are. */
  readonly acknowledged = new Set<string>();
  readonly #ids: readonly string[];
  readonly #connections: (readonly Answer[])[];

  constructor(ids: readonly string[], connections: readonly (readonly Answer[])[]) {
    this.#ids = ids;
    this.#connections = [...connections];
  }

  accept(stream: MemoryStream): void {
    const answers = [...(this.#connections.shift() ?? [])];
    const handshake = new ServerHandshake({ sharedKey: 'k' }, 'fluentd');
    let last: Buffer = Buffer.alloc(0);
    const step = () => {
      const next = answers.shift();
      if (next === undefined || stream.destroyed || stream.writableEnded) return;
      if (next.what === 'FIN') stream.end();
      else if (next.what === 'RST') stream.breakOff('ECONNRESET');
      else if (next.what !== 'nothing') stream.write(this.#bytesOf(next, handshake, last));
    };
    stream.on('error', () => undefined).on('end', () => stream.end());
    stream.on('data', (chunk: Buffer) => {
      last = chunk;
      step();
    });
    step();
  }

  #bytesOf(next: Answer, handshake: ServerHandshake, last: Buffer): Uint8Array {
    switch (next.what) {
      case 'bytes':
        return next.bytes;
      case 'value':
        return encode(next.value);
      case 'broken': {
        const bytes = Buffer.from(this.#bytesOf({ what: next.of }, handshake, last));
        bytes[next.at % bytes.length] = next.byte;
        return bytes.subarray(0, next.end);
      }
      case 'HELO':
        return handshake.helo(true);
      case 'PONG':
        return pongFor(handshake, last);
      default:
        for (const id of this.#ids) this.acknowledged.add(id);
        return Buffer.concat(this.#ids.map(ack => encode({ ack })));
    }
  }
}

function pongFor(handshake: ServerHandshake, message: Buffer): Buffer {
  try {
    return handshake.answer(message).pong ?? Buffer.alloc(0);
  } catch {
    return encode(['PONG', true, '', 'server.example', 'proof']); // it was no PING
  }
}

/** Sends one batch to such a receiver, with all the time there is, and throws if anything is not as it should be. */
async function run({ seed, hasKey, requireAck, mode, records, connections }: Case): Promise<'arrived' | 'failed'> {
  const clock = new FakeClock();
  const network = new MemoryNetwork(clock, new Random(seed), { latency: [0, 3], maxPieces: 4 });
  const packer = new WirePacker(new FluentdEncoder({ tag: 'shop' }));
  for (let index = 0; index < records; index++) packer.add(someRecord());
  const batch = packer.cut(records);
  const isOne = mode === 'PackedForward' || records === 1;
  const ids = isOne ? [batch.id] : Array.from({ length: records }, (_, index) => `${batch.id}/${index}-${index + 1}`);
  const receiver = new Scripted(ids, connections);
  network.listen(stream => receiver.accept(stream));
  const credentials = { sharedKey: 'k', username: '', password: '', clientHostname: 'c' };
  const transport = new FluentdTransport({
    servers: [
      {
        name: 'a',
        weight: 1,
        standby: false,
        dial: network.dial,
        isForeign: true,
        credentials: hasKey ? credentials : undefined
      }
    ],
    form: { mode, compression: 'gzip', requireAck },
    maxMessageBytes: 1_000_000,
    ackTimeout: 30,
    connectTimeout: 30,
    reconnectInterval: Number.POSITIVE_INFINITY,
    idleTimeout: Number.POSITIVE_INFINITY,
    recoverWait: 1000,
    clock,
    random: () => 0,
    onError: () => undefined
  });
  let outcome: 'arrived' | 'failed' | undefined;
  transport.send(batch).then(
    () => {
      outcome = 'arrived';
    },
    (error: unknown) => {
      outcome = 'failed';
      expect(error).to.be.instanceOf(Error);
    }
  );
  await clock.advance(200 * (1 + ids.length));
  transport.close();
  await clock.advance(20);
  if (outcome === undefined) expect.fail('it hangs');
  expect(network.openConnections, 'connections that are left').to.equal(0);
  expect(clock.timers, 'timers that are left').to.equal(0);
  if (requireAck && outcome === 'arrived') expect([...receiver.acknowledged]).to.include.members(ids);
  return outcome;
}

describe('What a receiver answers, whatever it is,', () => {
  it('neither crashes nor hangs the Fluentd target, nor leaves a socket open', async function () {
    this.timeout(120_000);
    const outcomes = { arrived: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(cases, async testCase => {
        outcomes[await run(testCase)]++;
      }),
      { numRuns: 10_000 }
    );
    expect(Math.min(outcomes.arrived, outcomes.failed), JSON.stringify(outcomes)).to.be.greaterThan(500);
  });
});
