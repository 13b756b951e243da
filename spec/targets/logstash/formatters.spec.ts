import { hostname } from 'node:os';
import { basename } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { LogLevel } from '../../../lib/core/level.js';
import type { Plain } from '../../../lib/core/values.js';
import { EcsFormatter } from '../../../lib/targets/logstash/ecs-formatter.js';
import type { EcsFormatterOptions } from '../../../lib/targets/logstash/ecs-options.js';
import { nest } from '../../../lib/targets/logstash/keys.js';
import { LogstashFormatter, type LogstashFormatterOptions } from '../../../lib/targets/logstash/logstash-formatter.js';
import { someRecord } from '../../../lib/testing/some-record.js';
import { hostile } from '../../support/hostile.js';
import { assertProperty } from '../../support/property.js';

const formatters = {
  LogstashFormatter: new LogstashFormatter(),
  'LogstashFormatter without a prefix': new LogstashFormatter({ extraPrefix: '' }),
  EcsFormatter: new EcsFormatter(),
  'EcsFormatter with a prefix': new EcsFormatter({ extraPrefix: 'shop' })
};

const error = () => Object.assign(new TypeError('boom'), { stack: 'the stack', code: 7, status: 503 });

describe('LogstashFormatter', () => {
  const format = (data: object = {}, options: LogstashFormatterOptions = {}) =>
    new LogstashFormatter({ hostname: 'h1', ...options }).format(someRecord({ data: { ...data } }));

  it('makes events of the schema of python-logstash-async', () => {
    const event = format({ id: 17, user: { name: 'Zoë' } }, { tags: ['a', 'b'], metadata: { index: 'shop' } });
    expect(event).to.deep.equal({
      '@timestamp': '2023-11-14T22:13:20.123Z',
      '@version': '1',
      '@metadata': { index: 'shop' },
      message: 'something happened',
      level: 'INFORMATION',
      logger_name: 'Shop',
      host: { hostname: 'h1', name: 'h1' },
      logsource: 'h1',
      pid: process.pid,
      program: process.argv[1],
      type: 'nodejs',
      tags: ['a', 'b'],
      extra: {
        id: 17,
        user: { name: 'Zoë' },
        interpreter: process.execPath,
        interpreter_version: process.versions.node,
        process_name: process.title,
        thread_name: 'main'
      }
    });
  });

  it("has the system's name for the host, tags and metadata only if there are any", () => {
    const event = new LogstashFormatter().format(someRecord());
    expect(event['host']).to.deep.equal({ hostname: hostname(), name: hostname() });
    expect(event).not.to.have.any.keys('tags', '@metadata', 'message_template', 'error', 'stack_trace');
  });

  it('sends the host as a plain string only if it is told to', () => {
    expect(format({}, { hostForm: 'string' })['host']).to.equal('h1');
  });

  it('keeps the template where rendering has changed the message', () => {
    const event = new LogstashFormatter().format(someRecord({ message: 'order {id}', data: { id: 7 } }));
    expect(event).to.include({ message: 'order 7', message_template: 'order {id}' });
  });

  it('tells of an exception, and keeps what else it holds', () => {
    const event = new LogstashFormatter().format(someRecord({ exception: error() }));
    expect(event).to.deep.include({
      error_type: 'TypeError',
      error_message: 'boom',
      stack_trace: 'the stack',
      error: { code: 7, status: 503 }
    });
  });

  it('takes as an exception whatever was thrown', () => {
    const event = new LogstashFormatter().format(someRecord({ exception: null }));
    expect(event).to.include({ error_type: 'null', error_message: 'null' });
    expect(event).not.to.have.property('stack_trace');
  });

  it('prefers the fields of a record to static ones', () => {
    const extra = { team: 'static', region: 'eu', 'a.b': 1 };
    const event = format({ team: 'own', thread_name: 'mine' }, { extra });
    expect(event['extra']).to.deep.include({ team: 'own', region: 'eu', thread_name: 'mine', a: { b: 1 } });
  });

  const taken = { '@timestamp': 1, '@version': 2, '@metadata': 3, level: 4, host: 5, message: 6, type: 7, tags: 8 };
  it('does not let fields of a record replace its own', () => {
    const event = format(taken);
    expect(event).to.deep.equal({ ...format(), extra: event['extra'] });
    expect(event['extra']).to.deep.include({ '@timestamp': 1, host: 5, level_: 4, message_: 6 });
  });

  it('does not let them do so without a prefix either', () => {
    const event = format({ ...taken, pid: 9, id: 17 }, { extraPrefix: '' });
    const own = format({}, { extraPrefix: '' });
    expect(event).to.deep.include(own);
    expect(event).to.deep.include({ '@timestamp_': 1, '@version_': 2, '@metadata_': 3, level_: 4, host_: 5, id: 17 });
    expect(event).to.deep.include({ message_: 6, type_: 7, tags_: 8, pid_: 9 });
  });

  it('keeps names at the top free for what ECS and Elasticsearch have there', () => {
    const event = format({ url: '/x', event: 1, user: { name: 'Zoë' }, _id: 'x', log: { a: 1 } }, { extraPrefix: '' });
    expect(event).to.deep.include({ url_: '/x', event_: 1, user: { name: 'Zoë' }, _id_: 'x', log: { a: 1 } });
    expect(event).not.to.have.any.keys('url', 'event', '_id');
  });

  it('survives a field that is named as the prefix', () => {
    expect(format({ extra: 'x' })['extra']).to.include({ extra: 'x' });
  });

  it('rejects options that are wrong', () => {
    expect(() => format({}, { extraPrefix: 'host' })).to.throw(RangeError, "extraPrefix must not be 'host'");
    expect(() => format({}, { extraPrefix: 'a.b' })).to.throw(RangeError, 'extraPrefix must be a string without dots');
    expect(() => format({}, { tags: 'a' as unknown as string[] })).to.throw(TypeError, 'tags must be an array');
    expect(() => format({}, { tag: 1 } as object)).to.throw(TypeError, "no option 'tag'");
  });
});

