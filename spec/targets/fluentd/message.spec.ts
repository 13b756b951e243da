import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { FluentdEncoder } from '../../../lib/targets/fluentd/encoder.js';
import { Experience } from '../../../lib/targets/fluentd/experience.js';
import { type EventMode, ForwardMessage } from '../../../lib/targets/fluentd/message.js';
import { type Certainty, Shipment } from '../../../lib/targets/fluentd/shipment.js';
import { parseMessage } from '../../../lib/testing/forward-message.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { type WireBatch, WirePacker } from '../../../lib/wire/batch.js';
import { readVectors } from '../../support/vectors.js';

interface Frame {
  readonly name: string;
  readonly hex: string;
  readonly inner_hex?: string;
}

const frames = readVectors<Frame>('forward-frames.json');

function frame(name: string): Frame {
  return frames.find(candidate => candidate.name.startsWith(name)) ?? expect.fail(`no frame ${name}`);
}

const chunkId = 'AAECAwQFBgcICQoLDA0ODw==';
const entries = ['entry 1', 'entry 2'].map(name => Buffer.from(frame(name).hex, 'hex'));

async function bytesOf(mode: EventMode, requireAck: boolean, count = 2): Promise<Buffer> {
  const records = entries.slice(0, count);
  const group = {
    topic: 'app.info',
    size: count,
    payload: Buffer.concat(records),
    ends: Uint32Array.from(records, (_, index) => Buffer.concat(records.slice(0, index + 1)).length)
  };
  const form = { mode, compression: 'gzip', requireAck } as const;
  return Buffer.concat(await new ForwardMessage(chunkId, group, 0, count, form).chunks());
}

describe('A message of the forward protocol', () => {
  for (const [mode, requireAck, count, name] of [
    ['Message', false, 1, 'message, EventTime, no option'],
    ['Message', true, 1, 'message, EventTime, chunk'],
    ['Forward', true, 2, 'forward, 2 entries, size+chunk'],
    ['PackedForward', false, 2, 'packedforward, bin, size'],
    ['PackedForward', true, 2, 'packedforward, bin, size+chunk']
  ] as const) {
    it(`has the bytes of the vector "${name}"`, async () => {
      const { hex } = frames.find(vector => vector.name === name) ?? expect.fail(name);
      expect((await bytesOf(mode, requireAck, count)).toString('hex')).to.equal(hex);
    });
  }

  it('has the bytes of the vector around what is compressed, in one gzip member', async () => {
    const { hex, inner_hex } = frame('compressedpackedforward gzip');
    const vector = parseMessage(Buffer.from(hex, 'hex'), limits, 0);
    const bytes = await bytesOf('CompressedPackedForward', true);
    expect(parseMessage(bytes, limits, 0)).to.deep.equal(vector);
    const start = 1 + 9 + 2;
    const end = start + (bytes[start - 1] ?? 0);
    expect(bytes.subarray(0, 11).toString('hex')).to.equal(hex.slice(0, 22));
    expect(bytes.subarray(end).toString('hex')).to.equal(hex.slice(hex.indexOf('83a473697a65')));
    expect(gunzipSync(bytes.subarray(start, end)).toString('hex')).to.equal(inner_hex);
  });

  it('has the shortest headers there are, up to the longest', async () => {
    for (const [size, bin, array] of [
      [15, 'c4', '9f'],
      [16, 'c4', 'dc0010'],
      [260, 'c5', 'dc0104'],
      [70_000, 'c6', 'dd00011170']
    ] as const) {
      const group = {
        topic: 'a',
        size,
        payload: Buffer.alloc(size, 0xc0),
        ends: Uint32Array.from({ length: size }, (_, index) => index + 1)
      };
      for (const [mode, header] of [
        ['PackedForward', bin],
        ['Forward', array]
      ] as const) {
        const message = new ForwardMessage('id', group, 0, size, { mode, compression: 'gzip', requireAck: false });
        const [head = Buffer.alloc(0)] = await message.chunks();
        expect(Buffer.from(head).toString('hex')).to.match(new RegExp(`^93a161${header}`));
      }
    }
  });
});

const limits = { maxBytes: 1_000_000, maxDepth: 20 };

function batchOf(texts: readonly string[], tag: (text: string) => string = () => 'shop'): WireBatch {
  const packer = new WirePacker(new FluentdEncoder({ tag: ({ message }) => tag(String(message)) }));
  for (const message of texts) packer.add(someRecord({ message }));
  return packer.cut(packer.size);
}

const form = { mode: 'PackedForward', compression: 'gzip', requireAck: true } as const;

