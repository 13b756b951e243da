/** The same without decorators and metadata, as where esbuild, tsx, swc or Node itself strips the types. */
import 'reflect-metadata'; // tsyringe does not load without it
import { ConsoleTarget, Logger, LoggerFactory } from 'logflume';
import { logged, loggerFor, useLogging, withLogger } from 'logflume/tsyringe';
import { container } from 'tsyringe';

class OrderRepository {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  save(id: number): void {
    this.#logger.info('order {id} saved', { id });
  }
}

class OrderService {
  readonly #logger: Logger;
  readonly #orders: OrderRepository;

  constructor(logger: Logger, orders: OrderRepository) {
    this.#logger = logger;
    this.#orders = orders;
  }

  place(id: number): void {
    this.#logger.info('placing order {id}', { id });
    this.#orders.save(id);
  }
}

const target = new ConsoleTarget({ format: record => `${record.loggerName}: ${record.render()}` });
useLogging(container, new LoggerFactory().addTarget(target));

// Say what the constructor takes, which works as a standard decorator too, or how to make one:
logged(Logger)(OrderRepository);
container.register(
  OrderService,
  withLogger(OrderService, (logger, c) => new OrderService(logger, c.resolve(OrderRepository)))
);

container.resolve(OrderService).place(17);
container.resolve(loggerFor('Checkout')).info('done');

await container.dispose();

// Output:
// OrderService: placing order 17
// OrderRepository: order 17 saved
// Checkout: done
