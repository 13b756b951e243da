import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { targetTypes } from '../../../lib/core/config/target-types.js';
import { targetRule } from '../../../lib/core/target.js';
import {
  ConsoleTarget,
  EcsFormatter,
  FluentdTarget,
  type FromConfigOptions,
  type LogFailure,
  LoggerFactory,
  type LoggingConfig,
  LogLevel,
  type LogTarget,
  RateLimitTarget,
  registerTargetType
} from '../../../lib/index.js';
import { FakeClock } from '../../../lib/testing/fake-clock.js';
import { LogstashServer } from '../../../lib/testing/logstash-server.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';

/** What the type `memory` made, the newest last. */
const made: MemoryTarget[] = [];

function messages(): string[][] {
  return made.map(target => target.messages);
}

/** A value of a configuration that is wrong on purpose. */
function wrong(value: unknown): LoggingConfig {
  return value as LoggingConfig;
}

const away = () => Promise.reject(new Error('away'));

describe('LoggerFactory.fromConfig', () => {
  const types = new Map(targetTypes);

  beforeEach(() => {
    made.length = 0;
    registerTargetType('memory', (_, { name }) => {
      const target = new MemoryTarget({ name });
      made.push(target);
      return target;
    });
  });

  afterEach(() => {
    targetTypes.clear();
    for (const [name, type] of types) targetTypes.set(name, type);
  });

  it('makes targets by the names of their types, with their options', async () => {
    const factory = LoggerFactory.fromConfig({
      targets: {
        out: { type: 'console', format: 'json', flushLevel: 'warning', maxRetries: 'Infinity' },
        collector: { type: 'fluentd', tag: 'shop', port: 5000 }
      }
    });
    const [out, collector] = factory.targets;
    expect(out).to.be.instanceOf(ConsoleTarget).with.property('name', 'out');
    expect(collector).to.be.instanceOf(FluentdTarget).with.property('name', 'collector');
    await factory.dispose();
  });

  it('takes an empty configuration', () => {
    expect(LoggerFactory.fromConfig({}).targets).to.deep.equal([]);
    expect(LoggerFactory.fromConfig({}).minimumLevel).to.equal(LogLevel.DEBUG);
  });

  it('sends all records to all targets, if there are no routes', async () => {
    const factory = LoggerFactory.fromConfig({
      minimumLevel: 'info',
      targets: { one: { type: 'memory' }, two: { type: 'memory' } }
    });
    await factory.getLogger('app').debug('too low');
    await factory.getLogger('app').info('high enough');
    expect(messages()).to.deep.equal([['high enough'], ['high enough']]);
  });

  it('routes by level and by logger', async () => {
    const factory = LoggerFactory.fromConfig({
      targets: { all: { type: 'memory' }, errors: { type: 'memory' }, some: { type: 'memory' } },
      routes: {
        all: {},
        errors: 'ERROR',
        some: { minimumLevel: 'trace', maximumLevel: LogLevel.WARNING, loggers: ['app.db', '*.http'] }
      }
    });
    await factory.getLogger('app.db.pool').trace('a');
    await factory.getLogger('app').error('b');
    await factory.getLogger('shop.http').error('c');
    await factory.getLogger('shop.http').warning('d');
    expect(messages()).to.deep.equal([
      ['b', 'c', 'd'],
      ['b', 'c'],
      ['a', 'd']
    ]);
  });

  it('sets the levels of loggers by their names', async () => {
    const factory = LoggerFactory.fromConfig({
      minimumLevel: 'warning',
      levels: { app: 'info', 'app.db': LogLevel.DEBUG, '*.noisy': 'off', shop: '${LEVEL:ERROR}' },
      targets: { all: { type: 'memory' } }
    });
    for (const name of ['app.web', 'app.db.pool', 'x.noisy', 'shop', 'other']) {
      for (const level of [10, 20, 30, 40]) await factory.getLogger(name).log(level, `${name} ${level}`);
    }
    expect(messages()).to.deep.equal([
      [
        ...['app.web 20', 'app.web 30', 'app.web 40'],
        ...['app.db.pool 10', 'app.db.pool 20', 'app.db.pool 30', 'app.db.pool 40'],
        ...['shop 40', 'other 30', 'other 40']
      ]
    ]);
  });

  it('lets LOGFLUME_LEVEL come before the levels of the same loggers', async () => {
    const factory = LoggerFactory.fromConfig(
      { minimumLevel: 'error', levels: { app: 'error', shop: 'error' }, targets: { all: { type: 'memory' } } },
      { env: { LOGFLUME_LEVEL: 'info,app=debug' } }
    );
    for (const name of ['app', 'shop', 'other']) await factory.getLogger(name).info(name);
    expect(messages()).to.deep.equal([['app', 'other']]);
  });

  it('redacts, and gives records fields', async () => {
    const factory = LoggerFactory.fromConfig({
      redact: { keys: ['password'], censor: '${CENSOR:***}' },
      fields: { service: '${SERVICE:shop}' },
      targets: { all: { type: 'memory' } }
    });
    await factory.getLogger('app').info('m', { password: 'x' });
    expect(made[0]?.records[0]?.toJSON()).to.include({ password: '***', service: 'shop' });
  });

  it('takes functions and objects where a program gives the configuration', async () => {
    const fallbackTarget = new MemoryTarget();
    const factory = LoggerFactory.fromConfig({
      targets: { odd: { type: 'memory' }, out: { type: 'console', format: () => 'x', fallbackTarget } },
      routes: { odd: { filter: ({ data }) => data['id'] === 1 }, out: 'critical' }
    });
    await factory.getLogger('app').info('one', { id: 1 });
    await factory.getLogger('app').info('two', { id: 2 });
    expect(messages()).to.deep.equal([['one']]);
    expect(factory.stats().targets[1]?.fallback?.name).to.equal('MemoryTarget');
  });

  describe('with fallbacks', () => {
    it('takes them by name, and sends them only what falls back', async () => {
      const factory = LoggerFactory.fromConfig(
        {
          targets: {
            last: { type: 'memory' },
            collector: { type: 'fluentd', tag: 'x', dial: away, maxRetries: 0, fallbackTarget: 'last' }
          }
        },
        { onFailure: () => undefined }
      );
      expect(factory.targets.map(({ name }) => name)).to.deep.equal(['collector']);
      await factory.getLogger('app').info('m');
      await factory.dispose();
      expect(messages()).to.deep.equal([['m']]);
    });

    it('takes one in place, two with the same one, and one that has a route too', async () => {
      const factory = LoggerFactory.fromConfig({
        targets: {
          last: { type: 'memory' },
          one: { type: 'console', fallbackTarget: 'last' },
          two: { type: 'console', fallbackTarget: 'last' },
          three: { type: 'console', fallbackTarget: { type: 'fluentd', tag: 'x', fallbackTarget: 'last' } }
        },
        routes: { last: 'error', one: {}, two: {}, three: {} }
      });
      expect(made).to.have.length(1);
      expect(factory.targets).to.have.length(4);
      expect(factory.stats().targets.map(({ fallback }) => fallback?.name)).to.deep.equal([
        undefined,
        'last',
        'last',
        'three.fallbackTarget'
      ]);
      await factory.dispose();
    });

    it('disposes of all of them with the factory', async () => {
      const factory = LoggerFactory.fromConfig({
        targets: { last: { type: 'memory' }, one: { type: 'console', fallbackTarget: 'last' } }
      });
      await factory.dispose();
      const [last] = made;
      last?.reportTo(() => undefined);
      await new LoggerFactory({ onFailure: () => undefined })
        .addTarget(last as LogTarget)
        .getLogger('x')
        .info('late');
      expect(last?.stats().lost).to.equal(1);
    });
  });

  describe('with variables', () => {
    it('fills them in, also for numbers, switches and levels', () => {
      const env = { HOST: 'h', PORT: '5000', ACK: 'false', JITTER: '0.5', LEVEL: 'warn', RETRIES: 'Infinity' };
      const seen: unknown[] = [];
      targetTypes.set('spy', {
        rules: targetTypes.get('fluentd')?.rules ?? {},
        make: options => {
          seen.push(options);
          return new MemoryTarget();
        }
      });
      const factory = LoggerFactory.fromConfig(
        {
          minimumLevel: '${LEVEL}',
          targets: {
            a: {
              type: '${TYPE:spy}',
              tag: 'shop.${ENVIRONMENT:test}',
              host: '${HOST}',
              port: '${PORT}',
              requireAck: '${ACK}',
              jitter: '${JITTER}',
              maxRetries: '${RETRIES}',
              flushLevel: '${LEVEL}',
              name: '${NUMBER:17}'
            }
          }
        },
        { env }
      );
      expect(factory.minimumLevel).to.equal(LogLevel.WARNING);
      expect(seen).to.deep.equal([
        {
          tag: 'shop.test',
          host: 'h',
          port: 5000,
          requireAck: false,
          jitter: 0.5,
          maxRetries: Number.POSITIVE_INFINITY,
          flushLevel: LogLevel.WARNING,
          name: '17'
        }
      ]);
    });

    it('takes them from process.env', () => {
      process.env['LOGFLUME_SPEC_LEVEL'] = 'error';
      try {
        expect(LoggerFactory.fromConfig({ minimumLevel: '${LOGFLUME_SPEC_LEVEL}' }).minimumLevel).to.equal(40);
      } finally {
        delete process.env['LOGFLUME_SPEC_LEVEL'];
      }
    });

    for (const [value, error, rest] of [
      ['hunter2', TypeError, 'stands for is not'],
      ['0', RangeError, 'stands for is not'],
      ['5.5', RangeError, 'stands for is not']
    ] as const) {
      it(`does not show what a variable holds when it is wrong: ${value}`, () => {
        const config = { targets: { a: { type: 'fluentd', tag: 'x', port: '${P}' } } };
        expect(() => LoggerFactory.fromConfig(config, { env: { P: value } }))
          .to.throw(error, `targets.a.port must be an integer from 1 to 65535, and what \${P} ${rest}`)
          .with.property('message')
          .that.does.not.include(value);
      });
    }

    it('fills them in inside options too, for numbers, switches and levels', () => {
      const seen: unknown[] = [];
      for (const type of ['fluentd', 'logstash', 'sampling']) {
        const rules = targetTypes.get(type)?.rules ?? {};
        const make = ({ target: _target, ...options }: object & { target?: unknown }) => {
          seen.push(options);
          return new MemoryTarget();
        };
        targetTypes.set(type, { rules, make });
      }
      LoggerFactory.fromConfig(
        {
          targets: {
            a: {
              type: 'fluentd',
              tag: 'x',
              tls: { rejectUnauthorized: '${NO}', servername: '${PORT}' },
              servers: [{ host: '${HOST}', port: '${PORT}', standby: '${NO}', tls: '${NO}', password: '$${PORT}' }]
            },
            b: {
              type: 'logstash',
              formatter: { type: '${FORM:ecs}', service: { name: '${HOST}' }, tags: ['${HOST}'] }
            },
            c: { type: 'sampling', target: 'a', rules: [{ rate: '${SHARE}', maximumLevel: '${LEVEL}' }] }
          }
        },
        { env: { HOST: 'h', PORT: '5000', NO: 'false', SHARE: '0.5', LEVEL: 'info' } }
      );
      expect(seen).to.deep.equal([
        {
          tag: 'x',
          tls: { rejectUnauthorized: false, servername: '5000' },
          servers: [{ host: 'h', port: 5000, standby: false, tls: false, password: '${PORT}' }]
        },
        { formatter: { type: 'ecs', service: { name: 'h' }, tags: ['h'] } },
        { rules: [{ rate: 0.5, maximumLevel: LogLevel.INFORMATION }] }
      ]);
    });

    it('does not show what a variable holds that should be a type or a target', () => {
      for (const target of [{ type: '${P}' }, { type: 'console', fallbackTarget: 'x-${P}' }]) {
        expect(() => LoggerFactory.fromConfig({ targets: { a: target } }, { env: { P: 'hunter2' } }))
          .to.throw(TypeError, /there is no (type|target) that '.*\$\{P\}' stands for/)
          .with.property('message')
          .that.does.not.include('hunter2');
      }
    });

    it('does not take a text for a number where it is no variable', () => {
      expect(() => LoggerFactory.fromConfig({ targets: { a: { type: 'fluentd', tag: 'x', port: '5000' } } })).to.throw(
        TypeError,
        "targets.a.port must be an integer from 1 to 65535, got '5000'"
      );
    });
  });

  describe('names the path of a fault', () => {
    const out = { type: 'console' };
    const itself: Record<string, unknown> = { type: 'console' };
    itself['fallbackTarget'] = itself;
    for (const [config, error, message] of [
      [{ targts: {} }, TypeError, "configuration has no option 'targts'; did you mean 'targets'?"],
      [[], TypeError, 'configuration must be a map, got []'],
      [
        { minimumLevel: 'loud' },
        TypeError,
        "configuration: minimumLevel must be a LogLevel (an integer from 0 to 50), or the name of one, got 'loud'"
      ],
      [{ minimumLevel: 60 }, RangeError, 'configuration: minimumLevel must be a LogLevel'],
      [
        { levels: { app: 'loud' } },
        TypeError,
        "configuration: levels.app must be a LogLevel (an integer from 1 to 50), the name of one, or 'off', got 'loud'"
      ],
      [{ levels: { 'app.db': 0 } }, RangeError, "configuration: levels['app.db'] must be a LogLevel"],
      [{ levels: { '': 5 } }, TypeError, "configuration: levels[''] must have the name of loggers"],
      [{ redact: 5 }, TypeError, 'configuration: redact must be true, false, or what to redact'],
      [{ redact: { keys: ['a*b'] } }, RangeError, 'configuration: redact.keys must be an array of'],
      [{ fields: [] }, TypeError, 'configuration: fields must be a map of fields, got []'],
      [{ $schema: 5 }, TypeError, 'configuration: $schema must be a string'],
      [{ targets: null }, TypeError, 'configuration: targets must be a map of targets by their names, got null'],
      [
        { targets: { a: 5 } },
        TypeError,
        'configuration: targets.a must be a map with the type and the options of a target, got 5'
      ],
      [{ targets: { a: {} } }, TypeError, 'configuration: targets.a.type must be a type of target (console, fluentd, '],
      [
        { targets: { a: { type: 'consle' } } },
        TypeError,
        "configuration: targets.a.type: there is no type 'consle'; did you mean 'console'?"
      ],
      [
        { targets: { a: { type: '__proto__' } } },
        TypeError,
        "configuration: targets.a.type: there is no type '__proto__'"
      ],
      [{ targets: { a: { type: 'fluentd' } } }, TypeError, 'configuration: targets.a.tag must be words of letters'],
      [
        { targets: { a: { ...out, maxSize: 0 } } },
        RangeError,
        'configuration: targets.a.maxSize must be an integer of 1 or more, got 0'
      ],
      [
        { targets: { 'a b': { ...out, maxSiez: 1 } } },
        TypeError,
        "configuration: targets['a b'] has no option 'maxSiez'; did you mean 'maxSize'?"
      ],
      [{ targets: { a: { ...out, toString: 1 } } }, TypeError, "configuration: targets.a has no option 'toString'"],
      [
        { targets: { a: { ...out, fallbackTarget: 'b' } } },
        TypeError,
        "configuration: targets.a.fallbackTarget: there is no target 'b'"
      ],
      [
        { targets: { a: { ...out, fallbackTarget: 5 } } },
        TypeError,
        'configuration: targets.a.fallbackTarget must be a LogTarget'
      ],
      [
        { targets: { a: { ...out, fallbackTarget: { ...out, maxSize: 0 } } } },
        RangeError,
        'configuration: targets.a.fallbackTarget.maxSize must'
      ],
      [
        { targets: { a: { ...out, fallbackTarget: 'a' } } },
        TypeError,
        'configuration: targets.a.fallbackTarget: targets must not name each other in a circle: a → a'
      ],
      [
        {
          targets: {
            a: { ...out, fallbackTarget: 'b' },
            b: { ...out, fallbackTarget: { ...out, fallbackTarget: 'a' } }
          }
        },
        TypeError,
        'configuration: targets.b.fallbackTarget.fallbackTarget: targets must not name each other in a circle: a → b → b.fallbackTarget → a'
      ],
      [{ targets: { a: itself } }, TypeError, 'configuration: targets.a.fallbackTarget must not hold itself'],
      [{ targets: { a: out }, routes: { b: {} } }, TypeError, "configuration: routes.b: there is no target 'b'"],
      [{ targets: { a: out }, routes: {} }, TypeError, 'configuration: targets.a gets no records'],
      [{ targets: { a: out }, routes: { a: 'loud' } }, TypeError, 'configuration: routes.a must be a LogLevel'],
      [
        { targets: { a: out }, routes: { a: { level: 5 } } },
        TypeError,
        "configuration: routes.a has no option 'level'"
      ],
      [
        { targets: { a: out }, routes: { a: { loggers: [5] } } },
        TypeError,
        'configuration: routes.a.loggers must be a logger name or'
      ],
      [
        { targets: { a: out }, routes: { a: { loggers: ['${}'] } } },
        TypeError,
        'configuration: routes.a.loggers[0]: ${ must begin'
      ],
      [
        { targets: { a: out }, routes: { a: { minimumLevel: 'error', maximumLevel: 'info' } } },
        RangeError,
        'configuration: routes.a: minimumLevel must not be above maximumLevel, got 40 and 20'
      ]
    ] as const) {
      it(message, () => {
        expect(() => LoggerFactory.fromConfig(wrong(config)))
          .to.throw(error)
          .with.property('message')
          .that.includes(message);
      });
    }

    const https = { type: 'logstash', transport: 'beats' };
    const nested: readonly (readonly [object, ErrorConstructor, string])[] = [
      [
        { type: 'fluentd', tag: 'x', tls: { rejectUnauthorised: false } },
        TypeError,
        "tls has no option 'rejectUnauthorised'; did"
      ],
      [
        { type: 'fluentd', tag: 'x', tls: { minVersion: 'TLSv1' } },
        RangeError,
        "tls.minVersion must be one of 'TLSv1.2'"
      ],
      [
        { type: 'fluentd', tag: 'x', tls: { ca: 'ca.pem' } },
        RangeError,
        'tls.ca must be PEM (the text that begins with'
      ],
      [
        { type: 'fluentd', tag: 'x', servers: [{ host: 'a' }, { port: 0 }] },
        RangeError,
        'servers[1].port must be an integer from'
      ],
      [
        { type: 'fluentd', tag: 'x', servers: [{ hots: 'a' }] },
        TypeError,
        "servers[0] has no option 'hots'; did you mean 'host'?"
      ],
      [
        { type: 'fluentd', tag: 'x', servers: [5] },
        TypeError,
        'servers[0] must be a map of options, got a number that is not shown'
      ],
      [
        { type: 'fluentd', tag: 'x', servers: [{ tls: { servername: 5 } }] },
        TypeError,
        'servers[0].tls.servername must be a string'
      ],
      [
        { type: 'fluentd', tag: 'x', servers: [{ weight: '${W}' }] },
        RangeError,
        'servers[0].weight must be an integer of 1 or more, and what ${W} stands'
      ],
      [{ ...https, servers: [{ sharedKey: 'x' }] }, TypeError, "servers[0] has no option 'sharedKey'"],
      [{ ...https, formatter: 'esc' }, RangeError, "formatter must be 'ecs', 'logstash', a map"],
      [{ ...https, formatter: {} }, TypeError, "formatter.type must be one of 'ecs', 'logstash', got nothing"],
      [
        { ...https, formatter: { type: 'esc' } },
        RangeError,
        "formatter.type must be one of 'ecs', 'logstash', got 'esc'"
      ],
      [{ ...https, formatter: { type: 'ecs', extra: {} } }, TypeError, "formatter has no option 'extra'"],
      [
        { ...https, formatter: { type: 'ecs', service: { nmae: 'x' } } },
        TypeError,
        "formatter.service has no option 'nmae'; did"
      ],
      [
        { ...https, formatter: { type: 'ecs', dataStream: {} } },
        TypeError,
        'formatter.dataStream.dataset must be of 1 to 100 characters'
      ],
      [{ ...https, formatter: { type: 'logstash', hostForm: 'x' } }, RangeError, 'formatter.hostForm must be one of'],
      [{ type: 'sampling', rules: [] }, TypeError, 'target must be a LogTarget'],
      [{ type: 'sampling', target: out }, TypeError, 'rules must be a list of rules, each with a rate, got nothing'],
      [
        { type: 'sampling', target: out, rules: [{ rate: 0 }, { rate: 2 }] },
        RangeError,
        'rules[1].rate must be a number from 0 to 1, got 2'
      ],
      [
        { type: 'sampling', target: out, rules: [{ loggers: 'a' }] },
        TypeError,
        'rules[0].rate must be a number from 0 to 1, got nothing'
      ],
      [
        { type: 'sampling', target: out, rules: [{ rate: 0, minimumLevel: 'loud' }] },
        TypeError,
        'rules[0].minimumLevel must be a LogLevel'
      ],
      [{ type: 'rate-limit', target: { ...out, maxSize: 0 } }, RangeError, 'target.maxSize must be an integer'],
      [{ type: 'rate-limit', target: out, max: -1 }, RangeError, 'max must be an integer of 0 or more, got -1'],
      [{ type: 'flight-recorder', target: out, keepUntil: 'loud' }, TypeError, 'keepUntil must be a LogLevel']
    ];
    for (const [options, error, message] of nested) {
      it(`inside an option: ${message}`, () => {
        expect(() => LoggerFactory.fromConfig(wrong({ targets: { a: options } }), { env: { W: '0' } }))
          .to.throw(error)
          .with.property('message')
          .that.includes(`configuration: targets.a.${message}`);
      });
    }

    it('does not show a secret inside an option', () => {
      for (const options of [
        { tls: { key: 'hunter2' } },
        { tls: 'hunter2' },
        { servers: [{ password: ['hunter2'] }] },
        { servers: ['hunter2'] }
      ]) {
        expect(() => LoggerFactory.fromConfig({ targets: { a: { type: 'fluentd', tag: 'x', ...options } } }))
          .to.throw('targets.a.')
          .with.property('message')
          .that.does.not.include('hunter2');
      }
    });

    it('of what a constructor says', () => {
      registerTargetType('picky', () => {
        throw new RangeError('the url must be one of this world');
      });
      expect(() => LoggerFactory.fromConfig({ targets: { a: { type: 'picky' } } })).to.throw(
        RangeError,
        'configuration: targets.a: the url must be one of this world'
      );
    });
  });

  it('makes targets that stand before others, by any option whose rule is that of a target', async () => {
    targetTypes.set('gate', {
      rules: { target: { ...targetRule, isRequired: true } },
      make: ({ target }) => new RateLimitTarget(target as LogTarget, { max: 1 })
    });
    const factory = LoggerFactory.fromConfig({
      targets: { behind: { type: 'memory' }, before: { type: 'gate', target: 'behind' } }
    });
    for (let count = 0; count < 3; count++) await factory.getLogger('app').info('again');
    expect(messages()).to.deep.equal([['again']]);
    expect(() => LoggerFactory.fromConfig({ targets: { before: { type: 'gate' } } })).to.throw(
      TypeError,
      'configuration: targets.before.target must be a LogTarget'
    );
    await factory.dispose();
  });

  it('makes gates, before a target that is named, one in its place, and another gate', async () => {
    const clock = new FakeClock();
    const factory = LoggerFactory.fromConfig(
      {
        minimumLevel: 'debug',
        targets: {
          quiet: {
            type: 'sampling',
            rules: [{ rate: 0, loggers: 'app.health', maximumLevel: 'info' }],
            target: 'limited'
          },
          limited: { type: 'rate-limit', max: 1, interval: 1000, by: 'id', target: { type: 'memory' } },
          recorder: { type: 'flight-recorder', keepUntil: 'warning', passLevel: 'info', target: { type: 'memory' } }
        }
      },
      { clock }
    );
    expect(factory.targets.map(({ name }) => name)).to.deep.equal(['limited', 'recorder']);
    await factory.getLogger('app.health').info('well', { id: 1 });
    await factory.getLogger('app').debug('one', { id: 2 });
    await factory.getLogger('app').info('two', { id: 2 });
    expect(messages()).to.deep.equal([['one'], ['well', 'two']]);
    await factory.getLogger('app').warning('three', { id: 3 });
    await clock.advance(1000);
    expect(messages()).to.deep.equal([
      ['one', 'three', 'two … repeated 1 times in 1 s'],
      ['well', 'two', 'one', 'three']
    ]);
    await factory.dispose();
  });

  it('gives a logstash the formatter that it asks for', async () => {
    await using server = await LogstashServer.start({ input: 'tcp' });
    const formatters = [
      'ecs',
      { type: 'logstash', eventType: 'shop', tags: ['a'] },
      new EcsFormatter({ tags: ['b'] }),
      { format: () => ({ own: 1 }) }
    ];
    for (const formatter of formatters) {
      const factory = LoggerFactory.fromConfig({ targets: { a: { type: 'logstash', port: server.port, formatter } } });
      await factory.getLogger('app').info('m');
      await factory.dispose();
    }
    await server.received(4);
    const seen = server.events.map(({ event }) => [
      event['ecs'] !== undefined,
      event['type'],
      event['tags'],
      event['own']
    ]);
    expect(seen).to.deep.equal([
      [true, undefined, undefined, undefined],
      [false, 'shop', ['a'], undefined],
      [true, undefined, ['b'], undefined],
      [false, undefined, undefined, 1]
    ]);
  });

  it('disposes of the targets that were made before one that cannot be', () => {
    const disposed: string[] = [];
    class Noisy extends MemoryTarget {
      override dispose(): Promise<void> {
        disposed.push(this.name);
        return super.dispose();
      }
    }
    registerTargetType('noisy', (_, { name }) => new Noisy({ name }));
    registerTargetType('picky', () => wrong({}) as unknown as LogTarget);
    expect(() => LoggerFactory.fromConfig({ targets: { a: { type: 'noisy' }, b: { type: 'picky' } } })).to.throw(
      TypeError,
      'configuration: targets.b: what its type makes must be a LogTarget'
    );
    expect(disposed).to.deep.equal(['a']);
  });

  describe('from a file', () => {
    let folder: string;
    const write = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'config-'));
    });

    after(() => {
      rmSync(folder, { recursive: true });
    });

    it('reads JSON, also with a byte order mark and by URL', () => {
      const path = write('logging.json', '\ufeff{ "minimumLevel": "error", "targets": { "a": { "type": "memory" } } }');
      expect(LoggerFactory.fromConfig(path).minimumLevel).to.equal(LogLevel.ERROR);
      expect(LoggerFactory.fromConfig(pathToFileURL(path)).targets[0]?.name).to.equal('a');
    });

    for (const name of ['logging.yaml', 'logging.YML']) {
      it(`reads YAML: ${name}`, () => {
        const path = write(
          name,
          'minimumLevel: error # loud\ntargets:\n  a: &a { type: memory }\n  b: *a\n  c: { type: console, maxRetries: .inf }\n'
        );
        const factory = LoggerFactory.fromConfig(path);
        expect(factory.minimumLevel).to.equal(LogLevel.ERROR);
        expect(factory.targets.map(target => target.name)).to.deep.equal(['a', 'b', 'c']);
      });
    }

    it('merges the maps of YAML that anchors name, and rejects tags that it does not know', () => {
      const path = write('merged.yaml', 'targets:\n  a: &a { type: console, name: x }\n  b: { <<: *a, name: y }\n');
      expect(LoggerFactory.fromConfig(path).targets.map(({ name }) => name)).to.deep.equal(['x', 'y']);
      const tagged = write('tagged.yaml', 'fields: { key: !vault hunter2 }');
      expect(() => LoggerFactory.fromConfig(tagged)).to.throw(
        `${tagged} cannot be parsed: Unresolved tag: !vault at line 1`
      );
    });

    it('names the file and the path of a fault', () => {
      const path = write('wrong.json', '{ "targets": { "a": { "type": "console", "maxSize": "5" } } }');
      expect(() => LoggerFactory.fromConfig(path)).to.throw(
        TypeError,
        `${path}: targets.a.maxSize must be an integer of 1 or more, got '5'`
      );
    });

    it('says what is wrong with a file', () => {
      const json = write('broken.json', '{ "targets": }');
      const yaml = write('broken.yaml', 'targets: [');
      const toml = write('logging.toml', '');
      expect(() => LoggerFactory.fromConfig(json)).to.throw(
        Error,
        `${json} cannot be parsed: line 1, column 14: a value was expected`
      );
      expect(() => LoggerFactory.fromConfig(yaml)).to.throw(Error, `${yaml} cannot be parsed: `);
      expect(() => LoggerFactory.fromConfig(toml)).to.throw(
        TypeError,
        `${toml}: the name of a configuration must end in`
      );
      expect(() => LoggerFactory.fromConfig(join(folder, 'none.json'))).to.throw(
        Error,
        'none.json cannot be read: ENOENT'
      );
      expect(() => LoggerFactory.fromConfig(5 as unknown as string)).to.throw(
        TypeError,
        'a configuration must be an object, the path of a file or a file: URL, got 5'
      );
      expect(() => LoggerFactory.fromConfig(new URL('http://x/logging.json'))).to.throw(
        TypeError,
        'a file: URL, got one of http:'
      );
    });

    it('shows nothing of a file that cannot be parsed, as secrets may be in it', () => {
      for (const [name, text] of [
        ['secret.json', '{ "password": "hunter2" "b" }'],
        ['secret.yaml', 'a:\n  password: "hunter2" b'],
        ['again.yaml', 'targets:\n  a: { password: hunter2 }\n  a: { password: hunter2 }']
      ] as const) {
        expect(() => LoggerFactory.fromConfig(write(name, text)))
          .to.throw(`${name} cannot be parsed: `)
          .with.property('message')
          .that.matches(/line \d, column \d+/)
          .and.does.not.include('hunter2');
      }
    });
  });

  it('has no options but its own', () => {
    const fromConfig = (options: object) => () => LoggerFactory.fromConfig({}, options as FromConfigOptions);
    expect(fromConfig({ environment: {} })).to.throw(TypeError, "fromConfig has no option 'environment'");
    expect(fromConfig({ env: 5 })).to.throw(TypeError, 'fromConfig: env must be an object of strings, got 5');
  });

  it('hands its clock and its listener to the targets', async () => {
    const clock = new FakeClock();
    const failures: LogFailure[] = [];
    const factory = LoggerFactory.fromConfig(
      { targets: { a: { type: 'fluentd', tag: 'x', dial: away, flushInterval: 1000 } } },
      { clock, onFailure: failure => failures.push(failure) }
    );
    await factory.getLogger('x').info('m');
    await clock.advance(500);
    expect(factory.stats().targets[0]?.oldestPendingAge).to.equal(500);
    const disposal = factory.dispose({ timeout: 0 });
    await clock.advance(1000);
    await disposal;
    expect(failures.map(({ kind, target }) => [kind, target])).to.deep.include(['lost', 'a']);
  });
});
