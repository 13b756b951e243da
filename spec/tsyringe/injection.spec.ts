import 'reflect-metadata';
import { expect } from 'chai';
import {
  autoInjectable,
  type DependencyContainer,
  delay,
  container as globalContainer,
  inject,
  injectable,
  Lifecycle,
  scoped,
  singleton
} from 'tsyringe';
import { LoggerFactory } from '../../lib/core/factory.js';
import { Logger } from '../../lib/core/logger.js';
import { MemoryTarget } from '../../lib/testing/memory-target.js';
import { injectLogger, logged, loggerFor, useLogging, withLogger } from '../../lib/tsyringe/index.js';

/** A container of its own, with logging into a target. */
function someContainer() {
  const target = new MemoryTarget();
  const factory = new LoggerFactory().addTarget(target);
  const container = useLogging(globalContainer.createChildContainer(), factory);
  return { container, factory, target };
}

@injectable()
class Repository {
  constructor(@injectLogger() readonly logger: Logger) {}
}

@injectable()
class Service {
  constructor(
    readonly repository: Repository,
    @injectLogger() readonly logger: Logger
  ) {}
}

describe('@injectLogger()', () => {
  it('injects the logger of the class’s own name', () => {
    const { container, factory } = someContainer();
    expect(container.resolve(Repository).logger).to.equal(factory.getLogger('Repository'));
  });

  it('gives a class and what it depends on loggers of their own', () => {
    const { container } = someContainer();
    const service = container.resolve(Service);
    expect(service.logger.name).to.equal('Service');
    expect(service.repository.logger.name).to.equal('Repository');
  });

  it('injects the logger of another name, if it is told', () => {
    @injectable()
    class Audited {
      constructor(@injectLogger('audit.trail') readonly logger: Logger) {}
    }
    expect(someContainer().container.resolve(Audited).logger.name).to.equal('audit.trail');
  });

  it('gives a subclass its own name, whether or not it has a constructor', () => {
    @injectable()
    class Heir extends Repository {}
    @injectable()
    class Builder extends Repository {
      constructor(@injectLogger() logger: Logger) {
        super(logger);
      }
    }
    class Plain extends Repository {}
    const { container } = someContainer();
    injectable()(Plain);
    expect(container.resolve(Heir).logger.name).to.equal('Heir');
    expect(container.resolve(Builder).logger.name).to.equal('Builder');
    expect(container.resolve(Plain).logger.name).to.equal('Plain');
    expect(container.resolve(Repository).logger.name).to.equal('Repository');
  });

  it('gives a subclass its own name when its parent is being made around it', () => {
    @injectable()
    class Outer extends Repository {
      constructor(
        @injectLogger() logger: Logger,
        readonly inner: Repository
      ) {
        super(logger);
      }
    }
    const outer = someContainer().container.resolve(Outer);
    expect([outer.logger.name, outer.inner.logger.name]).to.deep.equal(['Outer', 'Repository']);
  });

  it('names a class without a name after its nearest ancestor, or anonymous', () => {
    const { container } = someContainer();
    const unnamed = (() => class extends Repository {})();
    injectable()(unnamed);
    expect(container.resolve(unnamed).logger.name).to.equal('Repository');
    const orphan = (() =>
      class {
        constructor(readonly logger: Logger) {}
      })();
    logged(Logger)(orphan);
    expect(container.resolve(orphan).logger.name).to.equal('anonymous');
  });

  it('works for a class that is resolved by a token, or made by a factory', () => {
    const { container } = someContainer();
    container.register('repository', { useClass: Repository });
    container.register('made', { useFactory: c => c.resolve(Service) });
    expect(container.resolve<Repository>('repository').logger.name).to.equal('Repository');
    expect(container.resolve<Service>('made').logger.name).to.equal('Service');
  });

  it('works for singletons, whose dependencies are others', () => {
    @singleton()
    class Cache {
      constructor(@injectLogger() readonly logger: Logger) {}
    }
    @injectable()
    class User {
      constructor(
        readonly cache: Cache,
        @injectLogger() readonly logger: Logger
      ) {}
    }
    const { container } = someContainer();
    expect(container.resolve(User).cache).to.equal(container.resolve(User).cache);
    expect(container.resolve(User).cache.logger.name).to.equal('Cache');
    expect(container.resolve(User).logger.name).to.equal('User');
  });

  it('works for classes that are scoped to a container', () => {
    @scoped(Lifecycle.ContainerScoped)
    class Session {
      constructor(@injectLogger() readonly logger: Logger) {}
    }
    const { container } = someContainer();
    const child = container.createChildContainer();
    expect(child.resolve(Session).logger.name).to.equal('Session');
    expect(child.resolve(Session)).to.equal(child.resolve(Session));
  });

  it('works in a circle that delay() closes', () => {
    interface Named {
      readonly logger: Logger;
    }
    @injectable()
    class Chicken {
      constructor(
        @inject(delay(() => Egg)) readonly egg: Named,
        @injectLogger() readonly logger: Logger
      ) {}
    }
    @injectable()
    class Egg {
      constructor(
        @inject(delay(() => Chicken)) readonly chicken: Named,
        @injectLogger() readonly logger: Logger
      ) {}
    }
    const chicken = someContainer().container.resolve(Chicken);
    expect(chicken.logger.name).to.equal('Chicken');
    expect(chicken.egg.logger.name).to.equal('Egg');
  });

  it('gives children of a container its loggers, unless they have a factory of their own', () => {
    const { container, factory } = someContainer();
    const child = container.createChildContainer();
    expect(child.resolve(Repository).logger).to.equal(factory.getLogger('Repository'));
    const target = new MemoryTarget();
    const forTest = useLogging(container.createChildContainer(), new LoggerFactory().addTarget(target));
    void forTest.resolve(Service).repository.logger.info('seen by the test');
    expect(target.messages).to.deep.equal(['seen by the test']);
    expect(container.resolve(Repository).logger).to.equal(factory.getLogger('Repository'));
  });

  it('does not mix two containers', () => {
    const [one, two] = [someContainer(), someContainer()];
    void one.container.resolve(Repository).logger.info('one');
    void two.container.resolve(Repository).logger.info('two');
    expect([one.target.messages, two.target.messages]).to.deep.equal([['one'], ['two']]);
  });

  it('says what to call where there is no logging', () => {
    const container = globalContainer.createChildContainer();
    const advice = "call useLogging(container, factory) of 'logflume/tsyringe' first";
    for (const token of [Repository, Logger, LoggerFactory, loggerFor(Repository), loggerFor('name')]) {
      expect(() => container.resolve<unknown>(token)).to.throw(advice);
    }
  });

  it('works for classes and their heirs without metadata', () => {
    class Parent {
      constructor(readonly logger: Logger) {}
    }
    injectLogger()(Parent, undefined, 0);
    injectable()(Parent);
    class Heir extends Parent {}
    injectable()(Heir);
    class Builder extends Parent {
      constructor(
        readonly other: Repository,
        logger: Logger
      ) {
        super(logger);
      }
    }
    inject(Repository)(Builder, undefined, 0);
    injectLogger()(Builder, undefined, 1);
    injectable()(Builder);
    const { container } = someContainer();
    const names = [Parent, Heir, Builder].map(type => container.resolve<Parent>(type).logger.name);
    expect(names).to.deep.equal(['Parent', 'Heir', 'Builder']);
  });

  it('is for parameters of constructors only', () => {
    const decorate = injectLogger();
    const message = '@injectLogger() is for a parameter of a constructor';
    expect(() => decorate(Repository.prototype, 'method', 0)).to.throw(TypeError, message);
    expect(() => decorate(undefined as unknown as object, { kind: 'field' } as unknown as string, 0)).to.throw(message);
  });
});

