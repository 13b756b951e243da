import { expect } from 'chai';
import { targetTypes } from '../../../lib/core/config/target-types.js';
import {
  type CommonOptions,
  FlushLogTarget,
  type FlushOptions,
  LoggerFactory,
  LogLevel,
  registerTargetType
} from '../../../lib/index.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';

describe('registerTargetType', () => {
  const seen: [options: unknown, name: string][] = [];
  const make = (options: object, { name }: CommonOptions) => {
    seen.push([options, name]);
    return new MemoryTarget();
  };
  const from = (target: object, env = {}) =>
    LoggerFactory.fromConfig({ targets: { a: { type: 'own', ...target } } }, { env });

  beforeEach(() => {
    seen.length = 0;
  });

  afterEach(() => {
    targetTypes.delete('own');
  });

  it('hands over the options, with variables filled in at any depth, and the name', () => {
    registerTargetType('own', make);
    from({ url: 'http://${HOST}/', headers: { list: ['${HOST}'], deep: { on: true } }, size: 5 }, { HOST: 'h' });
    expect(seen).to.deep.equal([[{ url: 'http://h/', headers: { list: ['h'], deep: { on: true } }, size: 5 }, 'a']]);
  });

  it('knows the options of FlushLogTarget', async () => {
    class Own extends FlushLogTarget {
      logRecords(): Promise<void> {
        return Promise.resolve();
      }
    }
    let options: FlushOptions = {};
    registerTargetType('own', given => {
      options = given;
      return new Own(given);
    });
    const factory = from(
      { maxSize: '${SIZE}', flushLevel: 'warning', fallbackTarget: { type: 'console', name: 'last' } },
      { SIZE: '5' }
    );
    expect(options).to.include({ maxSize: 5, flushLevel: LogLevel.WARNING });
    expect(factory.stats().targets[0]).to.have.nested.property('fallback.name', 'last');
    await factory.dispose();
    expect(() => from({ maxSize: 0 })).to.throw(RangeError, 'configuration: targets.a.maxSize must be an integer of 1');
  });

  it('checks what it has a schema for, and knows that there is nothing else', () => {
    registerTargetType('own', make, {
      url: { type: 'string' },
      count: { type: 'integer' },
      share: { type: 'number' },
      on: { type: 'boolean' },
      list: { type: 'array' },
      map: { type: 'object' },
      any: { description: 'whatever' }
    });
    const right = { url: 'u', count: 5, share: 0.5, on: true, list: [1], map: { a: 1 }, any: null };
    from(right);
    from({ ...right, count: '${N}', share: '${N}', on: '${ON}', url: '${N}' }, { N: '7', ON: 'false' });
    expect(seen).to.deep.equal([
      [right, 'a'],
      [{ ...right, count: 7, share: 7, on: false, url: '7' }, 'a']
    ]);
    for (const [option, words] of [
      [{ url: 5 }, 'url must be a string, got 5'],
      [{ count: 0.5 }, 'count must be an integer, got 0.5'],
      [{ share: '5' }, "share must be a number, got '5'"],
      [{ on: 'yes' }, "on must be true or false, got 'yes'"],
      [{ list: {} }, 'list must be an array, got {}'],
      [{ map: [] }, 'map must be a map, got []']
    ] as const) {
      expect(() => from(option)).to.throw(TypeError, `configuration: targets.a.${words}`);
    }
    expect(() => from({ uri: 'u' })).to.throw(TypeError, "targets.a has no option 'uri'; did you mean 'url'?");
  });

  it('takes over a name that is taken', () => {
    registerTargetType('own', () => expect.fail('the first one'));
    registerTargetType('own', make);
    from({});
    expect(seen).to.have.length(1);
  });

  it('rejects what is no name or no function', () => {
    expect(() => registerTargetType('a b', make)).to.throw(TypeError, "name must be letters, digits, '_'");
    expect(() => registerTargetType('own', 'make' as unknown as typeof make)).to.throw(
      TypeError,
      'make must be a function'
    );
  });
});