describe('EcsFormatter', () => {
  const format = (data: object = {}, options: EcsFormatterOptions = {}) =>
    new EcsFormatter({ hostname: 'h1', ...options }).format(someRecord({ data: { ...data } }));
  it('makes nested events of ECS', () => {
    const event = format(
      { traceId: '5b8efff798038103d269b633813fc60c', span_id: 'eee19b7ec3c1b174' },
      {
        service: { name: 'shop', version: '1.2.3', environment: 'production', node: 'n1' },
        dataStream: { dataset: 'shop.log' },
        labels: { team: 'x', level: 3 },
        tags: ['t']
      }
    );
    expect(event).to.deep.equal({
      '@timestamp': '2023-11-14T22:13:20.123Z',
      '@version': '1',
      message: 'something happened',
      ecs: { version: '8.11.0' },
      log: { level: 'info', logger: 'Shop' },
      host: { hostname: 'h1', name: 'h1' },
      process: { pid: process.pid, name: basename(process.argv[1] ?? ''), executable: process.execPath },
      service: { name: 'shop', version: '1.2.3', environment: 'production', node: { name: 'n1' } },
      data_stream: { type: 'logs', dataset: 'shop.log', namespace: 'default' },
      event: { dataset: 'shop.log' },
      trace: { id: '5b8efff798038103d269b633813fc60c' },
      span: { id: 'eee19b7ec3c1b174' },
      labels: { team: 'x', level: '3' },
      tags: ['t']
    });
  });

  for (const [level, name] of [
    [LogLevel.TRACE, 'trace'],
    [LogLevel.DEBUG, 'debug'],
    [LogLevel.INFORMATION, 'info'],
    [LogLevel.WARNING, 'warning'],
    [LogLevel.ERROR, 'error'],
    [LogLevel.CRITICAL, 'critical']
  ] as const) {
    it(`calls the level ${level} ${name}`, () => {
      expect(new EcsFormatter().format(someRecord({ level }))['log']).to.deep.include({ level: name });
    });
  }

  it('puts fields that ECS has where it has them, and all others into labels, as strings', () => {
    const event = format({
      http: { request: { method: 'GET' } },
      'user.name': 'Zoë',
      id: 17,
      paid: true,
      nothing: null,
      customer: { city: { code: 'L' } },
      list: [1, { a: 2 }]
    });
    expect(event).to.deep.include({
      http: { request: { method: 'GET' } },
      user: { name: 'Zoë' },
      labels: { id: '17', paid: 'true', customer_city_code: 'L', list: '[1,{"a":2}]' }
    });
  });

  it('puts them under a prefix with their types, if there is one', () => {
    const event = format({ id: 17, customer: { city: 'L' }, labels: { a: 1 } }, { extraPrefix: 'shop' });
    expect(event).to.deep.include({ shop: { id: 17, customer: { city: 'L' } }, labels: { a: '1' } });
  });

  it('never has anything but a map where ECS has one', () => {
    const event = format({ user: 'bob', url: '/x', event: 7, error: 'no', http: ['x'] });
    expect(event).not.to.have.any.keys('user', 'url', 'event', 'error', 'http');
    expect(event['labels']).to.deep.equal({ user: 'bob', url: '/x', event: '7', error_: 'no', http: '["x"]' });
  });

  it('does not let fields of a record replace its own, and keeps them as labels', () => {
    const event = format(
      {
        '@timestamp': 1,
        host: { name: 'x', ip: ['10.0.0.1'] },
        log: { level: 'x', origin: { file: { name: 'a.ts' } } },
        ecs: { version: '1' },
        event: { dataset: 'x', action: 'pay' }
      },
      { dataStream: { dataset: 'shop' } }
    );
    expect(event).to.deep.include({
      '@timestamp': '2023-11-14T22:13:20.123Z',
      host: { hostname: 'h1', name: 'h1', ip: ['10.0.0.1'] },
      log: { level: 'info', logger: 'Shop', origin: { file: { name: 'a.ts' } } },
      ecs: { version: '8.11.0' },
      event: { dataset: 'shop', action: 'pay' },
      labels: { '@timestamp': '1', host_name: 'x', log_level: 'x', ecs_version: '1', event_dataset: 'x' }
    });
  });

  it('keeps nothing of one record for the next', () => {
    const formatter = new EcsFormatter({ tags: ['t'] });
    formatter.format(someRecord({ data: { host: { ip: '10.0.0.1' }, tags: ['u'], labels: { a: 1 } } }));
    const event = formatter.format(someRecord());
    expect(event).to.deep.include({ host: { hostname: hostname(), name: hostname() }, tags: ['t'] });
    expect(event).not.to.have.property('labels');
  });

  it('adds to tags what is fit to be a tag', () => {
    expect(format({ tags: 'b' }, { tags: ['a'] })['tags']).to.deep.equal(['a', 'b']);
    expect(format({ tags: ['b', 'c'] })['tags']).to.deep.equal(['b', 'c']);
    expect(format({ tags: [1] })).to.deep.include({ labels: { tags: '[1]' } });
  });

  it('prefers the labels of a record to static ones', () => {
    expect(format({ team: 'own' }, { labels: { team: 'static', a: 'b' } })['labels']).to.deep.equal({
      team: 'own',
      a: 'b'
    });
  });

  it('tells of an exception and its causes in error, and of what else it holds in labels', () => {
    const exception = Object.assign(error(), { cause: Object.assign(new RangeError('why'), { stack: 'its stack' }) });
    const event = new EcsFormatter().format(someRecord({ exception }));
    expect(event['error']).to.deep.equal({
      type: 'TypeError',
      message: 'boom',
      stack_trace: 'the stack\nCaused by: its stack',
      code: '7'
    });
    expect(event['labels']).to.deep.equal({ error_status: '503' });
  });

  it('tells of the members of an AggregateError', () => {
    const member = Object.assign(new Error('one'), { stack: 'stack one' });
    const exception = Object.assign(new AggregateError([member, 2], 'all'), { stack: 'stack' });
    expect(new EcsFormatter().format(someRecord({ exception }))['error']).to.deep.include({
      stack_trace: 'stack\nContains: stack one\nContains: 2'
    });
  });

  for (const [options, type, message] of [
    [
      { dataStream: { dataset: 'a-b' } },
      RangeError,
      'EcsFormatter: dataStream: dataset must be of 1 to 100 characters'
    ],
    [{ dataStream: { dataset: 'Shop' } }, RangeError, 'dataset must be'],
    [{ dataStream: {} }, TypeError, 'dataset must be'],
    [{ service: { nam: 'x' } }, TypeError, "EcsFormatter: service has no option 'nam'; did you mean 'name'?"],
    [{ extraPrefix: 'host' }, RangeError, 'extraPrefix must be a name without dots and brackets that ECS does not use'],
    [{ labels: [] }, TypeError, 'labels must be an object']
  ] as const) {
    it(`rejects ${JSON.stringify(options)}`, () => {
      expect(() => new EcsFormatter(options as unknown as EcsFormatterOptions)).to.throw(type, message);
    });
  }
});

