import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { LoggerFactory } from '../../lib/core/factory.js';
import type { LogFailure } from '../../lib/core/failures.js';
import type { Logger } from '../../lib/core/logger.js';
import { ExceptionLogRecord, type LogRecord } from '../../lib/core/record.js';
import type { RedactOptions } from '../../lib/core/redact.js';
import { secretKeys, secretPatterns } from '../../lib/core/secrets.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { assertProperty } from '../support/property.js';
import { valueCases } from '../support/value-cases.js';

const secret = 'hunter2-S3CR3T';
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

/** What becomes of one log call: the record, its written form as a text, and the failures. */
function logged(redact: boolean | RedactOptions, log: (logger: Logger) => unknown) {
  const failures: LogFailure[] = [];
  const target = new MemoryTarget();
  const factory = new LoggerFactory({ env: {}, redact, onFailure: failure => failures.push(failure) });
  log(factory.addTarget(target).getLogger('Shop'));
  const record = target.records[0] as LogRecord;
  return { record, data: record.data, text: record.render(), json: JSON.stringify(record), failures };
}

const keys = { keys: ['password'] };

describe('Redaction by key', () => {
  it('takes values at any depth, in arrays, Maps and Sets', () => {
    const { data, json } = logged(keys, logger =>
      logger.info('m', {
        password: secret,
        user: { password: secret, name: 'Ada' },
        list: [{ password: secret }, 1],
        map: new Map<unknown, unknown>([
          ['password', secret],
          ['inner', { password: secret }],
          [1, 2]
        ]),
        set: new Set([{ password: secret }])
      })
    );
    expect(json).not.to.include(secret);
    expect(data).to.deep.equal({
      password: '[REDACTED]',
      user: { password: '[REDACTED]', name: 'Ada' },
      list: [{ password: '[REDACTED]' }, 1],
      map: new Map<unknown, unknown>([
        ['password', '[REDACTED]'],
        ['inner', { password: '[REDACTED]' }],
        [1, 2]
      ]),
      set: new Set([{ password: '[REDACTED]' }])
    });
  });

  it('minds neither case nor _ nor -, takes the last part of a dotted name, and * at the ends', () => {
    const names = ['apiKey', 'api_key', 'API-KEY', 'x.api.apikey', 'my_secret_thing', 'accessToken', 'pinCode'];
    const fields = Object.fromEntries(names.map(name => [name, secret]));
    const { data } = logged({ keys: ['api_key', '*secret*', '*token', 'pin*'] }, logger =>
      logger.info('m', { ...fields, tokens: 3 })
    );
    expect(data).to.deep.equal({ ...Object.fromEntries(names.map(name => [name, '[REDACTED]'])), tokens: 3 });
  });

  it('takes values of every kind, whole', () => {
    for (const value of [1, true, null, ['a'], { a: 1 }, new Error('x'), Symbol('x'), 2n]) {
      expect(logged(keys, logger => logger.info('m', { password: value })).data).to.deep.equal({
        password: '[REDACTED]'
      });
    }
  });

  it('covers the fields of a message template, and arguments that are objects', () => {
    const call = logged(keys, logger =>
      logger.info(
        '{password} of {user.password}',
        { a: { password: secret } },
        { password: secret, user: { password: secret } }
      )
    );
    expect(call.text).to.equal('[REDACTED] of [REDACTED] {"a":{"password":"[REDACTED]"}}');
    expect(call.record.args).to.deep.equal([{ a: { password: '[REDACTED]' } }]);
    expect(logged(keys, logger => logger.info({ password: secret })).json).not.to.include(secret);
    expect(logged(keys, logger => logger.info('%j', { password: secret }, {})).text).to.equal(
      '{"password":"[REDACTED]"}'
    );
  });

  it('covers the fields of loggers, of runWith and of the factory', () => {
    const target = new MemoryTarget();
    const factory = new LoggerFactory({ env: {}, redact: keys, fields: { a: { password: secret } } }).addTarget(target);
    factory.runWith({ b: { password: secret } }, () =>
      factory
        .getLogger('x')
        .with({ c: { password: secret } })
        .info('m')
    );
    const hidden = { password: '[REDACTED]' };
    expect(target.records[0]?.data).to.deep.equal({ a: hidden, b: hidden, c: hidden });
  });

  it('covers errors: their properties, causes and members, and keeps their class', () => {
    class HttpError extends Error {
      readonly config = { headers: { password: secret } };
      override readonly cause = Object.assign(new Error('cause'), { password: secret });
    }
    const error = new AggregateError([new HttpError('one')], 'all');
    const { record, json } = logged(keys, logger => logger.error('failed', error));
    expect(json).not.to.include(secret);
    expect(record).to.be.instanceOf(ExceptionLogRecord);
    expect(record.exception).to.be.instanceOf(AggregateError);
    const member = (record.exception as AggregateError).errors[0] as HttpError;
    expect(member).to.be.instanceOf(HttpError);
    expect(member.message).to.equal('one');
    expect(member.config).to.deep.equal({ headers: { password: '[REDACTED]' } });
    expect((member.cause as unknown as { password: string }).password).to.equal('[REDACTED]');
    expect(error.errors[0]).to.have.nested.property('config.headers.password', secret);
  });

  it('covers errors of other realms, and with private fields behind getters', () => {
    class Guarded extends Error {
      readonly #code = 'E17';
      get code(): string {
        return this.#code;
      }
    }
    const foreign = runInNewContext(`Object.assign(new TypeError('far'), { password: '${secret}' })`) as Error;
    const { json } = logged(keys, logger => logger.error('failed', new Guarded('near'), { foreign }));
    expect(json).not.to.include(secret);
    expect(JSON.parse(json)).to.nested.include({
      'error.code': 'E17',
      'error.type': 'Guarded',
      'foreign.message': 'far'
    });
  });

  it('keeps a field that holds the exception as that, so that it is written once', () => {
    const err = Object.assign(new Error('boom'), { password: secret });
    const { record, json } = logged(keys, logger => logger.error('failed', { err }));
    expect(record.data['err']).to.equal(record.exception);
    expect(JSON.parse(json)).not.to.have.property('err');
    expect(json).not.to.include(secret);
  });

  it('covers what a class writes of itself', () => {
    class Account {
      readonly password = secret;
      readonly #hidden = secret;
      toJSON(): object {
        return { id: 1, nested: { password: this.#hidden } };
      }
    }
    class Plain {
      readonly password = secret;
    }
    const { data } = logged(keys, logger => logger.info('m', { a: new Account(), b: new Plain() }));
    expect(data).to.deep.equal({ a: { id: 1, nested: { password: '[REDACTED]' } }, b: { password: '[REDACTED]' } });
  });

  it('takes values whose names stand before them: in entries, raw headers and the arguments of commands', () => {
    const { data } = logged({ keys: ['authorization', 'password'] }, logger =>
      logger.info('m', {
        headers: [
          ['Authorization', secret],
          ['Host', 'x']
        ],
        request: { rawHeaders: ['Host', 'password', 'AUTHORIZATION', secret] },
        argv: ['--user', 'ada', '--password', secret, 'x'],
        missing: ['password', 'email'],
        more: [['a', 'password', 'email']]
      })
    );
    expect(data).to.deep.equal({
      headers: [
        ['Authorization', '[REDACTED]'],
        ['Host', 'x']
      ],
      request: { rawHeaders: ['Host', 'password', 'AUTHORIZATION', '[REDACTED]'] },
      argv: ['--user', 'ada', '--password', '[REDACTED]', 'x'],
      missing: ['password', 'email'],
      more: [['a', 'password', 'email']]
    });
  });

  it('shows none, whatever holds it', () => {
    const leaf = fc.constantFrom<unknown>(1, 'text', null, undefined, true, 5n, new Date(0), Buffer.from('b'));
    const key = fc.constantFrom('a', 'b', 'list', 'cause', 'message', 'error', '__proto__', 'valueOf', '0');
    const { tree } = fc.letrec<{ tree: unknown }>(self => {
      const fields = fc.array(fc.tuple(key, self('tree')), { maxLength: 3 });
      /** An object with those fields, and the secret under its name. */
      const holding = (make: () => object) =>
        fields.map(entries => {
          const object = make();
          for (const [name, value] of [...entries, ['passWord', secret] as const]) {
            Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
          }
          return object;
        });
      return {
        tree: fc.oneof(
          { depthSize: 'small', withCrossShrink: true },
          leaf,
          fc.array(self('tree'), { maxLength: 3 }),
          holding(() => ({})),
          holding(() => Object.create(null) as object),
          holding(() => new (class Holder {})()),
          holding(() => new Error('boom', { cause: { password: secret } })),
          holding(() => new AggregateError([Object.assign(new Error('one'), { password: secret })])),
          fields.map(entries => new Map<unknown, unknown>([...entries, ['password', secret]])),
          self('tree').map(value => new Set([value, { password: secret }])),
          self('tree').map(value => ({ toJSON: () => ({ value, PASSWORD: secret }) })),
          self('tree').map(value =>
            Object.defineProperty({}, 'password', { enumerable: true, get: () => [secret, value] })
          ),
          self('tree').map(value => new Proxy({ value, password: secret }, {})),
          self('tree').map(value => {
            const circle: Record<string, unknown> = { value, password: secret };
            circle['self'] = [circle];
            return circle;
          })
        )
      };
    });
    assertProperty(
      fc.property(tree, tree, (one, two) => {
        for (const log of [
          (logger: Logger) => logger.info('m {one} {one.a}', one, { one, two }),
          (logger: Logger) => logger.exception('%s %j', one, two),
          (logger: Logger) => logger.with({ one }).error(two)
        ]) {
          const { record, json, text } = logged(keys, log);
          const parts = [record.data, record.args, record.message, record.exception];
          expect(json + text + inspect(parts, { depth: 20, showHidden: true })).not.to.include(secret);
        }
      }),
      { numRuns: 300 }
    );
  });

  it('leaves nothing of a function but its name', () => {
    const { data } = logged(keys, logger =>
      logger.info('m', { f: Object.assign(function f() {}, { password: secret }) })
    );
    expect(data).to.deep.equal({ f: '[Function: f]' });
  });

  it('ends in cycles, and writes them as such', () => {
    const user: Record<string, unknown> = { password: secret };
    user['self'] = user;
    const map = new Map<string, unknown>([['password', secret]]);
    map.set('self', map);
    const error = Object.assign(new Error('x'), { password: secret, self: undefined as unknown });
    error.self = error;
    const { json } = logged(keys, logger => logger.info('m', { user, map, list: [error] }));
    expect(json).not.to.include(secret);
    expect(json).to.include('"self":"[Circular]"');
  });

  it('is not fooled by prototypes, getters and proxies', () => {
    const tricky = JSON.parse(`{"__proto__": {"password": "${secret}"}, "constructor": {"password": "${secret}"}}`);
    let reads = 0;
    const moody = {
      get note() {
        return reads++ === 0 ? 'harmless' : { password: secret };
      },
      get password() {
        throw new Error(secret);
      }
    };
    const proxy = new Proxy(
      { a: 1 },
      {
        ownKeys: () => ['password'],
        getOwnPropertyDescriptor: () => ({ value: secret, enumerable: true, configurable: true }),
        get: () => secret
      }
    );
    const bare = Object.assign(Object.create(null), { password: secret });
    const { data, json } = logged(keys, logger => logger.info('m', { tricky, moody, proxy, bare }));
    expect(json).not.to.include(secret);
    expect(Object.keys(data['tricky'] as object)).to.have.members(['__proto__', 'constructor']);
    expect(data['moody']).to.deep.equal({ note: 'harmless', password: '[REDACTED]' });
  });

  it('shows nothing of what an object becomes after the call', () => {
    const user: Record<string, unknown> = { name: 'Ada' };
    const { data } = logged(keys, logger => logger.info('m', { user }));
    user['password'] = secret;
    expect(data['user']).to.deep.equal({ name: 'Ada' });
  });

  it('changes nothing of the caller’s', () => {
    const fields = { password: secret, list: [{ password: secret }] };
    logged(keys, logger => logger.info('m', fields));
    expect(fields).to.deep.equal({ password: secret, list: [{ password: secret }] });
  });

  it('ends for objects of any depth and size', () => {
    let deep: unknown = { password: secret };
    for (let level = 0; level < 10_000; level++) deep = { deep };
    let wide: unknown[] = [secret];
    for (let level = 0; level < 40; level++) wide = [wide, wide];
    const { json } = logged(keys, logger => logger.info('m', { deep, wide }));
    expect(json).not.to.include('"password":"hunter2');
    expect(json).to.include('"message":"m"').and.to.include('"deep":{"deep":');
  });

  it('leaves dates, bytes and numbers what they are', () => {
    const when = new Date(0);
    const bytes = Buffer.from('abc');
    expect(logged(true, logger => logger.info('m', { when, bytes, n: 1.5, nothing: undefined })).data).to.deep.equal({
      when,
      bytes,
      n: 1.5,
      nothing: undefined
    });
  });
});

describe('Redaction by path', () => {
  const at = (...paths: string[]) => ({ paths });

  it('takes the values at exactly these places', () => {
    const fields = () => ({ user: { card: { number: secret, name: 'Ada' } }, card: { number: 5 } });
    expect(logged(at('user.card.number'), logger => logger.info('m', fields())).data).to.deep.equal({
      user: { card: { number: '[REDACTED]', name: 'Ada' } },
      card: { number: 5 }
    });
  });

  it('takes * for any one name, indexes, quoted names, and names with dots', () => {
    const { data } = logged(
      at('orders.*.card', 'list[1]', 'headers["x-key"]', "a['b.c']", '*.pin', 'flat.name'),
      logger =>
        logger.info('m', {
          orders: [{ card: secret }, { card: secret, id: 1 }],
          list: [1, secret, 3],
          headers: { 'x-key': secret, other: 1 },
          a: { 'b.c': secret },
          one: { pin: secret },
          'flat.name': secret,
          map: new Map([['pin', secret]])
        })
    );
    const r = '[REDACTED]';
    expect(data).to.deep.equal({
      orders: [{ card: r }, { card: r, id: 1 }],
      list: [1, r, 3],
      headers: { 'x-key': r, other: 1 },
      a: { 'b.c': r },
      one: { pin: r },
      'flat.name': r,
      map: new Map([['pin', r]])
    });
  });

  it('reaches into the exception by error', () => {
    const error = Object.assign(new Error(`bad key ${secret}`), { response: { body: secret } });
    const { json } = logged(at('error.response.body', 'error.message'), logger => logger.error('failed', error));
    expect(json).not.to.include(secret);
    expect(JSON.parse(json).error).to.include({ message: '[REDACTED]' });
    expect(JSON.parse(json).error.stack).to.match(/^Error: \[REDACTED\]\n/);
    expect(logged(at('error.message'), logger => logger.error(new Error(secret))).json).not.to.include(secret);
    expect(logged(at('error'), logger => logger.error(new Error(secret))).json).not.to.include(secret);
  });
});

describe('Redaction by pattern', () => {
  const digits = { patterns: [/\b\d{16}\b/] };
  const card = '4111111111111111';

  it('takes the matching part of any text: of values, keys, messages, arguments and errors', () => {
    const { json, text, data } = logged(digits, logger =>
      logger.error(`paid with ${card}`, `by ${card} or`, new Error(`no ${card}`), {
        a: [`x ${card} y ${card}`],
        [card]: 1,
        n: Number(card),
        b: BigInt(card)
      })
    );
    expect(json).not.to.include(card);
    expect(text).to.equal('paid with [REDACTED] by [REDACTED] or');
    expect(data).to.deep.equal({ a: ['x [REDACTED] y [REDACTED]'], '[REDACTED]': 1, n: '[REDACTED]', b: '[REDACTED]' });
  });

  it('sees what rendering puts together, and takes it from where it came', () => {
    const patterns = [/key=\w+/];
    const named = logged({ patterns }, logger => logger.info('key={key} of {id}', { key: secret.slice(0, 7), id: 17 }));
    expect(named.text).to.equal('[REDACTED] of 17');
    expect(named.json).not.to.include('hunter2');
    expect(named.data).to.deep.equal({ key: '[REDACTED]', id: 17 });
    const positional = logged({ patterns }, logger => logger.info('key=%s', 'hunter2'));
    expect(positional.text).to.equal('[REDACTED]');
    expect(positional.record.args).to.deep.equal([]);
  });

  it('takes flags as they are, but finds all, and leaves the expression’s state alone', () => {
    const sticky = /secret/iy;
    sticky.lastIndex = 3;
    const { text } = logged({ patterns: [sticky, 'k[ei]y\\d'] }, logger => logger.info('a SECRET secret key1 kiy2'));
    expect(text).to.equal('a [REDACTED] [REDACTED] [REDACTED] [REDACTED]');
    expect(sticky.lastIndex).to.equal(3);
  });

  it('is read from a text as it is written in code, too', () => {
    const shown = (pattern: string) => logged({ patterns: [pattern] }, logger => logger.info('a/b Key1 /key2/')).text;
    expect(shown('/key\\d/i')).to.equal('a/b [REDACTED] /[REDACTED]/');
    expect(shown('/key\\d/')).to.equal('a/b Key1 /[REDACTED]/');
    expect(shown('/b')).to.equal('a[REDACTED] Key1 /key2/');
    expect(() => shown('/key/x')).to.throw(RangeError, 'an array of regular expressions');
  });

  it('puts nothing where there is nothing', () => {
    expect(logged({ patterns: [/\d*/] }, logger => logger.info('a 12 b')).text).to.equal('a [REDACTED] b');
  });

  it('does not take a replacement text for a pattern', () => {
    expect(logged({ patterns: [/x(.)x/], censor: '$1$&' }, logger => logger.info('x1x')).text).to.equal('$1$&');
  });
});

describe('The censor', () => {
  it('is a text, or a function of the value and its path', () => {
    expect(logged({ ...keys, censor: '***' }, logger => logger.info('m', { password: 1 })).data).to.deep.equal({
      password: '***'
    });
    const seen: unknown[] = [];
    const censor = (value: unknown, path: string) => {
      seen.push([path, value]);
      return `${String(value).slice(0, 2)}…`;
    };
    const call = logged({ ...keys, patterns: [/tok-\w+/], censor }, logger =>
      logger.info('with tok-1', { users: [{ password: 'abcdef' }], note: 'a tok-2' })
    );
    expect(call.data).to.deep.equal({ users: [{ password: 'ab…' }], note: 'a to…' });
    expect(call.text).to.equal('with to…');
    expect(seen).to.deep.include.members([
      ['users.0.password', 'abcdef'],
      ['note', 'tok-2'],
      ['message', 'tok-1']
    ]);
  });

  it('that throws is reported, and nothing is shown', () => {
    const censor = () => {
      throw new Error('no');
    };
    const { data, failures } = logged({ ...keys, censor }, logger => logger.info('m', { password: secret }));
    expect(data).to.deep.equal({ password: '[REDACTED]' });
    expect(failures).to.deep.equal([
      { kind: 'error', target: 'LoggerFactory', what: 'redact', error: failures[0]?.error }
    ]);
  });
});

describe('redact: true', () => {
  for (const key of [
    'password',
    'userPassword',
    'db_password',
    'PASSWD',
    'client_secret',
    'secretKey',
    'token',
    'access_token',
    'refreshToken',
    'apiKey',
    'X-Api-Key',
    'Authorization',
    'proxy-authorization',
    'Cookie',
    'set-cookie',
    'privateKey',
    'aws_secret_access_key',
    'credentials',
    'creditCardNumber',
    'cvv',
    'ssn',
    'connect.sid'
  ]) {
    it(`takes the field ${key}`, () => {
      expect(logged(true, logger => logger.info('m', { a: { [key]: secret } })).json).not.to.include(secret);
    });
  }

  for (const key of [
    'author',
    'authority',
    'tokens',
    'maxTokens',
    'key',
    'id',
    'user',
    'message',
    'passed',
    'compass',
    'sessions'
  ]) {
    it(`leaves the field ${key}`, () => {
      expect(logged(true, logger => logger.info('m', { [key]: 'value' })).data).to.deep.equal({ [key]: 'value' });
    });
  }

  for (const [text, shown] of [
    [`Authorization: Bearer ${secret}`, 'Authorization: [REDACTED] [REDACTED]'],
    [`sent Bearer ${secret} and`, 'sent Bearer [REDACTED] and'],
    ['sent Basic dXNlcjpwYXNz and', 'sent Basic [REDACTED] and'],
    [`got ${jwt}.`, 'got [REDACTED].'],
    ['postgres://app:pa55@db:5432/x', 'postgres://app:[REDACTED]@db:5432/x'],
    [`GET /x?access_token=${secret}&y=1`, 'GET /x?access_token=[REDACTED]&y=1'],
    [`{"password":"two ${secret}","a":1}`, '{"password":"[REDACTED]","a":1}'],
    [`body: {\\"password\\": \\"${secret}\\"}`, 'body: {\\"password\\": \\"[REDACTED]\\"}'],
    [`password: ${secret}`, 'password: [REDACTED]'],
    ["api_key='a b c'", "api_key='[REDACTED]'"],
    [`git clone https://${secret}@host/x`, 'git clone https://[REDACTED]@host/x'],
    [`> Cookie: a=${secret}; b=${secret}\n> Host: x`, '> Cookie: [REDACTED]\n> Host: x'],
    [`<s:password>${secret}</s:password><a>1</a>`, '<s:password>[REDACTED]</s:password><a>1</a>'],
    [`Command failed: db --db-password ${secret} -e x`, 'Command failed: db --db-password [REDACTED] -e x'],
    [`x --api-key "${secret}"`, 'x --api-key "[REDACTED]"'],
    ['AKIAIOSFODNN7EXAMPLE', '[REDACTED]'],
    [`ghp_${'a1'.repeat(18)}`, '[REDACTED]'],
    ['sk_live_abcdefghij0123456789', '[REDACTED]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', '[REDACTED]']
  ] as const) {
    it(`takes the secret in ${JSON.stringify(text.slice(0, 40))}`, () => {
      const call = logged(true, logger => logger.info(text, { value: text }));
      expect(call.data).to.deep.equal({ value: shown });
      expect(logged(true, logger => logger.info('%s', text)).text).to.equal(shown);
      expect(call.json).not.to.include(secret);
    });
  }

  it('leaves ordinary texts and templates as they are', () => {
    for (const text of [
      'order {id} paid',
      'token: {id}, password=%s',
      'basic functionality',
      'http://a.b:80/c@d',
      'the bearer',
      'author: Ada',
      'https://x/@a:b',
      'ssh://git@host/x',
      'Cookie: {cookie}',
      'a cookie: sweet',
      '<password> is needed',
      '<a>b</a>',
      'db --password {password}',
      'db --password --verbose'
    ]) {
      expect(logged(true, logger => logger.info(text)).record.message).to.equal(text);
    }
  });

  it('covers a token that a template brings together with its scheme', () => {
    const { json, text } = logged(true, logger => logger.info('Bearer {value} sent', { value: secret }));
    expect(text).to.equal('Bearer [REDACTED] sent');
    expect(json).not.to.include(secret);
  });

  it('covers a field that has the rest of a name besides its secret', () => {
    const { json } = logged(true, logger => logger.info('{a}{b}', { a: 'pass', b: `word=${secret}` }));
    expect(json).not.to.include(secret);
  });

  it('takes time linear in the text, whatever that is', () => {
    const size = 200_000;
    for (const piece of [
      ' ',
      'a',
      'eyJ-',
      'Bearer ',
      'Basic a',
      '://a:',
      'token=',
      '"password" ',
      'a_',
      '-----BEGIN A',
      ':',
      '\\"',
      'AKIA',
      'key ',
      'http://',
      'Cookie: ',
      'Cookie:',
      '<token>',
      '<a:token>a',
      '</',
      '--token ',
      'a-',
      '--a-b-'
    ]) {
      const text = piece.repeat(size / piece.length);
      const begin = process.cpuUsage();
      logged(true, logger => logger.info('m', { text }));
      const { user } = process.cpuUsage(begin);
      // What is quadratic takes minutes for so much; what is linear, milliseconds.
      expect(user, piece).to.be.below(5_000_000);
    }
  });

  it('is what secretKeys and secretPatterns are, to which one adds', () => {
    const redact = { keys: [...secretKeys, 'pin'], patterns: [...secretPatterns, /\d{6}/] };
    expect(logged(redact, logger => logger.info('m', { pin: 1, password: 2, a: '123456', b: jwt })).data).to.deep.equal(
      {
        pin: '[REDACTED]',
        password: '[REDACTED]',
        a: '[REDACTED]',
        b: '[REDACTED]'
      }
    );
  });
});

describe('Redaction', () => {
  for (const { name, make } of valueCases) {
    it(`leaves what is no secret in its written form: ${name}`, () => {
      const written = (redact: boolean | RedactOptions) => {
        const { record, failures } = logged(redact, logger => logger.info('{v}', { v: make() }));
        const { time, ...fields } = record.toJSON();
        return JSON.stringify([fields, failures]);
      };
      const plain = written(false);
      for (const redact of [{ keys: ['zzz'] }, { paths: ['z.z'] }, { patterns: [/zzzzz/] }]) {
        expect(written(redact)).to.equal(plain);
      }
    });
  }

  it('survives fields that are not told', () => {
    const fields = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error(secret);
        }
      }
    );
    expect(logged(keys, logger => logger.info('m', fields)).text).to.equal('m');
  });

  it('comes before filters', () => {
    const seen: unknown[] = [];
    const factory = new LoggerFactory({ env: {}, redact: true }).addTarget(new MemoryTarget(), {
      filter: ({ data }) => seen.push(data['password']) > 0
    });
    void factory.getLogger('x').info('m', { password: secret });
    expect(seen).to.deep.equal(['[REDACTED]']);
  });

  it('keeps the other parts of a record', () => {
    const { record } = logged(true, logger => logger.exception('m', undefined, 1, { a: 1 }));
    expect(record).to.be.instanceOf(ExceptionLogRecord);
    expect(record).to.deep.include({
      level: 40,
      loggerName: 'Shop',
      message: 'm',
      args: [1],
      data: { a: 1 },
      exception: undefined
    });
    expect(record.sequence).to.be.greaterThan(0);
    expect(record.timestamp).to.be.greaterThan(0);
    expect(logged(true, logger => logger.exception('m', 'thrown text')).record.exception).to.equal('thrown text');
  });

  it('comes before onFailure is told what a message function or a censor has thrown', () => {
    const thrown = Object.assign(new TypeError(`cannot use ${jwt}`), { config: { password: secret } });
    const fail = () => {
      throw thrown;
    };
    for (const censor of ['***', fail]) {
      const { failures } = logged({ ...keys, patterns: secretPatterns, censor }, logger =>
        logger.info(fail, { password: secret })
      );
      expect(failures.map(({ target }) => target)).to.include('logger Shop');
      for (const { error } of failures) {
        expect(error).to.be.instanceOf(TypeError);
        expect(inspect(error, { depth: 9 }))
          .to.include('cannot use')
          .and.not.to.include(jwt)
          .and.not.to.include(secret);
      }
    }
    expect(thrown.config.password).to.equal(secret);
  });

  it('leaves nothing of what is no error and was thrown', () => {
    const { failures } = logged({ paths: ['error'] }, logger =>
      logger.info(() => {
        throw secret;
      })
    );
    expect(failures.map(({ error }) => error)).to.deep.equal(['[REDACTED]']);
  });

  it('leaves an error as it is without redaction', () => {
    const thrown = new Error(secret);
    const { failures } = logged(false, logger =>
      logger.info(() => {
        throw thrown;
      })
    );
    expect(failures[0]?.error).to.equal(thrown);
  });

  it('leaves nothing of a record that cannot be searched', () => {
    const patterns = [/x/];
    const factory = new LoggerFactory({ env: {}, redact: { patterns }, onFailure: () => undefined });
    const target = new MemoryTarget();
    factory.addTarget(target);
    const replace = RegExp.prototype[Symbol.replace];
    RegExp.prototype[Symbol.replace] = () => {
      throw new Error(secret);
    };
    try {
      void factory.getLogger('x').info(secret, { a: secret });
    } finally {
      RegExp.prototype[Symbol.replace] = replace;
    }
    expect(JSON.stringify(target.records)).not.to.include(secret);
    expect(target.messages).to.deep.equal(['[REDACTED]']);
  });

  it('is not done unless it is asked for', () => {
    const fields = { password: secret };
    expect(logged(false, logger => logger.info('m', fields)).data).to.equal(fields);
  });

  it('checks what it is asked for', () => {
    const make = (redact: unknown) => () => new LoggerFactory({ env: {}, redact: redact as boolean });
    expect(make('yes')).to.throw(TypeError, 'redact must be true, false, or what to redact');
    expect(make({ key: [] })).to.throw(TypeError, "LoggerFactory: redact has no option 'key'; did you mean 'keys'?");
    expect(make({ keys: 'password' })).to.throw(TypeError, "redact: keys must be an array of fields' names");
    expect(make({ keys: ['a*b'] })).to.throw(RangeError, 'with * at their ends only');
    expect(make({ paths: ['a..b'] })).to.throw(RangeError, "an array of fields' paths");
    expect(make({ paths: ['a[b]'] })).to.throw(RangeError, "an array of fields' paths");
    expect(make({ patterns: ['('] })).to.throw(RangeError, 'an array of regular expressions');
    expect(make({ patterns: [5] })).to.throw(TypeError, 'an array of regular expressions');
    expect(make({ censor: 5 })).to.throw(TypeError, 'a text, or a function of a value and its path');
  });
});
