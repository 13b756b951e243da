import { expect } from 'chai';
import * as fc from 'fast-check';
import { LogLevel } from '../../../lib/core/level.js';
import type { LogRecord } from '../../../lib/core/record.js';
import { escapeJson, wellFormed } from '../../../lib/core/text.js';
import { plain, plainFields } from '../../../lib/core/values.js';
import { EcsFormatter } from '../../../lib/targets/logstash/ecs-formatter.js';
import { type EventEncoderOptions, eventEncoder } from '../../../lib/targets/logstash/encoder.js';
import { type EventFormatter, eventOf as eventOfFields } from '../../../lib/targets/logstash/formatter.js';
import { LogstashFormatter } from '../../../lib/targets/logstash/logstash-formatter.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { ByteWriter } from '../../../lib/wire/bytes.js';
import type { Encoder } from '../../../lib/wire/encoder.js';
import { hostile } from '../../support/hostile.js';
import { assertProperty } from '../../support/property.js';
import { valueCases } from '../../support/value-cases.js';
import { readVectors } from '../../support/vectors.js';

const often = { numRuns: 500 };

function encoderOf(formatter: EventFormatter, options: Partial<EventEncoderOptions> = {}): Encoder {
  const onError = (error: unknown) => {
    throw error;
  };
  return eventEncoder({ formatter, instead: new LogstashFormatter(), onError, ...options });
}

function lineOf(record: LogRecord, encoder: Encoder): string {
  const into = new ByteWriter(4);
  into.text('ab');
  encoder.encode(record, into);
  expect(into.bytes.toString('latin1', 0, 2)).to.equal('ab');
  return into.copy(2, into.length).toString();
}

const eventOf = (record: LogRecord, encoder: Encoder) => JSON.parse(lineOf(record, encoder));

const formatters = {
  LogstashFormatter: new LogstashFormatter({ tags: ['a'], extra: { team: 'x\u2028' } }),
  'LogstashFormatter without a prefix': new LogstashFormatter({ extraPrefix: '' }),
  EcsFormatter: new EcsFormatter({ labels: { team: 'x' }, service: { name: 'shop' } }),
  'EcsFormatter with a prefix': new EcsFormatter({ extraPrefix: 'shop' })
};