describe('The names in an event', () => {
  const cases: readonly (readonly [what: string, from: Record<string, Plain>, to: Record<string, Plain>])[] = [
    ['a dot makes a map', { 'a.b': 1, 'a.c': 2 }, { a: { b: 1, c: 2 } }],
    ['maps are merged', { a: { b: 1 }, 'a.c.d': 2 }, { a: { b: 1, c: { d: 2 } } }],
    ['a map has the name before a value', { a: 1, 'a.b': 2 }, { a_: 1, a: { b: 2 } }],
    ['whichever comes first', { 'a.b': 2, a: 1 }, { a: { b: 2 }, a_: 1 }],
    ['the second of two values moves', { 'a.b': 1, a: { b: 2 } }, { a: { b: 1, b_: 2 } }],
    ['brackets become _', { 'a[0]': 1, 'b]': 2, '[': 3 }, { a_0_: 1, b_: 2, _: 3 }],
    ['dots alone become _', { '.': 1, '': { '..': 2 } }, { _: { _: 2 }, __: 1 }],
    ['dots at the ends are left out', { '.a.': 1 }, { a: 1 }],
    ['at any depth', { a: [{ 'b.c': { 'd[': 1 } }] }, { a: [{ b: { c: { d_: 1 } } }] }],
    ['more than eight parts are none', { 'a.b.c.d.e.f.g.h.i': 1 }, { a_b_c_d_e_f_g_h_i: 1 }],
    ['__proto__ is a name like any other', JSON.parse('{"a.__proto__":1}'), { a: JSON.parse('{"__proto__":1}') }]
  ];
  for (const [what, from, to] of cases) {
    it(`are made tidy: ${what}`, () => {
      const before = JSON.stringify(from);
      expect(nest(from)).to.deep.equal(to);
      expect(JSON.stringify(from)).to.equal(before);
    });
  }

  it('are left alone where they are tidy', () => {
    const fields = { a: { b_c: [1, { 'd-e': null }] } };
    expect(nest(fields)).to.equal(fields);
  });

  for (const [name, formatter] of Object.entries(formatters)) {
    it(`are tidy and the formatter's own fields are its own, whatever is logged: ${name}`, () => {
      const own = formatter.format(someRecord());
      const keys = fc.oneof(fc.constantFrom(...Object.keys(own), 'a.b', 'a', '[', 'labels'), fc.string());
      assertProperty(
        fc.property(fc.dictionary(keys, hostile()), makers => {
          const data = Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
          const event = formatter.format(someRecord({ data }));
          expect(JSON.parse(JSON.stringify(event))).to.deep.equal(event);
          expect(untidy(event)).to.deep.equal([]);
          for (const key of ['@timestamp', '@version', 'message', 'level', 'logger_name', 'pid', 'type']) {
            expect(event[key]).to.deep.equal(own[key]);
          }
          expect(event['host']).to.deep.include(own['host']);
        }),
        { numRuns: 500 }
      );
    });
  }
});

/** Names that are not as they should be. */
function untidy(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const names = Array.isArray(value) ? [] : Object.keys(value).filter(name => name === '' || /[.[\]]/.test(name));
  return [...names, ...Object.values(value).flatMap(untidy)];
}
