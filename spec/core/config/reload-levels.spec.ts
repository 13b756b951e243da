import { expect } from 'chai';
import { targetTypes } from '../../../lib/core/config/target-types.js';
import {
  type LogFailure,
  LoggerFactory,
  type LoggingConfig,
  LogLevel,
  registerTargetType
} from '../../../lib/index.js';
import { MemoryTarget } from '../../../lib/testing/memory-target.js';
import { MemoryFlushTarget } from '../../support/memory-flush-target.js';

describe('LoggerFactory.reloadLevels', () => {
  let made: MemoryTarget[];
  let failures: LogFailure[];
  const options = { env: { LEVEL: 'error' }, onFailure: (failure: LogFailure) => failures.push(failure) };
  const two = { one: { type: 'memory' }, two: { type: 'memory' } };
  /** Logs at every level, and gives the messages that have come to each target since the last time. */
  const logged = async (factory: LoggerFactory) => {
    for (const target of made) target.clear();
    for (const level of [10, 20, 30, 40]) await factory.getLogger('app').log(level, String(level));
    return made.map(({ messages }) => messages.join(' '));
  };

  beforeEach(() => {
    made = [];
    failures = [];
    registerTargetType('memory', (_, { name }) => {
      const target = new MemoryTarget({ name });
      made.push(target);
      return target;
    });
  });

  after(() => {
    targetTypes.delete('memory');
    targetTypes.delete('flushing');
  });

  it('takes up levels and routes, and keeps targets, loggers and accounts', async () => {
    const factory = LoggerFactory.fromConfig({ targets: two }, options);
    const logger = factory.getLogger('app');
    expect(await logged(factory)).to.deep.equal(['10 20 30 40', '10 20 30 40']);
    const [one] = factory.targets;
    const changed = { minimumLevel: '${LEVEL}', targets: two, routes: { one: {}, two: 'warning' } };
    expect(factory.reloadLevels(changed)).to.equal(true);
    expect(await logged(factory)).to.deep.equal(['40', '30 40']);
    expect(factory.minimumLevel).to.equal(LogLevel.ERROR);
    expect(factory.getLogger('app')).to.equal(logger);
    expect(factory.targets[0]).to.equal(one);
    expect(factory.stats().accepted).to.equal(11);
    expect(made).to.have.length(2);
  });

  it('stops the way to a target that has no route any more, and opens one for a target that had none', async () => {
    registerTargetType('flushing', (_, common) => new MemoryFlushTarget(common));
    const targets = { ...two, two: { type: 'flushing', fallbackTarget: 'one' } };
    const factory = LoggerFactory.fromConfig({ targets }, options);
    expect(await logged(factory)).to.deep.equal(['']);
    expect(factory.reloadLevels({ targets, routes: { one: {} } })).to.equal(false);
    expect(factory.reloadLevels({ targets, routes: { one: {}, two: { loggers: [] } } })).to.equal(true);
    expect(await logged(factory)).to.deep.equal(['10 20 30 40']);
    await factory.dispose();
  });

  it('stops the way to a target that the configuration has no more', async () => {
    const factory = LoggerFactory.fromConfig({ targets: two }, options);
    expect(factory.reloadLevels({ targets: { one: two.one } })).to.equal(true);
    expect(await logged(factory)).to.deep.equal(['10 20 30 40', '']);
    expect(factory.targets).to.have.length(2);
  });

  it('takes up levels of loggers, and forgets those that are no more there', async () => {
    const factory = LoggerFactory.fromConfig({ levels: { app: 'error', other: 'error' }, targets: two }, options);
    factory.setLevel('mine', LogLevel.ERROR);
    expect(await logged(factory)).to.deep.equal(['40', '40']);
    expect(factory.reloadLevels({ levels: { app: 'warning' }, targets: two })).to.equal(true);
    expect(await logged(factory)).to.deep.equal(['30 40', '30 40']);
    expect(factory.reloadLevels({ targets: two })).to.equal(true);
    expect(await logged(factory)).to.deep.equal(['10 20 30 40', '10 20 30 40']);
    expect(factory.getLogger('other').isEnabled(LogLevel.DEBUG)).to.equal(true);
    expect(factory.getLogger('mine').isEnabled(LogLevel.DEBUG)).to.equal(false);
  });

  it('goes back to DEBUG when the minimum level is taken out', () => {
    const factory = LoggerFactory.fromConfig({ minimumLevel: 'error', targets: two }, options);
    expect(factory.reloadLevels({ targets: two })).to.equal(true);
    expect(factory.minimumLevel).to.equal(LogLevel.DEBUG);
  });

  for (const [config, message] of [
    [
      { minimumLevel: 'info', targets: two, routes: { one: 'loud', two: {} } },
      'configuration: routes.one must be a LogLevel'
    ],
    [{ minimumLevel: 'info', targets: { ...two, three: two.one } }, 'configuration: targets.three is new'],
    ['none.json', 'none.json cannot be read: ENOENT']
  ] as const) {
    it(`changes nothing, and reports it, if anything is wrong: ${message}`, async () => {
      const factory = LoggerFactory.fromConfig({ minimumLevel: 'error', targets: two }, options);
      expect(factory.reloadLevels(config as LoggingConfig)).to.equal(false);
      expect(await logged(factory)).to.deep.equal(['40', '40']);
      expect(failures.map(({ kind }) => kind)).to.deep.equal(['error']);
      expect(String(failures[0]?.error)).to.include(message);
    });
  }

  it('changes nothing of a factory that has been disposed of', async () => {
    const factory = LoggerFactory.fromConfig({ targets: two }, options);
    await factory.dispose();
    expect(factory.reloadLevels({ minimumLevel: 'error', targets: two })).to.equal(false);
    expect(factory.minimumLevel).to.equal(LogLevel.DEBUG);
    expect(failures.map(({ error }) => String(error))).to.deep.equal(['Error: the factory has been disposed of']);
  });

  it('reports that a factory has no configuration', () => {
    const factory = new LoggerFactory({ onFailure: failure => failures.push(failure) });
    expect(factory.reloadLevels({})).to.equal(false);
    expect(String(failures[0]?.error)).to.include('was not made by fromConfig');
  });
});
