import { expect } from 'chai';
import { ecsForm } from '../../../lib/targets/logstash/ecs-form.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { ByteWriter } from '../../../lib/wire/bytes.js';
import { JsonRecords } from '../../../lib/wire/json-records.js';

describe('ecsForm', () => {
  /** Whether a record is written without a tree. */
  const isDirect = (record: Parameters<typeof someRecord>[0]) =>
    new JsonRecords(ecsForm({ ecs: { version: '8' } }, { team: 'x' }), 32, 100_000).write(
      someRecord(record),
      new ByteWriter()
    );

  const usual: Readonly<Record<string, Parameters<typeof someRecord>[0]>> = {
    'a template and its fields': { message: 'order {id} paid', data: { id: 17, total: 99.5, express: true } },
    'a map, and one in it': { data: { customer: { id: 7, plan: { tier: 'team' } } } },
    'what is no text': { data: { at: new Date(0), big: 2n ** 70n, none: null, call: Math.max, nan: Number.NaN } },
    'ids of a trace': { data: { trace_id: '4bf9', span_id: '00f0', trace_flags: '01' } },
    'maps that ECS knows': { data: { http: { version: '1.1' }, user: { id: 7 } } },
    'an error with a code': { exception: Object.assign(new TypeError('boom'), { code: 'E1' }) }
  };
  for (const [what, record] of Object.entries(usual)) {
    it(`writes ${what} straight away`, () => expect(isDirect(record)).to.equal(true));
  }

  const rare: Readonly<Record<string, Parameters<typeof someRecord>[0]>> = {
    'names that meet': { data: { a_b: 1, a: { b: 2 } } },
    'the name of a label that is in every event': { data: { team: 'y' } },
    'the name of a map that is in every event': { data: { ecs: { version: '9' } } },
    'two ids of one trace': { data: { trace_id: 'a', traceId: 'b' } },
    'names with dots': { data: { 'a.b': 1 } },
    'names with dots of nothing': { data: { a: 1, 'a.b': null } },
    'names with dots of nothing in a map': { data: { a: { a: 1, 'a.b': Number.NaN } } },
    'tags and lists': { data: { tags: ['a'] } },
    'errors with causes': { exception: new Error('a', { cause: new Error('b') }) }
  };
  for (const [what, record] of Object.entries(rare)) {
    it(`leaves ${what} to the tree`, () => expect(isDirect(record)).to.equal(false));
  }
});