describe('@logged()', () => {
  @logged()
  @injectable()
  class Above {
    constructor(
      readonly repository: Repository,
      readonly logger: Logger
    ) {}
  }

  @injectable()
  @logged()
  class Below {
    constructor(readonly logger: Logger) {}
  }

  it('gives parameters of the type Logger the logger of the class’s name, wherever it stands', () => {
    const { container } = someContainer();
    const above = container.resolve(Above);
    expect(above.logger.name).to.equal('Above');
    expect(above.repository.logger.name).to.equal('Repository');
    expect(container.resolve(Below).logger.name).to.equal('Below');
  });

  it('works with @singleton() and @scoped(), above and below', () => {
    @logged()
    @singleton()
    class One {
      constructor(readonly logger: Logger) {}
    }
    @singleton()
    @logged()
    class Two {
      constructor(readonly logger: Logger) {}
    }
    @logged()
    @scoped(Lifecycle.ResolutionScoped)
    class Three {
      constructor(readonly logger: Logger) {}
    }
    const { container } = someContainer();
    expect(container.resolve(One)).to.equal(container.resolve(One));
    expect([One, Two, Three].map(type => container.resolve<One | Two | Three>(type).logger.name)).to.deep.equal([
      'One',
      'Two',
      'Three'
    ]);
  });

  it('works with @autoInjectable(), above and below', () => {
    @logged()
    @autoInjectable()
    class One {
      constructor(readonly logger?: Logger) {}
    }
    @autoInjectable()
    @logged()
    class Two {
      constructor(
        readonly id: number,
        readonly logger?: Logger
      ) {}
    }
    const { container, factory } = someContainer();
    useLogging(globalContainer, factory); // @autoInjectable resolves from the global container only
    try {
      expect(new One().logger?.name).to.equal('One');
      expect(new Two(7).logger?.name).to.equal('Two');
      expect(container.resolve(One).logger?.name).to.equal('One');
    } finally {
      globalContainer.reset();
    }
  });

  it('gives a subclass without a constructor its own name, and leaves its parent’s', () => {
    @logged()
    @injectable()
    class Heir extends Above {}
    @injectable()
    class Late extends Above {}
    const { container } = someContainer();
    expect(container.resolve(Heir).logger.name).to.equal('Heir');
    expect(container.resolve(Late).logger.name).to.equal('Late');
    expect(container.resolve(Above).logger.name).to.equal('Above');
  });

  it('gives an heir of an abstract class its own name', () => {
    @logged()
    abstract class Base {
      constructor(readonly logger: Logger) {}
    }
    @injectable()
    class Heir extends Base {}
    expect(someContainer().container.resolve(Heir).logger.name).to.equal('Heir');
  });

  it('leaves parameters that have decorators of their own, wherever it stands', () => {
    @logged()
    @injectable()
    class One {
      constructor(
        @injectLogger('audit') readonly audit: Logger,
        @inject('special') readonly special: Logger,
        readonly logger: Logger
      ) {}
    }
    @injectable()
    @logged()
    class Two {
      constructor(
        @injectLogger('audit') readonly audit: Logger,
        @inject('special') readonly special: Logger,
        readonly logger: Logger
      ) {}
    }
    const { container, factory } = someContainer();
    container.registerInstance('special', factory.getLogger('special one'));
    for (const type of [One, Two]) {
      const { audit, special, logger } = container.resolve<One | Two>(type);
      expect([audit.name, special.name, logger.name]).to.deep.equal(['audit', 'special one', type.name]);
    }
  });

  it('takes the parameters as a list where there is no metadata', () => {
    class Shop {
      constructor(
        readonly logger: Logger,
        readonly repository: Repository,
        readonly limit: number
      ) {}
    }
    logged(Logger, Repository, 'limit')(Shop);
    const { container } = someContainer();
    container.registerInstance('limit', 3);
    const shop = container.resolve(Shop);
    expect([shop.logger.name, shop.repository.logger.name, shop.limit]).to.deep.equal(['Shop', 'Repository', 3]);
  });

  it('does not compile for a list that is not the constructor’s', () => {
    class Shop {
      constructor(readonly logger: Logger) {}
    }
    // @ts-expect-error: the parameter is a Logger
    const wrong = () => logged(Repository)(Shop);
    expect(wrong).to.throw("@logged(): no parameter of Shop's constructor is a Logger");
  });

  it('says what is wrong with a class that has no logger to give', () => {
    class NoMetadata {
      constructor(readonly logger: Logger) {}
    }
    class NoLogger {
      constructor(readonly repository: Repository) {}
    }
    Reflect.defineMetadata('design:paramtypes', [Repository], NoLogger);
    expect(() => logged()(NoMetadata)).to.throw(
      TypeError,
      "nothing is known of the parameters of NoMetadata's constructor; compile with emitDecoratorMetadata, or list them"
    );
    expect(() => logged()(NoLogger)).to.throw(TypeError, "no parameter of NoLogger's constructor is a Logger");
    expect(() => logged()(NoLogger, { kind: 'method' } as unknown as ClassDecoratorContext)).to.throw(
      TypeError,
      '@logged() is for a class'
    );
  });
});