describe('The encoder of events', () => {
  const flat = encoderOf(new LogstashFormatter());

  for (const { name, make, form } of valueCases) {
    it(`writes ${name}`, () => {
      // By the rule for names, `0` and the like are names as they are.
      const { extra } = eventOf(someRecord({ data: { v: make() } }), flat);
      expect(extra.v).to.deep.equal(form);
    });
  }

  for (const [name, formatter] of Object.entries(formatters)) {
    const encoder = encoderOf(formatter);

    it(`writes lines that parse to what the formatter gives, whatever is logged: ${name}`, () => {
      const next = someRecord({ data: { after: 'it' } });
      assertProperty(
        fc.property(fc.dictionary(fc.string({ unit: 'binary' }), hostile()), fc.option(hostile()), (makers, thrown) => {
          const data = Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
          const record = someRecord({ data, ...(thrown !== null && { exception: thrown() }) });
          const line = lineOf(record, encoder);
          expect(line).to.match(/^[^\p{Cc}\u2028\u2029]*\n$/u);
          expect(textsIn(JSON.parse(line)).filter(text => wellFormed(text) !== text)).to.deep.equal([]);
          expect(JSON.parse(line)).to.deep.equal(formatter.format(record));
          expect(lineOf(next, encoder)).to.equal(lineOf(next, encoder));
        }),
        often
      );
    });

    it(`reads back a record that is written as the first was: ${name}`, () => {
      assertProperty(
        fc.property(fc.dictionary(fc.string(), fc.jsonValue()), makers => {
          const once = lineOf(someRecord({ message: 'order {id}', data: { id: 1, ...makers } }), encoder);
          const record = encoder.decode?.(Buffer.from(once), 20, '') ?? expect.fail('it cannot decode');
          expect(record).to.include({ timestamp: 1_700_000_000_123, level: LogLevel.INFORMATION, loggerName: 'Shop' });
          const twice = lineOf(record, encoder);
          const again = encoder.decode?.(Buffer.from(twice), 20, '') ?? expect.fail('it cannot decode');
          expect(again.render()).to.equal(record.render());
          expect(lineOf(again, encoder)).to.equal(twice);
        }),
        often
      );
    });

    it(`keeps a line within maxRecordBytes, and the record's own message: ${name}`, () => {
      const small = encoderOf(formatter, { maxRecordBytes: 3000 });
      assertProperty(
        fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.nat(), (data, size) => {
          const long = { long: 'é\u0001'.repeat(size % 3000), deep: { 'a.b.c': 'x'.repeat(size % 5000) } };
          const line = lineOf(someRecord({ data: { ...data, ...long } }), small);
          expect(Buffer.byteLength(line)).to.be.at.most(3000);
          expect(JSON.parse(line)).to.deep.include({ message: 'something happened' });
        }),
        often
      );
    });
  }

  describe('written straight from what was logged', () => {
    /** Names that meet each other once labels are flat, or have a place in ECS, or are reserved. */
    const names = fc.constantFrom(
      ...['a', 'b', 'a_b', 'b_a', 'a_b_a', 'team', 'user', 'http', 'host', 'log', 'event', 'trace', 'trace_id'],
      ...['traceId', 'span_id', 'tags', 'labels', 'time', 'message', 'error', 'template', 'message_template', 'a.b', '']
    );
    const scalar = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        undefined,
        true,
        -0,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        10n ** 30n,
        Symbol('s')
      ),
      fc.constantFrom<unknown>(
        new Date(0),
        new Date(Number.NaN),
        Math.max,
        '{a}',
        '\u2028"\u0001',
        '\ud800',
        new Map([['a', 1]])
      ),
      fc.double(),
      fc.integer(),
      fc.string({ unit: 'grapheme' })
    );
    const { fields } = fc.letrec<{ value: unknown; fields: Record<string, unknown> }>(tie => ({
      fields: fc.dictionary(names, tie('value'), { maxKeys: 6 }),
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        scalar,
        tie('fields'),
        fc.array(tie('value'), { maxLength: 2 })
      )
    }));
    const thrown = fc.oneof(
      fc.constant(undefined),
      fc.record(
        { code: fc.oneof(scalar, fields), stack: fc.constantFrom('', 'at f', 'x\ny\u2028'), more: scalar },
        { requiredKeys: [] }
      )
    );

    for (const [name, formatter] of Object.entries(formatters)) {
      it(`is the same, byte for byte, as what is made of the event: ${name}`, () => {
        const encoders = [1, 2, 3, 32].map(maxDepth => ({ maxDepth, encoder: encoderOf(formatter, { maxDepth }) }));
        assertProperty(
          fc.property(
            fields,
            thrown,
            fc.constantFrom(...encoders),
            fc.boolean(),
            (data, parts, { maxDepth, encoder }, isCyclic) => {
              const exception = parts && Object.assign(new TypeError('boom'), parts);
              const own = { ...data, ...(isCyclic && { b: data, cause: exception }) };
              const record = someRecord({ message: 'order {a} of {user}', data: own, exception });
              const event = eventOfFields(formatter, record.timestamp, plainFields(record, { maxDepth }));
              expect(lineOf(record, encoder)).to.equal(`${escapeJson(JSON.stringify(event))}\n`);
            }
          ),
          { numRuns: 3000 }
        );
      });
    }
  });

  it('reads back the fields, the template and the error, for a fallback', () => {
    const encoder = encoderOf(new LogstashFormatter({ extra: { team: 'x' } }), { metadata: { beat: 'b' } });
    const exception = Object.assign(new TypeError('boom', { cause: new Error('why') }), { code: 'E1' });
    const data = { id: 17, list: [1, { a: null }] };
    const line = lineOf(someRecord({ level: LogLevel.ERROR, message: 'order {id}', data, exception }), encoder);
    const record = encoder.decode?.(Buffer.from(line), 20, '') ?? expect.fail('it cannot decode');
    expect(record).to.include({ level: LogLevel.ERROR, message: 'order {id}' });
    expect(record.render()).to.equal('order 17');
    expect(record.data).to.deep.equal(data);
    expect(record.exception).to.include({ name: 'TypeError', message: 'boom', stack: exception.stack, code: 'E1' });
    expect((record.exception as Error).cause).to.deep.include({ type: 'Error', message: 'why' });
  });

  it('reads back what ECS has a place for, and labels as strings', () => {
    const encoder = encoderOf(formatters.EcsFormatter);
    const exception = Object.assign(new TypeError('boom'), { code: 'E1' });
    const data = { id: 17, http: { version: '1.1' }, host: { ip: '10.0.0.1' }, log: { origin: { function: 'f' } } };
    const line = lineOf(someRecord({ level: LogLevel.WARNING, data, exception }), encoder);
    const record = encoder.decode?.(Buffer.from(line), 20, '') ?? expect.fail('it cannot decode');
    expect(record.level).to.equal(LogLevel.WARNING);
    expect(record.data).to.deep.equal({ ...data, id: '17' });
    expect(record.exception).to.include({ name: 'TypeError', message: 'boom', stack: exception.stack, code: 'E1' });
  });

  it('rejects what is no event of ours', () => {
    for (const text of ['', '[]', '{}', '{"@timestamp":"never"}', '{"@timestamp":"2023-11-14T22:13:20.123Z"}']) {
      expect(() => flat.decode?.(Buffer.from(text), 20, ''), text).to.throw();
    }
  });

  it('cuts the longest text, and says so', () => {
    const encoder = encoderOf(new LogstashFormatter(), { maxRecordBytes: 2000 });
    const { extra, host } = eventOf(someRecord({ data: { a: 'x'.repeat(5000), b: 'short' } }), encoder);
    expect(extra.a).to.match(/^x+… \[\d+ bytes cut\]$/);
    expect(extra).to.include({ b: 'short' });
    expect(host).to.have.property('name');
  });

  it('does not write what is far too long before it cuts it', () => {
    const into = new ByteWriter();
    const text = 'x'.repeat(200_000_000);
    flat.encode(someRecord({ data: { a: text, b: [text, text] } }), into);
    expect(into.length).to.be.within(800_000, 1024 * 1024);
    expect(into.bytes.length).to.be.lessThan(8 * 1024 * 1024);
  });

  it('always writes a record, however little room there is', () => {
    const formatter = new LogstashFormatter({ hostname: 'h', type: 't' });
    const encoder = encoderOf(formatter, { maxRecordBytes: 1024 });
    const long = '\u0001'.repeat(5000);
    const line = lineOf(
      someRecord({ loggerName: long, message: long, data: { [long]: long, a: [long, { b: long }] } }),
      encoder
    );
    expect(Buffer.byteLength(line)).to.be.at.most(1024);
    expect(JSON.parse(line)).to.include({ level: 'INFORMATION', type: 't' });
  });

  it('refuses a formatter whose own fields leave no room for a record', () => {
    const formatter = new LogstashFormatter({ extra: { long: 'x'.repeat(2000) } });
    expect(() => encoderOf(formatter, { maxRecordBytes: 3000 })).to.throw(
      RangeError,
      'the fields that the formatter gives'
    );
  });

  it('writes each name once, also where a record adds to what is the same in every event', () => {
    const line = lineOf(someRecord({ data: { host: { ip: '10.0.0.1' } } }), encoderOf(new EcsFormatter()));
    expect(line).to.equal(`${JSON.stringify(JSON.parse(line))}\n`);
    expect(JSON.parse(line).host).to.have.keys('hostname', 'name', 'ip');
  });

  it('adds metadata where the formatter gives none', () => {
    const metadata = { beat: 'logflume' };
    expect(eventOf(someRecord(), encoderOf(new EcsFormatter(), { metadata }))['@metadata']).to.deep.equal(metadata);
    const own = new EcsFormatter({ metadata: { own: 1 } });
    expect(eventOf(someRecord(), encoderOf(own, { metadata }))['@metadata']).to.deep.equal({ own: 1 });
  });

  for (const { name, event, json_lines_hex: hex } of readVectors<EventVector>('logstash-events.json')) {
    it(`agrees with the vector: ${name}`, () => {
      const line = lineOf(someRecord(), encoderOf({ format: () => event }));
      expect(JSON.parse(line)).to.deep.equal(JSON.parse(Buffer.from(hex, 'hex').toString()));
      // U+2028 is escaped in ours; all else is the same byte for byte.
      expect(line.replaceAll('\\u2028', '\u2028')).to.equal(Buffer.from(hex, 'hex').toString());
    });
  }

  describe("with a user's formatter", () => {
    it('writes what it makes, by the rules for values, with a time', () => {
      const encoder = encoderOf({ format: record => ({ text: record.render(), n: Number.NaN, big: 2n ** 70n }) });
      expect(eventOf(someRecord(), encoder)).to.deep.equal({
        '@timestamp': '2023-11-14T22:13:20.123Z',
        text: 'something happened',
        n: null,
        big: '1180591620717411303424'
      });
      expect(encoder.decode).to.equal(undefined);
    });

    it('leaves its time and metadata alone, and takes brackets out of the names at the top', () => {
      const made = { '@timestamp': '2024-01-01T00:00:00Z', '@metadata': { a: 1 }, 'a[': 1, b: { 'c[': 1 } };
      const encoder = encoderOf({ format: () => made }, { metadata: { beat: 'x' } });
      expect(eventOf(someRecord(), encoder)).to.deep.equal({
        '@timestamp': '2024-01-01T00:00:00Z',
        '@metadata': { a: 1 },
        a_: 1,
        b: { 'c[': 1 }
      });
    });

    it('keeps from Logstash what its inputs close the connection for, and loses nothing of it', () => {
      const made = { '@timestamp': 7, '@metadata': 'x', tags: [1], event: null, event_: 1, 'a[': 1, 'a]': 2, a_: 3 };
      expect(eventOf(someRecord(), encoderOf({ format: () => made }, { metadata: { beat: 'x' } }))).to.deep.equal({
        '@timestamp': '2023-11-14T22:13:20.123Z',
        '@timestamp_': 7,
        '@metadata': { beat: 'x' },
        '@metadata_': 'x',
        tags_: [1],
        event__: null,
        event_: 1,
        a__: 1,
        a___: 2,
        a_: 3
      });
      const fine = { '@timestamp': '2024-01-01T00:00:00+01:00', '@metadata': {}, tags: ['a'], event: { a: 1 } };
      expect(eventOf(someRecord(), encoderOf({ format: () => fine }))).to.deep.equal(fine);
    });

    const failing: readonly (readonly [string, () => unknown])[] = [
      ['throws', () => fail()],
      ['returns a string', () => 'text'],
      ['returns an array', () => [1]],
      ['returns nothing', () => undefined],
      ['returns a promise', () => Promise.resolve({})]
    ];
    for (const [what, format] of failing) {
      it(`writes the record by the formatter of ours where it ${what}, and says so`, () => {
        const errors: unknown[] = [];
        const encoder = encoderOf({ format: format as () => object }, { onError: error => errors.push(error) });
        expect(eventOf(someRecord(), encoder)).to.include({ logger_name: 'Shop', message: 'something happened' });
        expect(errors).to.have.length(1);
      });
    }

    it('keeps within maxRecordBytes', () => {
      const format = (record: LogRecord) => ({ ...record.data, message: 'm' });
      const encoder = encoderOf({ format }, { maxRecordBytes: 2000 });
      const line = lineOf(someRecord({ data: { a: 'x'.repeat(5000), b: 1 } }), encoder);
      expect(Buffer.byteLength(line)).to.be.within(1500, 2000);
      expect(JSON.parse(line)).to.include({ message: 'm', b: 1 });
    });

    it('survives whatever it makes', () => {
      assertProperty(
        fc.property(hostile(), make => {
          const errors: unknown[] = [];
          const made = make();
          const encoder = encoderOf({ format: () => made as object }, { onError: error => errors.push(error) });
          const line = lineOf(someRecord(), encoder);
          const event = JSON.parse(line);
          expect(line).to.match(/^[^\p{Cc}\u2028\u2029]*\n$/u);
          expect(textsIn(event).filter(text => wellFormed(text) !== text)).to.deep.equal([]);
          if (errors.length === 0)
            expect(Object.keys(event).length).to.be.at.least(Object.keys(Object(plain(made))).length);
        }),
        often
      );
    });
  });
});

/** All texts in a value, names too. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return [...Object.keys(value), ...Object.values(value).flatMap(textsIn)];
}

interface EventVector {
  readonly name: string;
  readonly event: object;
  readonly json_lines_hex: string;
}

function fail(): never {
  throw new Error('boom');
}