function shipmentOf(
  batch: WireBatch,
  { mode = 'PackedForward' as EventMode, maxBytes = 1_000_000, experience = new Experience() } = {}
): Shipment {
  return new Shipment(batch, { ...form, mode }, maxBytes, experience);
}

/** The messages of each shipment, as the texts of their records. */
async function textsOf(shipment: Shipment): Promise<string[][]> {
  const messages = await Promise.all(shipment.next().map(message => message.chunks()));
  return messages.map(chunks =>
    (parseMessage(Buffer.concat(chunks), limits, 0)?.events ?? []).map(({ record }) => String(record['message']))
  );
}

describe('What a batch is sent as', () => {
  it('is one message, with the id of the batch', async () => {
    const batch = batchOf(['a', 'b', 'c']);
    const shipment = shipmentOf(batch);
    expect(shipment.next().map(({ id }) => id)).to.deep.equal([batch.id]);
    expect(await textsOf(shipment)).to.deep.equal([['a', 'b', 'c']]);
  });

  it('is a message for each tag', async () => {
    const batch = batchOf(['a1', 'b1', 'a2'], text => text.charAt(0));
    const shipment = shipmentOf(batch);
    expect(shipment.next().map(({ id }) => id)).to.deep.equal([`${batch.id}/0`, `${batch.id}/1`]);
    expect(await textsOf(shipment)).to.deep.equal([['a1', 'a2'], ['b1']]);
  });

  it('is a message for each record in Message mode', async () => {
    const batch = batchOf(['a', 'b']);
    const shipment = shipmentOf(batch, { mode: 'Message' });
    expect(await textsOf(shipment)).to.deep.equal([['a'], ['b']]);
    expect(shipment.next().map(({ id }) => id)).to.deep.equal([`${batch.id}/0-1`, `${batch.id}/1-2`]);
  });

  it('is several messages if it is larger than one may be, each as large as can be', async () => {
    const batch = batchOf(['a', 'b', 'c', 'd', 'e']);
    const each = batch.bytes / 5;
    const messages = async (maxBytes: number) =>
      (await textsOf(shipmentOf(batch, { maxBytes }))).map(texts => texts.join(''));
    expect(await messages(5 * each)).to.deep.equal(['abcde']);
    expect(await messages(5 * each - 1)).to.deep.equal(['abcd', 'e']);
    expect(await messages(2 * each)).to.deep.equal(['ab', 'cd', 'e']);
    expect(await messages(each)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(await messages(1)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('stays the same until it was sent three times, and is sent in halves then, one at a time', async () => {
    const batch = batchOf(['a', 'b', 'c', 'd', 'e']);
    const shipment = shipmentOf(batch);
    const ids = () => shipment.next().map(({ id }) => id.replace(batch.id, ''));
    for (let attempt = 1; attempt <= 3; attempt++) {
      expect(ids()).to.deep.equal(['']);
      shipment.refuse(shipment.next(), 'unsure');
    }
    expect(ids()).to.deep.equal(['/0-3']);
    shipment.refuse(shipment.next(), 'unsure');
    expect(ids()).to.deep.equal(['/0-2']);
    for (const message of shipment.next()) shipment.arrive(message);
    expect(ids()).to.deep.equal(['/2-3']);
    for (const message of shipment.next()) shipment.arrive(message);
    expect(await textsOf(shipment)).to.deep.equal([['d', 'e']]);
    expect(shipment.arrived).to.equal(2);
    for (const message of shipment.next()) shipment.arrive(message);
    expect(shipment.isComplete).to.equal(true);
  });

  it('leaves out a record that a receiver does not take alone, though it takes others', () => {
    const batch = batchOf(['a', 'larger', 'c']);
    const shipment = shipmentOf(batch, { mode: 'Message' });
    const [a, b, c] = shipment.next();
    if (a === undefined || b === undefined || c === undefined) throw new Error('three messages');
    shipment.arrive(a);
    for (let attempt = 1; attempt <= 6; attempt++) {
      expect(shipment.next()[0]).to.equal(b);
      expect(shipment.witness() === undefined).to.equal(attempt <= 3);
      shipment.refuse([b], attempt > 3 ? 'sure' : 'unsure');
    }
    expect(shipment.next()).to.deep.equal([c]);
    shipment.arrive(c);
    expect(shipment.next()).to.deep.equal([]);
    expect(shipment.isComplete).to.equal(false);
    expect(shipment.reject().message).to.contain('acknowledged 2 of 3 records, and the largest not even alone');
  });

  it('leaves out nothing while the receiver takes nothing, and nothing that is no larger than what it has taken', () => {
    const experience = new Experience();
    const shipment = shipmentOf(batchOf(['a']), { experience });
    for (let attempt = 1; attempt <= 100; attempt++) shipment.refuse(shipment.next(), 'unsure');
    expect(shipment.next()).to.have.length(1);
    for (let attempt = 1; attempt <= 3; attempt++) shipment.refuse(shipment.next(), 'sure');
    expect(shipment.next()).to.have.length(0);
    const [larger] = shipmentOf(batchOf(['a and more'])).next();
    if (larger === undefined) throw new Error('a message');
    experience.accept(larger);
    expect(shipment.next()).to.have.length(1);
  });

  describe('when a receiver has a limit', () => {
    const kilobytes = (count: number) => batchOf(Array.from({ length: count }, () => 'x'.repeat(1000)));
    const sizesOf = (shipment: Shipment) => shipment.next().map(({ size }) => size);

    /** Sends a batch to a receiver that takes messages of up to `limit` records, and returns how many it was sent in vain. */
    const send = (shipment: Shipment, limit: number, certainty: Certainty = 'sure') => {
      let refusals = 0;
      while (!shipment.isComplete && shipment.next().length > 0) {
        const messages = shipment.next();
        const refused = messages.filter(({ size }) => size > limit);
        const isWitnessed = shipment.witness() !== undefined;
        for (const message of messages) if (message.size <= limit) shipment.arrive(message);
        if (refused.length > 0) shipment.refuse(refused, isWitnessed ? certainty : 'unsure');
        refusals += refused.length;
      }
      return refusals;
    };

    for (const certainty of ['sure', 'likely'] as const) {
      it(`is sent in messages that it takes, once that has been found out, being ${certainty}`, () => {
        const experience = new Experience();
        send(shipmentOf(kilobytes(1), { experience }), 40);
        expect(send(shipmentOf(kilobytes(500), { experience }), 40, certainty)).to.be.greaterThan(3);
        const next = shipmentOf(kilobytes(500), { experience });
        expect(send(next, 40, certainty)).to.equal(0);
        expect(Math.max(...sizesOf(shipmentOf(kilobytes(500), { experience })))).to.be.within(20, 40);
      });
    }

    it('is sent as ever while nobody has shown that the receiver is at work', () => {
      const experience = new Experience();
      send(shipmentOf(kilobytes(1), { experience }), 40);
      expect(send(shipmentOf(kilobytes(500), { experience }), 40, 'unsure')).to.be.greaterThan(3);
      expect(sizesOf(shipmentOf(kilobytes(500), { experience }))).to.deep.equal([500]);
    });

    it('is sent as ever once something has arrived that was larger than what was refused', () => {
      const experience = new Experience();
      send(shipmentOf(kilobytes(1), { experience }), 40);
      send(shipmentOf(kilobytes(500), { experience }), 40);
      const [large] = shipmentOf(kilobytes(600)).next();
      if (large === undefined) throw new Error('a message');
      experience.accept(large);
      expect(sizesOf(shipmentOf(kilobytes(500), { experience }))).to.deep.equal([500]);
    });

    it('is never sent in less than 16 KiB for it', () => {
      const experience = new Experience();
      send(shipmentOf(kilobytes(1), { experience }), 2);
      send(shipmentOf(kilobytes(500), { experience }), 2);
      expect(sizesOf(shipmentOf(kilobytes(100), { experience }))[0]).to.equal(15);
    });

    it('and a record was given up for its size, one of that size is given up sooner', () => {
      const experience = new Experience();
      const sendLarge = (length: number) => {
        const shipment = shipmentOf(batchOf(['a', 'x'.repeat(length), 'b']), { mode: 'Message', experience });
        let refusals = 0;
        for (let [next] = shipment.next(); next !== undefined; [next] = shipment.next()) {
          if (next.bytes < 1000) shipment.arrive(next);
          else {
            shipment.refuse([next], shipment.witness() === undefined ? 'unsure' : 'sure');
            refusals++;
          }
        }
        shipment.reject();
        return refusals;
      };
      expect(sendLarge(2000)).to.equal(6);
      expect(sendLarge(2000)).to.equal(1);
      expect(sendLarge(1999)).to.equal(6);
      const many = shipmentOf(batchOf(Array.from({ length: 50 }, (_, n) => String(n))), { experience });
      expect(many.next()[0]?.bytes).to.be.greaterThan(2500);
      expect(many.witness()).to.equal(undefined);
    });
  });
});