describe('The type Logger alone', () => {
  it('is the logger of the class that is being made', () => {
    @injectable()
    class Plain {
      constructor(
        readonly logger: Logger,
        readonly repository: Repository
      ) {}
    }
    const { container } = someContainer();
    expect(container.resolve(Plain).logger.name).to.equal('Plain');
    expect(container.createChildContainer().resolve(Plain).logger.name).to.equal('Plain');
  });

  it('is the logger named Logger, if no class is', () => {
    expect(someContainer().container.resolve(Logger).name).to.equal('Logger');
  });

  it('is not confused by a class that cannot be made', () => {
    class Broken {
      constructor() {
        throw new Error('broken');
      }
    }
    const { container } = someContainer();
    expect(() => container.resolve(Broken)).to.throw('broken');
    expect(container.resolve(Logger).name).to.equal('Logger');
  });
});

describe('loggerFor and withLogger', () => {
  class Shop {
    constructor(
      readonly logger: Logger,
      readonly repository?: Repository
    ) {}
  }

  it('name a logger without decorators and metadata', () => {
    const { container, factory } = someContainer();
    expect(container.resolve(loggerFor(Shop))).to.equal(factory.getLogger('Shop'));
    expect(container.resolve(loggerFor('a.name'))).to.equal(factory.getLogger('a.name'));
    container.register(Shop, { useFactory: c => new Shop(c.resolve(loggerFor(Shop))) });
    expect(container.resolve(Shop).logger.name).to.equal('Shop');
  });

  it('provide a class with its logger and whatever else the container has', () => {
    const { container } = someContainer();
    container.register(
      Shop,
      withLogger(Shop, (logger, c) => new Shop(logger, c.resolve(Repository)))
    );
    const shop = container.resolve(Shop);
    expect([shop.logger.name, shop.repository?.logger.name]).to.deep.equal(['Shop', 'Repository']);
  });

  it('are the same token for the same class or name', () => {
    expect(loggerFor(Shop)).to.equal(loggerFor(Shop));
    expect(loggerFor('x')).to.equal(loggerFor('x'));
    expect(loggerFor(Shop)).not.to.equal(loggerFor('Shop'));
  });

  it('take the factory of the container that resolves', () => {
    const { container } = someContainer();
    const inner = new LoggerFactory();
    const child: DependencyContainer = useLogging(container.createChildContainer(), inner);
    expect(child.resolve(loggerFor(Shop))).to.equal(inner.getLogger(Shop));
  });
});
