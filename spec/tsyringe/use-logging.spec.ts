import 'reflect-metadata';
import { expect } from 'chai';
import { container as globalContainer, inject, injectable, singleton } from 'tsyringe';
import { LoggerFactory } from '../../lib/core/factory.js';
import { LogLevel } from '../../lib/core/level.js';
import type { Logger } from '../../lib/core/logger.js';
import type { LogRecord } from '../../lib/core/record.js';
import { LogTarget } from '../../lib/core/target.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { loggerFor, useLogging } from '../../lib/tsyringe/index.js';
import { MemoryFlushTarget } from '../support/memory-flush-target.js';

describe('useLogging', () => {
  it('returns the container', () => {
    const container = globalContainer.createChildContainer();
    expect(useLogging(container, new LoggerFactory())).to.equal(container);
  });

  it('registers the factory', () => {
    const factory = new LoggerFactory();
    expect(useLogging(globalContainer.createChildContainer(), factory).resolve(LoggerFactory)).to.equal(factory);
  });

  it('replaces the factory when it is called again', () => {
    const container = useLogging(globalContainer.createChildContainer(), new LoggerFactory());
    const factory = new LoggerFactory();
    expect(useLogging(container, factory).resolve(LoggerFactory)).to.equal(factory);
    expect(container.resolve(loggerFor('x'))).to.equal(factory.getLogger('x'));
  });

  it('survives that the container forgets its instances', () => {
    const container = useLogging(globalContainer.createChildContainer(), new LoggerFactory());
    container.clearInstances();
    expect(container.resolve(loggerFor('x')).name).to.equal('x');
  });

  it('throws for what is no container, no factory or no option', () => {
    const container = globalContainer.createChildContainer();
    const factory = new LoggerFactory();
    expect(() => useLogging({} as typeof container, factory)).to.throw(TypeError, 'container must be a container');
    expect(() => useLogging(container, {} as LoggerFactory)).to.throw(TypeError, 'factory must be a LoggerFactory');
    expect(() => useLogging(container, factory, { target: [] } as object)).to.throw(
      TypeError,
      "useLogging has no option 'target'; it has targets"
    );
  });

  describe('with targets', () => {
    class Archive {
      readonly messages: string[] = [];
    }

    @injectable()
    class ArchiveTarget extends LogTarget {
      constructor(@inject('archive') private readonly archive: Archive) {
        super();
      }

      override log(record: LogRecord): void {
        this.archive.messages.push(record.render());
      }
    }

    it('has the container make them, and adds them to the factory', () => {
      const archive = new Archive();
      const container = globalContainer.createChildContainer().registerInstance('archive', archive);
      const factory = new LoggerFactory();
      useLogging(container, factory, { targets: [ArchiveTarget, [MemoryTarget, LogLevel.ERROR]] });
      void factory.getLogger('Shop').info('paid');
      expect(archive.messages).to.deep.equal(['paid']);
      expect(factory.targets.map(({ name }) => name)).to.deep.equal(['ArchiveTarget', 'MemoryTarget']);
      expect((factory.targets[1] as MemoryTarget).messages).to.deep.equal([]);
    });

    it('says what a target lacks', () => {
      const container = globalContainer.createChildContainer();
      expect(() => useLogging(container, new LoggerFactory(), { targets: [ArchiveTarget] })).to.throw(
        'unregistered dependency token: "archive"'
      );
    });
  });

  describe('and container.dispose()', () => {
    it('disposes of the factory after all that the container made, whatever these log', async () => {
      @singleton()
      class Worker {
        readonly #logger: Logger;

        constructor(@inject(loggerFor('Worker')) logger: Logger) {
          this.#logger = logger;
        }

        async dispose(): Promise<void> {
          await new Promise(setImmediate);
          await this.#logger.info('stopped');
        }
      }
      const container = globalContainer.createChildContainer();
      const factory = new LoggerFactory({ onFailure: () => undefined });
      useLogging(container, factory, { targets: [MemoryFlushTarget] });
      container.resolve(Worker);
      await container.dispose();
      expect(factory.stats()).to.include({ accepted: 1, delivered: 1, lost: 0 });
      void factory.getLogger('late').info('late');
      expect(factory.stats()).to.include({ accepted: 2, lost: 1 });
    });

    it('disposes of the factory even if something else cannot be disposed of', async () => {
      class Broken {
        dispose(): Promise<void> {
          return Promise.reject(new Error('broken'));
        }
      }
      const target = new MemoryTarget();
      const container = useLogging(globalContainer.createChildContainer(), new LoggerFactory().addTarget(target));
      container.resolve(Broken);
      const outcome = await Promise.resolve(container.dispose()).catch((error: Error) => error.message);
      expect(outcome).to.equal('broken');
      target.reportTo(() => undefined);
      void target.log({ render: () => 'late' } as LogRecord);
      expect(target.stats().lost).to.equal(1);
    });

    it('does no harm after or before factory.dispose()', async () => {
      const factory = new LoggerFactory().addTarget(new MemoryTarget());
      const container = useLogging(globalContainer.createChildContainer(), factory);
      await factory.dispose();
      await container.dispose();
      await container.dispose();
      expect(await factory.dispose()).to.include({ accepted: 0, lost: 0 });
    });

    it('only flushes a factory that other containers have', async () => {
      const factory = new LoggerFactory().addTarget(new MemoryTarget());
      const [one, two] = [globalContainer.createChildContainer(), globalContainer.createChildContainer()];
      for (const container of [one, two]) useLogging(container, factory);
      await one.dispose();
      await one.dispose();
      void factory.getLogger('x').info('still here');
      expect(factory.stats()).to.include({ delivered: 1, lost: 0 });
      await two.dispose();
      expect(() => factory.addTarget(new MemoryTarget())).to.throw('the factory has been disposed of');
    });

    it('leaves the factory of a parent alone', async () => {
      const factory = new LoggerFactory().addTarget(new MemoryTarget());
      const container = useLogging(globalContainer.createChildContainer(), factory);
      await container.createChildContainer().dispose();
      void factory.getLogger('x').info('still here');
      expect(factory.stats()).to.include({ delivered: 1, lost: 0 });
    });
  });
});
