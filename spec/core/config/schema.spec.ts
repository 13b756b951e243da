import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { Rule, Rules } from '../../../lib/core/check.js';
import { targetTypes } from '../../../lib/core/config/target-types.js';
import { configSchema, LoggerFactory, type LoggingConfig, registerTargetType } from '../../../lib/index.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';
import { isRight, schemaPath, schemaText } from '../../support/config-schema.js';
import { assertProperty } from '../../support/property.js';

const accepts = (config: unknown) => {
  try {
    void LoggerFactory.fromConfig(config as LoggingConfig, { env: { SET: '7' } }).dispose({ timeout: 0 });
    return true;
  } catch {
    return false; // the reason is of no interest here
  }
};

describe('configSchema', () => {
  it(`is what ${schemaPath} publishes`, () => {
    const remedy = 'if that is meant, publish it with `npm run approve-api`';
    expect(readFileSync(schemaPath, 'utf8'), remedy).to.equal(schemaText());
  });

  it('has every option that a file can hold, with its rule and its default', () => {
    const { definitions } = configSchema() as {
      definitions: Record<string, { properties: object; required: string[] }>;
    };
    expect(definitions['target-fluentd']?.required).to.deep.equal(['type', 'tag']);
    expect(definitions['target-fluentd']?.properties)
      .to.have.property('port')
      .that.deep.equals({
        description: 'An integer from 1 to 65535.',
        default: 24224,
        anyOf: [
          { type: 'integer', minimum: 1, maximum: 65535, default: undefined },
          { $ref: '#/definitions/variable' }
        ].map(one => JSON.parse(JSON.stringify(one)) as unknown)
      });
    expect(definitions['target-fluentd']?.properties).not.to.have.any.keys('dial', 'clock', 'random', 'onFailure');
  });

  it('finds right the configurations of the guide and the examples, which fromConfig takes too', () => {
    registerTargetType('lines', () => new MemoryTarget(), { prefix: { type: 'string' } });
    try {
      const guide = readFileSync('lib/core/config/README.md', 'utf8');
      const texts = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
      texts.push(readFileSync('examples/logging.yaml', 'utf8'));
      expect(texts).to.have.length(2);
      for (const text of texts) {
        const config = parse(text) as LoggingConfig;
        expect(isRight(config, configSchema()), text).to.equal(true);
        const env = { FLUENTD_HOST: 'localhost', FLUENTD_PORT: '24224' };
        void LoggerFactory.fromConfig(config, { env }).dispose({ timeout: 0 });
      }
    } finally {
      targetTypes.delete('lines');
    }
  });

  it('has types of your own, with the schemas of their options', () => {
    registerTargetType('hook', () => new MemoryTarget(), { url: { type: 'string', format: 'uri' } });
    try {
      const text = JSON.stringify(configSchema());
      expect(text).to.include('"const":"hook"').and.to.include('"format":"uri"');
    } finally {
      targetTypes.delete('hook');
    }
    expect(JSON.stringify(configSchema())).not.to.include('hook');
  });

  it('finds right what fromConfig takes, and wrong what it rejects', () => {
    const root = configSchema();
    const values = fc.oneof(
      fc.constantFrom<unknown>(
        0,
        1,
        7,
        0.5,
        -1,
        70_000,
        1e12,
        true,
        false,
        null,
        '',
        'x',
        'json',
        'info',
        'ERROR',
        'Infinity'
      ),
      fc.constantFrom<unknown>('${SET}', '${SET:x}', 'a.b', 'a b', [], ['a'], [5], {}, { a: 1 })
    );
    const some = <T>(arbitrary: fc.Arbitrary<T>, keys: readonly string[], maxKeys = 1) =>
      fc.dictionary(fc.constantFrom(...keys, 'odd'), arbitrary, { maxKeys });
    /** Some options, and values that have the form which their rules ask for. */
    const optionsOf = (rules: Rules, maxKeys: number): fc.Arbitrary<object> => {
      const options = Object.entries(rules).map(([key, rule]) => valueFor(rule).map(value => ({ [key]: value })));
      const one = fc.oneof({ arbitrary: fc.oneof(...options), weight: 20 }, fc.constant({ odd: 1 }));
      return fc.array(one, { maxLength: maxKeys }).map(all => Object.assign({}, ...all) as object);
    };
    const valueFor = ({ members, kinds = {}, items }: Rule<unknown>): fc.Arbitrary<unknown> => {
      const inside: fc.Arbitrary<unknown>[] = Object.entries(kinds).map(([type, rules]) =>
        optionsOf(rules, 2).map(options => ({ type, ...options }))
      );
      if (members !== undefined)
        inside.push(optionsOf(members, 2).map(options => ({ ...required(members), ...options })));
      const list = items === undefined ? [] : [fc.array(valueFor(items), { maxLength: 2 })];
      const formed = [...inside, ...list];
      if (formed.length === 0) return values;
      return fc.oneof({ arbitrary: fc.oneof(...formed), weight: 4 }, values);
    };
    const required = (rules: Rules) => ({
      ...(rules['rate']?.isRequired && { rate: 0.5 }),
      ...(rules['dataset']?.isRequired && { dataset: 'x' })
    });
    const targetOf = (type: string) =>
      optionsOf(targetTypes.get(type)?.rules ?? {}, 2).map(options => ({
        type,
        ...(type === 'fluentd' && { tag: 'shop' }),
        ...(type === 'logstash' && { transport: 'http' }),
        ...(['sampling', 'rate-limit', 'flight-recorder'].includes(type) && { target: { type: 'console' } }),
        ...(type === 'sampling' && { rules: [] }),
        ...options
      }));
    const targets = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...targetTypes.keys()).chain(targetOf) },
      { weight: 1, arbitrary: values }
    );
    const route = fc.oneof(values, some(values, ['minimumLevel', 'maximumLevel', 'loggers'], 2));
    const others = fc.oneof(
      fc.constant({}),
      some(values, ['minimumLevel', 'redact', 'fields']),
      fc.record({ levels: some(values, ['app']) }),
      fc.record({ routes: fc.record({ a: route }) })
    );
    const configs = fc.tuple(others, targets).map(([other, a]) => ({ ...other, targets: { a } }));
    let both = 0;
    assertProperty(
      fc.property(configs, config => {
        const right = isRight(config, root);
        const accepted = accepts(config);
        if (accepted) both++;
        // A variable may hold what is wrong, and names, levels and options have to fit each other: no schema knows of that.
        const mayClash =
          /\$\{|passphrase|maxWait|retryDelay|RetryDelay|maxAge|flushInterval|overflow|fallbackTarget|"target":"|maximumLevel|passLevel|keepUntil|"minimumLevel"|"servers"|"host"|username|password|path|mode|compress|Key"|fields|Bytes"|"transport":"[^h]|url|reconnectInterval|idleTimeout/;
        if (accepted || !mayClash.test(JSON.stringify(config))) expect(right).to.equal(accepted);
      }),
      { numRuns: 5000 }
    );
    expect(both).to.be.greaterThan(500);
  });
});
